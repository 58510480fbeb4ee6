"""The check itself: it must see what is wrong, or it proves nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.jira_openapi import SPEC, Exchange, JiraOpenApi

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="Atlassian's OpenAPI is not beside the repository.")


def violations(
    method: str, target: str, body: Any = None, status: int = 200, answer: Any = None, media: str = "application/json"
) -> list[str]:
    path, _, query = target.partition("?")
    return JiraOpenApi.read().violations(
        Exchange(
            method,
            path,
            query,
            media if body is not None else "",
            b"" if body is None else json.dumps(body).encode(),
            status,
            "application/json",
            b"" if answer is None else json.dumps(answer).encode(),
        )
    )


def test_a_documented_exchange_is_accepted() -> None:
    created = {
        "issues": [{"id": "1", "key": "AP-1", "self": "https://x.atlassian.net/rest/api/3/issue/1"}],
        "errors": [],
    }
    body = {"issueUpdates": [{"fields": {"summary": "x"}, "properties": [{"key": "a", "value": {"b": 1}}]}]}
    assert violations("POST", "/rest/api/3/issue/bulk", body, 201, created) == []


def test_the_literal_path_wins_over_the_one_with_a_key() -> None:
    operation = JiraOpenApi.read().operation("POST", "/rest/api/3/issue/bulk")
    assert operation is not None
    assert operation.name == "createIssues"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (("GET", "/rest/api/3/no/such"), "unknown operation"),
        (("PATCH", "/rest/api/3/issue/AP-1"), "unknown operation"),
        (("GET", "/rest/api/3/field?wrong=1"), "query: wrong is no parameter"),
        (("GET", "/rest/api/3/issue/AP-1?updateHistory=True"), "not true or false"),
        (("GET", "/rest/api/3/project/search?maxResults=many"), "no integer"),
        (("GET", "/rest/api/3/project/search?maxResults=1000"), "more than 100"),
        (("GET", "/rest/api/3/project/search?action=delete"), "not among"),
        (("POST", "/rest/api/3/jql/parse", {"queries": ["a = b"]}), "validation is missing"),
        (("POST", "/rest/api/3/issue/bulkfetch"), "the body is missing"),
        (("POST", "/rest/api/3/issue/bulkfetch", {}), "'issueIdsOrKeys' is a required property"),
        (("POST", "/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": [1]}), "not of type 'string'"),
        (("POST", "/rest/api/3/search/jql", {"jql": "x", "startAt": 0}), "'startAt' was unexpected"),
        (("POST", "/rest/api/3/search/jql", {"jql": "x", "expand": ["names"]}), "not of type 'string'"),
    ],
)
def test_a_wrong_request_is_seen(sent: tuple[Any, ...], expected: str) -> None:
    assert any(expected in violation for violation in violations(*sent))


@pytest.mark.parametrize(
    ("target", "status", "answer", "expected"),
    [
        ("GET /rest/api/3/field", 200, {"id": "summary"}, "not of type 'array'"),
        ("GET /rest/api/3/field", 200, [{"id": 7}], "not of type 'string'"),
        ("GET /rest/api/3/field", 418, None, "this status is not among"),
        ("GET /rest/api/3/issue/AP-1", 200, {"id": "1", "colour": "red"}, "'colour' was unexpected"),
        ("GET /rest/api/3/issue/AP-1/comment/7", 200, {"created": "2026-09-27T10:03:11Z"}, "is not a 'date-time'"),
        ("DELETE /rest/api/3/issue/AP-1", 204, {}, "204 with a body"),
    ],
)
def test_a_wrong_answer_is_seen(target: str, status: int, answer: Any, expected: str) -> None:
    method, _, path = target.partition(" ")
    assert any(expected in violation for violation in violations(method, path, None, status, answer))


def test_a_form_where_json_is_wanted_is_seen() -> None:
    media = "application/x-www-form-urlencoded"
    assert any("content type" in each for each in violations("POST", "/rest/api/3/issue", {}, 201, {}, media))


def test_jiras_own_form_of_an_instant_is_accepted() -> None:
    comment = {"id": "7", "created": "2026-09-27T10:03:11.123+0200"}
    assert violations("GET", "/rest/api/3/issue/AP-1/comment/7", None, 200, comment) == []


def test_a_union_that_the_openapi_closed_against_itself_is_usable() -> None:
    def clause(value: object) -> dict[str, object]:
        return {"field": {"name": "project"}, "operator": "=", "operand": {"value": value}}

    def parse(where: object) -> list[str]:
        answer = {"queries": [{"query": "x", "structure": {"where": where}}]}
        return violations("POST", "/rest/api/3/jql/parse?validation=strict", {"queries": ["x"]}, 200, answer)

    assert parse({"operator": "and", "clauses": [clause("AP"), clause("FIN")]}) == []
    assert parse({"operator": "xor", "clauses": []})


@pytest.mark.parametrize("status", [401, 429, 503])
def test_a_gateway_may_answer_anything(status: int) -> None:
    assert violations("GET", "/rest/api/3/field", None, status, {"code": status, "message": "No"}) == []
