"""What no delivery told of is found all the same, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from plugin.integrations.hooks import draining, duties
from plugin.jobs.hooks import forget_old_messages
from plugin.store.models import HookDuty, InboxMessage
from tests.hooks.office import REVIEW


def test_a_change_that_nobody_told_of_is_found_by_the_sweep(watching: Any) -> None:
    watching.turn(webhook_drop=1)
    watching.move(watching.bill("B-1"), REVIEW)
    watching.wait(timedelta(minutes=6))
    watching.work()
    assert watching.rows(InboxMessage) == []
    assert watching.wishes.wished == [("B-1", "approve")]
    assert [via for _, via in watching.wishes.heard] == ["sweep"]


def test_a_search_that_lags_behind_loses_nothing(watching: Any) -> None:
    watching.turn(webhook_drop=1, index_lag=100_000.0)
    watching.move(watching.bill("B-1"), REVIEW)
    watching.wait(timedelta(minutes=4))
    watching.attend(duties.SWEEP)
    assert watching.wishes.heard == []
    watching.turn(index_lag=0.0)
    watching.wait(timedelta(minutes=5))
    watching.attend(duties.SWEEP)
    assert watching.wishes.wished == [("B-1", "approve")]


def test_after_a_long_absence_the_sweep_looks_back_as_far_as_it_must(watching: Any) -> None:
    watching.turn(webhook_drop=1)
    watching.move(watching.bill("B-1"), REVIEW)
    watching.wait(timedelta(days=5))
    since = watching.jira.journal.count
    watching.attend(duties.SWEEP)
    query = next(e for e in watching.jira.journal.entries(since) if "search" in e["path"])
    assert "-72" in str(query["body"])
    assert watching.wishes.wished == [("B-1", "approve")]


def test_the_sweep_asks_only_while_something_is_configured(listening: Any) -> None:
    assert [row.name for row in listening.rows(HookDuty) if row.name == "sweep"] == []


def test_what_was_found_twice_is_one_wish(watching: Any) -> None:
    watching.move(watching.bill("B-1"), REVIEW)
    watching.settle()
    for _ in range(3):
        watching.attend(duties.SWEEP)
    assert watching.wishes.wished == [("B-1", "approve")]
    assert len(watching.wishes.heard) == 4


def test_deliveries_that_jira_gave_up_are_fetched_once(watching: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application cannot keep anything for longer than Jira tries."""
    key = watching.bill("B-1")
    watching.delivered()

    def away(*_: Any) -> Any:
        raise OperationalError("insert", {}, Exception("disk full"))

    with monkeypatch.context() as patched:
        patched.setattr(draining.inbox, "receive", away)
        watching.move(key, REVIEW)
        watching.delivered()
    assert watching.jira.webhooks.deliveries.failed() != []
    before = {row.delivery_id for row in watching.rows(InboxMessage)}
    for _ in range(2):
        watching.attend(duties.MISSED)
    new = [row for row in watching.rows(InboxMessage) if row.delivery_id not in before]
    assert [row.event for row in new] == ["jira:issue_updated"]
    watching.settle()
    assert watching.wishes.wished == [("B-1", "approve")]


def test_old_messages_are_forgotten_but_not_before_jira_has_forgotten_them(watching: Any) -> None:
    watching.move(watching.bill("B-1"), REVIEW)
    watching.settle()
    for days, left in ((3, True), (5, False)):
        forget_old_messages(watching.database, watching.now + timedelta(days=days))
        assert bool(watching.rows(InboxMessage)) is left


def test_a_project_that_is_gone_keeps_nothing_from_being_found_in_the_others(watching: Any) -> None:
    watching.configure(rules=[{"then": {"place": {"project_key": "GONE"}}}])
    watching.turn(webhook_drop=1)
    watching.move(watching.bill("B-1"), REVIEW)
    watching.wait(timedelta(minutes=6))
    watching.attend(duties.SWEEP)
    assert watching.wishes.wished == [("B-1", "approve")]


def test_a_status_that_is_gone_keeps_nothing_from_being_found_in_the_others(watching: Any) -> None:
    statuses = {watching.status_id(REVIEW): "approve", "4711": "pay"}
    watching.configure("actions", statuses_of_actions=statuses)
    watching.turn(webhook_drop=1)
    watching.move(watching.bill("B-1"), REVIEW)
    watching.wait(timedelta(minutes=6))
    watching.attend(duties.SWEEP)
    assert watching.wishes.wished == [("B-1", "approve")]


def test_a_former_project_is_searched_while_documents_stand_there(watching: Any) -> None:
    key = watching.bill("B-1")
    watching.configure(project_key="FIN")
    watching.attend(duties.KEEP)
    watching.turn(webhook_drop=1)
    watching.move(key, REVIEW)
    watching.wait(timedelta(minutes=6))
    watching.attend(duties.SWEEP)
    assert watching.wishes.wished == [("B-1", "approve")]
