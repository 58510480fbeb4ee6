"""The chain of counterfoils shows every tampering."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, text, update

from plugin.store.models import Counterfoil, Snapshot, Stream
from plugin.sync.chain_check import check_chains
from plugin.sync.counterfoils import verify


@pytest.fixture
def chain(bench):
    bench.books.fill(5)
    bench.pass_()
    return bench


def breaks(bench):
    """The sentences, with `…` for the time, which must be that of the entry."""
    with bench.database.reading(bench.site_id) as session:
        found = list(verify(session, session.get_one(Stream, bench.stream_id)))
        times = {f"{at:%Y-%m-%d %H:%M:%S} UTC" for at in session.scalars(select(Counterfoil.at))}
    for time in times:
        found = [sentence.replace(time, "…") for sentence in found]
    return found


def test_an_untouched_chain_is_whole(chain):
    assert breaks(chain) == []


def test_a_changed_entry_is_named_by_document_and_time(chain):
    with chain.database.writing(chain.site_id) as session:
        session.execute(update(Counterfoil).where(Counterfoil.sequence == 3).values(vendor="V2"))
    assert breaks(chain) == ["Entry 3 (created books:INV-00002, …) was changed."]


def test_a_missing_entry_is_named_with_its_neighbours(chain):
    with chain.database.writing(chain.site_id) as session:
        session.execute(delete(Counterfoil).where(Counterfoil.sequence == 2))
    assert breaks(chain) == [
        "Entry 2 is missing, after entry 1 (created books:INV-00000, …) "
        "and before entry 3 (created books:INV-00002, …)."
    ]


def test_entries_missing_at_the_end_are_named(chain):
    with chain.database.writing(chain.site_id) as session:
        session.execute(delete(Counterfoil).where(Counterfoil.sequence >= 4))
    assert breaks(chain) == [
        "Entries 4 to 5 are missing, at the end of the chain: after entry 3 (created books:INV-00002, …)."
    ]


def test_a_chain_of_which_nothing_is_left_is_noticed(chain):
    with chain.database.writing(chain.site_id) as session:
        session.execute(delete(Counterfoil))
    assert breaks(chain) == ["Entries 1 to 5 are missing, at the end of the chain: from the beginning."]


def test_an_end_that_was_made_anew_is_noticed(chain):
    with chain.database.writing(chain.site_id) as session:
        session.execute(update(Stream).values(chain_hash="f" * 64))
    assert breaks(chain) == [
        "The last one, entry 5 (created books:INV-00004, …), is not the one that was written last."
    ]


def test_exchanged_entries_are_noticed(chain):
    with chain.database.writing(chain.site_id) as session:
        session.execute(text("UPDATE counterfoils SET sequence = -sequence WHERE sequence IN (2, 3)"))
        session.execute(text("UPDATE counterfoils SET sequence = 5 + sequence WHERE sequence < 0"))
    assert any("exchanged" in sentence for sentence in breaks(chain))


def test_an_entry_that_cannot_even_be_read_any_more_is_a_break_and_no_defect(chain):
    with chain.database.writing(chain.site_id) as session:
        session.execute(text("UPDATE counterfoils SET amount = 'lots' WHERE sequence = 3"))
    assert [sentence for sentence in breaks(chain) if "cannot be read: it was changed" in sentence]


def test_a_check_of_all_chains_of_a_site_tells_how_many_entries_and_which_breaks(chain):
    check_chains(chain.database, chain.site_id)
    assert outcome(chain) == ("read", {"entries": 5, "breaks": 0, "sentences": []})
    with chain.database.writing(chain.site_id) as session:
        session.execute(update(Counterfoil).where(Counterfoil.sequence == 3).values(target="elsewhere"))
    check_chains(chain.database, chain.site_id)
    state, body = outcome(chain)
    assert (state, body["entries"], body["breaks"]) == ("read", 5, 1)
    assert body["sentences"][0]["stream"] == chain.stream_id
    assert "Entry 3 (created books:INV-00002" in body["sentences"][0]["sentence"]


def outcome(chain):
    with chain.database.reading(chain.site_id) as session:
        row = session.scalars(select(Snapshot).where(Snapshot.subject == "chains")).one()
        return row.state, row.body


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
