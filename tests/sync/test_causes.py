"""Failures by cause: counted and added up by the database, exactly, however many there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select

from plugin.store.models import LedgerEntry
from plugin.store.rows import insert_rows
from plugin.sync import causes
from plugin.sync.causes import IGNORED, PARKED, UNCERTAIN, UNREADABLE, Cause

MORNING = datetime(2026, 11, 20, 8, 12, tzinfo=UTC)


@pytest.fixture
def fill(bench):
    """Puts failed documents into the ledger, one for each amount."""
    numbers = iter(range(1_000_000))

    def fill(state, code, amounts, currency="GBP", since=MORNING, **more):
        rows = [
            {
                "stream_id": bench.stream_id, "document_key": f"books:{(number := next(numbers))}", "unit": "1",
                "content": {}, "kind": "invoice", "number": str(number), "vendor": "V1", "vendor_name": "Vendor One",
                "amount": Decimal(amount), "currency": currency, "version": 1, "state": state, "corrections": {},
                "trouble": {"code": code, "got": f"{code} {number}"}, "trouble_code": code, "read_at": MORNING,
                "failing_since": since + timedelta(minutes=index), **more,
            }
            for index, amount in enumerate(amounts)
        ]  # fmt: skip
        with bench.database.writing(bench.site_id) as session:
            insert_rows(session, LedgerEntry, rows)

    return fill


def grouped(bench, *states):
    with bench.database.reading(bench.site_id) as session:
        return causes.groups(session, *states)


def test_a_cause_has_its_count_its_times_and_an_example(bench, fill):
    fill(PARKED, "jira.text-too-long", ["1.00", "2.00", "3.00"])
    fill(PARKED, "jira.field-refused", ["5.00"], since=MORNING + timedelta(hours=2))
    first, second = grouped(bench, PARKED, UNREADABLE)
    assert (first.cause, first.count) == (Cause(PARKED, "jira.text-too-long"), 3)
    assert (first.first_seen, first.last_seen) == (MORNING, MORNING + timedelta(minutes=2))
    assert first.example.trouble["got"] == "jira.text-too-long 2"
    assert (second.count, second.example.number) == (1, "3")


def test_one_code_in_two_states_is_two_causes(bench, fill):
    fill(PARKED, "x", ["1.00"])
    fill(IGNORED, "x", ["1.00", "1.00"])
    fill(UNREADABLE, "y", ["1.00"])
    assert [(each.cause.state, each.count) for each in grouped(bench, PARKED, UNREADABLE, IGNORED)] == [
        (IGNORED, 2), (PARKED, 1), (UNREADABLE, 1),
    ]  # fmt: skip


def test_whatever_made_them_uncertain_they_are_one_cause(bench, fill):
    soon = MORNING + timedelta(seconds=40)
    fill(UNCERTAIN, "http.timeout", ["1.00"], next_try_at=soon)
    fill(UNCERTAIN, "sync.worker-died", ["2.00"], next_try_at=soon + timedelta(minutes=1))
    (group,) = grouped(bench, UNCERTAIN)
    assert (group.cause, group.count, group.first_seen, group.asked_next) == (Cause(UNCERTAIN, ""), 2, MORNING, soon)


def test_amounts_are_added_up_exactly_and_by_currency(bench, fill):
    fill(PARKED, "x", ["0.10", "0.20", "31400.00", "-0.005", "7"])
    fill(PARKED, "x", ["250000"], currency="JPY")
    fill(PARKED, "x", ["90071992547409.93", "0.01"], currency="USD")
    (group,) = grouped(bench, PARKED)
    assert group.worth == {
        "GBP": Decimal("31407.295"), "JPY": Decimal(250000), "USD": Decimal("90071992547409.94"),
    }  # fmt: skip
    assert causes.worth([group, group])["JPY"] == Decimal(500000)


def test_a_cause_names_its_documents_and_no_others(bench, fill):
    fill(PARKED, "x", ["1.00"])
    fill(PARKED, None, ["2.00"])
    fill(UNREADABLE, "x", ["3.00"])
    for cause, amount in ((Cause(PARKED, "x"), 1), (Cause(PARKED, ""), 2), (Cause(UNREADABLE, "x"), 3)):
        with bench.database.reading(bench.site_id) as session:
            assert [each.amount for each in session.scalars(select(LedgerEntry).where(cause.documents))] == [amount]


def test_the_work_does_not_grow_with_what_is_in_step(bench, fill):
    """Two queries for any number of causes, and neither reads the whole ledger."""
    fill(PARKED, "a", ["1.00"])
    few = asked_by(bench, lambda: grouped(bench, PARKED, UNREADABLE, UNCERTAIN))
    for number in range(20):
        fill(PARKED, f"code-{number}", ["1.00"] * 5)
        fill("settled", None, ["1.00"] * 50)
    many = asked_by(bench, lambda: grouped(bench, PARKED, UNREADABLE, UNCERTAIN))
    assert len(few) == len(many) == 2
    if bench.database.engine.dialect.name == "sqlite":
        with bench.database.reading(bench.site_id) as session:
            for statement, parameters in many:
                steps = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                assert not [step[3] for step in steps if step[3].startswith("SCAN ledger")], steps


def asked_by(bench, look):
    asked = []

    def note(_connection, _cursor, statement, parameters, *_):
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(bench.database.engine, "before_cursor_execute", note)
    look()
    event.remove(bench.database.engine, "before_cursor_execute", note)
    return asked


def test_another_sites_failures_are_not_counted(bench, fill):
    fill(PARKED, "x", ["1.00"])
    with bench.database.reading(bench.site_id + 1) as session:
        assert causes.groups(session, PARKED) == []
