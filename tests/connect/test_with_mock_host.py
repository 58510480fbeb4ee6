"""The door and the mock host, written apart from one contract, must agree: over real HTTP, with all its forgeries."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from mock_servers.harness.server import serve
from mock_servers.jira.connect.forgeries import FORGERIES
from mock_servers.jira.mock import JiraMock
from plugin.sites.caller import Caller
from plugin.sites.permissions import JiraPermissions

APP = "com.counterfoil.payables"
PANEL = "invoice-panel"
Host = Callable[..., dict[str, Any]]

_KEY_ID = {name for name in FORGERIES if "kid" in name}
_BODY = {"other-client-key-in-body", "other-app-in-body", "other-event-in-body", "private-base-url", "foreign-base-url"}
_NO_PART_OF_SHARED = {"none", "hs256-with-secret", "missing-aud", "other-aud", "aud-substring", *_KEY_ID} - {
    "foreign-key"
}
GENUINE = {
    "installed": {"none", "rs256"},
    "uninstalled": {"none", "rs256", "private-base-url", "foreign-base-url"},
    "enabled": {*_NO_PART_OF_SHARED, "private-base-url", "foreign-base-url"},
    "page": {*_NO_PART_OF_SHARED, *_BODY, "old-secret"},
}
"""Some change what the event's request does not have or use. A replaced secret opens pages a little longer."""


@pytest.fixture
def jira(parts: Any) -> Iterator[JiraMock]:
    mock = JiraMock()
    with serve(mock) as running:
        mock.settle_address(f"http://localhost:{running.port}")
        parts.change_settings(
            connect_key_hosts=(f"http://localhost:{running.port}/install-keys",),
            jira_hosts=(f"localhost:{running.port}",),
            allow_plain_http=True,
        )
        yield mock


@pytest.fixture
def app_url(jira: JiraMock, parts: Any, app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    parts.change_settings(base_url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield parts.settings.base_url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def host(jira: JiraMock, app_url: str) -> Host:
    """What an administrator does in the mock Jira; the app is installed already."""

    def act(action: str, **order: Any) -> dict[str, Any]:
        address = f"{jira.site.base_url}/__mock__/documents/app"
        reply = requests.post(address, json={"action": action, **order}, timeout=30)
        assert reply.ok, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    act("install", descriptor_url=f"{app_url}/atlassian-connect.json")
    return act


def client_key(parts: Any) -> str:
    with parts.database.engine.connect() as connection:
        key: str = connection.exec_driver_sql("SELECT external_id FROM installations").scalar_one()
        return key


def state(parts: Any) -> str:
    found: str = parts.stored(client_key(parts))[0].state
    return found


def test_the_mock_host_installs_switches_and_removes_the_app(host: Host, parts: Any) -> None:
    assert state(parts) == "enabled"
    host("disable", key=APP)
    assert state(parts) == "disabled"
    host("enable", key=APP)
    assert state(parts) == "enabled"
    host("upgrade", key=APP)
    host("rotate", key=APP)
    assert state(parts) == "enabled"
    host("uninstall", key=APP)
    assert state(parts) == "uninstalled"


@pytest.mark.parametrize("event", ["installed", "enabled", "page"])
def test_no_forgery_of_the_mock_host_gets_through(host: Host, parts: Any, event: str) -> None:
    host("rotate", key=APP)
    _, before = parts.stored(client_key(parts))
    orders = {name: {"event": event, "forgery": name, "module_key": PANEL} for name in FORGERIES}
    let_in = {name for name, order in orders.items() if host("forge", key=APP, **order)["accepted"]}
    assert "none" in let_in
    assert let_in - GENUINE[event] == set()
    _, after = parts.stored(client_key(parts))
    assert (after.base_url, after.display_url) == (before.base_url, before.display_url)


def test_no_forgery_of_the_mock_host_removes_the_app(host: Host, parts: Any) -> None:
    host("rotate", key=APP)
    for forgery in sorted(set(FORGERIES) - GENUINE["uninstalled"]):
        assert not host("forge", key=APP, event="uninstalled", forgery=forgery)["accepted"], forgery
        assert state(parts) == "enabled"


def test_a_late_disabled_of_the_mock_host_changes_nothing(host: Host, parts: Any) -> None:
    host("late_disabled", key=APP)
    assert state(parts) == "enabled"


def test_the_panel_opens_and_its_reader_may_see_the_issue(host: Host, jira: JiraMock, parts: Any) -> None:
    reader = next(iter(jira.site.users))
    fields = {"project": {"key": "AP"}, "issuetype": {"name": "Invoice"}, "summary": "Dell CACP001"}
    issue = jira.site.create_issue(reader, {"fields": fields})
    order = {"event": "page", "forgery": "none", "module_key": PANEL, "issue": issue.key, "account_id": reader}
    told = host("forge", key=APP, **order)
    assert told["status"] == 200
    assert told["headers"]["Content-Security-Policy"].endswith(f"frame-ancestors {jira.site.base_url}")
    caller = Caller(**json.loads(told["body"]))
    assert (caller.issue_key, caller.account_id) == (issue.key, reader)
    permissions = JiraPermissions(parts)
    assert permissions.is_administrator(caller)
    assert permissions.may_see_issue(caller, str(caller.issue_id))
    assert not permissions.may_see_issue(caller, "99999")
    assert not permissions.is_administrator(replace(caller, account_id="nobody"))
