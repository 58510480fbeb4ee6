"""The chain of counterfoils shows every tampering."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, text, update

from plugin.store.models import Counterfoil, Stream
from plugin.sync.counterfoils import verify


@pytest.fixture
def chain(bench):
    bench.books.fill(5)
    bench.pass_()
    return bench


def breaks(bench):
    with bench.database.reading(bench.site_id) as session:
        return list(verify(session, session.get_one(Stream, bench.stream_id)))


def test_an_untouched_chain_is_whole(chain):
    assert breaks(chain) == []


def test_a_changed_entry_is_named(chain):
    with chain.database.writing(chain.site_id) as session:
        session.execute(update(Counterfoil).where(Counterfoil.sequence == 3).values(vendor="V2"))
    assert breaks(chain) == ["Entry 3 (created books:INV-00002) was changed."]


def test_a_missing_entry_is_named(chain):
    with chain.database.writing(chain.site_id) as session:
        session.execute(delete(Counterfoil).where(Counterfoil.sequence == 2))
    assert breaks(chain) == ["Entries 2 to 2 are missing."]


def test_entries_missing_at_the_end_are_named(chain):
    with chain.database.writing(chain.site_id) as session:
        session.execute(delete(Counterfoil).where(Counterfoil.sequence >= 4))
    assert breaks(chain) == ["Entries 4 to 5, the last ones, are missing."]


def test_exchanged_entries_are_noticed(chain):
    with chain.database.writing(chain.site_id) as session:
        session.execute(text("UPDATE counterfoils SET sequence = -sequence WHERE sequence IN (2, 3)"))
        session.execute(text("UPDATE counterfoils SET sequence = 5 + sequence WHERE sequence < 0"))
    assert any("exchanged" in sentence for sentence in breaks(chain))


def test_an_entry_tells_document_vendor_amount_and_place(chain):
    with chain.database.reading(chain.site_id) as session:
        row = session.scalars(select(Counterfoil).where(Counterfoil.sequence == 1)).one()
        assert (row.document_key, row.vendor, str(row.amount), row.currency) == (
            "books:INV-00000",
            "V1",
            "10.00",
            "GBP",
        )
        assert (row.actor, row.action, row.target, row.outcome) == ("counterfoil", "created", "board B-1", "done")
