"""Attacks on pages: contract jira-connect, section 8, items 13, 14, 15, 16, 17."""

from __future__ import annotations

import json
import logging
import traceback
from dataclasses import replace
from typing import Any

import pytest
import structlog
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from plugin.sites.caller import Caller
from plugin.sites.connect.lifecycle import read_message
from plugin.sites.connect.tenants import tenant_of
from plugin.sites.doors import open_jira
from plugin.sites.permissions import JiraPermissions
from plugin.sites.refusals import Reason, Refused


@pytest.fixture
def local_acme(acme: Any, parts: Any, key_server: HTTPServer) -> Any:
    """A site whose REST API is there to be asked: person-1 sees issue 10001, person-admin administers."""
    parts.change_settings(jira_hosts=("localhost", "127.0.0.1"), allow_plain_http=True)
    acme.base_url = acme.display_url = key_server.url_for("")[:-1]
    assert acme.install().status_code == 204

    def check(request: Request) -> Response:
        asked = request.get_json()
        administers = asked.get("accountId") in (None, "person-admin")  # the app's own user may do all
        projects = [
            {**wanted, "permission": permission, "issues": [issue for issue in wanted["issues"] if issue == 10001]}
            for wanted in asked.get("projectPermissions", [])
            for permission in wanted["permissions"]
        ]
        granted = ["ADMINISTER"] if administers and "globalPermissions" in asked else []
        return jsonify({"globalPermissions": granted, "projectPermissions": projects})

    key_server.expect_request("/rest/api/3/permissions/check", method="POST").respond_with_handler(check)
    return acme


def jsonify(body: Any) -> Response:
    return Response(json.dumps(body), mimetype="application/json")


def caller_of(site: Any, **changes: Any) -> Caller:
    reply = site.ask(site.context_token(**changes))
    assert reply.status_code == 200
    return Caller(**reply.json)


# Item 13: a valid token is not a permission.


def test_13_a_person_with_a_valid_token_is_no_administrator(local_acme: Any, parts: Any) -> None:
    permissions = JiraPermissions(parts)
    assert not permissions.is_administrator(caller_of(local_acme))
    assert permissions.is_administrator(caller_of(local_acme, sub="person-admin"))


def test_13_an_issue_that_the_person_may_not_see_stays_hidden(local_acme: Any, parts: Any) -> None:
    """Whoever opens a page may put any issue into its address, and the host signs it."""
    reply = local_acme.client.get(local_acme.panel_url("issueId=20002&issueKey=HR-1"))
    caller = Caller(**reply.json)
    permissions = JiraPermissions(parts)
    assert caller.issue_id == "20002"
    assert not permissions.may_see_issue(caller, "20002")
    assert permissions.may_see_issue(caller, "10001")


def test_13_an_anonymous_reader_does_not_inherit_the_rights_of_the_app(
    local_acme: Any, parts: Any, key_server: HTTPServer
) -> None:
    caller = caller_of(local_acme, sub=None)
    asked = len(key_server.log)
    for ask in (
        lambda: JiraPermissions(parts).is_administrator(caller, afresh=True),
        lambda: JiraPermissions(parts).may_see_issue(caller, "10001", afresh=True),
    ):
        with pytest.raises(Refused) as refusal:
            ask()
        assert refusal.value.reason is Reason.NOT_SIGNED_IN
    assert len(key_server.log) == asked


# Item 14: the licence only from what a signature covers.


@pytest.mark.parametrize("said", ["active", "none"])
def test_14_the_licence_is_the_one_in_the_signed_url(installed_acme: Any, said: str) -> None:
    reply = installed_acme.client.get(installed_acme.panel_url(f"lic={said}"))
    assert reply.json["licence"] == said


def test_14_a_licence_written_into_the_url_afterwards_is_refused(installed_acme: Any) -> None:
    url = installed_acme.panel_url("issueId=1")
    assert installed_acme.client.get(f"{url}&lic=active").status_code == 401


def test_14_a_context_token_says_nothing_about_the_licence(installed_acme: Any) -> None:
    reply = installed_acme.client.post(
        "/connect/view?lic=active", headers={"Authorization": f"JWT {installed_acme.context_token()}"}
    )
    assert reply.json["licence"] == ""


# Item 15: nothing outlives a request, so nothing can be mixed up.


def test_15_one_browser_with_two_sites_is_two_callers(installed_acme: Any, installed_zenith: Any) -> None:
    seen = [site.ask(site.context_token()).json["site_id"] for site in (installed_acme, installed_zenith) * 2]
    assert seen[:2] == seen[2:]
    assert seen[0] != seen[1]


def test_15_no_session_is_kept_and_none_is_taken(installed_acme: Any) -> None:
    page = installed_acme.client.get(installed_acme.panel_url())
    assert "Set-Cookie" not in page.headers
    assert installed_acme.client.post("/connect/view").status_code == 401
    assert installed_acme.client.get("/connect/panel").status_code == 401


