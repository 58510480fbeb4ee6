"""Rate limits by reason, and the faults that a test can order."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.mock_jira.conftest import Caller, invoice


def test_one_issue_takes_twenty_writes_in_two_seconds(ada: Caller, jira_mock: Any) -> None:
    key = ada.issue()
    other = ada.issue()
    answers = [ada("PUT", f"/issue/{key}/properties/p", n + 1).status_code for n in range(25)]
    assert answers.count(429) == 5
    refused = ada("PUT", f"/issue/{key}", {"fields": {"summary": "x"}})
    assert refused.headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert int(refused.headers["Retry-After"]) >= 1
    assert ada("PUT", f"/issue/{other}", {"fields": {"summary": "x"}}).status_code == 204
    jira_mock.mock.clock.advance(3)
    assert ada("PUT", f"/issue/{key}", {"fields": {"summary": "x"}}).status_code == 204


def test_bursts_are_counted_by_method_and_endpoint_when_turned_on(ada: Caller, jira_mock: Any) -> None:
    jira_mock.mock.turn({"burst_limits": {"GET": 2}})
    statuses = [ada("GET", "/myself") for _ in range(3)]
    assert [answer.status_code for answer in statuses] == [200, 200, 429]
    assert statuses[2].headers["RateLimit-Reason"] == "jira-burst-based"
    assert ada("GET", "/field").status_code == 200


def test_the_hourly_quota_stops_apps_but_not_people(app: Caller, ada: Caller, jira_mock: Any) -> None:
    jira_mock.mock.turn({"hourly_quota": 10})
    ada("POST", "/issue/bulk", {"issueUpdates": [{"fields": invoice()}] * 20})
    assert "RateLimit" not in app("GET", "/field").headers
    found = app("POST", "/search/jql", {"jql": "project = AP", "maxResults": 8})
    assert found.headers["X-RateLimit-NearLimit"] == "true"
    refused = app("GET", "/field")
    assert refused.status_code == 429
    assert refused.headers["RateLimit-Reason"] == "jira-quota-global-based"
    assert refused.headers["X-RateLimit-Reset"].endswith(":00Z")
    assert ada("GET", "/field").status_code == 200
    jira_mock.mock.clock.advance(int(refused.headers["Retry-After"]))
    assert app("GET", "/field").status_code == 200


def test_an_announced_quota_refuses_nobody(app: Caller, jira_mock: Any) -> None:
    jira_mock.mock.turn({"hourly_quota": 1, "beta_limits": True})
    assert [app("GET", "/field").status_code for _ in range(3)] == [200, 200, 200]
    assert "Beta-RateLimit-Policy" in app("GET", "/field").headers


def test_a_throttle_on_order_says_its_reason_with_or_without_a_wait(ada: Caller, jira_mock: Any) -> None:
    jira_mock.mock.turn({"throttle_reason": "jira-quota-tenant-based"})
    jira_mock.mock.faults.add("throttle", path="/myself", retry_after=1800)
    jira_mock.mock.faults.add("throttle", path="/myself")
    first, second = ada("GET", "/myself"), ada("GET", "/myself")
    assert (first.status_code, first.headers["Retry-After"]) == (429, "1800")
    assert first.headers["RateLimit-Reason"] == "jira-quota-tenant-based"
    assert (second.status_code, "Retry-After" in second.headers) == (429, False)
    assert ada("GET", "/myself").status_code == 200


@pytest.mark.parametrize("status", [409, 413, 503])
def test_an_ordered_refusal_changes_nothing(ada: Caller, jira_mock: Any, status: int) -> None:
    jira_mock.mock.faults.add("status", method="POST", status=status, retry_after=7)
    refused = ada("POST", "/issue", {"fields": invoice()})
    assert (refused.status_code, refused.headers["Retry-After"]) == (status, "7")
    assert refused.json()["errorMessages"]
    assert ada.found("project = AP") == []


def test_a_create_whose_reply_is_lost_has_happened(ada: Caller, jira_mock: Any) -> None:
    jira_mock.mock.faults.add("lost_reply", method="POST", path="/issue/bulk$")
    with pytest.raises(requests.ConnectionError):
        ada("POST", "/issue/bulk", {"issueUpdates": [{"fields": invoice()}]})
    assert ada.found("project = AP") == ["AP-1"]


def test_a_reset_connection_has_done_nothing(ada: Caller, jira_mock: Any) -> None:
    jira_mock.mock.faults.add("reset", method="POST", path="/issue$")
    with pytest.raises(requests.ConnectionError):
        ada("POST", "/issue", {"fields": invoice()})
    assert ada.found("project = AP") == []


def test_a_gateway_answers_in_html(ada: Caller, jira_mock: Any) -> None:
    jira_mock.mock.faults.add("html", status=502)
    answer = ada("GET", "/myself")
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (502, "text/html")
