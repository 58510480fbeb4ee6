"""A very small Connect app, and a mock Jira on a name that is another site to the browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
import requests
from flask import Flask, jsonify, render_template_string, request
from werkzeug.serving import make_server

from mock_servers.harness.server import RunningMock, serve
from mock_servers.jira.connect.qsh import query_string_hash
from mock_servers.jira.mock import JiraMock

EVENTS = ("installed", "enabled", "disabled", "uninstalled")
PAGE = Path(__file__).with_name("tiny.html").read_text()


@dataclass
class TinyApp:
    """`careless` believes every token; otherwise each request is verified as contract jira-connect, section 2, says.

    `answer` is the status given to lifecycle calls that are believed; `during` is called while one is being answered.
    """

    key_server: str
    script: str
    url: str = ""
    careless: bool = False
    answer: int = 204
    modules: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    received: list[tuple[str, dict[str, Any], str | None]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    during: Callable[[str], None] = lambda _: None

    def descriptor(self) -> dict[str, Any]:
        return {
            "key": "tiny.app",
            "name": "Tiny Payables",
            "description": "Shows invoices beside issues.",
            "vendor": {"name": "Tiny Works", "url": "https://example.com"},
            "baseUrl": self.url,
            "authentication": {"type": "jwt"},
            "lifecycle": {event: f"/{event}" for event in EVENTS},
            "scopes": ["READ", "WRITE"],
            "apiVersion": 1,
            "apiMigrations": {"gdpr": True, "signed-install": True, "context-qsh": True},
            "modules": self.modules,
            **self.changes,
        }

    def events(self) -> list[str]:
        return [event for event, _, _ in self.received]

    def verify(self, event: str, body: dict[str, Any]) -> bool:
        """What an app must check; False refuses the request."""
        if self.careless:
            return True
        if request.args.get("jwt"):
            return False
        token = request.headers.get("Authorization", "").removeprefix("JWT ")
        try:
            by_host = event in ("installed", "uninstalled")
            claims = self._by_host(token) if by_host else self._by_secret(token)
        except (jwt.InvalidTokenError, requests.RequestException, AssertionError):
            return False
        if claims.get("qsh") != query_string_hash(request.method, request.full_path.rstrip("?")):
            return False
        host = urlsplit(body.get("baseUrl", "")).hostname
        return (
            body.get("clientKey") == claims["iss"]
            and body.get("key") == "tiny.app"
            and body.get("eventType") == event
            and host in ("localhost", "127.0.0.1")
        )

    def _by_host(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        assert header["alg"] == "RS256"
        assert "kid" in header
        assert all(sign.isalnum() or sign == "-" for sign in header["kid"])
        key = requests.get(self.key_server + header["kid"], timeout=5)
        assert key.ok
        required = {"require": ["exp", "iat", "iss", "aud", "qsh"]}
        return jwt.decode(token, key.text, algorithms=["RS256"], audience=self.url, options=required)

    def _by_secret(self, token: str) -> dict[str, Any]:
        assert self.secrets
        required = {"require": ["exp", "iat", "iss", "qsh"]}
        return jwt.decode(token, self.secrets[-1], algorithms=["HS256"], options=required)


def _flask_app(tiny: TinyApp) -> Flask:
    app = Flask(__name__)

    @app.get("/atlassian-connect.json")
    def descriptor() -> Any:
        return jsonify(tiny.descriptor())

    @app.post("/<any(installed,enabled,disabled,uninstalled):event>")
    def lifecycle(event: str) -> Any:
        body = request.get_json()
        if not tiny.verify(event, body):
            return "refused", 401
        tiny.during(event)
        if tiny.answer in (200, 204):
            tiny.received.append((event, body, request.headers.get("Authorization")))
            if event == "installed":
                tiny.secrets.append(body["sharedSecret"])
        return "", tiny.answer

    @app.get("/panel")
    def panel() -> str:
        return render_template_string(PAGE, script=tiny.script, title=f"Invoice {request.args.get('issue', '')}")

    @app.get("/admin")
    def admin() -> str:
        return render_template_string(PAGE, script=tiny.script, title="Payables settings")

    return app


MODULES = {
    "webPanels": [
        {
            "key": "invoice",
            "name": {"value": "Invoice"},
            "url": "/panel?issue={issue.key}&project={project.id}",
            "location": "atl.jira.view.issue.right.context",
        }
    ],
    "adminPages": [
        {
            "key": "settings",
            "name": {"value": "Payables settings"},
            "url": "/admin",
            "conditions": [{"condition": "user_is_admin"}],
        }
    ],
    "dialogs": [{"key": "pay", "url": "/panel?issue={issue.key}&amount={ac.amount}"}],
}


@pytest.fixture
def running_jira() -> Iterator[RunningMock]:
    """A mock Jira at http://localhost:<port>, whose app lives at 127.0.0.1: two sites to the browser."""
    mock = JiraMock()
    with serve(mock) as running:
        mock.settle_address(f"http://localhost:{running.port}")
        yield running


@pytest.fixture
def jira(running_jira: RunningMock) -> JiraMock:
    assert isinstance(running_jira.mock, JiraMock)
    return running_jira.mock


@pytest.fixture
def tiny(jira: JiraMock) -> Iterator[TinyApp]:
    """The app, running and not yet installed."""
    base = jira.site.base_url
    app = TinyApp(f"{base}/install-keys/", f"{base}/atlassian-connect/all.js", modules=dict(MODULES))
    server = make_server("127.0.0.1", 0, _flask_app(app), threaded=True)
    app.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Control:
    """The control API as a script uses it."""

    jira: JiraMock

    def __call__(self, action: str, **fields: Any) -> dict[str, Any]:
        answer = self.ask(action, **fields)
        assert answer.ok, answer.text
        return dict(answer.json())

    def ask(self, action: str, **fields: Any) -> requests.Response:
        address = f"{self.jira.site.base_url}/__mock__/documents/app"
        return requests.post(address, json={"action": action, **fields}, timeout=30)


@pytest.fixture
def control(jira: JiraMock) -> Control:
    return Control(jira)


@pytest.fixture
def installed(tiny: TinyApp, control: Control) -> TinyApp:
    """The app, installed."""
    control("install", descriptor_url=f"{tiny.url}/atlassian-connect.json")
    return tiny
