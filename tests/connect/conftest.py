"""A small application with the Connect door in it, and Jira sites that sign as Atlassian's host does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask, Response, jsonify, request
from flask.testing import FlaskClient
from pytest_httpserver import HTTPServer
from werkzeug.test import TestResponse

from plugin.settings import Settings
from plugin.sites.connect.qsh import query_hash
from plugin.sites.connect.routes import connect_door
from plugin.sites.connect.verification import context_caller, iframe_caller
from plugin.store.database import Database
from plugin.store.models import Installation, Site, Table
from plugin.store.sealing import Seal
from plugin.web.headers import protect_answers

BASE_URL = "https://counterfoil.example"
APP_KEY = "com.counterfoil.payables"
KEY_ID = "6f1b3c2a-install-key"


class MemoryCache:
    """Forgets nothing; remembers for how long it was asked to."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.lives: dict[str, float] = {}

    def get(self, key: str) -> str | None:
        return self.texts.get(key)

    def set(self, key: str, value: str, ttl: float) -> None:
        self.texts[key], self.lives[key] = value, ttl


class RecordedOutcomes:
    def __init__(self) -> None:
        self.all: list[tuple[str, str]] = []

    def record(self, route: str, outcome: str) -> None:
        self.all.append((route, outcome))

    @property
    def last(self) -> str:
        return self.all[-1][1]


@dataclass
class AppParts:
    settings: Settings
    database: Database
    seal: Seal
    cache: MemoryCache = field(default_factory=MemoryCache)
    outcomes: RecordedOutcomes = field(default_factory=RecordedOutcomes)

    def change_settings(self, **changes: Any) -> None:
        self.settings = replace(self.settings, **changes)

    def stored(self, client_key: str) -> tuple[Installation, Site]:
        with self.database.reading_every_site() as session:
            installation = session.query(Installation).filter_by(external_id=client_key).one()
            return installation, session.get_one(Site, installation.site_id)

    def everything_stored(self) -> list[list[Any]]:
        with self.database.engine.connect() as connection:
            return [
                [tuple(row) for row in connection.execute(table.select())] for table in Table.metadata.sorted_tables
            ]


