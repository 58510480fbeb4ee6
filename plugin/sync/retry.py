"""Trying again what was parked, because a person says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from plugin.store.models import LedgerEntry, SourceUnit, Stream
from plugin.sync import counterfoils
from plugin.sync.counterfoils import Stub
from plugin.sync.documents import TARGET_GONE, accounts_of


def retry(session: Session, stream_id: int, entry_ids: Sequence[int], actor: str) -> int:
    """Puts parked documents back into the queue and has unreadable ones read again; how many there were.

    The stream becomes due at once. `actor` is the account id of the person.
    """
    now = datetime.now(UTC)
    stream = session.scalars(select(Stream).where(Stream.id == stream_id).with_for_update()).one()
    entries = session.scalars(
        select(LedgerEntry).where(
            LedgerEntry.stream_id == stream_id,
            LedgerEntry.id.in_(entry_ids),
            LedgerEntry.state.in_(("parked", "unreadable")),
        )
    ).all()
    for entry in entries:
        if entry.state == "unreadable":
            _read_again(session, stream_id, entry.unit or "")
            continue
        if entry.trouble_code == TARGET_GONE:
            entry.target_id = entry.target_key = entry.payload_hash = None
        entry.state = "pending"
    session.flush()
    counterfoils.append(session, stream.site_id, stream_id, [_retried(entry, actor) for entry in entries], now)
    session.execute(
        update(Stream).where(Stream.id == stream_id).values(due_at=now).execution_options(synchronize_session=False)
    )
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
    return Stub(
        action="retried",
        document_key=entry.document_key,
        vendor=entry.vendor,
        amount=entry.amount,
        currency=entry.currency,
        accounts=accounts_of(entry.content),
        source="",
        target=entry.target_key or "",
        outcome="done",
        detail={"trouble": entry.trouble},
        actor=actor,
    )
