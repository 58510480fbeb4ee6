"""Who is let in, what an app's scopes allow, and how refusals look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_servers.jira.rest.urls import routes
from tests.contract.jira_openapi import SPEC, JiraOpenApi
from tests.mock_jira.conftest import Caller, invoice


def test_without_credentials_only_the_server_info_is_told(nobody: Caller) -> None:
    assert nobody("GET", "/myself").status_code == 401
    info = nobody("GET", "/serverInfo")
    assert (info.status_code, info.json()["deploymentType"]) == (200, "Cloud")


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_token_is_401(ada: Caller, jira_mock: Any, password: str) -> None:
    stranger = Caller(jira_mock.url, ("ada@example.com", password))
    assert stranger("GET", "/myself").status_code == 401


def test_nobody_signs_in_as_an_app_user(app: Caller, jira_mock: Any) -> None:
    assert Caller(jira_mock.url, ("app.one@connect.example.com", ""))("GET", "/myself").status_code == 401


def test_a_deactivated_person_is_not_let_in(nora: Caller, jira_mock: Any) -> None:
    jira_mock.mock.act("user", {"action": "deactivate", "email": "nora@example.com"})
    assert nora("GET", "/myself").status_code == 401


def test_scopes_include_the_narrower_ones(install: Callable[..., Caller]) -> None:
    reader, writer, deleter = install("READ", key="r"), install("WRITE", key="w"), install("DELETE", key="d")
    body = {"fields": invoice()}
    assert reader("GET", "/project/AP").status_code == 200
    assert reader("POST", "/issue", body).status_code == 403
    assert writer("POST", "/issue", body).status_code == 201
    assert writer("DELETE", "/issue/AP-1").status_code == 403
    assert deleter("DELETE", "/issue/AP-1").status_code == 204


def test_an_app_without_the_scope_admin_cannot_configure(install: Callable[..., Caller]) -> None:
    refused = install("PROJECT_ADMIN")("GET", "/screens")
    assert refused.status_code == 403
    assert "ADMIN" in refused.json()["errorMessages"][0]


def test_a_disabled_app_is_not_let_in(app: Caller, jira_mock: Any) -> None:
    jira_mock.mock.site.installed_apps["app.one"].enabled = False
    assert app("GET", "/myself").status_code == 401


def test_a_get_with_a_body_is_403(ada: Caller) -> None:
    assert ada("GET", "/myself", {"a": 1}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/rest/api/3/nonsense", 404),
        ("PATCH", "/rest/api/3/issue", 405),
        ("GET", "/rest/api/3/field/search?maxResults=many", 400),
        ("GET", "/rest/api/3/issue/AP-1?updateHistory=1&x=1", 404),
    ],
)
def test_errors_outside_of_any_resource_are_problem_documents(ada: Caller, method: str, path: str, status: int) -> None:
    answer = ada(method, path)
    assert answer.status_code == status
    if "issue/" not in path:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status


def test_an_app_keeps_its_own_properties_and_nobody_elses(install: Callable[..., Caller], ada: Caller) -> None:
    one, two = install("READ", key="app.one"), install("READ", key="app.two")
    path = "/rest/atlassian-connect/1/addons/app.one/properties/state"
    assert one("PUT", path, {"a": 1}).status_code == 201
    assert one("PUT", path, {"a": 2}).status_code == 200
    assert one("GET", path).json()["value"] == {"a": 2}
    for stranger in (two, ada):
        refused = stranger("GET", path)
        assert (refused.status_code, refused.json()["statusCode"]) == (401, 401)
    assert one("DELETE", path).status_code == 204
    assert one("GET", "/rest/atlassian-connect/1/addons/app.one").json()["state"] == "ENABLED"


@pytest.mark.skipif(not SPEC.exists(), reason="Atlassian's OpenAPI is not beside the repository.")
def test_every_route_is_one_of_jiras_with_its_scope() -> None:
    unknown, other_scope = [], []
    for prefix, route in routes():
        operation = JiraOpenApi.read().operation(route.method, prefix + route.rule.replace("<", "x").replace(">", "x"))
        if operation is None:
            unknown.append(f"{prefix}{route.rule}")
        elif operation.definition.get("x-atlassian-connect-scope") != route.scope:
            other_scope.append((route.rule, route.scope, operation.definition.get("x-atlassian-connect-scope")))
    assert other_scope == []
    # Removed, or never part of the OpenAPI (contract jira-rest, section 1, and jira-connect, section 4).
    documented_elsewhere = ("/rest/api/2/search", "/rest/webhooks/1.0/", "/rest/atlassian-connect/1/addons/<app_key>")
    assert [path for path in unknown if not path.startswith(documented_elsewhere)] == []
