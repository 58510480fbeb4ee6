from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from requests.auth import HTTPBasicAuth

from plugin.jira import transitions
from plugin.jira.changelog import status_changes
from plugin.jira.client import JiraClient
from sage_adapters.errors import RecordTrouble, UncertainOutcome
from tests.jira.with_mock.conftest import (
    APPROVED,
    NORA,
    OPEN,
    REJECTED,
    REVIEW,
    act,
    connect,
    fault,
    field_of,
)


def test_an_issue_is_moved_only_where_a_step_leads_there(jira: JiraClient, key: str) -> None:
    assert [(step.name, step.to_id) for step in transitions.available(jira, key)] == [("Start review", REVIEW)]
    assert transitions.move_to(jira, key, APPROVED) is False
    assert transitions.move_to(jira, key, REVIEW) is True
    assert transitions.move_to(jira, key, APPROVED) is True
    assert field_of(jira, key, "status")["id"] == APPROVED


def test_a_step_that_can_no_longer_be_taken_is_refused(jira: JiraClient, address: str, key: str) -> None:
    act(address, "issue", action="transition", key=key, to="In review")
    with pytest.raises(RecordTrouble, match="Transition id '11' is not valid"):
        transitions.take(jira, key, "11")


def test_a_step_that_asks_for_a_value_is_not_taken(jira: JiraClient, address: str, key: str) -> None:
    act(address, "field", action="show", field="resolution", screen=2)
    act(address, "field", action="require", field="resolution", project="AP")
    transitions.move_to(jira, key, REVIEW)
    asked = {step.name: step.needs_fields for step in transitions.available(jira, key)}
    assert asked == {"Approve": False, "Reject": True}
    assert transitions.move_to(jira, key, REJECTED) is False
    assert field_of(jira, key, "status")["id"] == REVIEW


def test_a_step_that_the_workflow_refuses_is_told_with_its_reason(jira: JiraClient, address: str, key: str) -> None:
    demand = {"project": "AP", "issue_type": "Invoice", "transition": "Start review", "field": "duedate"}
    act(address, "workflow", action="demand", **demand)
    with pytest.raises(RecordTrouble, match=r"duedate.*by hand in Jira"):
        transitions.move_to(jira, key, REVIEW)
    assert status_changes(jira, key) == []


def test_whoever_may_not_move_issues_moves_none(address: str, key: str) -> None:
    for group in ["jira-users", "jira-administrators", "finance", "atlassian-addons-admin"]:
        act(address, "project", action="revoke", project="AP", permission="TRANSITION_ISSUES", group=group)
    with connect(address, HTTPBasicAuth("nora@example.com", "nora-token")) as nora:
        assert transitions.available(nora, key) == []
        assert transitions.move_to(nora, key, REVIEW) is False


@pytest.mark.parametrize(
    ("kind", "more", "moved"), [("lost_reply", {}, [REVIEW]), ("reset", {}, []), ("status", {"status": 500}, [])]
)
def test_a_transition_whose_reply_was_lost_is_told_by_the_history(
    jira: JiraClient, address: str, key: str, kind: str, more: dict[str, Any], moved: list[str]
) -> None:
    fault(address, "POST", ".*/transitions", kind, **more)
    with pytest.raises(UncertainOutcome):
        transitions.move_to(jira, key, REVIEW)
    assert [change.to_id for change in status_changes(jira, key)] == moved


def test_the_history_tells_who_moved_an_issue_when_and_whereto(
    jira: JiraClient, address: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.jira.changelog._PAGE", 2)
    act(address, "issue", action="edit", key=key, summary="Renamed")
    act(address, "issue", action="transition", key=key, to="In review")
    act(address, "issue", action="edit", key=key, summary="Renamed again")
    act(address, "issue", action="transition", key=key, to="Rejected", **{"as": "Ada"})
    first, second = status_changes(jira, key)
    assert (first.actor_id, first.actor_name) == (NORA, "Nora Normal")
    assert (first.from_name, first.to_name, first.from_id, first.to_id) == ("Open", "In review", OPEN, REVIEW)
    assert (second.actor_name, second.to_id) == ("Ada Admin", REJECTED)
    assert int(first.id) < int(second.id)
    assert status_changes(jira, key, second.at + timedelta(milliseconds=1)) == []
