"""Comments and worklogs as apps use them: properties kept with comments, and totals that people change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.mock_jira.conftest import Caller, adf

MARK = {"key": "counterfoil", "value": {"of": "invoice", "version": 3}}


def comment(caller: Caller, key: str, **more: Any) -> str:
    answer = caller("POST", f"/issue/{key}/comment", {"body": adf("Posted"), **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_comment_is_made_with_its_properties_and_shows_them_when_expanded(app: Caller, ada: Caller) -> None:
    key = ada.issue()
    number = comment(app, key, properties=[MARK])
    comment(ada, key)
    plain = ada("GET", f"/issue/{key}/comment").json()["comments"]
    assert ["properties" in one for one in plain] == [False, False]
    marked, other = ada("GET", f"/issue/{key}/comment?expand=properties").json()["comments"]
    assert (marked["properties"], other["properties"]) == ([MARK], [])
    assert ada("GET", f"/comment/{number}/properties/counterfoil").json() == MARK
    assert [one["key"] for one in ada("GET", f"/comment/{number}/properties").json()["keys"]] == ["counterfoil"]


def test_comments_can_be_read_by_their_numbers_from_many_issues(app: Caller, ada: Caller, nora: Caller) -> None:
    first, hidden = ada.issue(), ada.issue(project={"key": "FIN"})
    numbers = [int(comment(app, key, properties=[MARK])) for key in (first, hidden)]
    found = nora("POST", "/comment/list?expand=properties", {"ids": [*numbers, 99]}).json()
    assert [(one["id"], one["properties"]) for one in found["values"]] == [(str(numbers[0]), [MARK])]
    assert nora("POST", "/comment/list", {"ids": []}).status_code == 400
    assert nora("POST", "/comment/list", {"ids": list(range(1001))}).status_code == 400
    assert nora("GET", f"/comment/{numbers[1]}/properties/counterfoil").status_code == 404


def test_a_site_may_not_show_properties_in_lists(app: Caller, ada: Caller, jira_mock: Any) -> None:
    key = ada.issue()
    number = comment(app, key, properties=[MARK])
    jira_mock.mock.turn({"comment_properties_expanded": False})
    [shown] = ada("GET", f"/issue/{key}/comment?expand=properties").json()["comments"]
    assert "properties" not in shown
    assert ada("GET", f"/comment/{number}/properties/counterfoil").json() == MARK


def test_properties_of_a_comment_are_set_replaced_and_deleted(app: Caller, ada: Caller, nora: Caller) -> None:
    key = ada.issue()
    number = comment(nora, key)
    path = f"/comment/{number}/properties/counterfoil"
    assert app("PUT", path, {"a": 1}).status_code == 201
    assert app("PUT", path, {"b": 2}).status_code == 200
    assert app("GET", path).json()["value"] == {"b": 2}
    edited = {"body": adf("Again"), "properties": [MARK]}
    assert nora("PUT", f"/issue/{key}/comment/{number}", edited).status_code == 200
    assert app("GET", path).json() == MARK
    assert app("DELETE", path).status_code == 204
    assert app("GET", path).status_code == app("DELETE", path).status_code == 404
    assert app("PUT", path, "").status_code == 400
    assert app("PUT", path, "x" * 32_768).status_code == 400


@pytest.mark.parametrize("properties", [[{"value": 1}], [{"key": "k" * 256, "value": 1}], [{"key": "k"}]])
def test_a_comment_with_a_wrong_property_is_not_made(ada: Caller, properties: Any) -> None:
    key = ada.issue()
    body = {"body": adf("x"), "properties": properties}
    assert ada("POST", f"/issue/{key}/comment", body).status_code == 400
    assert ada("GET", f"/issue/{key}/comment").json()["total"] == 0


def test_somebody_else_cannot_change_the_properties_of_a_comment(ada: Caller, nora: Caller) -> None:
    number = comment(ada, ada.issue(), properties=[MARK])
    assert nora("PUT", f"/comment/{number}/properties/counterfoil", 1).status_code == 400


def test_comments_come_in_pages_the_oldest_first(ada: Caller, jira_mock: Any) -> None:
    key = ada.issue()
    for number in range(3):
        jira_mock.mock.clock.advance(60)
        comment(ada, key, body=adf(f"n{number}"))
    page = ada("GET", f"/issue/{key}/comment?startAt=1&maxResults=1").json()
    assert (page["total"], page["comments"][0]["body"]) == (3, adf("n1"))
    newest = ada("GET", f"/issue/{key}/comment?orderBy=-created").json()["comments"][0]
    assert newest["body"] == adf("n2")
    assert ada("GET", f"/issue/{key}/comment?orderBy=author").status_code == 400


def test_logged_work_is_changed_and_the_total_follows(ada: Caller) -> None:
    key = ada.issue()
    number = ada("POST", f"/issue/{key}/worklog", {"timeSpent": "1h"}).json()["id"]
    path = f"/issue/{key}/worklog/{number}"
    assert ada("PUT", path, {"timeSpentSeconds": 5400, "comment": adf("Checked")}).json()["timeSpent"] == "1h 30m"
    assert ada("GET", f"/issue/{key}").json()["fields"]["timetracking"]["timeSpentSeconds"] == 5400
    assert ada("GET", path).json()["comment"] == adf("Checked")
    assert ada("DELETE", path).status_code == 204
    assert ada("GET", f"/issue/{key}").json()["fields"]["timetracking"]["timeSpentSeconds"] == 0


def test_work_is_read_from_a_time_on(ada: Caller) -> None:
    key = ada.issue()
    for day in (1, 2, 3):
        started = f"2026-11-0{day}T10:00:00.000+0000"
        ada("POST", f"/issue/{key}/worklog", {"timeSpentSeconds": day * 60, "started": started})
    after = 1793527200000  # 2026-11-01T10:00:00Z
    found = ada("GET", f"/issue/{key}/worklog?startedAfter={after}").json()["worklogs"]
    assert [one["timeSpentSeconds"] for one in found] == [120, 180]


def test_an_app_comments_within_its_scopes(install: Callable[..., Caller], ada: Caller) -> None:
    reader, key = install("READ", key="r"), ada.issue()
    assert reader("POST", f"/issue/{key}/comment", {"body": adf("x")}).status_code == 403
    assert reader("POST", "/comment/list", {"ids": [1]}).status_code == 200
