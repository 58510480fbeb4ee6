"""A person at work on the documents of the bench that have not arrived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from plugin.store.models import Counterfoil, LedgerEntry, Stream
from plugin.sync import counterfoils, failures
from plugin.sync.failures import Correction, Decision
from sage_adapters.errors import UncertainOutcome
from tests.sync.conftest import trouble

ADA = Decision("ada", "Agreed with the vendor.")
EVERY = LedgerEntry.id > 0


def decide(bench, action, chosen=EVERY, decision=ADA):
    return action(lambda: bench.database.writing(bench.site_id), chosen, decision)


def correct(bench, number, **values):
    entry = bench.entry(number)
    corrections = [
        Correction(name, entry.content[name], value, {"instead_of": entry.content[name], "value": value})
        for name, value in values.items()
    ]
    with bench.database.writing(bench.site_id) as session:
        failures.correct(session, entry.id, entry.version, corrections, ADA)


def link(bench, number, target_id, version=None):
    entry = bench.entry(number)
    with bench.database.writing(bench.site_id) as session:
        failures.link(session, entry.id, version or entry.version, target_id, f"B-{target_id}", ADA)


def last(bench, number):
    with bench.database.reading(bench.site_id) as session:
        rows = select(Counterfoil).where(Counterfoil.document_key == f"books:{number}")
        return session.scalars(rows.order_by(Counterfoil.sequence.desc())).first()


def park(bench, *numbers):
    """Refused by the target, which has come to its senses since."""
    bench.books.enter("1", *numbers)
    bench.board.refuses = set(numbers)
    bench.pass_()
    bench.board.refuses = set()
    rest(bench)


def rest(bench):
    with bench.database.writing(bench.site_id) as session:
        session.execute(update(Stream).values(due_at=datetime.now(UTC) + timedelta(hours=1)))


def assert_due(bench):
    assert bench.stream().due_at <= datetime.now(UTC)


def assert_chain_is_whole(bench):
    with bench.database.reading(bench.site_id) as session:
        assert list(counterfoils.verify(session, bench.stream())) == []


def lost_once(error=None):
    left = [error or trouble(UncertainOutcome)]

    def hook(*_):
        if left:
            raise left.pop()

    return hook
