"""Failures as work: what a person decides about documents that have not arrived.

Each decision leaves a counterfoil that says who, why, and what was before and is now, and makes the stream due: the
next pass carries it out. Decisions about many documents are made in portions, each in a transaction of its own, so
that neither a worker nor another person waits for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from plugin.store.models import JsonObject, LedgerEntry
from plugin.store.rows import Row, update_each
from plugin.sync import ledger
from plugin.sync.causes import IGNORED, PARKED, UNREADABLE, WAITING
from plugin.sync.counterfoils import Stub
from plugin.sync.documents import TARGET_GONE
from plugin.sync.intake import IN_FLIGHT
from plugin.sync.turn import Turn, between_passes
from plugin.sync.units import read_again

PORTION = 500

OpenSession = Callable[[], AbstractContextManager[Session]]
"""Begins a transaction in which the site's rows may be changed."""


class NotPossible(Exception):
    """A decision that does not fit how the document stands now; the text is a sentence for people."""


@dataclass(frozen=True)
class Decision:
    """Who decides, by account id, and why; a reason may be left out where the decision explains itself."""

    actor: str
    reason: str = ""

    def about(self, action: str, entry: Any, before: str, after: str, **more: Any) -> Stub:
        """`before` and `after` are states of the ledger."""
        detail = {"before": before, "after": after, **({"reason": self.reason} if self.reason else {}), **more}
        return Stub.of(action, entry, target=entry.target_key or "", detail=detail, actor=self.actor)


def replay(open_session: OpenSession, chosen: ColumnElement[bool], decision: Decision) -> Counter[int]:
    """Tries documents again with today's mapping: how many, by stream.

    Of those that `chosen` names, parked ones wait to be delivered, unreadable ones to be read again, and ignored ones
    for whichever they were.
    """
    failed = LedgerEntry.state.in_((*WAITING, IGNORED))
    return _in_portions(open_session, chosen & failed, lambda turn, entries: _replay(turn, entries, decision))


def ignore(open_session: OpenSession, chosen: ColumnElement[bool], decision: Decision) -> Counter[int]:
    """Leaves documents as they are until their source changes them: how many, by stream."""
    failed = LedgerEntry.state.in_(WAITING)
    return _in_portions(open_session, chosen & failed, lambda turn, entries: _ignore(turn, entries, decision))


def stop_ignoring(open_session: OpenSession, chosen: ColumnElement[bool], decision: Decision) -> Counter[int]:
    """Ignored documents wait for a decision again, as before: how many, by stream."""
    ignored = LedgerEntry.state == IGNORED
    return _in_portions(open_session, chosen & ignored, lambda turn, entries: _stop_ignoring(turn, entries, decision))


@dataclass(frozen=True)
class Correction:
    """A value that a person sets for one document. `before` and `after` are texts of what the target shall show.

    `kept` is what the ledger keeps of it; None takes an earlier correction back.
    """

    attribute: str
    before: str
    after: str
    kept: JsonObject | None


def correct(
    session: Session, entry_id: int, version: int, corrections: Sequence[Correction], decision: Decision
) -> None:
    """Delivers the document anew with these values. Raises NotPossible unless it still has `version`."""
    with _deciding(session, entry_id, version) as (turn, entry):
        if ledger.was_unreadable(entry):
            raise NotPossible("This document could not be read, so that there is no value to correct.")
        set_ = {each.attribute: each.kept for each in corrections}
        before, in_flight = entry.state, entry.state in IN_FLIGHT
        entry.corrections = {name: kept for name, kept in {**entry.corrections, **set_}.items() if kept is not None}
        entry.version += 1  # what is on its way now is not the latest any more
        if not in_flight:
            entry.state, entry.next_try_at, entry.tries = "pending", None, 0
        changes = [{"attribute": each.attribute, "from": each.before, "to": each.after} for each in corrections]
        turn.chain.add(decision.about("corrected", entry, before, entry.state, changes=changes))


def link(session: Session, entry_id: int, version: int, target_id: str, target_key: str, decision: Decision) -> None:
    """The target has the document already, as `target_key`: the next pass brings that up to date and marks it ours.

    Raises NotPossible unless the document still has `version`, waits for a decision, and nothing else stands for
    either of the two.
    """
    with _deciding(session, entry_id, version) as (turn, entry):
        if entry.state not in (PARKED, IGNORED) or ledger.was_unreadable(entry):
            raise NotPossible("This document does not wait for a decision any more.")
        if entry.target_id is not None and entry.trouble_code != TARGET_GONE:
            raise NotPossible(f"{entry.target_key} stands for this document already.")
        other = session.scalars(
            select(LedgerEntry.number).where(LedgerEntry.target_id == target_id, LedgerEntry.id != entry_id).limit(1)
        ).first()
        if other is not None:
            raise NotPossible(f"{target_key} stands for another document already: {other}.")
        before, gone = entry.state, entry.target_key
        entry.target_id, entry.target_key, entry.payload_hash = target_id, target_key, None
        entry.state, entry.next_try_at, entry.tries = "pending", None, 0
        more = {"instead_of": gone} if gone else {}
        turn.chain.add(decision.about("linked", entry, before, entry.state, **more))


