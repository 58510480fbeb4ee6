"""The control API of the mock Jira: what it shows, what people do through it, and starting again."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from mock_servers.jira import create
from tests.mock_jira.conftest import Caller, adf


def documents(jira_mock: Any, kind: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{jira_mock.url}/__mock__/state?type={kind}", timeout=10)
    assert answer.status_code == 200
    return list(answer.json()[kind])


def do(jira_mock: Any, kind: str, **order: Any) -> requests.Response:
    return requests.post(f"{jira_mock.url}/__mock__/documents/{kind}", json=order, timeout=10)


def test_an_issue_is_shown_by_field_id_and_by_field_name(ada: Caller, jira_mock: Any) -> None:
    amount = ada.field("Amount", "float", "exactnumber")
    key = ada.issue(**{amount: 12.5}, description=adf("Words"), duedate="2026-12-01", labels=["a", "b"])
    ada("PUT", f"/issue/{key}/properties/erp.sync", {"key": "k"})
    [issue] = documents(jira_mock, "issues")
    assert (issue["key"], issue["project"], issue["issue_type"], issue["status"]) == (key, "AP", "Invoice", "Open")
    assert issue["fields"][amount] == issue["fields"]["Amount"] == 12.5
    assert issue["fields"]["Description"] == "Words"
    assert (issue["fields"]["duedate"], issue["fields"]["labels"]) == ("2026-12-01", ["a", "b"])
    assert issue["properties"] == {"erp.sync": {"key": "k"}}


def test_people_comment_edit_move_and_delete(ada: Caller, jira_mock: Any) -> None:
    key = ada.issue()
    assert do(jira_mock, "issue", action="comment", key=key, text="Hello").status_code == 200
    assert do(jira_mock, "issue", action="edit", key=key, description="Mine").status_code == 200
    assert do(jira_mock, "issue", action="transition", key=key, to="In review").status_code == 200
    moved = do(jira_mock, "issue", action="transition", key=key, transition="Approve", **{"as": "Finn"})
    assert moved.json()["status"] == "Approved"
    [issue] = documents(jira_mock, "issues")
    assert [(c["author"], c["body"]) for c in issue["comments"]] == [("Nora Normal", "Hello")]
    assert issue["fields"]["Description"] == "Mine"
    assert do(jira_mock, "issue", action="delete", key=key).status_code == 200
    assert documents(jira_mock, "issues") == []


@pytest.mark.parametrize(
    "order",
    [
        {"action": "fly", "key": "AP-1"},
        {"action": "comment", "key": "AP-99", "text": "x"},
        {"action": "transition", "key": "AP-1", "to": "Paid"},
        {"action": "edit", "key": "AP-1", "summary": ""},
        {"action": "comment"},
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(ada: Caller, jira_mock: Any, order: dict[str, Any]) -> None:
    ada.issue()
    answer = do(jira_mock, "issue", **order)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith((".", "}"))


def test_a_knob_that_is_not_there_turns_nothing(jira_mock: Any) -> None:
    answer = requests.post(f"{jira_mock.url}/__mock__/knobs", json={"index_lag": 5, "nope": 1}, timeout=10)
    assert answer.status_code == 400
    assert requests.get(f"{jira_mock.url}/__mock__/knobs", timeout=10).json()["index_lag"] == 0


def test_a_reset_starts_again_at_the_same_address(ada: Caller, jira_mock: Any) -> None:
    ada.issue()
    jira_mock.mock.turn({"index_lag": 60})
    assert requests.post(f"{jira_mock.url}/__mock__/reset", json={}, timeout=10).status_code == 200
    assert documents(jira_mock, "issues") == []
    assert ada.issue() == "AP-1"
    assert ada.found("project = AP") == ["AP-1"]
    assert ada("GET", "/serverInfo").json()["baseUrl"] == jira_mock.url


def test_the_page_for_people_shows_the_latest_issues_and_how_many_there_are(ada: Caller, jira_mock: Any) -> None:
    for _ in range(2):
        fields = {"project": {"key": "AP"}, "issuetype": {"name": "Task"}, "summary": "x"}
        ada("POST", "/issue/bulk", {"issueUpdates": [{"fields": fields}] * 40})
    page = requests.get(f"{jira_mock.url}/__mock__/", timeout=10).text
    assert "AP-80" in page
    assert "AP-30<" not in page


def test_two_sites_in_one_process_share_nothing() -> None:
    one = create(site_name="One", base_url="http://one.localhost")
    two = create(site_name="Two", base_url="http://two.localhost", display_url="https://jira.two.example")
    assert one.site.cloud_id != two.site.cloud_id
    assert (two.site.base_url, two.site.display_url) == ("http://two.localhost", "https://jira.two.example")
    one.act("issue", {"action": "create", "project": "AP", "summary": "x"})
    assert two.state("issues") == {"issues": []}


def test_what_is_assumed_is_said(jira_mock: Any) -> None:
    assert len(jira_mock.mock.assumptions()) >= 5
