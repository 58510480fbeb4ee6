"""The versions of one document reach the target in their order, and those of others do not wait for them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select, update

from plugin.store.models import LedgerEntry
from sage_adapters.errors import UncertainOutcome
from tests.sync.conftest import trouble


def lose_one_reply(bench):
    left = [trouble(UncertainOutcome)]

    def hook(*_):
        if left:
            raise left.pop()

    bench.board.after = hook


def sent(bench):
    return [kind for kind, _ in bench.board.calls if kind != "find"]


def test_a_version_whose_outcome_is_open_holds_back_later_ones_of_its_document(bench):
    bench.uncertain_wait = 3600
    bench.books.enter("1", "A")
    lose_one_reply(bench)
    bench.pass_()
    for amount in ("11.00", "12.00"):
        bench.books.enter("1", "A", amount=amount)
        bench.pass_()
    assert sent(bench) == ["create"], "no later version overtakes the one that was sent"
    with bench.database.writing(bench.site_id) as session:
        session.execute(update(LedgerEntry).values(next_try_at=datetime.now(UTC)))
    bench.pass_()
    assert sent(bench) == ["create", "update"]
    assert bench.board.shown("A")["amount"] == "12.00"


def test_a_refused_version_is_replaced_by_a_newer_one_and_never_sent_after_it(bench):
    seen = []
    bench.board.after = lambda _, deliveries: seen.extend(each.content["amount"] for each in deliveries)
    bench.books.enter("1", "A")
    bench.board.refuses = {"A"}
    bench.pass_()
    bench.books.enter("1", "A", amount="11.00")
    bench.pass_()
    assert bench.states() == {"A": "parked"}
    bench.board.refuses = set()
    bench.books.enter("1", "A", amount="12.00")
    bench.pass_()
    assert seen == ["10.00", "11.00", "12.00"]
    assert bench.board.shown("A")["amount"] == "12.00"
    bench.pass_()
    assert seen == ["10.00", "11.00", "12.00"], "the refused versions are not made up for"


def test_however_many_versions_fail_a_document_waits_once_with_its_latest(bench):
    bench.board.refuses = {"A"}
    for amount in ("10.00", "11.00", "12.00"):
        bench.books.enter("1", "A", amount=amount)
        bench.pass_()
    with bench.database.reading(bench.site_id) as session:
        assert session.scalar(select(func.count(LedgerEntry.id))) == 1
    assert bench.entry("A").content["amount"] == "12.00"
    assert bench.actions("A") == ["parked", "changed", "parked", "changed", "parked"]


def test_other_documents_go_on_beside_a_refused_and_an_uncertain_one(bench):
    bench.uncertain_wait = 3600
    bench.books.enter("1", "OPEN")
    lose_one_reply(bench)
    bench.pass_()
    bench.books.enter("2", "BAD", "GOOD")
    bench.board.refuses = {"BAD"}
    bench.pass_()
    assert bench.states() == {"OPEN": "uncertain", "BAD": "parked", "GOOD": "settled"}
    bench.books.enter("2", "GOOD", amount="12.00")
    bench.pass_()
    assert bench.board.shown("GOOD")["amount"] == "12.00"
    assert bench.states() == {"OPEN": "uncertain", "BAD": "parked", "GOOD": "settled"}
