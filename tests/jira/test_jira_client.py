from __future__ import annotations

import pickle
import threading
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.exceptions import NewConnectionError, ProtocolError

from plugin.jira.client import PAUSES, JiraClient, ignored, segment
from plugin.jira.purpose import CONFIGURE, READ, WRITE, Blame, Purpose
from sage_adapters.address import AddressPolicy
from sage_adapters.errors import (
    ConfigurationTrouble,
    ConnectionTrouble,
    RecordTrouble,
    Throttled,
    TransientTrouble,
    Trouble,
    UncertainOutcome,
)

HERE = AddressPolicy(allow_private=True)
READING = Purpose("Reading the fields.", READ, Blame.CONFIGURATION)
WRITING = Purpose("Creating one issue.", WRITE)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugin.jira.client.PAUSES", tuple(0.0 for _ in PAUSES))


def read_fields(client: JiraClient) -> Any:
    return client.read(READING, lambda jira: jira.get_fields(), list)


def search(client: JiraClient) -> Any:
    return client.read(
        READING, lambda jira: jira.search_and_reconsile_issues_using_jql_post(data={"jql": "key = A-1"}), dict
    )


def create(client: JiraClient) -> Any:
    return client.write(WRITING, lambda jira: jira.create_issue(data={"fields": {"summary": "x"}}), ignored)


def trouble(client: JiraClient, jira: responses.RequestsMock, site: str, **answer: Any) -> Trouble:
    jira.post(f"{site}/rest/api/3/issue", **answer)
    with pytest.raises(Trouble) as caught:
        create(client)
    return caught.value


def test_the_auth_signs_the_whole_address_and_method(jira: responses.RequestsMock, site: str) -> None:
    signed = []

    class Signer(AuthBase):
        def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
            signed.append((request.method, request.url))
            request.headers["Authorization"] = "JWT abc"
            return request

    jira.get(f"{site}/ex/jira/cloud-1/rest/api/3/project/AP", json={})
    with JiraClient(f"{site}/ex/jira/cloud-1/", Signer(), policy=AddressPolicy(allow_private=True)) as client:
        client.read(READING, lambda api: api.get_project("AP", expand="issueTypes,lead"), dict)
    assert signed == [("GET", f"{site}/ex/jira/cloud-1/rest/api/3/project/AP?expand=issueTypes,lead")]
    assert jira.calls[0].request.headers["Authorization"] == "JWT abc"


def test_numbers_come_back_exactly(client: JiraClient, jira: responses.RequestsMock, site: str) -> None:
    jira.get(f"{site}/rest/api/3/field", body='[{"amount": 12109.10}]', content_type="application/json")
    assert read_fields(client) == [{"amount": Decimal("12109.10")}]


def test_every_request_is_logged(
    client: JiraClient, jira: responses.RequestsMock, site: str, log: list[tuple[Any, ...]]
) -> None:
    jira.get(f"{site}/rest/api/3/field", json=[])
    jira.post(f"{site}/rest/api/3/issue", json={"id": "1"}, status=201)
    read_fields(client)
    create(client)
    assert log == [("jira", "GET", "/rest/api/3/field", 200), ("jira", "POST", "/rest/api/3/issue", 201)]


def test_a_search_that_stumbles_is_repeated(client: JiraClient, jira: responses.RequestsMock, site: str) -> None:
    address = f"{site}/rest/api/3/search/jql"
    jira.post(address, status=503)
    jira.post(address, body=requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError())))
    jira.post(address, json={"issues": []})
    assert search(client) == {"issues": []}


def test_a_search_is_not_repeated_for_ever(client: JiraClient, jira: responses.RequestsMock, site: str) -> None:
    asked = jira.post(f"{site}/rest/api/3/search/jql", status=503)
    with pytest.raises(TransientTrouble):
        search(client)
    assert asked.call_count == 3


def test_a_read_that_took_long_already_is_not_repeated(
    client: JiraClient, jira: responses.RequestsMock, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.jira.client.PATIENCE", -1.0)
    asked = jira.post(f"{site}/rest/api/3/search/jql", body=requests.ReadTimeout())
    with pytest.raises(TransientTrouble):
        search(client)
    assert asked.call_count == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_write_is_never_repeated(
    client: JiraClient, jira: responses.RequestsMock, site: str, status: int, log: list[tuple[Any, ...]]
) -> None:
    trouble(client, jira, site, status=status, headers={"Retry-After": "1"})
    assert len(log) == 1


@pytest.mark.parametrize(
    "lost",
    [
        {"body": requests.ReadTimeout()},
        {"body": requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError()))},
        {"status": 500, "json": {"errorMessages": ["Internal server error"]}},
        {"status": 502, "body": "<html><title>Bad Gateway</title></html>"},
        {"status": 504},
        {"status": 201, "body": '{"id": "100', "content_type": "application/json"},
        {"status": 200, "body": "<html><title>Log in</title></html>", "content_type": "text/html"},
    ],
)
def test_a_write_whose_effect_is_unknown_is_uncertain(
    client: JiraClient, jira: responses.RequestsMock, site: str, lost: dict[str, Any]
) -> None:
    assert type(trouble(client, jira, site, **lost)) is UncertainOutcome