def _in_portions(
    open_session: OpenSession, chosen: ColumnElement[bool], carry_out: Callable[[Turn, Sequence[Any]], None]
) -> Counter[int]:
    done: Counter[int] = Counter()
    with open_session() as session:
        streams = session.scalars(select(LedgerEntry.stream_id).where(chosen).distinct()).all()
    for stream_id in streams:
        mine = (
            select(*COLUMNS).where(LedgerEntry.stream_id == stream_id, chosen).order_by(LedgerEntry.id).limit(PORTION)
        )
        last, found = 0, PORTION
        while found == PORTION:
            with open_session() as session, between_passes(session, stream_id) as turn:
                entries = session.execute(mine.where(LedgerEntry.id > last)).all()
                carry_out(turn, entries)
                turn.note(due_at=datetime.now(UTC))
            found, last = len(entries), entries[-1].id if entries else last
            done[stream_id] += found
    return +done


COLUMNS = (
    LedgerEntry.id,
    LedgerEntry.stream_id,
    LedgerEntry.state,
    LedgerEntry.unit,
    LedgerEntry.document_key,
    LedgerEntry.content,
    LedgerEntry.vendor,
    LedgerEntry.amount,
    LedgerEntry.currency,
    LedgerEntry.target_key,
    LedgerEntry.trouble,
    LedgerEntry.trouble_code,
)


def _replay(turn: Turn, entries: Sequence[Any], decision: Decision) -> None:
    unreadable = [entry for entry in entries if ledger.was_unreadable(entry)]
    read_again(turn.session, {entry.stream_id for entry in unreadable}, {entry.unit for entry in unreadable})
    rows: list[Row] = [_as_before(entry) for entry in unreadable if entry.state == IGNORED]
    for entry in entries:
        if ledger.was_unreadable(entry):
            turn.chain.add(decision.about("retried", entry, entry.state, UNREADABLE, trouble=entry.trouble))
            continue
        anew: Row = {"target_id": None, "target_key": None, "payload_hash": None}
        gone = anew if entry.trouble_code == TARGET_GONE else {}
        rows.append({"id": entry.id, "state": "pending", "next_try_at": None, "tries": 0, **gone})
        turn.chain.add(decision.about("retried", entry, entry.state, "pending", trouble=entry.trouble))
    update_each(turn.session, LedgerEntry, rows)


def _ignore(turn: Turn, entries: Sequence[Any], decision: Decision) -> None:
    rows: list[Row] = [
        {"id": entry.id, "state": IGNORED, "trouble": {**(entry.trouble or {}), ledger.WAS: entry.state}}
        for entry in entries
    ]
    update_each(turn.session, LedgerEntry, rows)
    turn.chain.add(
        *(decision.about("ignored", entry, entry.state, IGNORED, trouble=entry.trouble) for entry in entries)
    )


def _stop_ignoring(turn: Turn, entries: Sequence[Any], decision: Decision) -> None:
    rows = [_as_before(entry) for entry in entries]
    update_each(turn.session, LedgerEntry, rows)
    turn.chain.add(
        *(
            decision.about("unignored", entry, IGNORED, row["state"], trouble=row["trouble"])
            for entry, row in zip(entries, rows, strict=True)
        )
    )


def _as_before(entry: Any) -> Row:
    trouble = {name: told for name, told in (entry.trouble or {}).items() if name != ledger.WAS}
    state = UNREADABLE if ledger.was_unreadable(entry) else PARKED
    return {"id": entry.id, "state": state, "trouble": trouble or None}


@contextmanager
def _deciding(session: Session, entry_id: int, version: int) -> Iterator[tuple[Turn, LedgerEntry]]:
    """One document, while its stream's row is locked: nobody else moves it meanwhile."""
    mine = LedgerEntry.id == entry_id
    stream_id = session.scalars(select(LedgerEntry.stream_id).where(mine)).one()
    with between_passes(session, stream_id) as turn:
        fresh = select(LedgerEntry).where(mine).execution_options(populate_existing=True)
        entry = session.scalars(fresh).one_or_none()
        if entry is None or entry.version != version:
            raise NotPossible("The document has changed meanwhile. Look at it again before you decide.")
        yield turn, entry
        session.flush()
        turn.note(due_at=datetime.now(UTC))
