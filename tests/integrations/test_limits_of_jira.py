"""Jira's limits are told apart by what they concern: every site, this one, a moment, one issue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import select, update

from plugin.jobs import tasks
from plugin.jobs.pace import PREFIX
from plugin.store.models import AppPause, Circuit, LedgerEntry, Stream
from scripts.rehearsal.administrator import SetUpFailed
from tests.integrations.agreement import assert_in_step
from tests.integrations.conftest import Operate
from tests.integrations.office import Office, System
from tests.integrations.running_app import App
from tests.integrations.troubles import ALWAYS, BULK, ISSUE, assert_heals, change_both_ways


@pytest.fixture
def two_sites(open_site: Callable[..., System], sage: System, start_app: Callable[..., App]) -> tuple[Office, Office]:
    """Two Jira sites of one app, each with its issues."""
    first, second = open_site(), open_site(site_name="Acme")
    app = start_app(first, second)
    offices = Office(app, first, sage), Office(app, second, sage)
    for office in offices:
        office.set_up()
    return offices


def throttle(office: Office, reason: str, method: str, path: str, **rest: Any) -> None:
    office.jira.turn(throttle_reason=reason)
    office.jira.fault("throttle", method, path, **rest)


def circuits(office: Office) -> list[tuple[str, int]]:
    with office.rows() as session:
        return [(row.subject, row.failures) for row in session.scalars(select(Circuit))]


def poll_when_due(office: Office) -> None:
    """The schedule as it is, with every stream's own time come."""
    with office.app.database.writing(office.site_id) as session:
        for stream in session.scalars(select(Stream)):
            stream.due_at = datetime.now(UTC)
    office.app.poll()


def test_a_spent_quota_of_the_app_keeps_every_site_from_jira_until_it_turns(two_sites: tuple[Office, Office]) -> None:
    here, there = two_sites
    here.clerk("vendor", "enter", number="1200", name="Chloride Systems")
    here.invoice("NEW-1")
    throttle(here, "jira-quota-global-based", "POST", BULK, retry_after=1800)
    here.sync()
    assert circuits(here) == []
    for office in two_sites:
        told = office.page("overview")
        assert "Jira lets Counterfoil call no site for now" in told
        assert "the hourly quota of this app over all sites is used up" in told
    since, asked = there.jira.now, there.sage.now
    poll_when_due(there)
    answer = there.ada.act(f"stream/sync?stream={there.stream().id}")
    assert answer.redirect == "overview", "whoever presses the button waits for no run"
    assert not there.jira.journal(since=since, path="/rest/api/3/issue")
    assert not there.sage.journal(since=asked), "nor is work begun that could not be finished"
    assert [office.stream().attempts for office in two_sites] == [0, 0]
    with there.app.database.reading_every_site() as session:
        until = session.scalars(select(AppPause.until)).one()
    assert timedelta(minutes=29) < until - datetime.now(UTC) <= timedelta(minutes=30)
    poll_when_due(there)
    assert there.stream().due_at == until, "it goes on by itself when the quota turns"
    assert_heals(here)
    there.poll()
    assert_in_step(there)


