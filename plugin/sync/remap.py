"""After the mapping or a setting changed: which documents would now look different at the target?

Those are delivered again, and what was parked under the old mapping is tried with the new one. No call is made.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import LedgerEntry
from plugin.sync import ledger
from plugin.sync.ledger import Move
from plugin.sync.ports import Target
from sage_adapters.errors import RecordTrouble

COMPARED_AT_ONCE = 500


def compare(session: Session, stream_id: int, target: Target, after: int) -> int | None:
    """The next page of documents after entry id `after`; the last id of the page, or None when it was the last page.

    Can be repeated without harm.
    """
    entries = session.execute(
        select(
            LedgerEntry.id,
            LedgerEntry.content,
            LedgerEntry.corrections,
            LedgerEntry.state,
            LedgerEntry.payload_hash,
        )
        .where(
            LedgerEntry.stream_id == stream_id,
            LedgerEntry.id > after,
            LedgerEntry.state.in_(("settled", "parked")),
        )
        .order_by(LedgerEntry.id)
        .limit(COMPARED_AT_ONCE)
    ).all()
    moves: list[Move] = []
    for entry in entries:
        try:
            payload = target.payload(entry.content, entry.corrections)
        except RecordTrouble as trouble:
            moves.append(ledger.parked(entry.id, trouble, datetime.now(UTC)))
            continue
        if entry.state == "parked" or payload.hash != entry.payload_hash:
            moves.append(ledger.pending(entry.id))
    ledger.write(session, moves)
    return entries[-1].id if len(entries) == COMPARED_AT_ONCE else None
