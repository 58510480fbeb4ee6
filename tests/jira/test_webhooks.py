from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from plugin.jira.client import JiraClient
from plugin.jira.webhooks import Failed, Registered, Wanted, Webhooks
from sage_adapters.errors import ConfigurationTrouble, Trouble, UncertainOutcome

URL = "https://app.example.com/hooks/jira"
UPDATED = Wanted(frozenset({"jira:issue_updated", "jira:issue_created"}), "project = AP", frozenset({"status"}))
COMMENTED = Wanted(frozenset({"comment_created"}), "project = AP")
JUNE = datetime(2026, 6, 1, 12, 42, 30, tzinfo=UTC)
JUNE_MS = 1780317750000


@pytest.fixture
def hooks(client: JiraClient) -> Webhooks:
    return Webhooks(client)


@pytest.fixture
def address(site: str) -> str:
    return f"{site}/rest/api/3/webhook"


def sent(jira: responses.RequestsMock) -> Any:
    return json.loads(jira.calls[0].request.body or "null")


def failure(number: int, at: int, **more: Any) -> dict[str, Any]:
    return {"id": f"d{number}", "url": URL, "failureTime": at, **more}


def test_each_wanted_webhook_gets_its_id_or_its_reason(
    hooks: Webhooks, jira: responses.RequestsMock, address: str
) -> None:
    results = [{"createdWebhookId": 1000}, {"errors": ["The clause watchCount is unsupported", "No more."]}]
    jira.post(address, json={"webhookRegistrationResult": results})
    assert hooks.register(URL, [UPDATED, COMMENTED]) == [1000, "The clause watchCount is unsupported No more."]
    assert sent(jira) == {
        "url": URL,
        "webhooks": [
            {
                "events": ["jira:issue_created", "jira:issue_updated"],
                "jqlFilter": "project = AP",
                "fieldIdsFilter": ["status"],
            },
            {"events": ["comment_created"], "jqlFilter": "project = AP"},
        ],
    }


def test_nothing_wanted_and_nothing_to_delete_is_not_sent(hooks: Webhooks) -> None:
    assert hooks.register(URL, []) == []
    hooks.delete([])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"json": {"webhookRegistrationResult": []}}, UncertainOutcome),
        ({"json": {"webhookRegistrationResult": [{"createdWebhookId": None}]}}, UncertainOutcome),
        ({"body": requests.ReadTimeout()}, UncertainOutcome),
        ({"status": 400, "json": {"errorMessages": ["The url must be under the base URL."]}}, ConfigurationTrouble),
    ],
)
def test_each_failure_of_a_registration_becomes_its_trouble(
    hooks: Webhooks, jira: responses.RequestsMock, address: str, answer: dict[str, Any], kind: type[Trouble]
) -> None:
    asked = jira.post(address, **answer)
    with pytest.raises(kind):
        hooks.register(URL, [COMMENTED])
    assert asked.call_count == 1


def test_a_caller_that_is_no_app_is_told_what_it_takes(
    hooks: Webhooks, jira: responses.RequestsMock, address: str
) -> None:
    said = "Only Connect and OAuth 2.0 apps can use this operation."
    jira.post(address, status=403, json={"errorMessages": [said]})
    with pytest.raises(ConfigurationTrouble, match="an installed app as its caller"):
        hooks.register(URL, [COMMENTED])


@pytest.mark.parametrize(
    ("expires", "at"),
    [
        ({"expirationDate": "2026-06-01T14:42:30.000+0200"}, JUNE),
        ({"expirationDate": JUNE_MS}, JUNE),
        ({}, None),
    ],
)
def test_registered_webhooks_are_told_with_both_forms_of_their_end(
    hooks: Webhooks, jira: responses.RequestsMock, address: str, expires: dict[str, Any], at: datetime | None
) -> None:
    one = {"id": 1, "url": URL, "events": ["comment_created"], "jqlFilter": "project = AP", **expires}
    two = {**one, "id": "2", "events": ["jira:issue_updated"], "fieldIdsFilter": ["status"]}
    jira.get(f"{address}?startAt=0&maxResults=100", json={"values": [one], "isLast": False, "total": 2})
    jira.get(f"{address}?startAt=1&maxResults=100", json={"values": [two], "isLast": True, "total": 2})
    assert hooks.all() == [
        Registered(1, URL, frozenset({"comment_created"}), "project = AP", at),
        Registered(2, URL, frozenset({"jira:issue_updated"}), "project = AP", at, frozenset({"status"})),
    ]


@pytest.mark.parametrize("told", ["2026-06-01T12:42:30.000+0000", JUNE_MS])
def test_a_refresh_tells_the_new_end(hooks: Webhooks, jira: responses.RequestsMock, address: str, told: Any) -> None:
    jira.put(f"{address}/refresh", json={"expirationDate": told})
    assert hooks.refresh([1000, 1001]) == JUNE
    assert sent(jira) == {"webhookIds": [1000, 1001]}


def test_deleting_sends_the_ids_in_the_body_of_the_delete(
    hooks: Webhooks, jira: responses.RequestsMock, address: str
) -> None:
    jira.delete(address, status=202)
    hooks.delete([1000])
    assert sent(jira) == {"webhookIds": [1000]}
    assert jira.calls[0].request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", ["after", "failedAfter"])
def test_failed_deliveries_are_read_on_from_the_last_one(
    hooks: Webhooks, jira: responses.RequestsMock, address: str, name: str
) -> None:
    failed = f"{address}/failed"
    query = {"maxResults": "100", "after": "1000"}
    elsewhere = f"https://elsewhere.example/rest/api/3/webhook/failed?{name}=3000&maxResults=100"
    first = {"values": [failure(1, 2000, body='{"a":1}'), failure(2, 3000)], "maxResults": 100, "next": elsewhere}
    jira.get(failed, json=first, match=[matchers.query_param_matcher(query)])
    rest = {"values": [failure(3, 4000)], "maxResults": 100}
    jira.get(failed, json=rest, match=[matchers.query_param_matcher({**query, "after": "3000"})])
    assert list(hooks.failed(datetime.fromtimestamp(1, UTC))) == [
        Failed("d1", '{"a":1}', datetime.fromtimestamp(2, UTC)),
        Failed("d2", "", datetime.fromtimestamp(3, UTC)),
        Failed("d3", "", datetime.fromtimestamp(4, UTC)),
    ]


def test_a_full_page_of_failures_is_followed_without_being_told_so(
    hooks: Webhooks, jira: responses.RequestsMock, address: str
) -> None:
    jira.get(f"{address}/failed", json={"values": [failure(1, 1000), failure(2, 2000)], "maxResults": 2})
    jira.get(f"{address}/failed", json={"values": [], "maxResults": 2})
    assert [each.id for each in hooks.failed()] == ["d1", "d2"]


def test_a_jira_that_gives_the_same_failures_for_ever_is_not_asked_for_ever(
    hooks: Webhooks, jira: responses.RequestsMock, address: str
) -> None:
    same = {"values": [failure(1, 1000)], "maxResults": 1, "next": f"{address}/failed?failedAfter=1000"}
    asked = jira.get(f"{address}/failed", json=same)
    assert [each.id for each in hooks.failed()] == ["d1"]
    assert asked.call_count == 2
