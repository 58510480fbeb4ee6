"""What sweeps have found: totals of both sides, lists, files, and repairs of many at once."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import select

from plugin.store.models import Counterfoil, Finding, LedgerEntry, Stream, Sweep
from plugin.store.rows import insert_rows
from plugin.sync.counterfoils import OURSELVES
from plugin.sync.failures import Decision
from plugin.sync.resync import resync
from plugin.sync.sweeps import asking, listing, repair, totals
from plugin.sync.sweeps.course import Course, SweepLost
from plugin.sync.sweeps.slice import go_on


@pytest.fixture
def begun(bench):
    """A sweep of this kind that has just begun; its id."""

    def begin(kind="reconciliation", since=None):
        with bench.database.writing(bench.site_id) as session:
            return asking.begin(session, bench.stream_id, kind, since, "ada").id

    return begin


def run(bench, sweep_id):
    while course := Course.begin(bench.database, bench.site_id, sweep_id):
        if not go_on(bench.database, bench.line(), course):
            break
    return row(bench, sweep_id)


def row(bench, sweep_id):
    with bench.database.reading(bench.site_id) as session:
        return session.get_one(Sweep, sweep_id)


def found(sweep_id, verdict, **values):
    base = {
        "sweep_id": sweep_id, "document_key": "books:A", "unit": "1", "number": "A", "vendor": "V1",
        "vendor_name": "One", "period": "2026-01", "currency": "GBP", "source_amount": Decimal("10.10"),
        "target_amount": None, "target_id": None, "target_key": None, "verdict": verdict, "changes": [],
        "trouble": None,
    }  # fmt: skip
    return {**base, **values}


def put(bench, *rows):
    with bench.database.writing(bench.site_id) as session:
        insert_rows(session, Finding, rows)


THERE = {"target_id": "1", "target_amount": Decimal("10.10")}


# --- totals ---


def test_totals_are_exact_where_binary_fractions_are_not(bench, begun):
    number = begun()
    put(bench, *[found(number, "same", **THERE)] * 3, found(number, "missing", source_amount=Decimal("0.20")))
    with bench.database.reading(bench.site_id) as session:
        (total,) = totals.by_period(session, number, ["V1"])
    assert (total.source.documents, total.source.amount) == (4, Decimal("30.50"))
    assert (total.target.documents, total.target.amount) == (3, Decimal("30.30"))
    assert (total.documents_apart, total.amount_apart) == (-1, Decimal("-0.20"))


def test_currencies_and_periods_are_never_added_together(bench, begun):
    number = begun()
    euro = {"currency": "EUR", **THERE}
    put(
        bench,
        found(number, "same", **THERE),
        found(number, "same", **euro),
        found(number, "same", period="2026-02", **euro),
    )
    with bench.database.reading(bench.site_id) as session:
        periods = totals.by_period(session, number, ["V1"])
    assert [(each.period, each.currency, each.source.documents) for each in periods] == [
        ("2026-01", "EUR", 1),
        ("2026-01", "GBP", 1),
        ("2026-02", "EUR", 1),
    ]
    assert [(each.currency, each.source.amount) for each in totals.by_vendor(periods)] == [
        ("EUR", Decimal("20.20")),
        ("GBP", Decimal("10.10")),
    ]


def test_a_target_that_shows_no_amounts_is_not_said_to_lack_them(bench, begun):
    number = begun()
    put(bench, found(number, "same", target_id="1"))
    with bench.database.reading(bench.site_id) as session:
        (total,) = totals.by_period(session, number, ["V1"])
    assert (total.documents_apart, total.amount_apart, total.target.shows_amounts) == (0, None, False)


def test_what_waits_counts_in_the_target_only_when_it_is_there(bench, begun):
    number = begun()
    put(bench, found(number, "waiting"), found(number, "waiting", **THERE))
    with bench.database.reading(bench.site_id) as session:
        (total,) = totals.by_period(session, number, ["V1"])
    assert (total.source.documents, total.target.documents) == (2, 1)


def test_vendors_come_in_portions_and_only_those_that_differ_when_asked(bench, begun):
    number = begun()
    put(bench, *[found(number, "same", vendor=each, **THERE) for each in ("", "A", "B")])
    put(bench, found(number, "missing", vendor="C"), found(number, "extra", vendor="A"))
    with bench.database.reading(bench.site_id) as session:
        assert totals.vendors(session, number, None, 2, apart=False) == ["", "A"]
        assert totals.vendors(session, number, "A", 2, apart=False) == ["B", "C"]
        assert totals.vendors(session, number, None, 9, apart=True) == ["A", "C"]


def test_a_second_one_counts_with_the_document_that_it_copies(bench, begun):
    bench.books.enter("1", "A")
    bench.pass_()
    bench.board.issues["9"] = {"document": "books:A", "fields": {"amount": "10.00"}, "hash": "x"}
    number = begun()
    run(bench, number)
    with bench.database.reading(bench.site_id) as session:
        (total,) = totals.by_period(session, number, ["V1"])
    assert (total.period, total.currency) == ("2026-01", "GBP")
    assert (total.source.amount, total.target.amount) == (Decimal("10.00"), Decimal("20.00"))


# --- lists and files ---


def test_a_file_holds_every_finding_in_portions(bench, begun, monkeypatch):
    monkeypatch.setattr(listing, "PORTION", 3)
    number = begun()
    put(bench, *[found(number, "missing", number=f"N{each}") for each in range(7)], found(number, "same"))
    pieces = list(listing.as_csv(partial(bench.database.reading, bench.site_id), number, ["missing", "same"]))
    assert len(pieces) == 1 + 3 + 1
    rows = list(csv.DictReader(io.StringIO(b"".join(pieces).decode("utf-8-sig"))))
    assert [each["Document"] for each in rows] == [*[f"N{each}" for each in range(7)], "A"]
    assert (rows[0]["Verdict"], rows[0]["Amount at the source"], rows[0]["Amount in the target"]) == (
        "missing",
        "10.10",
        "",
    )


def test_a_page_begins_behind_the_last_one(bench, begun):
    number = begun()
    put(bench, *[found(number, "missing", number=f"N{each}") for each in range(5)])
    with bench.database.reading(bench.site_id) as session:
        first = listing.page(session, number, "missing", 0, 3)
        rest = listing.page(session, number, "missing", first[-1].id, 3)
    assert [each.number for each in (*first, *rest)] == ["N0", "N1", "N2", "N3", "N4"]


# --- since when ---


def test_a_reconciliation_leaves_out_what_the_stream_does_not_read(bench, begun):
    with bench.database.writing(bench.site_id) as session:
        session.get_one(Stream, bench.stream_id).since = date(2026, 1, 1)
    assert row(bench, begun()).since == date(2026, 1, 1)


def test_a_stream_reaches_back_only_when_its_backfill_is_done(bench, begun):
    bench.books.enter("1", "A")
    with bench.database.writing(bench.site_id) as session:
        session.get_one(Stream, bench.stream_id).since = date(2026, 1, 1)
    number = begun("backfill", date(2025, 1, 1))
    with bench.database.writing(bench.site_id) as session:
        asking.cancel(session, number)
    assert bench.stream().since == date(2026, 1, 1)
    run(bench, begun("backfill", date(2025, 6, 1)))
    assert bench.stream().since == date(2025, 6, 1)
    run(bench, begun("backfill", date(2025, 9, 1)))
    assert bench.stream().since == date(2025, 6, 1)


# --- slices ---


def test_a_paused_backfill_ends_after_what_it_has_taken_in(bench, begun):
    bench.books.fill(400)
    number = begun("backfill")
    course = Course.begin(bench.database, bench.site_id, number)

    def pause(*_):
        with bench.database.writing(bench.site_id) as session:
            asking.pause(session, number)

    bench.board.before = pause
    with pytest.raises(SweepLost):
        go_on(bench.database, bench.line(), course)
    assert 0 < len(bench.board.documents()) < 400
    assert set(bench.states().values()) == {"settled"}, "nothing is left in doubt"
    assert bench.stream().lease_owner is None
    assert row(bench, number).state == "paused"


def test_a_source_that_fails_before_its_first_page_leaves_the_stream_free(bench, begun):
    def refuse(*_):
        raise RuntimeError("it broke")

    bench.books.everything = refuse
    course = Course.begin(bench.database, bench.site_id, begun("backfill"))
    taken = bench.stream().lease_owner
    with pytest.raises(RuntimeError):
        go_on(bench.database, bench.line(), course)
    assert taken is None


def test_a_sweep_keeps_its_lease_while_a_system_takes_its_time(bench, begun, monkeypatch):
    monkeypatch.setattr("plugin.sync.sweeps.course.RENEW_AFTER", asking.timedelta(seconds=0.01))
    number = begun("dry-run")
    course = Course.begin(bench.database, bench.site_id, number)
    with bench.database.writing(bench.site_id) as session:
        session.get_one(Sweep, number).lease_until = old = datetime.now(UTC)

    def until_renewed():
        looks = (row(bench, number).lease_until > old for _ in range(10_000))
        return any(looks)

    assert course.meanwhile(until_renewed)


# --- repairs ---


@pytest.fixture
def emptied(bench, begun):
    """Thirty documents whose things in the target are all gone, and a reconciliation that tells it."""
    bench.books.fill(30)
    bench.pass_()
    bench.board.issues.clear()
    number = begun()
    run(bench, number)
    return number


def test_all_of_a_verdict_are_repaired_portion_by_portion(bench, emptied, monkeypatch):
    monkeypatch.setattr(repair, "PORTION", 12)
    after, portions = 0, []
    while True:
        with bench.database.writing(bench.site_id) as session:
            ids = repair.next_portion(session, emptied, "missing", after)
            portions.append(repair.repair(session, bench.stream_id, ids, "ada"))
        if not ids:
            break
        after = ids[-1]
    assert portions == [12, 12, 6, 0]
    bench.pass_()
    assert len(bench.board.documents()) == len(set(bench.board.documents())) == 30
    with bench.database.reading(bench.site_id) as session:
        assert listing.unrepaired(session, emptied).total() == 0


def test_findings_of_another_stream_are_never_repaired_here(bench, emptied):
    with bench.database.writing(bench.site_id) as session:
        mine = session.get_one(Stream, bench.stream_id)
        other = Stream(site_id=bench.site_id, integration_id=mine.integration_id, name="others", active=True)
        session.add(other)
        session.flush()
        ids = repair.next_portion(session, emptied, "missing", 0)
        assert repair.repair(session, other.id, ids, "ada") == 0


def test_a_document_that_came_back_meanwhile_is_not_made_a_second_time(bench, emptied):
    """The list on the page is older than what somebody else has done about it."""
    bench.board.issues["0"] = {"document": None, "fields": {}, "hash": ""}  # so that the new one gets another number
    with bench.database.writing(bench.site_id) as session:
        ids = repair.next_portion(session, emptied, "missing", 0)
        repair.repair(session, bench.stream_id, ids[:1], "ada")
    bench.pass_()
    with bench.database.writing(bench.site_id) as session:
        session.get_one(Finding, ids[0]).repaired_at = None
        repair.repair(session, bench.stream_id, ids[:1], "ada")
    bench.pass_()
    assert len(bench.board.documents_ours()) == 1


def test_a_repair_says_in_the_audit_trail_what_was_different(bench, begun):
    bench.books.enter("1", "A")
    bench.pass_()
    bench.board.issues["1"]["fields"]["amount"] = "1.00"
    number = begun()
    run(bench, number)
    with bench.database.writing(bench.site_id) as session:
        repair.repair(session, bench.stream_id, repair.next_portion(session, number, "different", 0), "ada")
    with bench.database.reading(bench.site_id) as session:
        foil = session.scalars(select(Counterfoil).where(Counterfoil.action == "repaired")).one()
    assert foil.actor == "ada"
    assert foil.detail["changes"] == [{"attribute": "amount", "from": "1.00", "to": "10.00"}]


# --- one document ---


def test_resync_writes_what_differs_although_the_source_says_the_same(bench):
    bench.books.enter("1", "A")
    bench.pass_()
    bench.board.issues["1"]["fields"]["amount"] = "1.00"
    bench.pass_()
    assert bench.board.shown("A")["amount"] == "1.00"
    with bench.database.writing(bench.site_id) as session:
        resync(session, bench.entry("A").id, Decision("ada"))
    bench.pass_()
    assert bench.board.shown("A")["amount"] == "10.00"
    assert bench.actions("A").count("resynced") == 1


def test_resync_of_one_that_is_being_sent_is_not_lost(bench):
    bench.books.enter("1", "A")

    def press(*_):
        bench.board.before = lambda *_: None
        with bench.database.writing(bench.site_id) as session:
            session.scalars(select(LedgerEntry)).one()
            resync(session, bench.entry("A").id, Decision(OURSELVES))

    bench.board.before = press
    bench.pass_()
    bench.pass_()
    assert bench.states() == {"A": "settled"}
    assert len(bench.board.documents()) == 1


def test_a_document_that_nobody_knows_cannot_be_synced_again(bench):
    with bench.database.writing(bench.site_id) as session:
        assert resync(session, 4711, Decision("ada")) is None
