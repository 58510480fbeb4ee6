"""What raises a notice, what does not, and what says that it is over. Time is passed in."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event, update

from plugin.store.models import Connection, Notice, Site, Stream
from plugin.sync.lease import Lease
from plugin.sync.progress import Calls, Progress
from plugin.sync.stopping import stop
from sage_adapters.errors import TransientTrouble
from tests.notices.conftest import NOON, add_site, minutes
from tests.notices.own_certificate import certificate
from tests.sync.conftest import make_bench, trouble

DOWN = {
    "kind": "transient", "code": "http.refused", "tried": "A was asked.", "got": "It refused.", "remedy": "Start it."
}  # fmt: skip


@pytest.mark.parametrize(("interval", "limit"), [(60, 15), (300, 15), (600, 30)])
def test_a_stream_is_stale_after_three_intervals_and_not_before_a_quarter_of_an_hour(office, interval, limit):
    office.change(Stream, interval_seconds=interval, due_at=NOON)
    office.look(minutes(limit))
    assert office.open() == []
    office.look(minutes(0.1))
    assert office.open() == [(office.stream_subject, "stale")]
    notice = office.rows(Notice)[0]
    assert notice.sentence.startswith("Sage 300 (SAMLTD), invoices: not read to the end since 1 Mar 2027 12:00 UTC")
    assert "scheduler and workers" in notice.remedy


def test_it_is_over_when_a_pass_gets_through(office):
    office.stand_still()
    office.look()
    office.get_through()
    office.look(minutes(1))
    assert office.open() == []
    assert office.rows(Notice)[0].cleared_at == office.now


def test_a_stream_whose_planned_time_has_not_come_is_not_stale(office):
    """Its interval was made shorter, which counts from the next run on."""
    office.change(Stream, due_at=NOON + minutes(1000))
    office.look(minutes(60))
    assert office.open() == []


def test_a_stream_that_is_told_to_wait_for_long_is_stale_with_the_reason(office):
    throttled = {**DOWN, "kind": "throttled", "got": "Jira's quota of the hour is used up.", "remedy": "Wait."}
    office.change(Stream, due_at=NOON + minutes(60), trouble=throttled, failing_since=NOON)
    office.look(minutes(20))
    assert office.open() == [(office.stream_subject, "stale")]
    assert "quota of the hour" in office.rows(Notice)[0].sentence


def test_a_long_first_run_that_moves_is_not_stale_until_it_stops_moving(office):
    office.change(Stream, due_at=NOON)
    office.run(state="running", started_at=NOON, moved_at=NOON + minutes(300))
    office.look(minutes(310))
    assert office.open() == []
    office.look(minutes(6))
    assert office.open() == [(office.stream_subject, "stale")]
    assert "has not moved since 1 Mar 2027 17:00 UTC" in office.rows(Notice)[0].sentence


def test_paused_streams_and_sites_that_have_left_are_not_looked_at(office):
    office.stand_still()
    office.change(Stream, active=False)
    office.look()
    assert office.open() == []
    office.change(Stream, active=True)
    with office.database.writing_every_site() as session:
        session.execute(update(Site).values(left_at=NOON))
    office.look()
    assert office.open() == []


def test_credentials_about_to_expire_are_told_once_then_more_pressingly_then_when_past(office):
    office.change(Connection, credentials_expire_on=date(2027, 3, 16))
    office.stay_fresh()
    office.look()
    assert office.open() == []
    told = []
    for _ in range(20):
        office.look(timedelta(days=1))
        told += [each.sentence for each in office.rows(Notice) if each.sentence not in told]
    assert told == [
        "The credentials of Sage 300 (SAMLTD) expire on 16 Mar 2027.",
        "The credentials of Sage 300 (SAMLTD) expire on 16 Mar 2027: that is very soon.",
        "The credentials of Sage 300 (SAMLTD) expired on 16 Mar 2027.",
    ]
    assert office.open() == [(office.connection_subject, "credential-expires")]
    assert len(office.rows(Notice)) == 1
    office.change(Connection, credentials_expire_on=date(2027, 9, 1))
    office.look()
    assert office.open() == []


def test_a_later_date_that_is_still_near_ends_the_pressing_notice_and_raises_a_calm_one(office):
    office.stay_fresh()
    office.change(Connection, credentials_expire_on=date(2027, 3, 2))
    office.look()
    office.change(Connection, credentials_expire_on=date(2027, 3, 10))
    office.look(minutes(1))
    office.look(minutes(1))
    assert [(each.stage, each.cleared_at is None) for each in office.rows(Notice)] == [(1, False), (0, True)]


def test_a_stored_certificate_is_watched_like_credentials(office):
    office.stay_fresh()
    old = pem("Books CA", NOON + timedelta(days=2))
    renewed = pem("Books CA", NOON + timedelta(days=999))
    office.change(Connection, settings={"certificate": old})
    office.look()
    assert office.open() == [(f"certificate:{office.connection_id}", "credential-expires")]
    assert office.rows(Notice)[0].sentence.startswith("The certificate stored for Sage 300 (SAMLTD) expires on 3 Mar")
    office.change(Connection, settings={"certificate": f"{old}\n{renewed}"})
    office.look()
    assert office.open() == []
    other = pem("Another CA", NOON + timedelta(days=1))
    office.change(Connection, settings={"certificate": f"{renewed}\n{other}"})
    office.look()
    assert office.open() == [(f"certificate:{office.connection_id}", "credential-expires")]


def test_a_certificate_that_cannot_be_read_stops_nobody(office):
    office.stand_still()
    office.change(Connection, settings={"certificate": "-----BEGIN CERTIFICATE-----\nnothing"})
    office.look()
    assert office.open() == [(office.stream_subject, "stale")]


@pytest.mark.parametrize("kind", ["transient", "configuration"])
def test_a_stream_in_trouble_for_a_quarter_of_an_hour_means_that_its_connection_fails(office, kind):
    office.change(Stream, trouble={**DOWN, "kind": kind}, failing_since=NOON)
    office.look(minutes(14))
    assert office.open() == []
    office.look(minutes(2))
    assert office.open() == [(office.connection_subject, "failing")], "one cause, one notice: the stream is not stale"
    notice = office.rows(Notice)[0]
    assert notice.sentence == "Sage 300 (SAMLTD) has been failing since 1 Mar 2027 12:00 UTC: It refused."
    assert notice.remedy == "Start it."
    office.get_through()
    office.look(minutes(1))
    assert office.open() == []


def test_a_stale_stream_that_then_meets_a_trouble_is_not_called_well(office):
    office.stand_still()
    office.look()
    office.change(Stream, trouble=DOWN, failing_since=office.now)
    office.look(minutes(1))
    assert office.open() == [(office.stream_subject, "stale")]


@pytest.mark.parametrize("kind", ["throttled", "uncertain", "record"])
def test_troubles_that_pass_by_themselves_do_not_mean_that_a_connection_fails(office, kind):
    office.change(Stream, trouble={**DOWN, "kind": kind}, failing_since=NOON - minutes(60), due_at=NOON)
    office.look()
    assert office.open() == []


def test_a_failed_test_is_told_after_a_quarter_of_an_hour_and_while_tested_again(office):
    office.stay_fresh()
    office.change(Connection, state="trouble", trouble=DOWN, checked_at=NOON)
    office.change(Stream, reached_at=NOON - minutes(1))
    office.look(minutes(14))
    assert office.open() == []
    office.look(minutes(1))
    failing = [(office.connection_subject, "failing")]
    assert office.open() == failing
    office.change(Connection, state="checking")
    office.look()
    assert office.open() == failing
    office.change(Connection, state="trouble", checked_at=office.now)
    office.look()
    assert office.open() == failing
    office.change(Connection, state="ok", trouble=None)
    office.look()
    assert office.open() == []


def test_a_failed_test_is_forgotten_once_documents_get_through(office):
    office.change(Connection, state="trouble", trouble=DOWN, checked_at=NOON - minutes(60))
    office.look()
    assert office.open() == []


def test_the_engine_notes_when_a_pass_got_through_and_since_when_it_does_not(database):
    bench = make_bench(database)
    bench.books.fill(3)
    bench.pass_()
    through = bench.stream().reached_at
    assert through is not None
    assert bench.stream().failing_since is None
    bench.books.enter("0001", "INV-00009")
    bench.books.fails_at = "0001"
    bench.pass_()
    since = bench.stream().failing_since
    assert since >= through
    bench.pass_()
    assert (bench.stream().reached_at, bench.stream().failing_since) == (through, since)
    bench.books.fails_at = None
    bench.pass_()
    assert bench.stream().reached_at > since
    assert bench.stream().failing_since is None


def test_a_stream_that_cannot_be_opened_notes_since_when_too(database):
    bench = make_bench(database)
    for _ in range(2):
        with database.writing(bench.site_id) as session:
            lease = Lease.take(session, bench.stream_id)
            progress = Progress.go_on(session, bench.stream_id, "schedule", Calls())
        stop(database, bench.site_id, lease, progress, trouble(TransientTrouble))
    assert bench.stream().failing_since < bench.run().started_at, "the second stop is of the same row of troubles"


def test_a_look_takes_as_many_queries_for_twenty_sites_as_for_one(office):
    one = statements(office)
    with office.database.writing_every_site() as session:
        for number in range(19):
            add_site(session, f"site-{number}")
    assert statements(office) == one


def statements(office):
    seen = []
    note = lambda *arguments: seen.append(arguments[2])  # noqa: E731
    event.listen(office.database.engine, "before_cursor_execute", note)
    office.look()
    event.remove(office.database.engine, "before_cursor_execute", note)
    return len([each for each in seen if each.lstrip().upper().startswith(("SELECT", "UPDATE", "INSERT"))])


def pem(name: str, until: datetime) -> str:
    return certificate(name, until)[0].decode()
