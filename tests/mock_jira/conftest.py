"""A served mock Jira, people and an app who call it, and a judge of every answer where the OpenAPI is at hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
import requests
from requests.auth import AuthBase

from mock_servers.harness import Clock
from mock_servers.harness.httpserver import MockHTTPServer
from mock_servers.jira.adf import document
from mock_servers.jira.apps import InstalledApp, implied_scopes
from mock_servers.jira.connect.qsh import query_string_hash
from tests.contract.checked_jira import Watch
from tests.contract.jira_openapi import SPEC, JiraOpenApi

TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"
KNOWN = re.compile(
    # The documentation's examples send a string where the schema says int64 (contract jira-rest, section 1).
    r"(getDynamicWebhooksForApp|refreshWebhooks) answer 200: .*expirationDate.*is not of type 'integer'"
    # Jira has null where a change has no ids, as the samples of webhooks show.
    r"|.* answer 200: at \$\..*items\[\*\]\.(from|to|fromString|toString): None .*"
    # Linking answers 201 with nothing in it (contract jira-rest, section 2).
    r"|linkIssues answer 201: content type ''.*"
    # A bulk request refused as a whole is not about single elements, for which alone there is a schema.
    r"|createIssues answer 400: at \$: .*'errorMessages' was unexpected.*"
)


class Caller:
    """Somebody who calls the REST API of one site."""

    def __init__(self, url: str, auth: Any) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.auth = auth

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        address = self.url + (path if path.startswith("/rest/") else f"/rest/api/3{path}")
        if body is not None:
            more["json"] = body
        return self.session.request(method, address, timeout=10, **more)

    def issue(self, **fields: Any) -> str:
        """Creates an invoice and returns its key."""
        answer = self("POST", "/issue", {"fields": invoice(**fields)})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["key"])

    def found(self, jql: str, **more: Any) -> list[str]:
        """The keys a search finds, in order."""
        answer = self("POST", "/search/jql", {"jql": jql, "fields": ["key"], **more})
        assert answer.status_code == 200, answer.text
        return [issue["key"] for issue in answer.json()["issues"]]

    def field(self, name: str, kind: str = "textfield", searcher: str | None = "textsearcher") -> str:
        """Creates a field on the default screen and returns its id."""
        body = {"name": name, "type": TYPES + kind, "description": ""}
        answer = self("POST", "/field", body | ({"searcherKey": TYPES + searcher} if searcher else {}))
        assert answer.status_code == 201, answer.text
        field_id = str(answer.json()["id"])
        assert self("POST", f"/screens/addToDefault/{field_id}").status_code == 200
        return field_id


class SignedByApp(AuthBase):
    """Signs as contract jira-connect, section 3, says, by the mock's clock."""

    def __init__(self, app: InstalledApp, clock: Clock) -> None:
        self.app = app
        self.clock = clock

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        parts = urlsplit(str(request.url))
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        now = int(self.clock.now().timestamp())
        qsh = query_string_hash(str(request.method), target, "")
        claims = {"iss": self.app.key, "iat": now, "exp": now + 180, "qsh": qsh}
        request.headers["Authorization"] = "JWT " + jwt.encode(claims, self.app.shared_secret, "HS256")
        return request


def invoice(**fields: Any) -> dict[str, Any]:
    return {"project": {"key": "AP"}, "issuetype": {"name": "Invoice"}, "summary": "An invoice", **fields}


def adf(text: str) -> dict[str, Any]:
    return document(text)


@pytest.fixture(autouse=True)
def judged(jira_mock: MockHTTPServer) -> Iterator[None]:
    """Every answer of every test here has the shape that Atlassian's OpenAPI gives it."""
    if not SPEC.exists():
        yield
        return
    watch = Watch(JiraOpenApi.read())
    jira_mock.mock.watch(watch)
    yield
    wrong = [text for text in watch.violations if " answer " in text and not KNOWN.search(text)]
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def ada(jira_mock: MockHTTPServer) -> Caller:
    return Caller(jira_mock.url, ("ada@example.com", "ada-token"))


@pytest.fixture
def nora(jira_mock: MockHTTPServer) -> Caller:
    return Caller(jira_mock.url, ("nora@example.com", "nora-token"))


@pytest.fixture
def finn(jira_mock: MockHTTPServer) -> Caller:
    return Caller(jira_mock.url, ("finn@example.com", "finn-token"))


@pytest.fixture
def nobody(jira_mock: MockHTTPServer) -> Caller:
    return Caller(jira_mock.url, None)


@pytest.fixture
def install(jira_mock: MockHTTPServer) -> Callable[..., Caller]:
    """Installs an app with these scopes and modules, as the Connect host does, and gives its voice."""

    def installed(
        *scopes: str, key: str = "app.one", base_url: str = "http://127.0.0.1:9/app", **modules: Any
    ) -> Caller:
        site = jira_mock.mock.site
        app = InstalledApp(
            key=key,
            descriptor={"key": key, "modules": modules},
            base_url=base_url,
            shared_secret=f"{key}-" + "s" * 40,
            client_key="client-key",
            scopes=implied_scopes(list(scopes)),
            account_id=site.add_app_user(key, key).account_id,
        )
        site.installed_apps[key] = app
        return Caller(jira_mock.url, SignedByApp(app, jira_mock.mock.clock))

    return installed


@pytest.fixture
def app(install: Callable[..., Caller]) -> Caller:
    """An app with every scope, that declared `erp.sync` -> key, amount, note as searchable."""
    extractions = [
        {"objectName": "key", "type": "string", "alias": "erpKey"},
        {"objectName": "amount", "type": "number"},
        {"objectName": "note", "type": "text"},
    ]
    keys = [{"propertyKey": "erp.sync", "extractions": extractions}]
    module = {"key": "sync", "name": {"value": "Sync"}, "entityType": "issue", "keyConfigurations": keys}
    return install("ADMIN", jiraEntityProperties=[module])
