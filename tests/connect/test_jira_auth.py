"""Calling Jira: tokens, and permissions as Jira tells them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
import requests
from atlassian import JiraCloud
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from plugin.sites.caller import Caller
from plugin.sites.connect.jira_auth import ConnectAuth
from plugin.sites.connect.qsh import query_hash
from plugin.sites.doors import open_jira
from plugin.sites.permissions import JiraPermissions
from plugin.sites.refusals import Reason, Refused
from sage_adapters.errors import ConfigurationTrouble

SECRET = "shared-secret-" + "s" * 40
APP_KEY = "com.counterfoil.payables"


def signed(auth: ConnectAuth, method: str, url: str, **options: Any) -> dict[str, Any]:
    """The claims of the token that a request would carry."""
    request = requests.Request(method, url, auth=auth, **options).prepare()
    scheme, _, token = request.headers["Authorization"].partition(" ")
    assert scheme == "JWT"
    claims: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"])
    return claims


@pytest.fixture
def auth() -> ConnectAuth:
    return ConnectAuth(APP_KEY, "https://acme.atlassian.net", SECRET)


def test_a_request_carries_a_token_for_three_minutes_and_for_itself_only(auth: ConnectAuth) -> None:
    claims = signed(auth, "POST", "https://acme.atlassian.net/rest/api/3/issue/bulk", json={"a": 1})
    assert claims["iss"] == APP_KEY
    assert claims["exp"] - claims["iat"] == 180
    assert claims["qsh"] == query_hash("POST", "/rest/api/3/issue/bulk", "")


def test_parameters_are_signed_as_they_are_sent(auth: ConnectAuth) -> None:
    url = "https://acme.atlassian.net/rest/api/3/field/search"
    claims = signed(auth, "get", url, params={"query": "due date*", "type": ["custom", "a,b"], "empty": ""})
    assert claims["qsh"] == query_hash(
        "GET", "/rest/api/3/field/search", "query=due+date%2A&type=custom&type=a%2Cb&empty="
    )


def test_the_context_path_of_a_jira_below_a_path_is_not_hashed() -> None:
    auth = ConnectAuth(APP_KEY, "https://gateway.example/jira", SECRET)
    claims = signed(auth, "GET", "https://gateway.example/jira/rest/api/3/myself")
    assert claims["qsh"] == query_hash("GET", "/rest/api/3/myself", "")
    with pytest.raises(ConfigurationTrouble):
        signed(auth, "GET", "https://gateway.example/other/rest/api/3/myself")


def test_the_standard_port_may_be_written_out(auth: ConnectAuth) -> None:
    signed(auth, "GET", "https://ACME.atlassian.net:443/rest/api/3/myself")


@pytest.mark.parametrize(
    "url",
    [
        "https://support.acme.example/rest/api/3/myself",
        "http://acme.atlassian.net/rest/api/3/myself",
        "https://acme.atlassian.net:8443/rest/api/3/myself",
        "https://acme.atlassian.net.evil.example/rest",
        "https://acme.atlassian.net@evil.example/rest",
    ],
)
def test_10_no_other_origin_gets_a_token(auth: ConnectAuth, url: str) -> None:
    request = requests.Request("GET", url).prepare()
    with pytest.raises(ConfigurationTrouble):
        auth(request)
    assert "Authorization" not in request.headers


@pytest.fixture
def local_acme(acme: Any, parts: Any, key_server: HTTPServer) -> Any:
    parts.change_settings(jira_hosts=("localhost", "127.0.0.1"), allow_plain_http=True)
    acme.base_url = acme.display_url = key_server.url_for("")[:-1]
    assert acme.install().status_code == 204
    return acme


def caller(site: Any) -> Caller:
    return Caller(**site.ask(site.context_token()).json)


def verified(request: Request, secret: str) -> bool:
    token = request.headers["Authorization"].removeprefix("JWT ")
    claims = jwt.decode(token, secret, algorithms=["HS256"])
    target = urlsplit(request.environ["RAW_URI"])
    return bool(claims["qsh"] == query_hash(request.method, target.path, target.query))


def test_atlassian_python_api_calls_jira_with_our_tokens(local_acme: Any, parts: Any, key_server: HTTPServer) -> None:
    seen: list[tuple[str, bool]] = []

    def answer(request: Request) -> Response:
        seen.append((request.path, verified(request, local_acme.secret)))
        return Response(json.dumps({"values": []}), mimetype="application/json")

    key_server.expect_request("/rest/api/3/field/search").respond_with_handler(answer)
    key_server.expect_request("/rest/api/3/issue/bulk", method="POST").respond_with_handler(answer)
    base_url, auth = open_jira(parts.database, parts.seal, parts.settings, caller(local_acme).site_id)
    session = requests.Session()
    session.auth = auth
    jira = JiraCloud(url=base_url, session=session, retry_with_header=False)
    jira.get("rest/api/3/field/search", params={"query": "Due date", "type": "custom", "startAt": 0})
    jira.post("rest/api/3/issue/bulk", data={"issueUpdates": []})
    assert seen == [("/rest/api/3/field/search", True), ("/rest/api/3/issue/bulk", True)]


def permission_server(site: Any, server: HTTPServer, body: Any, status: int = 200) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []

    def answer(request: Request) -> Response:
        assert verified(request, site.secret)
        asked.append(request.get_json())
        return Response(json.dumps(body), status=status, mimetype="application/json")

    server.expect_request("/rest/api/3/permissions/check", method="POST").respond_with_handler(answer)
    return asked


def test_an_administrator_is_whom_jira_calls_one(local_acme: Any, parts: Any, key_server: HTTPServer) -> None:
    answer = {"globalPermissions": ["ADMINISTER"], "projectPermissions": []}
    asked = permission_server(local_acme, key_server, answer)
    assert JiraPermissions(parts).is_administrator(caller(local_acme))
    assert asked == [{"accountId": "person-1", "globalPermissions": ["ADMINISTER"]}]


def test_an_issue_is_visible_when_jira_names_it(local_acme: Any, parts: Any, key_server: HTTPServer) -> None:
    granted = {"permission": "BROWSE_PROJECTS", "issues": [10001], "projects": []}
    asked = permission_server(local_acme, key_server, {"globalPermissions": [], "projectPermissions": [granted]})
    permissions = JiraPermissions(parts)
    assert permissions.may_see_issue(caller(local_acme), "10001")
    assert not permissions.may_see_issue(caller(local_acme), "10002")
    assert not permissions.may_see_issue(caller(local_acme), "AP-7")
    assert [each["projectPermissions"][0]["issues"] for each in asked] == [[10001], [10002]]
    assert asked[0]["projectPermissions"][0]["permissions"] == ["BROWSE_PROJECTS"]


def test_an_answer_is_remembered_for_looking_and_asked_afresh_for_changing(
    local_acme: Any, parts: Any, key_server: HTTPServer
) -> None:
    asked = permission_server(local_acme, key_server, {"globalPermissions": ["ADMINISTER"], "projectPermissions": []})
    permissions, who = JiraPermissions(parts), caller(local_acme)
    assert permissions.is_administrator(who)
    assert permissions.is_administrator(who)
    assert len(asked) == 1
    assert permissions.is_administrator(who, afresh=True)
    assert len(asked) == 2
    assert max(life for key, life in parts.cache.lives.items() if key.startswith("permission")) <= 60


@pytest.mark.parametrize(
    "answer",
    [
        {"globalPermissions": ["BROWSE"], "projectPermissions": []},
        {"globalPermissions": [], "projectPermissions": [{"permission": "ADMINISTER", "issues": [10001]}]},
        {"globalPermissions": "ADMINISTER"},
        {"errorMessages": []},
        ["ADMINISTER"],
        None,
    ],
)
def test_an_answer_that_does_not_name_the_permission_grants_nothing(
    local_acme: Any, parts: Any, key_server: HTTPServer, answer: Any
) -> None:
    permission_server(local_acme, key_server, answer)
    assert not JiraPermissions(parts).is_administrator(caller(local_acme))
    assert not JiraPermissions(parts).may_see_issue(caller(local_acme), "10001")


@pytest.mark.parametrize(("status", "body"), [(401, {}), (403, {}), (500, {}), (503, "<html>"), (302, {})])
def test_jira_in_trouble_is_a_readable_refusal_and_is_not_remembered(
    local_acme: Any, parts: Any, key_server: HTTPServer, status: int, body: Any
) -> None:
    permission_server(local_acme, key_server, body, status)
    with pytest.raises(Refused) as refusal:
        JiraPermissions(parts).is_administrator(caller(local_acme))
    assert refusal.value.reason is Reason.JIRA_SILENT
    assert (refusal.value.reason.status, bool(refusal.value.detail)) == (503, True)
    assert "Try again" in refusal.value.reason.sentence
    assert not [key for key in parts.cache.texts if key.startswith("permission")]


def test_a_site_that_left_has_no_administrators(local_acme: Any, parts: Any) -> None:
    who = caller(local_acme)
    local_acme.uninstall()
    with pytest.raises(Refused) as refusal:
        JiraPermissions(parts).is_administrator(who)
    assert "Install the app there again" in refusal.value.detail