def test_a_refused_connection_was_never_sent(client: JiraClient, jira: responses.RequestsMock, site: str) -> None:
    refused = requests.ConnectionError(NewConnectionError(None, "refused"))  # type: ignore[arg-type]
    assert type(trouble(client, jira, site, body=refused)) is TransientTrouble


def test_a_web_page_in_place_of_data_is_no_answer(client: JiraClient, jira: responses.RequestsMock, site: str) -> None:
    jira.get(f"{site}/rest/api/3/field", body="<html><title>Down &amp; out</title>", content_type="text/html")
    with pytest.raises(TransientTrouble, match="a web page titled “Down & out”"):
        read_fields(client)


def test_data_of_another_shape_is_no_answer(client: JiraClient, jira: responses.RequestsMock, site: str) -> None:
    jira.get(f"{site}/rest/api/3/field", json={"unexpected": True})
    with pytest.raises(TransientTrouble, match="not with its data"):
        client.read(READING, lambda api: api.get_fields(), lambda answer: [entry["id"] for entry in answer])


def test_credentials_do_not_follow_a_redirect(client: JiraClient, jira: responses.RequestsMock, site: str) -> None:
    jira.get(f"{site}/rest/api/3/field", status=302, headers={"Location": "https://elsewhere.example/"})
    with pytest.raises(ConfigurationTrouble, match=r"elsewhere\.example"):
        read_fields(client)
    assert len(jira.calls) == 1


@pytest.mark.parametrize(
    ("headers", "scope", "wait"),
    [
        ({"RateLimit-Reason": "jira-quota-global-based", "Retry-After": "1847"}, "quota-global", 1847),
        (
            {
                "RateLimit-Reason": "jira-quota-tenant-based",
                "X-RateLimit-Reset": "2026-11-20T11:00:00Z",
                "Date": "Fri, 20 Nov 2026 10:15:00 GMT",
            },
            "quota-tenant",
            2700,
        ),
        ({"RateLimit-Reason": "jira-quota-global-based", "Date": "Fri, 20 Nov 2026 10:59:30 GMT"}, "quota-global", 30),
        ({"RateLimit-Reason": "jira-burst-based", "Retry-After": "5"}, "burst", 5),
        ({"RateLimit-Reason": "jira-per-issue-on-write", "Retry-After": "2"}, "issue-writes", 2),
        ({"Retry-After": "Fri, 20 Nov 2026 10:01:00 GMT", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"}, "burst", 60),
        ({"Beta-Retry-After": "900"}, "burst", None),
        ({}, "burst", None),
    ],
)
def test_throttling_says_what_to_hold_back_and_how_long(
    client: JiraClient,
    jira: responses.RequestsMock,
    site: str,
    headers: dict[str, str],
    scope: str,
    wait: float | None,
) -> None:
    found = trouble(client, jira, site, status=429, headers=headers)
    assert isinstance(found, Throttled)
    assert (found.scope, found.retry_after) == (scope, wait)


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, {"errorMessages": ["Operation value must be a string"]}, RecordTrouble, "must be a string"),
        (401, {"code": 401, "message": "Unauthorized; scope does not match"}, ConfigurationTrouble, "write:jira-work"),
        (401, {"message": "Client must be authenticated", "statusCode": 401}, ConnectionTrouble, "uninstalled"),
        (403, {"errorMessages": ["The app does not have the required scope"]}, ConfigurationTrouble, "scope WRITE"),
        (403, {}, ConfigurationTrouble, "permission in the project"),
        (404, {"errorMessages": ["Issue does not exist"], "errors": {}}, RecordTrouble, "Issue does not exist"),
        (404, "<html><title>Site unavailable</title></html>", ConnectionTrouble, "“Site unavailable”"),
        (404, {"title": "Not Found", "detail": "No endpoint POST"}, RecordTrouble, "No endpoint POST"),
        (409, {"errorMessages": ["Conflict"]}, TransientTrouble, "at that moment"),
        (410, {"errorMessages": ["The requested API has been removed."]}, ConfigurationTrouble, "Update Counterfoil"),
        (413, {"errorMessages": ["The limit of 5000 comments"]}, RecordTrouble, "continue on another issue"),
        (422, {"errorMessages": ["Field configuration problem"]}, RecordTrouble, "Field configuration"),
        (503, "<html>busy</html>", TransientTrouble, "not available"),
        (
            400,
            {"errorMessages": ["You do not have permission to create issues in this project."]},
            ConfigurationTrouble,
            "permission scheme",
        ),
        (
            400,
            {"errors": {"comment": "Nora, you do not have the permission to comment on this issue."}},
            ConfigurationTrouble,
            "permission scheme",
        ),
        (
            400,
            {"errors": {"project": "valid project is required"}},
            ConfigurationTrouble,
            "Choose a project and issue type that exist",
        ),
    ],
)
def test_each_error_form_becomes_its_trouble(
    client: JiraClient,
    jira: responses.RequestsMock,
    site: str,
    status: int,
    body: Any,
    kind: type[Trouble],
    words: str,
) -> None:
    answer = {"body": body, "content_type": "text/html"} if isinstance(body, str) else {"json": body}
    found = trouble(client, jira, site, status=status, **answer)
    assert isinstance(found, kind)
    assert words in str(found)
    assert str(found).startswith("Creating one issue.")
    assert "canary-secret" not in repr(found) + str(found)
    assert str(pickle.loads(pickle.dumps(found))) == str(found)


