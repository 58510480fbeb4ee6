"""Trying again what was parked, because a person says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from plugin.store.models import LedgerEntry, SourceUnit
from plugin.sync.counterfoils import Stub
from plugin.sync.documents import TARGET_GONE
from plugin.sync.turn import between_passes


def retry(session: Session, stream_id: int, entry_ids: Sequence[int], actor: str) -> int:
    """Puts parked documents back into the queue and has unreadable ones read again; how many there were.

    The stream becomes due at once. `actor` is the account id of the person.
    """
    with between_passes(session, stream_id) as turn:
        entries = session.scalars(
            select(LedgerEntry).where(
                LedgerEntry.stream_id == stream_id,
                LedgerEntry.id.in_(entry_ids),
                LedgerEntry.state.in_(("parked", "unreadable")),
            )
        ).all()
        for entry in entries:
            turn.chain.add(_retried(entry, actor))
            if entry.state == "unreadable":
                _read_again(session, stream_id, entry.unit or "")
                continue
            if entry.trouble_code == TARGET_GONE:
                entry.target_id = entry.target_key = entry.payload_hash = None
            entry.state = "pending"
        session.flush()
        turn.note(due_at=datetime.now(UTC))
    return len(entries)


def _read_again(session: Session, stream_id: int, unit: str) -> None:
    """Taken for open, the unit is read whether the source lists it among the changed ones or not."""
    session.execute(
        update(SourceUnit)
        .where(SourceUnit.stream_id == stream_id, SourceUnit.key == unit)
        .values(open=True, signature="")
        .execution_options(synchronize_session=False)
    )


def _retried(entry: LedgerEntry, actor: str) -> Stub:
    return Stub.of("retried", entry, target=entry.target_key or "", detail={"trouble": entry.trouble}, actor=actor)
