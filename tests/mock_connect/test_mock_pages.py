"""The mock Jira's pages as a browser without script sees them."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from mock_servers.jira import adf
from mock_servers.jira.connect.qsh import query_string_hash
from mock_servers.jira.issues import Issue
from mock_servers.jira.mock import JiraMock
from mock_servers.jira.pages.adf_html import html_of
from mock_servers.jira.pages.adf_text import document_of, lines_of

TABLE = "Entered in batch 58.\n|| Account || Amount ||\n| 23BN4272 | 10,090.83 |\n- one\n- two\n## Notes\nEnd"


def new_issue(jira: JiraMock, summary: str, project: str = "AP") -> Issue:
    ada = next(iter(jira.site.users))
    fields = {"project": {"key": project}, "issuetype": {"name": "Invoice"}, "summary": summary}
    return jira.site.create_issue(ada, {"fields": {**fields, "description": document_of(TABLE)}})


CONTEXT = {
    "key": "glance",
    "name": {"value": "Payment"},
    "icon": {"url": "/icon.svg", "width": 16, "height": 16},
    "content": {"type": "label", "label": {"value": "Payment"}},
    "target": {"type": "web_panel", "url": "/panel?issue={issue.key}"},
}


class Reader(requests.Session):
    """A browser profile; `become` chooses the person."""

    def __init__(self, jira: JiraMock) -> None:
        super().__init__()
        self.base = jira.site.base_url
        self.people = {user.name: account for account, user in jira.site.users.items()}

    def become(self, name: str) -> None:
        account = self.people.get(name, "anonymous")
        self.post(f"{self.base}/session/user", data={"account": account, "back": "/"}, timeout=5)

    def see(self, path: str, status: int = 200) -> str:
        answer = self.get(self.base + path, timeout=5)
        assert answer.status_code == status
        return answer.text


@pytest.fixture
def reader(jira: JiraMock) -> Reader:
    return Reader(jira)


def test_the_board_shows_the_newest_of_each_column_and_counts_all(jira: JiraMock, reader: Reader) -> None:
    for number in range(35):
        new_issue(jira, f"Dell CACP{number:03}")
    board = reader.see("/jira/core/projects/AP/board")
    assert "30 of 35 shown" in board
    assert "CACP034" in board
    assert "CACP004" not in board
    assert "CACP004" in reader.see("/jira/core/projects/AP/board?search=dell+cacp004")
    assert "CACP004" in reader.see("/jira/core/projects/AP/board?show=230")


def test_an_issue_shows_its_description_with_tables_and_escapes_text(jira: JiraMock, reader: Reader) -> None:
    issue = new_issue(jira, "Invoice <script>alert(1)</script>")
    page = reader.see(f"/browse/{issue.key}")
    assert "<script>alert(1)" not in page
    assert re.search(r"<th><p>Account</p></th>.*<td><p>10,090.83</p></td>", page, re.DOTALL)


def test_comments_descriptions_and_transitions_are_made_as_the_reader(jira: JiraMock, reader: Reader) -> None:
    issue = new_issue(jira, "Invoice")
    reader.become("Nora Normal")
    at = f"{reader.base}/browse/{issue.key}"
    assert "Looks right" in reader.post(f"{at}/comment", data={"text": "Looks right"}, timeout=5).text
    reader.post(f"{at}/description", data={"text": "Changed"}, timeout=5)
    reader.post(f"{at}/transition", data={"transition": "11"}, timeout=5)
    assert jira.site.users[issue.comments[0].author].name == "Nora Normal"
    assert adf.text_of(issue.fields["description"]) == "Changed"
    assert jira.site.statuses[issue.status_id].name == "In review"
    refused = reader.post(f"{at}/transition", data={"transition": "31"}, timeout=5)
    assert refused.status_code == 400
    assert "Transition id &#39;31&#39; is not valid for this issue." in refused.text


def test_work_is_logged_and_issues_are_linked_on_the_page(jira: JiraMock, reader: Reader) -> None:
    issue, other = new_issue(jira, "Invoice"), new_issue(jira, "Order")
    reader.become("Finn Finance")
    at = f"{reader.base}/browse/{issue.key}"
    logged = reader.post(f"{at}/worklog", data={"time": "1h 30m", "text": "Checked"}, timeout=5).text
    assert "<b>1h 30m</b>" in logged
    assert "Checked" in logged
    assert "1h 30m logged" in logged
    refused = reader.post(f"{at}/worklog", data={"time": "soon"}, timeout=5)
    assert (refused.status_code, "not a valid time duration" in refused.text) == (400, True)
    page = reader.post(f"{at}/link", data={"phrase": "is blocked by", "other": other.key}, timeout=5).text
    assert re.search(rf"is blocked by</span>.*/browse/{other.key}", page, re.DOTALL)
    assert re.search(rf">blocks</span>.*/browse/{issue.key}", reader.see(f"/browse/{other.key}"), re.DOTALL)
    [link] = issue.links
    assert (link.source, link.target) == (other.id, issue.id)
    assert reader.post(f"{at}/link", data={"phrase": "blocks", "other": "AP-99"}, timeout=5).status_code == 404


def test_a_transition_screen_asks_for_its_fields(jira: JiraMock, reader: Reader) -> None:
    issue = new_issue(jira, "Invoice")
    jira.act("workflow", {"action": "ask", "project": "AP", "transition": "Start review", "field": "Reference"})
    page = reader.see(f"/browse/{issue.key}?transition=11")
    assert 'name="field.customfield_10021"' in page
    form = {"transition": "11", "field.customfield_10021": "R-7"}
    reader.post(f"{reader.base}/browse/{issue.key}/transition", data=form, timeout=5)
    assert (issue.fields["customfield_10021"], jira.site.statuses[issue.status_id].name) == ("R-7", "In review")


def test_readers_see_what_their_permissions_allow(jira: JiraMock, reader: Reader) -> None:
    secret = new_issue(jira, "Salaries", "FIN")
    assert "Salaries" in reader.see(f"/browse/{secret.key}")
    reader.become("Nora Normal")
    assert "Salaries" not in reader.see(f"/browse/{secret.key}", 404)
    assert "Finance</a>" not in reader.see("/jira/projects")
    reader.see("/plugins/servlet/upm", 403)
    reader.become("Finn Finance")
    assert "Salaries" in reader.see(f"/browse/{secret.key}")
    reader.become("nobody")
    assert "no project you may see" in reader.see("/jira/projects")
    assert reader.post(f"{reader.base}/browse/{secret.key}/comment", data={"text": "x"}, timeout=5).status_code == 403


def test_a_refused_install_says_what_is_wrong_with_the_descriptor(reader: Reader, tiny) -> None:
    tiny.changes = {"scopes": ["EVERYTHING"], "modules": {"webPannels": []}}
    form = {"address": f"{tiny.url}/atlassian-connect.json"}
    page = reader.post(f"{reader.base}/plugins/servlet/upm/install", data=form, timeout=20)
    assert page.status_code == 400
    assert "EVERYTHING" in page.text
    assert "webPannels" in page.text
    assert form["address"] in page.text


def test_forms_that_come_from_elsewhere_are_refused(reader: Reader) -> None:
    headers = {"Origin": "http://127.0.0.1:1"}
    answer = reader.post(f"{reader.base}/session/theme", data={"theme": "dark"}, headers=headers, timeout=5)
    assert answer.status_code == 403


def test_a_panel_gets_the_parameters_of_the_contract_with_the_token_last(
    jira: JiraMock, reader: Reader, installed
) -> None:
    issue = new_issue(jira, "Invoice")
    frame = reader.get(
        f"{reader.base}/connect-host/frame",
        params={"app": "tiny.app", "module": "invoice", "issue.key": issue.key},
        timeout=5,
    ).json()
    names = re.findall(r"[?&]([a-z_]+)=", frame["url"])
    assert frame["url"].startswith(f"{installed.url}/panel?issue={issue.key}&project={issue.project_id}&xdm_e=")
    assert names[2:] == ["xdm_e", "xdm_c", "cp", "xdm_deprecated_addon_key_do_not_use", "lic", "cv", "jwt"]


def test_an_iframe_token_is_bound_to_its_address_and_its_reader(jira: JiraMock, reader: Reader, installed) -> None:
    query = {"app": "tiny.app", "module": "invoice"}
    for name, subject in (("Nora Normal", reader.people["Nora Normal"]), ("nobody", None)):
        reader.become(name)
        url = reader.get(f"{reader.base}/connect-host/frame", params=query, timeout=5).json()["url"]
        token = parse_qs(urlsplit(url).query)["jwt"][0]
        claims = jwt.decode(token, installed.secrets[0], algorithms=["HS256"])
        assert claims["exp"] - claims["iat"] == 900
        assert claims["qsh"] == query_string_hash("GET", url.removeprefix(installed.url))
        assert claims["context"] == {}
        assert claims.get("sub") == subject


def test_an_issue_context_shows_the_status_that_its_property_tells(
    jira: JiraMock, reader: Reader, tiny, control
) -> None:
    tiny.modules["jiraIssueContexts"] = [CONTEXT]
    control("install", descriptor_url=f"{tiny.url}/atlassian-connect.json")
    issue = new_issue(jira, "Invoice")
    status = {"type": "lozenge", "value": {"label": "Overdue", "type": "removed"}}
    jira.site.set_property(reader.people["Ada Admin"], issue, "com.atlassian.jira.issue:tiny.app:glance:status", status)
    assert '<span class="lozenge red">Overdue</span>' in reader.see(f"/browse/{issue.key}")


def test_modules_appear_only_where_their_conditions_hold(reader: Reader, installed) -> None:
    address = "/plugins/servlet/ac/tiny.app/settings"
    assert "Payables settings" in reader.see(address)
    reader.become("Nora Normal")
    reader.see(address, 404)


def test_the_script_for_apps_takes_its_themes_from_the_mock(reader: Reader) -> None:
    script = reader.see("/atlassian-connect/all.js")
    assert f'var CDN_URL = "{reader.base}/atlassian-connect"' in script
    assert "--ds-surface" in reader.see("/atlassian-connect/themes/atlaskit-tokens_dark.css")


def test_editable_lines_and_documents_convert_both_ways() -> None:
    assert lines_of(document_of(TABLE)) == TABLE
    assert adf.complaint(document_of(TABLE)) is None


def test_a_paragraph_in_a_table_cell_is_aligned_as_its_mark_says() -> None:
    def cell(align: str) -> dict[str, Any]:
        words = [{"type": "text", "text": "12.00"}]
        mark = {"type": "alignment", "attrs": {"align": align}}
        return {"type": "tableCell", "content": [{"type": "paragraph", "content": words, "marks": [mark]}]}

    row = {"type": "tableRow", "content": [cell("end"), cell('"><script>')]}
    shown = str(html_of({"type": "doc", "version": 1, "content": [{"type": "table", "content": [row]}]}))
    assert '<td><p class="adf-end">12.00</p></td><td><p>12.00</p></td>' in shown


def test_links_with_dangerous_addresses_are_shown_as_text() -> None:
    link = {"type": "text", "text": "click", "marks": [{"type": "link", "attrs": {"href": "javascript:alert(1)"}}]}
    document = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [link]}]}
    assert str(html_of(document)) == "<p>click</p>"