def test_a_refusal_of_settings_is_for_the_administrator(
    client: JiraClient, jira: responses.RequestsMock, site: str
) -> None:
    jira.post(f"{site}/rest/api/3/field", status=400, json={"errors": {"searcherKey": "Not valid"}})
    with pytest.raises(ConfigurationTrouble, match="Not valid"):
        client.write(
            Purpose("Creating a field.", CONFIGURE, Blame.CONFIGURATION), lambda j: j.create_custom_field(data={}), dict
        )


def test_threads_share_a_client_but_no_session(
    client: JiraClient, jira: responses.RequestsMock, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    jira.get(f"{site}/rest/api/3/field", json=[])
    sessions: list[requests.Session] = []
    send = requests.Session.send

    def note(self: requests.Session, *args: Any, **kwargs: Any) -> requests.Response:
        sessions.append(self)
        return send(self, *args, **kwargs)

    monkeypatch.setattr(requests.Session, "send", note)
    read_fields(client)
    other = threading.Thread(target=read_fields, args=[client])
    other.start()
    other.join()
    read_fields(client)
    assert sessions[0] is sessions[2]
    assert sessions[0] is not sessions[1]


@pytest.mark.parametrize("name", ["", "..", "A/../B", "A-1?x=1", "A-1#", "%2e%2e", "A B", "a" * 256])
def test_a_name_that_would_change_the_path_is_refused(name: str) -> None:
    with pytest.raises(RecordTrouble):
        segment(name)


@pytest.mark.parametrize("name", ["AP-12", "10042", "customfield_10012", "counterfoil.document"])
def test_ordinary_names_pass(name: str) -> None:
    assert segment(name) == name


class Break:
    """A gate that notes how long Jira wants a break."""

    def __init__(self) -> None:
        self.calls = 0
        self.seconds: list[float] = []

    def __call__(self) -> None:
        self.calls += 1

    def hold_back(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.mark.parametrize(
    ("reason", "told", "kept"),
    [
        ("jira-burst-based", {"Retry-After": "5"}, [5.0]),
        ("jira-burst-based", {}, [2.0]),
        ("jira-quota-tenant-based", {"Retry-After": "1800"}, []),
        ("jira-per-issue-on-write", {"Retry-After": "2"}, []),
    ],
)
def test_only_a_burst_makes_all_workers_hold_back(
    jira: responses.RequestsMock, site: str, reason: str, told: dict[str, str], kept: list[float]
) -> None:
    gate = Break()
    with JiraClient(site, HTTPBasicAuth("a", "b"), policy=HERE, gate=gate) as client:
        trouble(client, jira, site, status=429, headers={"RateLimit-Reason": reason, **told})
    assert (gate.calls, gate.seconds) == (1, kept)


def test_each_repetition_of_a_read_passes_the_gate(jira: responses.RequestsMock, site: str) -> None:
    for status in (503, 200):
        jira.post(f"{site}/rest/api/3/search/jql", status=status, json={"issues": []})
    gate = Break()
    with JiraClient(site, HTTPBasicAuth("a", "b"), policy=HERE, gate=gate) as client:
        search(client)
    assert gate.calls == 2
