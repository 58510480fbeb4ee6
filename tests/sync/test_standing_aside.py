"""A document on which calls fail must not keep the others from arriving."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.sync import ladder
from sage_adapters.errors import TransientTrouble, UncertainOutcome

from .conftest import trouble


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """What stands aside is tried again in the next pass."""
    monkeypatch.setattr(ladder, "wait_alone", lambda tries: timedelta(0))


def fails_on(kind, *numbers):
    def before(_call, deliveries):
        if {delivery.document_key.removeprefix("books:") for delivery in deliveries} & set(numbers):
            raise trouble(kind, "board.broke")

    return before


@pytest.mark.parametrize("kind", [TransientTrouble, UncertainOutcome])
def test_the_others_of_its_call_arrive_and_it_is_parked(bench, kind):
    bench.books.fill(60)
    bench.board.before = fails_on(kind, "INV-00007")
    for _ in range(15):
        bench.pass_()
    assert bench.entry("INV-00007").state == "parked"
    assert bench.entry("INV-00007").trouble_code == "sync.fails-alone"
    assert len(bench.board.documents()) == 59
    assert len(set(bench.board.documents())) == 59


def test_nothing_is_parked_while_the_target_fails_on_everything(bench):
    bench.books.fill(30)
    bench.board.before = fails_on(TransientTrouble, *(f"INV-{each:05}" for each in range(30)))
    for _ in range(20):
        bench.pass_()
    assert bench.states() == {f"INV-{each:05}": "pending" for each in range(30)}
    bench.board.before = lambda *_: None
    for _ in range(40):
        bench.pass_()
    assert len(bench.board.documents()) == 30


def test_a_document_that_was_never_sent_is_not_blamed_for_a_call_before_it(bench):
    bench.books.fill(200)
    bench.board.before = fails_on(TransientTrouble, "INV-00007")
    bench.pass_()
    tried = [number for number in bench.states() if bench.entry(number).tries]
    assert len(tried) <= 50


def test_after_a_new_version_it_is_above_suspicion_again(bench):
    bench.books.fill(60)
    bench.board.before = fails_on(UncertainOutcome, "INV-00007")
    for _ in range(15):
        bench.pass_()
    bench.board.before = lambda *_: None
    bench.books.enter("0000", "INV-00007", amount="12.00")
    bench.pass_()
    assert bench.entry("INV-00007").state == "settled"
    assert bench.entry("INV-00007").tries == 0


def test_a_target_that_cannot_even_be_checked_blames_no_document(bench):
    bench.books.fill(10)
    bench.board.checks = lambda: (_ for _ in ()).throw(trouble(TransientTrouble))
    for _ in range(4):
        bench.pass_()
    assert {bench.entry(number).tries for number in bench.states()} == {0}
