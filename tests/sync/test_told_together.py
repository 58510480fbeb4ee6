"""Documents that are told together with others: completed contents, waiting, leaving out, following another stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from plugin.store.models import LedgerEntry, Stream
from plugin.sync.companions import Completed
from plugin.sync.counterfoils import Stub
from plugin.sync.documents import Settled
from plugin.sync.following import Followed
from plugin.sync.turn import between_passes
from tests.sync.conftest import Bench


@dataclass
class Neighbours:
    """What the documents of the bench are told together with: a status of their vendor's."""

    vendor_status: str = "fine"
    still_coming: bool = False
    unwanted: set[str] = field(default_factory=set)

    def complete(self, session, documents):
        wait = timedelta(hours=1) if self.still_coming else None
        return [
            Completed(
                {**document.content, "status": f"{document.content['status']}, {self.vendor_status}"},
                wait,
                left_out=document.document_key.removeprefix("books:") in self.unwanted,
            )
            for document in documents
        ]


@pytest.fixture
def neighbours(bench: Bench) -> Neighbours:
    bench.companions = Neighbours()
    return bench.companions


@pytest.fixture
def vendors(bench: Bench) -> int:
    """Another stream of the integration, which the bench follows: all its documents concern all of ours."""
    with bench.database.writing(bench.site_id) as session:
        own = session.scalars(select(Stream)).one()
        stream = Stream(integration_id=own.integration_id, name="vendors")
        session.add(stream)
        session.flush()
        bench.followed = [Followed(stream.id, lambda session, keys: LedgerEntry.vendor.in_(keys))]
        return stream.id


def note_change(bench: Bench, stream_id: int, keys: Sequence[str]) -> None:
    with bench.database.writing(bench.site_id) as session, between_passes(session, stream_id) as turn:
        for key in keys:
            entry = session.scalars(select(LedgerEntry).limit(1)).one()
            turn.chain.add(Stub(**{**vars(Stub.of("changed", entry)), "document_key": key}))


def make_patient(bench: Bench) -> None:
    """Whatever waits may go out now."""
    with bench.database.writing(bench.site_id) as session:
        session.execute(update(LedgerEntry).values(next_try_at=None))


def test_the_target_is_told_the_completed_content(bench, neighbours):
    bench.books.fill(3)
    bench.pass_()
    assert bench.board.shown("INV-00001")["status"].endswith(", fine")


def test_what_waits_for_something_else_is_not_made_before(bench, neighbours):
    bench.books.fill(3)
    neighbours.still_coming = True
    ending = bench.pass_()
    assert not ending.again
    assert ending.trouble is None
    assert bench.board.issues == {}
    assert set(bench.states().values()) == {"pending"}
    neighbours.still_coming = False
    bench.pass_()
    assert bench.board.issues == {}, "its time has not come"
    make_patient(bench)
    bench.pass_()
    assert len(bench.board.issues) == 3


def test_a_document_that_has_arrived_does_not_wait(bench, neighbours):
    bench.books.fill(1)
    bench.pass_()
    neighbours.still_coming = True
    bench.books.enter("0000", "INV-00000", amount="7.00")
    bench.pass_()
    assert bench.board.shown("INV-00000")["amount"] == "7.00"


def test_what_is_left_out_is_kept_and_brought_once_it_is_wanted(bench, neighbours):
    bench.books.fill(3)
    neighbours.unwanted = {"INV-00001"}
    bench.pass_()
    assert bench.states() == {"INV-00000": "settled", "INV-00001": "left-out", "INV-00002": "settled"}
    bench.pass_()
    assert len(bench.board.issues) == 2
    neighbours.unwanted = set()
    bench.mapping_version = 1
    bench.pass_()
    assert len(bench.board.issues) == 3


def test_what_is_wanted_no_longer_goes_on_where_it_has_arrived(bench, neighbours):
    bench.books.fill(1)
    bench.pass_()
    neighbours.unwanted = {"INV-00000"}
    bench.books.enter("0000", "INV-00000", amount="7.00")
    bench.pass_()
    assert bench.board.shown("INV-00000")["amount"] == "7.00"
    assert bench.states() == {"INV-00000": "settled"}


def test_a_change_beside_it_updates_what_has_arrived(bench, neighbours, vendors):
    bench.books.fill(3)
    bench.pass_()
    neighbours.vendor_status = "on hold"
    bench.pass_()
    assert bench.board.shown("INV-00001")["status"].endswith(", fine"), "nobody has told of it"
    note_change(bench, vendors, ["V1"])
    bench.pass_()
    assert all(issue["fields"]["status"].endswith(", on hold") for issue in bench.board.issues.values())


def test_a_change_is_looked_at_once(bench, neighbours, vendors):
    bench.books.fill(3)
    bench.pass_()
    note_change(bench, vendors, ["V1"])
    bench.pass_()
    version = bench.entry("INV-00001").version
    bench.board.calls.clear()
    bench.pass_()
    assert bench.entry("INV-00001").version == version
    assert bench.board.calls == []


def test_more_changes_than_are_looked_at_at_once_are_all_seen(bench, neighbours, vendors, monkeypatch):
    monkeypatch.setattr("plugin.sync.following.LOOKED_AT", 2)
    bench.books.fill(1)
    bench.pass_()
    neighbours.vendor_status = "on hold"
    note_change(bench, vendors, ["V7", "V8", "V9", "V10", "V1"])
    bench.pass_()
    assert bench.board.shown("INV-00000")["status"].endswith(", on hold")


def test_a_change_of_others_touches_nothing(bench, neighbours, vendors):
    bench.books.fill(1)
    bench.pass_()
    version = bench.entry("INV-00000").version
    note_change(bench, vendors, ["V7"])
    bench.pass_()
    assert bench.entry("INV-00000").version == version


def test_a_change_that_comes_while_a_document_is_on_its_way_is_told_after_it(bench, neighbours, vendors):
    """The worker dies when the target has it; what changed beside it meanwhile must not be lost with the answer."""
    bench.books.fill(1)

    class Dies(BaseException):
        pass

    def die(*_):
        raise Dies

    bench.board.after = die
    with pytest.raises(Dies):
        bench.pass_()
    bench.die()
    bench.board.after = lambda *_: None
    neighbours.vendor_status = "on hold"
    note_change(bench, vendors, ["V1"])
    bench.pass_()
    bench.pass_()
    assert [issue["fields"]["status"].endswith(", on hold") for issue in bench.board.issues.values()] == [True]


def test_a_document_made_in_part_says_the_rest_with_the_next_call(bench):
    bench.books.fill(2)
    create = bench.board.create
    bench.board.create = lambda deliveries: [
        Settled(each.target_id, each.target_key, in_part=True) for each in create(deliveries)
    ]
    bench.pass_()
    assert bench.board.calls == [("create", 2), ("update", 2)]
    assert set(bench.states().values()) == {"settled"}
    assert bench.entry("INV-00000").settled_at <= datetime.now(UTC)