class Authority:
    """Atlassian's installation key, and whatever else can be signed with it."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = self.private.public_key()
        self.pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, claims: dict[str, Any], kid: str | None = KEY_ID) -> str:
        return jwt.encode(claims, self.private, algorithm="RS256", headers={"kid": kid} if kid else None)


class JiraSite:
    """One Jira site in its role of Connect host."""

    def __init__(self, client: FlaskClient, authority: Authority, name: str, base_url: str | None = None) -> None:
        self.client = client
        self.authority = authority
        self.client_key = f"client-{name}"
        self.base_url = base_url or f"https://{name}.atlassian.net"
        self.display_url = self.base_url
        self.secret = f"first-secret-of-{name}-{'x' * 40}"

    def body(self, event: str, **changes: Any) -> dict[str, Any]:
        said = {
            "key": APP_KEY,
            "clientKey": self.client_key,
            "baseUrl": self.base_url,
            "displayUrl": self.display_url,
            "productType": "jira",
            "serverVersion": "1001.0.0-SNAPSHOT",
            "eventType": event,
        }
        if event == "installed":
            said["sharedSecret"] = self.secret
        return {**said, **changes}

    def claims(self, method: str, path: str, query: str = "", **changes: Any) -> dict[str, Any]:
        """Changes to None take a claim away."""
        now = int(time.time())
        said: dict[str, Any] = {
            "iss": self.client_key,
            "iat": now,
            "exp": now + 900,
            "qsh": query_hash(method, path, query),
            **changes,
        }
        return {name: value for name, value in said.items() if value is not None}

    def lifecycle_token(self, event: str, **changes: Any) -> str:
        return self.authority.sign(self.claims("POST", f"/connect/{event}", **{"aud": [BASE_URL], **changes}))

    def site_token(self, event: str, **changes: Any) -> str:
        return self.shared(self.claims("POST", f"/connect/{event}", **changes))

    def shared(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.secret, algorithm="HS256")

    def post(self, event: str, token: str | None, **changes: Any) -> TestResponse:
        headers = {"Authorization": f"JWT {token}"} if token else {}
        return self.client.post(f"/connect/{event}", json=self.body(event, **changes), headers=headers)

    def install(self, **changes: Any) -> TestResponse:
        return self.post("installed", self.lifecycle_token("installed"), **changes)

    def enable(self) -> TestResponse:
        return self.post("enabled", self.site_token("enabled"))

    def disable(self) -> TestResponse:
        return self.post("disabled", self.site_token("disabled"))

    def uninstall(self) -> TestResponse:
        return self.post("uninstalled", self.lifecycle_token("uninstalled"))

    def panel_url(self, query: str = "issueId=10001&issueKey=AP-7&projectId=10000&lic=active", **changes: Any) -> str:
        token = self.shared(
            self.claims("GET", "/connect/panel", query, **{"sub": "person-1", "context": {}, **changes})
        )
        return f"/connect/panel?{query}&jwt={token}"

    def context_token(self, **changes: Any) -> str:
        place = {"issue": {"id": "10001", "key": "AP-7"}, "project": {"id": "10000", "key": "AP"}}
        said = {"qsh": "context-qsh", "sub": "person-1", "context": {"jira": place}, **changes}
        return self.shared(self.claims("GET", "/", **said))

    def ask(self, token: str, **options: Any) -> TestResponse:
        return self.client.post("/connect/view", headers={"Authorization": f"JWT {token}"}, **options)


def handmade_token(header: dict[str, Any], claims: dict[str, Any] | bytes, secret: bytes | None) -> str:
    """A token that no library would make: `claims` in bytes are taken as they are."""

    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    signed = f"{part(json.dumps(header).encode())}.{part(payload)}"
    signature = hmac.new(secret, signed.encode(), hashlib.sha256).digest() if secret is not None else b""
    return f"{signed}.{part(signature)}"


def make_app(parts: AppParts) -> Flask:
    app = Flask("connect-tests")
    app.extensions["counterfoil"] = parts
    app.register_blueprint(connect_door())
    protect_answers(app)

    @app.get("/connect/panel")
    def panel() -> Response:
        return jsonify(asdict(iframe_caller(request)))

    @app.get("/connect/named/<name>")
    def named(name: str) -> Response:
        return jsonify(name=name, site=iframe_caller(request).site_id)

    @app.post("/connect/view")
    def view() -> Response:
        return jsonify(asdict(context_caller(request)))

    return app


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def key_server(httpserver: HTTPServer, authority: Authority) -> HTTPServer:
    httpserver.expect_request(f"/{KEY_ID}").respond_with_data(authority.pem, content_type="text/plain")
    return httpserver


@pytest.fixture
def parts(tmp_path: Path, key_server: HTTPServer) -> Iterator[AppParts]:
    settings = replace(
        Settings.from_environment({}),
        data_folder=tmp_path,
        base_url=BASE_URL,
        app_key=APP_KEY,
        connect_key_hosts=(key_server.url_for("").rstrip("/"),),
        allow_private_addresses=True,
    )
    database = Database(f"sqlite:///{tmp_path / 'counterfoil.sqlite3'}")
    Table.metadata.create_all(database.engine)
    yield AppParts(settings, database, Seal({"k1": bytes(32)}))
    database.dispose()


@pytest.fixture
def app(parts: AppParts) -> Flask:
    return make_app(parts)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def acme(client: FlaskClient, authority: Authority) -> JiraSite:
    """A site that has not installed the app yet."""
    return JiraSite(client, authority, "acme")


@pytest.fixture
def installed_acme(acme: JiraSite) -> JiraSite:
    assert acme.install().status_code == 204
    assert acme.enable().status_code == 204
    return acme


@pytest.fixture
def installed_zenith(client: FlaskClient, authority: Authority) -> JiraSite:
    """Another site, whose people see it under a domain of their own."""
    zenith = JiraSite(client, authority, "zenith")
    zenith.display_url = "https://support.zenith.example"
    assert zenith.install().status_code == 204
    assert zenith.enable().status_code == 204
    return zenith


@pytest.fixture
def forge_token() -> Any:
    return handmade_token


@pytest.fixture
def other_authority() -> Authority:
    """A key that anybody can make."""
    return Authority()
