"""A mock Jira site with people, an app and an issue.

What our client sends to it is judged by Atlassian's OpenAPI; what it answers is judged in its own tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.auth import AuthBase, HTTPBasicAuth

from plugin.jira import adf
from plugin.jira.client import JiraClient
from plugin.jira.issues import Issues
from plugin.jira.projects import Project, read_project
from plugin.sites.connect.jira_auth import ConnectAuth
from sage_adapters.address import AddressPolicy
from tests.contract.checked_jira import Watch
from tests.contract.jira_openapi import SPEC, JiraOpenApi

if TYPE_CHECKING:
    from mock_servers.harness.httpserver import MockHTTPServer

NORA = "712020:00000002-5b1e-4c3a-9d2f-000000000002"
APP_URL = "http://127.0.0.1:9/app"
HOOK = f"{APP_URL}/hooks"
OPEN, REVIEW, APPROVED, REJECTED = "10000", "3", "10001", "10003"
DOCUMENT = adf.doc(adf.paragraph("Posted in Sage 300."), adf.table(["Account", "Debit"], [["6000", "12.50"]], [1]))


@pytest.fixture(autouse=True)
def judged(jira_mock: MockHTTPServer) -> Iterator[None]:
    if not SPEC.exists():
        yield
        return
    watch = Watch(JiraOpenApi.read())
    jira_mock.mock.watch(watch)
    yield
    assert [each for each in watch.violations if " answer " not in each] == []


@pytest.fixture
def address(jira_mock: MockHTTPServer) -> str:
    return jira_mock.url


def connect(address: str, auth: AuthBase) -> JiraClient:
    return JiraClient(address, auth, policy=AddressPolicy(allow_private=True), timeout=(5.0, 20.0))


@pytest.fixture
def jira(address: str) -> Iterator[JiraClient]:
    with connect(address, HTTPBasicAuth("ada@example.com", "ada-token")) as client:
        yield client


@pytest.fixture
def app(jira_mock: MockHTTPServer) -> Iterator[JiraClient]:
    """An installed app that may only read."""
    from mock_servers.jira.apps import InstalledApp, implied_scopes

    site = jira_mock.mock.site
    key, secret = "com.example.counterfoil", "s" * 40
    account = site.add_app_user(key, "Counterfoil").account_id
    site.installed_apps[key] = InstalledApp(
        key=key,
        descriptor={"key": key},
        base_url=APP_URL,
        shared_secret=secret,
        client_key="client-key",
        scopes=implied_scopes(["READ"]),
        account_id=account,
    )
    with connect(jira_mock.url, ConnectAuth(key, jira_mock.url, secret)) as client:
        yield client


@pytest.fixture
def payables(jira: JiraClient) -> Project:
    return read_project(jira, "AP")


@pytest.fixture
def key(address: str) -> str:
    return made(address, "An invoice")


def act(address: str, type: str, **body: Any) -> dict[str, Any]:
    """What a person does in that Jira."""
    answer = requests.post(f"{address}/__mock__/documents/{type}", json=body, timeout=10)
    assert answer.ok, answer.text
    return dict(answer.json())


def made(address: str, summary: str) -> str:
    order = {"action": "create", "project": "AP", "issue_type": "Invoice", "summary": summary}
    return str(act(address, "issue", **order)["key"])


def fault(address: str, method: str, path: str, kind: str, **more: Any) -> None:
    wanted = {"match": {"method": method, "path": path}, "times": 1, "kind": kind, **more}
    answer = requests.post(f"{address}/__mock__/faults", json=[wanted], timeout=10)
    assert answer.ok, answer.text


def field_of(jira: JiraClient, key: str, field: str) -> Any:
    return Issues(jira).fetch([key], fields=[field]).issues[0].fields[field]