def test_15_permissions_are_remembered_for_one_person_of_one_site(local_acme: Any, parts: Any) -> None:
    permissions = JiraPermissions(parts)
    administrator = caller_of(local_acme, sub="person-admin")
    assert permissions.is_administrator(administrator)
    namesake = replace(administrator, installation_id=administrator.installation_id + 1, site_id=999)
    with pytest.raises(Refused) as refusal:
        permissions.is_administrator(namesake)
    assert refusal.value.reason is Reason.JIRA_SILENT
    assert not permissions.is_administrator(replace(administrator, account_id="person-1"))


# Item 16: no secret and no token comes out.


def test_16_neither_logs_nor_answers_nor_errors_hold_a_secret_or_token(
    installed_acme: Any, parts: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    token = installed_acme.shared(installed_acme.claims("GET", "/elsewhere"))
    replies = []
    with structlog.testing.capture_logs() as events:
        replies += [
            installed_acme.client.get(f"/connect/panel?issueId=1&jwt={token}", headers={"Accept": "text/html"}),
            installed_acme.ask(token),
            installed_acme.post("disabled", token),
            installed_acme.post("installed", token),
            installed_acme.install(baseUrl="https://evil.example"),
            installed_acme.install(clientKey=7),
        ]
    assert all(reply.status_code >= 400 for reply in replies)
    assert len(events) == len(replies)
    out = capsys.readouterr()
    told = [repr(events), caplog.text, out.out, out.err]
    told += [f"{reply.headers} {reply.text}" for reply in replies]
    for text in told:
        assert token not in text
        assert token.rpartition(".")[2] not in text
        assert installed_acme.secret not in text


def test_16_objects_and_tracebacks_do_not_show_secrets(installed_acme: Any, parts: Any) -> None:
    tenant = tenant_of(installed_acme.client_key, parts)
    door = open_jira(parts.database, parts.seal, parts.settings, tenant.site_id)
    message = read_message(installed_acme.body("installed"))
    assert tenant.secret == message.secret == installed_acme.secret
    shown = f"{tenant!r} {message!r} {door!r} {parts.stored(installed_acme.client_key)[0]!r}"
    try:
        read_message({**installed_acme.body("installed"), "sharedSecret": [installed_acme.secret]})
    except Refused as refusal:
        shown += "".join(traceback.format_exception(refusal))
    assert installed_acme.secret not in shown


def test_16_every_answer_keeps_its_address_to_itself_and_out_of_caches(installed_acme: Any) -> None:
    for url in (installed_acme.panel_url(), "/connect/panel?jwt=broken", "/atlassian-connect.json", "/nowhere"):
        headers = installed_acme.client.get(url).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-cache, no-store"


def test_16_what_a_request_says_is_not_reflected(installed_acme: Any) -> None:
    script = "<script>alert(1)</script>"
    reply = installed_acme.client.get(
        f"/connect/panel?issueKey={script}&xdm_e={script}&jwt={script}", headers={"Accept": "text/html"}
    )
    assert reply.status_code == 401
    assert "alert(1)" not in reply.text
    signed = installed_acme.client.get(installed_acme.panel_url(f"issueKey={script}&issueId=1%27--"))
    assert signed.json["issue_key"] is None
    assert signed.json["issue_id"] is None


# Item 17: a repeated request has no further effect.


def test_17_opening_a_page_again_and_again_writes_nothing(installed_acme: Any, parts: Any) -> None:
    url = installed_acme.panel_url()
    before = parts.everything_stored()
    assert [installed_acme.client.get(url).status_code for _ in range(3)] == [200] * 3
    assert parts.everything_stored() == before


def test_17_an_iframe_token_serves_no_request_that_could_write(installed_acme: Any) -> None:
    for method in ("POST", "PUT", "DELETE"):
        token = installed_acme.shared(installed_acme.claims(method, "/connect/panel", "issueId=1"))
        reply = installed_acme.client.open(f"/connect/panel?issueId=1&jwt={token}", method=method)
        assert reply.status_code == 405


def test_17_a_message_delivered_twice_changes_nothing_more(installed_acme: Any, parts: Any) -> None:
    installed_acme.secret = "second-secret-" + "y" * 40
    token = installed_acme.lifecycle_token("installed")
    assert installed_acme.post("installed", token).status_code == 204
    once, _ = parts.stored(installed_acme.client_key)
    assert installed_acme.post("installed", token).status_code == 204
    twice, _ = parts.stored(installed_acme.client_key)
    assert (once.secret, once.previous_secret, once.previous_secret_until, once.state) == (
        twice.secret,
        twice.previous_secret,
        twice.previous_secret_until,
        twice.state,
    )
    installed_acme.uninstall()
    left = parts.everything_stored()
    assert installed_acme.uninstall().status_code == 204
    assert parts.everything_stored() == left
