"""Jira that asks to slow down, is away, or whose reply is lost: nothing is sent twice, and all of it heals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from plugin.store.models import LedgerEntry
from tests.integrations.conftest import Operate
from tests.integrations.office import Office
from tests.integrations.troubles import ALWAYS, BULK, ISSUE, assert_heals, assert_told, change_both_ways, issues_with


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("jira-quota-global-based", "the hourly quota of this app over all sites is used up"),
        ("jira-quota-tenant-based", "the hourly quota of this app on this site is used up"),
        ("jira-burst-based", "too many requests came at once, from all apps of this site together"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", BULK), ("PUT", ISSUE)], ids=["create", "edit"])
def test_jira_that_asks_to_slow_down_is_left_alone_as_long_as_it_says(
    supplied: Office, reason: str, cause: str, method: str, path: str
) -> None:
    change_both_ways(supplied)
    supplied.jira.turn(throttle_reason=reason)
    supplied.jira.fault("throttle", method, path, retry_after=1800)
    run = supplied.sync()
    assert_told(supplied, run, f"Jira asked us to slow down: {cause}.", "goes on by itself in 1800 seconds")
    assert len(supplied.jira.journal(method, path, run_start(supplied, method, path))) == 1
    stream = supplied.stream()
    assert run.finished_at is not None
    assert stream.due_at is not None
    assert abs(stream.due_at - run.finished_at - timedelta(seconds=1800)) < timedelta(seconds=30)
    assert stream.attempts == 0
    since = supplied.sage.now
    supplied.app.poll()
    assert not supplied.sage.journal(since=since), "the schedule keeps to what Jira asked"
    assert_heals(supplied)


def test_a_spent_quota_without_a_time_comes_back_at_the_top_of_the_hour(supplied: Office) -> None:
    change_both_ways(supplied)
    supplied.jira.turn(throttle_reason="jira-quota-tenant-based")
    supplied.jira.fault("throttle", "POST", BULK)
    supplied.sync()
    due = supplied.stream().due_at
    assert due is not None
    top = (due + timedelta(minutes=1)).replace(minute=0, second=0, microsecond=0)
    assert abs(due - top) < timedelta(seconds=10)
    assert due > datetime.now(UTC) - timedelta(seconds=10)
    assert_heals(supplied)


@pytest.mark.parametrize(("method", "path"), [("POST", BULK), ("PUT", ISSUE)], ids=["create", "edit"])
def test_jira_that_is_not_available_is_tried_again(supplied: Office, method: str, path: str) -> None:
    change_both_ways(supplied)
    supplied.jira.fault("status", method, path, status=503, times=ALWAYS)
    run = supplied.sync()
    assert_told(supplied, run, "Jira is not available at the moment (503).")
    assert supplied.stream().attempts == 1
    supplied.jira.recover()
    assert_heals(supplied)
    assert supplied.stream().attempts == 0


@pytest.mark.parametrize(
    "fault",
    [{"kind": "lost_reply"}, {"kind": "truncate"}, {"kind": "timeout", "seconds": 0.1}],
    ids=lambda fault: str(fault["kind"]),
)
def test_a_lost_reply_to_a_creation_is_asked_about_and_nothing_is_sent_twice(
    supplied: Office, fault: dict[str, Any]
) -> None:
    supplied.invoice("NEW-1")
    supplied.invoice("NEW-2")
    since = supplied.jira.now
    supplied.jira.fault(method="POST", path=BULK, **fault)
    supplied.sync()
    assert {supplied.entry_of(number).state for number in ("NEW-1", "NEW-2")} == {"uncertain"}
    assert "Sent, not confirmed" in supplied.page("failures")
    assert "There is nothing to do" in supplied.page("failures")
    assert_heals(supplied)
    assert len(supplied.jira.journal("POST", BULK, since)) == 1


@pytest.mark.parametrize(
    "fault",
    [{"kind": "timeout", "seconds": 0.1, "commits": False}, {"kind": "status", "status": 500}, {"kind": "reset"}],
    ids=["timeout", "500", "reset"],
)
def test_a_creation_that_never_happened_is_sent_again_once_jira_has_said_so(
    supplied: Office, fault: dict[str, Any]
) -> None:
    supplied.invoice("NEW-1")
    since = supplied.jira.now
    supplied.jira.fault(method="POST", path=BULK, **fault)
    supplied.sync()
    assert supplied.entry_of("NEW-1").state == "uncertain"
    assert not issues_with(supplied, "NEW-1")
    assert_heals(supplied)
    asked = [entry["path"].rpartition("/rest/api/3/")[2] for entry in supplied.jira.journal("POST", "/rest/", since)]
    assert asked.index("search/jql") < asked.index("issue/bulk", asked.index("issue/bulk") + 1)


@pytest.mark.parametrize("first", [True, False], ids=["the first issues of all", "later ones"])
def test_a_lost_reply_makes_no_second_issue_although_jiras_index_shows_nothing_for_hours(
    vendor: Office, first: bool
) -> None:
    if not first:
        vendor.invoice("OLD-1")
        vendor.sync()
    vendor.jira.act("issue", "create", project="AP", summary="Somebody's own")
    vendor.jira.turn(index_lag=4 * 3600)
    for number in range(60):
        vendor.invoice(f"NEW-{number}")
    vendor.jira.fault("lost_reply", "POST", BULK)
    vendor.sync()
    assert "uncertain" in {vendor.entry_of(f"NEW-{number}").state for number in range(60)}
    vendor.sync()
    for number in range(60):
        assert len(issues_with(vendor, f"NEW-{number}")) == 1
        assert vendor.entry_of(f"NEW-{number}").target_key == vendor.issue_of(f"NEW-{number}")["key"]


@pytest.mark.parametrize("fault", ["lost_reply", "truncate"])
def test_a_lost_reply_to_an_edit_is_asked_about_and_the_edit_is_not_repeated(supplied: Office, fault: str) -> None:
    supplied.clerk("invoice", "edit", vendor="1200", number="OLD-1", amount="111.00")
    since = supplied.jira.now
    supplied.jira.fault(fault, "PUT", ISSUE)
    supplied.sync()
    assert_heals(supplied)
    assert len(supplied.jira.journal("PUT", ISSUE, since)) == 1


def test_a_document_that_changes_while_its_outcome_is_unknown_ends_as_the_latest_version(supplied: Office) -> None:
    supplied.invoice("NEW-1", amount="10.00")
    supplied.jira.fault("lost_reply", "POST", BULK)
    supplied.sync()
    supplied.clerk("invoice", "edit", vendor="1200", number="NEW-1", amount="12.00")
    assert_heals(supplied)
    assert supplied.issue_of("NEW-1")["fields"]["Amount"] == 12.0


def test_jira_is_not_asked_about_a_lost_reply_before_its_index_had_its_time(supplied: Office, operate: Operate) -> None:
    operate(UNCERTAIN_WAIT_SECONDS="3600")
    supplied.invoice("NEW-1")
    supplied.jira.turn(index_lag=1800)
    supplied.jira.fault("lost_reply", "POST", BULK)
    supplied.sync()
    since = supplied.jira.now
    supplied.sync()
    assert supplied.entry_of("NEW-1").state == "uncertain"
    assert not supplied.jira.journal("POST", "/search/jql$|/issue/bulk$", since)
    supplied.jira.turn(index_lag=0)
    with supplied.app.database.writing(supplied.site_id) as session:
        session.execute(update(LedgerEntry).where(LedgerEntry.number == "NEW-1").values(next_try_at=datetime.now(UTC)))
    assert_heals(supplied)


def test_jiras_pages_that_cannot_be_read_say_so_and_are_read_again(office: Office) -> None:
    office.connect()
    office.jira.fault("status", "GET", "/project/search$", status=503, times=ALWAYS)
    office.ada.act(f"target/open?connection={office.connection}")
    told = office.page(f"target/area?connection={office.connection}")
    assert "Jira's projects could not be read" in told
    assert "Jira is not available at the moment (503)." in told
    office.jira.recover()
    office.ada.act(f"target/read?connection={office.connection}")
    office.choose_place()


def run_start(office: Office, method: str, path: str) -> int:
    """The point in Jira's journal before the first throttled request."""
    throttled = next(entry for entry in office.jira.journal(method, path) if entry["status"] == 429)
    before: int = throttled["n"] - 1
    return before