def test_a_spent_quota_of_a_site_keeps_its_own_streams_from_jira(
    two_sites: tuple[Office, Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = two_sites
    monkeypatch.setattr(tasks, "log", structlog.get_logger())  # an older one may be bound to an earlier test's
    here.clerk("vendor", "enter", number="1200", name="Chloride Systems")
    here.invoice("NEW-1")
    throttle(here, "jira-quota-tenant-based", "POST", BULK, retry_after=1800)
    with structlog.testing.capture_logs() as logged:
        here.sync()
    assert [entry["subject"] for entry in logged if entry["event"] == "circuit.opened"] == ["jira"]
    assert circuits(here) == [("jira", 0)]
    assert "Jira has asked Counterfoil to wait since" in here.page("overview")
    asked = here.sage.now
    poll_when_due(here)
    assert not here.sage.journal(since=asked)
    assert here.stream().attempts == 0
    there.poll()
    assert_in_step(there)
    assert_heals(here)
    assert circuits(here) == []


def test_too_many_at_once_slow_down_all_work_on_the_site_and_open_nothing(supplied: Office, operate: Operate) -> None:
    operate(JIRA_CALLS_PER_SECOND="20")
    change_both_ways(supplied)
    throttle(supplied, "jira-burst-based", "POST", BULK, retry_after=60)
    supplied.sync()
    assert circuits(supplied) == []
    assert 0 < supplied.app.redis.pttl(f"{PREFIX}{supplied.site_id}:jira") <= 62_000
    since = supplied.jira.now
    supplied.invoice("NEW-2")
    run = supplied.sync()
    assert run.trouble is not None
    assert run.trouble["code"] == "connection.paced"
    assert not supplied.jira.journal("POST", BULK, since), "nobody calls while Jira wants a break"
    assert supplied.stream().attempts == 0
    assert_heals(supplied)


def test_an_issue_that_was_written_too_often_waits_alone(supplied: Office) -> None:
    for number in ("OLD-2", "OLD-3"):
        supplied.invoice(number)
    supplied.sync()
    for number in ("OLD-1", "OLD-2", "OLD-3"):
        supplied.clerk("invoice", "edit", vendor="1200", number=number, amount="111.00")
    busy = supplied.entry_of("OLD-2")
    throttle(supplied, "jira-per-issue-on-write", "PUT", rf"/issue/{busy.target_id}$", retry_after=20)
    run = supplied.sync()
    assert (run.state, run.trouble, run.updated) == ("done", None, 2)
    amounts = [supplied.issue_of(number)["fields"]["Amount"] for number in ("OLD-1", "OLD-2", "OLD-3")]
    assert amounts == [111.0, 100.0, 111.0]
    entry, stream = supplied.entry_of("OLD-2"), supplied.stream()
    assert (entry.state, entry.tries) == ("pending", 0)
    assert stream.due_at is not None
    assert stream.due_at <= datetime.now(UTC) + timedelta(seconds=20), "the next pass comes for it"
    assert circuits(supplied) == []
    since = supplied.jira.now
    supplied.sync()
    assert not supplied.jira.journal("PUT", ISSUE, since), "not before Jira said so"
    with supplied.app.database.writing(supplied.site_id) as session:
        session.merge(entry).next_try_at = datetime.now(UTC)
    assert_heals(supplied)


def test_jira_that_is_down_is_left_alone_after_three_tries_and_tried_by_one_stream(supplied: Office) -> None:
    change_both_ways(supplied)
    supplied.jira.fault("status", "POST", BULK, status=503, times=ALWAYS)
    for _ in range(3):
        poll_when_due(supplied)
    assert circuits(supplied) == [("jira", 3)]
    assert "Jira has not answered since" in supplied.page("overview")
    asked = supplied.sage.now
    poll_when_due(supplied)
    assert not supplied.sage.journal(since=asked)
    supplied.jira.recover()
    supplied.ada.act("system/try")
    assert circuits(supplied) == []
    with supplied.app.database.writing(supplied.site_id) as session:
        session.execute(update(LedgerEntry).values(next_try_at=None))  # what was sent in vain stands aside for a while
    assert_heals(supplied)


def test_sage_300_that_is_down_does_not_hold_up_another_company(supplied: Office) -> None:
    for _ in range(3):
        supplied.sage.fault("status", "GET", r"/SAMLTD/", status=503, times=ALWAYS)
        poll_when_due(supplied)
    connection = f"connection:{supplied.connection}"
    assert circuits(supplied) == [(connection, 3)]
    for page in ("overview", "connections", f"connection?id={supplied.connection}"):
        assert "has not answered since" in supplied.page(page)
    supplied.ada.connect_sage300(supplied.sage_address(), "SAMINC", "counterfoil", "rehearsal")
    assert circuits(supplied) == [(connection, 3)], "the other company's test says nothing about this one"
    supplied.sage.recover()
    supplied.ada.act(f"connection/test?id={supplied.connection}")
    supplied.app.poll()
    assert circuits(supplied) == [], "a test that succeeds has it tried at once"


def test_a_wrong_password_is_tried_by_one_stream_until_it_is_mended(supplied: Office) -> None:
    with pytest.raises((SetUpFailed, AssertionError)):
        supplied.ada.connect_sage300(supplied.sage_address(), "SAMLTD", "counterfoil", "WRONG")
    form = supplied.credentials(password="WRONG")
    supplied.ada.act(f"connection/save?id={supplied.connection}", form)
    supplied.sync()
    assert circuits(supplied) == [(f"connection:{supplied.connection}", 0)]
    assert "has turned Counterfoil away since" in supplied.page("overview")
    asked = supplied.sage.now
    poll_when_due(supplied)
    assert not supplied.sage.journal(since=asked), "each try with a wrong password may lock the user out"
    supplied.ada.act(f"connection/save?id={supplied.connection}", supplied.credentials())
    supplied.app.poll()
    assert circuits(supplied) == []


def test_the_operators_pace_for_jira_is_kept(supplied: Office, operate: Operate) -> None:
    operate(JIRA_CALLS_PER_SECOND="0.01")
    change_both_ways(supplied)
    run = supplied.sync()
    assert run.trouble is not None
    assert run.trouble["code"] == "connection.paced"
    assert "0.01 a second" in supplied.page("overview")
    operate(JIRA_CALLS_PER_SECOND="0")
    assert_heals(supplied)
