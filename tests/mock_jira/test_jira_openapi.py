"""Every address that is read with GET, asked once: the judge of this folder compares each answer with the OpenAPI."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mock_servers.jira.rest.urls import API, routes
from tests.contract.jira_openapi import SPEC
from tests.mock_jira.conftest import Caller, adf

QUERIES = {
    "/issuetype/project": "?projectId=10000",
    "/issuetypescheme/project": "?projectId=10000",
    "/issuetypescreenscheme/project": "?projectId=10000",
    "/user": "?accountId={account}",
    "/user/groups": "?accountId={account}",
    "/user/bulk": "?accountId={account}",
    "/user/search": "?query=ada",
    "/user/assignable/search": "?project=AP",
    "/mypermissions": "?permissions=EDIT_ISSUES",
    "/search/jql": "?jql=project=AP&fields=*all&expand=names,schema,changelog,transitions,editmeta",
    "/issue/<key>/comment": "?expand=properties",
    "/issue/<key>/transitions": "?expand=transitions.fields&includeUnavailableTransitions=true",
    "/issue/<key>": "?expand=names,schema,changelog,transitions,editmeta&properties=*all",
}


@pytest.mark.skipif(not SPEC.exists(), reason="Atlassian's OpenAPI is not beside the repository.")
def test_every_answer_has_the_documented_shape(ada: Caller, app: Caller, jira_mock: Any) -> None:
    key, other = ada.issue(description=adf("x"), customfield_10020={"value": "300 Sales"}), ada.issue()
    numbers = {
        "comment": ada("POST", f"/issue/{key}/comment", {"body": adf("x")}).json()["id"],
        "worklog": ada("POST", f"/issue/{key}/worklog", {"timeSpent": "1h"}).json()["id"],
        "remotelink": ada("POST", f"/issue/{key}/remotelink", {"object": {"url": "https://x", "title": "x"}}).json()[
            "id"
        ],
        "attachment": ada(
            "POST", f"/issue/{key}/attachments", files={"file": b"x"}, headers={"X-Atlassian-Token": "no-check"}
        ).json()[0]["id"],
    }
    ada("PUT", f"/comment/{numbers['comment']}/properties/p", {"a": 1})
    numbers["component"] = ada("POST", "/component", {"project": "AP", "name": "Post room"}).json()["id"]
    ends = {"inwardIssue": {"key": key}, "outwardIssue": {"key": other}}
    ada("POST", "/issueLink", {"type": {"name": "Blocks"}, **ends})
    numbers["issueLink"] = ada("GET", f"/issue/{key}").json()["fields"]["issuelinks"][0]["id"]
    ada("PUT", f"/issue/{key}/properties/p", {"a": 1})
    ada("POST", f"/issue/{key}/transitions", {"transition": {"id": "11"}})
    account = ada("GET", "/myself").json()["accountId"]
    contexts = ada("GET", "/field/customfield_10020/context").json()["values"]
    known = {
        "key": key, "name": "p", "project": "AP", "kind": "10001", "status": "Open", "field_id": "customfield_10020",
        "context_id": contexts[0]["id"], "screen_id": "1", "tab_id": "10001",
    }  # fmt: skip

    def filled(rule: str) -> str:
        near = next((number for word, number in numbers.items() if f"/{word}/" in rule), "")
        return re.sub(r"<(\w+)>", lambda match: str(known.get(match[1], near)), rule)

    asked = [route for prefix, route in routes() if prefix == API and route.method == "GET" and route.rule != "/search"]
    for route in asked:
        path = filled(route.rule) + QUERIES.get(route.rule, "").format(account=account)
        caller = app if route.rule.startswith("/webhook") else ada
        answer = caller("GET", path)
        assert answer.status_code == 200, f"{path}: {answer.text}"
    assert len(asked) > 40
