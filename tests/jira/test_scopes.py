"""The scopes named in troubles are those that Jira's OpenAPI asks for and our descriptor asks an administrator for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugin.jira.purpose import HOOKS, PEOPLE, READ, WRITE, Scope
from tests.contract.jira_openapi import SPEC

DESCRIPTOR = Path(__file__).parents[2] / "atlassian-connect.json"
CALLS = {
    "addComment": WRITE,
    "getComments": READ,
    "getCommentsByIds": READ,
    "linkIssues": WRITE,
    "getIssueLinkTypes": READ,
    "getTransitions": READ,
    "doTransition": WRITE,
    "getChangeLogs": READ,
    "getAllStatuses": READ,
    "getProjectComponents": READ,
    "getPriorities": READ,
    "getIssueWorklog": READ,
    "getCurrentUser": PEOPLE,
    "getUserGroups": PEOPLE,
    "findAssignableUsers": PEOPLE,
    "bulkGetUsers": PEOPLE,
    "registerDynamicWebhooks": HOOKS,
    "getDynamicWebhooksForApp": HOOKS,
    "refreshWebhooks": HOOKS,
    "deleteWebhookById": HOOKS,
    "getFailedWebhooks": HOOKS,
}


@pytest.fixture(scope="module")
def operations() -> dict[str, dict[str, Any]]:
    if not SPEC.exists():
        pytest.skip("Atlassian's OpenAPI is not beside the repository.")
    methods = (each for path in json.loads(SPEC.read_text())["paths"].values() for each in path.values())
    return {each["operationId"]: each for each in methods if isinstance(each, dict) and "operationId" in each}


@pytest.mark.parametrize(("name", "scope"), CALLS.items(), ids=list(CALLS))
def test_a_call_names_the_scope_that_it_takes(operations: dict[str, dict[str, Any]], name: str, scope: Scope) -> None:
    operation = operations[name]
    (granted,) = (each["scopes"] for each in operation["x-atlassian-oauth2-scopes"] if each["state"] == "Current")
    assert operation["x-atlassian-connect-scope"] == scope.connect
    assert set(granted) == set(scope.oauth.split())


def test_the_descriptor_asks_for_every_scope_of_ours() -> None:
    assert {scope.connect for scope in CALLS.values()} <= set(json.loads(DESCRIPTOR.read_text())["scopes"])
