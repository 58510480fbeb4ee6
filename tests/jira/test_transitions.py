from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import responses

from plugin.jira import transitions
from plugin.jira.client import JiraClient
from plugin.jira.transitions import Transition
from sage_adapters.errors import RecordTrouble, TransientTrouble, Trouble, UncertainOutcome

GONE = {"errorMessages": ["Transition id '21' is not valid for this issue."], "errors": {}}


@pytest.fixture
def address(site: str) -> str:
    return f"{site}/rest/api/3/issue/AP-1/transitions"


def step(number: str, to: str, fields: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    target = {"id": to, "name": f"Status {to}"}
    return {"id": number, "name": f"Step {number}", "to": target, "fields": fields or {}, **more}


def field(required: bool, default: bool = False) -> dict[str, Any]:
    return {"required": required, "hasDefaultValue": default, "name": "x", "schema": {"type": "string"}}


def offer(jira: responses.RequestsMock, address: str, *steps: dict[str, Any]) -> None:
    jira.get(f"{address}?expand=transitions.fields", json={"expand": "transitions", "transitions": list(steps)})


def test_what_can_be_done_is_told_with_where_it_leads_and_whether_it_asks(
    client: JiraClient, jira: responses.RequestsMock, address: str
) -> None:
    screens = [{"resolution": field(True)}, {"priority": field(True, True), "summary": field(True), "x": field(False)}]
    offer(jira, address, step("11", "3", screens[0]), step("21", "5", screens[1]), step("31", "5", isAvailable=False))
    assert transitions.available(client, "AP-1") == [
        Transition("11", "Step 11", "3", "Status 3", needs_fields=True),
        Transition("21", "Step 21", "5", "Status 5", needs_fields=False),
    ]


def test_a_status_is_reached_by_the_transition_that_asks_for_nothing(
    client: JiraClient, jira: responses.RequestsMock, address: str
) -> None:
    offer(jira, address, step("5", "3"), step("11", "5", {"resolution": field(True)}), step("21", "5"))
    jira.post(address, status=204)
    assert transitions.move_to(client, "AP-1", "5") is True
    assert json.loads(jira.calls[1].request.body or "") == {"transition": {"id": "21"}}


@pytest.mark.parametrize(
    "offered", [[], [step("5", "3")], [step("11", "5", {"resolution": field(True)})]], ids=["none", "other", "asks"]
)
def test_without_a_transition_that_can_be_taken_nothing_is_sent(
    client: JiraClient, jira: responses.RequestsMock, address: str, offered: list[dict[str, Any]]
) -> None:
    offer(jira, address, *offered)
    assert transitions.move_to(client, "AP-1", "5") is False


def test_an_issue_moved_by_somebody_in_between_is_left_where_it_is(
    client: JiraClient, jira: responses.RequestsMock, address: str
) -> None:
    offer(jira, address, step("21", "5"))
    jira.post(address, status=400, json=GONE)
    offer(jira, address, step("31", "6"))
    assert transitions.move_to(client, "AP-1", "5") is False


def test_a_step_that_the_workflow_offers_and_refuses_is_told(
    client: JiraClient, jira: responses.RequestsMock, address: str
) -> None:
    offer(jira, address, step("21", "5"))
    jira.post(address, status=400, json={"errorMessages": ["Log your work first."], "errors": {}})
    offer(jira, address, step("21", "5"))
    with pytest.raises(RecordTrouble, match="Log your work first"):
        transitions.move_to(client, "AP-1", "5")


def test_a_field_that_is_asked_for_all_the_same_is_not_blamed_on_the_mapping(
    client: JiraClient, jira: responses.RequestsMock, address: str
) -> None:
    jira.post(address, status=400, json={"errors": {"resolution": "Resolution is required."}})
    with pytest.raises(RecordTrouble, match=r"resolution.*by hand in Jira"):
        transitions.take(client, "AP-1", "21")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 409, "json": {"errorMessages": ["Conflict"]}}, TransientTrouble),
        ({"status": 413, "json": {"errorMessages": ["The limit is reached"]}}, RecordTrouble),
        ({"status": 404, "json": {"errorMessages": ["Issue does not exist"]}}, RecordTrouble),
        ({"status": 400, "json": GONE}, RecordTrouble),
        ({"status": 500}, UncertainOutcome),
        ({"body": requests.ReadTimeout()}, UncertainOutcome),
    ],
)
def test_each_failure_of_a_transition_becomes_its_trouble(
    client: JiraClient, jira: responses.RequestsMock, address: str, answer: dict[str, Any], kind: type[Trouble]
) -> None:
    sent = jira.post(address, **answer)
    with pytest.raises(kind) as caught:
        transitions.take(client, "AP-1", "21")
    assert type(caught.value) is kind
    assert sent.call_count == 1
