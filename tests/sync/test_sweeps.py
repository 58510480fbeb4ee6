"""Backfill, dry run and reconciliation, beside the watermark and one slice at a time."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from plugin.store.models import Counterfoil, Finding, Stream, Sweep
from plugin.sync.documents import TARGET_GONE
from plugin.sync.sweeps import asking, repair
from plugin.sync.sweeps.course import Course, SweepLost
from plugin.sync.sweeps.slice import go_on
from sage_adapters.errors import RecordTrouble, TransientTrouble

from .conftest import trouble


@pytest.fixture
def sweep(bench):
    """Begins a sweep and runs so many slices of it, or all."""

    def run(kind, since=None, slices=None):
        with bench.database.writing(bench.site_id) as session:
            begun = asking.begin(session, bench.stream_id, kind, since, "ada")
        while slices is None or slices > 0:
            course = Course.begin(bench.database, bench.site_id, begun.id)
            if course is None:
                break
            try:
                again = go_on(bench.database, bench.line(), course)
            except TransientTrouble as met:
                course.stop(met)
                break
            slices = slices and slices - 1
            if not again:
                break
        return row(bench, begun.id)

    return run


def row(bench, sweep_id):
    with bench.database.reading(bench.site_id) as session:
        return session.get_one(Sweep, sweep_id)


def findings(bench, sweep):
    with bench.database.reading(bench.site_id) as session:
        return session.scalars(select(Finding).where(Finding.sweep_id == sweep.id).order_by(Finding.id)).all()


def begin_at_the_end(bench):
    """A stream that shall not read what there is already."""
    with bench.database.writing(bench.site_id) as session:
        stream = session.get_one(Stream, bench.stream_id)
        stream.watermark, stream.since = {"until": "9999"}, date(2026, 1, 1)
    bench.books.ignores_before_watermark = True


def test_a_backfill_brings_all_and_leaves_the_watermark(bench, sweep):
    begin_at_the_end(bench)
    bench.books.fill(120)
    before = bench.stream().watermark
    done = sweep("backfill")
    assert (done.state, done.read, done.expected) == ("done", 120, 120)
    assert done.counts["created"] == 120
    assert len(bench.board.documents()) == 120
    assert bench.stream().watermark == before
    assert bench.stream().lease_owner is None
    assert bench.stream().since is None


def test_a_backfill_finds_nothing_to_do_where_all_is_there(bench, sweep):
    bench.books.fill(60)
    bench.pass_()
    calls = list(bench.board.calls)
    done = sweep("backfill")
    assert (done.state, done.read, done.counts) == (
        "done",
        60,
        {"unchanged": 60, **{k: 0 for k in done.counts if k != "unchanged"}},
    )
    assert bench.board.calls == calls


def test_a_backfill_in_slices_goes_on_where_it_was(bench, sweep, monkeypatch):
    monkeypatch.setattr("plugin.sync.sweeps.backfill.SHORTEST", asking.timedelta(0))
    bench.slice = 0.0
    bench.books.fill(60)
    first = sweep("backfill", slices=1)
    assert first.state == "running"
    while (now := sweep("backfill", slices=1)).state == "running":
        pass
    assert now.state == "done"
    assert bench.books.reads == sorted(bench.books.reads)
    assert len(bench.books.reads) == len(set(bench.books.reads))
    assert len(bench.board.documents()) == len(set(bench.board.documents())) == 60


def test_a_backfill_waits_while_a_pass_goes_on(bench, sweep):
    bench.books.fill(10)
    with bench.database.writing(bench.site_id) as session:
        stream = session.get_one(Stream, bench.stream_id)
        stream.lease_owner, stream.lease_until = "another", datetime.now(UTC) + asking.timedelta(seconds=30)
    waiting = sweep("backfill", slices=1)
    assert waiting.state == "running"
    assert waiting.due_at is not None
    assert bench.board.calls == []


def test_a_paused_sweep_stops_before_it_writes_again_and_goes_on_when_resumed(bench, sweep):
    bench.books.fill(60)
    bench.slice = 0.0
    begun = sweep("dry-run", slices=1)
    with bench.database.writing(bench.site_id) as session:
        asking.pause(session, begun.id)
    assert sweep("dry-run").state == "paused"
    with bench.database.writing(bench.site_id) as session:
        asking.resume(session, begun.id)
    bench.slice = 60.0
    assert sweep("dry-run").read == 60


def test_a_slice_under_way_is_told_that_it_was_paused(bench):
    bench.books.fill(10)
    with bench.database.writing(bench.site_id) as session:
        begun = asking.begin(session, bench.stream_id, "dry-run", None, "ada")
    course = Course.begin(bench.database, bench.site_id, begun.id)
    with bench.database.writing(bench.site_id) as session:
        asking.pause(session, begun.id)
    with pytest.raises(SweepLost):
        go_on(bench.database, bench.line(), course)
    assert findings(bench, begun) == []


def test_two_workers_never_have_the_same_slice(bench):
    with bench.database.writing(bench.site_id) as session:
        begun = asking.begin(session, bench.stream_id, "dry-run", None, "ada")
    assert Course.begin(bench.database, bench.site_id, begun.id) is not None
    assert Course.begin(bench.database, bench.site_id, begun.id) is None


def test_a_sweep_stopped_by_a_trouble_goes_on_by_itself(bench, sweep):
    bench.books.fill(30)
    bench.board.checks = lambda: (_ for _ in ()).throw(trouble(TransientTrouble))
    stopped = sweep("dry-run")
    assert (stopped.state, stopped.trouble["code"]) == ("stopped", "test.trouble")
    assert stopped.due_at > datetime.now(UTC)
    bench.board.checks = lambda: None
    assert sweep("dry-run").state == "done"


def test_a_dry_run_shows_every_creation_update_and_link_and_writes_nothing(bench, sweep):
    bench.books.fill(20)
    bench.pass_()
    bench.books.enter("0000", "INV-00003", amount="99.00")
    bench.books.enter("0005", "NEW", "THERE")
    bench.board.issues["500"] = {"document": "books:THERE", "fields": {}, "hash": "x"}
    calls = [call for call in bench.board.calls if call[0] != "find"]
    done = sweep("dry-run")
    assert done.counts == {"update": 1, "create": 1, "link": 1}
    shown = {each.number: (each.verdict, each.changes) for each in findings(bench, done)}
    assert shown["INV-00003"] == ("update", [{"field": "amount", "from": "10.00", "to": "99.00"}])
    assert shown["NEW"][0] == "create"
    assert {"field": "amount", "from": "", "to": "10.00"} in shown["NEW"][1]
    assert shown["THERE"][0] == "link"
    assert [call for call in bench.board.calls if call[0] != "find"] == calls
    assert bench.states().get("NEW") is None


def test_a_dry_run_names_what_would_be_refused(bench, sweep):
    bench.books.enter("1", "BAD", "GOOD")
    said = bench.board.payload

    def payload(content, corrections):
        if content["amount"] == "13.00":
            raise trouble(RecordTrouble, "board.unlucky")
        return said(content, corrections)

    bench.board.payload = payload
    bench.books.enter("1", "BAD", amount="13.00")
    done = sweep("dry-run")
    assert done.counts == {"refused": 1, "create": 1}
    assert next(each.trouble for each in findings(bench, done) if each.number == "BAD")["code"] == "board.unlucky"


@pytest.fixture
def apart(bench):
    """Both sides after a pass, and then changed behind our back in every way."""
    bench.books.fill(40)
    bench.pass_()
    issues = {issue["document"].removeprefix("books:"): number for number, issue in bench.board.issues.items()}
    del bench.board.issues[issues["INV-00001"]]
    bench.board.issues[issues["INV-00002"]]["fields"]["amount"] = "1.00"
    bench.board.issues["700"] = {"document": "books:NOBODY", "fields": {"amount": "5.00"}, "hash": "x"}
    bench.board.issues["701"] = {"document": "books:INV-00003", "fields": {"amount": "10.00"}, "hash": "x"}
    bench.books.enter("0004", "UNREAD")
    bench.books.enter("0000", "INV-00005", amount="20.00")
    return bench


def test_a_reconciliation_tells_missing_extra_twice_different_and_what_is_on_its_way(apart, sweep):
    done = sweep("reconciliation")
    assert done.state == "done"
    told = {(each.number, each.verdict) for each in findings(apart, done) if each.verdict != "same"}
    assert told == {
        ("INV-00001", "missing"),
        ("INV-00002", "different"),
        ("books:NOBODY", "extra"),
        ("INV-00003", "twice"),
        ("UNREAD", "missing"),
        ("INV-00005", "waiting"),
    }
    different = next(each for each in findings(apart, done) if each.verdict == "different")
    assert (str(different.source_amount), str(different.target_amount)) == ("10.00", "1.00")
    assert done.counts["same"] == 40 - 3


def test_a_reconciliation_in_slices_tells_the_same(apart, sweep):
    apart.slice = 0.0
    done = sweep("reconciliation")
    verdicts = Counter(each.verdict for each in findings(apart, done))
    assert verdicts == {"same": 37, "missing": 2, "different": 1, "extra": 1, "twice": 1, "waiting": 1}


def test_repairs_bring_both_sides_together(apart, sweep):
    done = sweep("reconciliation")
    ids = [each.id for each in findings(apart, done)]
    with apart.database.writing(apart.site_id) as session:
        assert repair.repair(session, apart.stream_id, ids, "ada") == 3
    for finding in [each for each in findings(apart, done) if each.verdict in repair.IN_THE_TARGET]:
        apart.board.release(finding.target_id)
        with apart.database.writing(apart.site_id) as session:
            repair.released(session, apart.stream_id, finding.id, "ada")
    apart.pass_()
    again = sweep("reconciliation")
    assert {each.verdict for each in findings(apart, again)} == {"same"}
    assert len(apart.board.documents_ours()) == 41
    with apart.database.reading(apart.site_id) as session:
        by = session.scalars(select(Counterfoil.action).where(Counterfoil.actor == "ada")).all()
    assert Counter(by) == {"repaired": 3, "released": 2}


def test_repairing_twice_does_it_once(apart, sweep):
    done = sweep("reconciliation")
    ids = [each.id for each in findings(apart, done)]
    with apart.database.writing(apart.site_id) as session:
        repair.repair(session, apart.stream_id, ids, "ada")
        assert repair.repair(session, apart.stream_id, ids, "ada") == 0


def test_a_deleted_issue_is_not_made_anew_without_a_person(bench):
    """What the reconciliation offers, a pass does not do by itself."""
    bench.books.enter("1", "A")
    bench.pass_()
    assert TARGET_GONE
    bench.board.issues.clear()
    bench.pass_()
    assert bench.board.documents() == []


def test_findings_of_old_sweeps_are_forgotten(bench, sweep):
    bench.books.enter("1", "A")
    old = [sweep("dry-run") for _ in range(asking.KEPT + 2)]
    assert findings(bench, old[0]) == []
    assert len(findings(bench, old[-1])) == 1


def test_a_nightly_reconciliation_begins_once_and_only_at_night(bench, sweep):
    bench.pass_()
    night, day = datetime(2030, 1, 1, 2, tzinfo=UTC), datetime(2030, 1, 1, 14, tzinfo=UTC)
    with bench.database.reading_every_site() as session:
        assert asking.due_at_night(session, day) == []
        assert asking.due_at_night(session, night) == [(bench.site_id, bench.stream_id)]
    done = sweep("reconciliation")
    with bench.database.writing(bench.site_id) as session:
        session.get_one(Sweep, done.id).started_at = night
    with bench.database.reading_every_site() as session:
        assert asking.due_at_night(session, night) == []
