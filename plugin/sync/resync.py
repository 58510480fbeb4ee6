"""One document synced anew because a person wants it: whatever we believe of the target, it is written again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import LedgerEntry
from plugin.sync.failures import Decision
from plugin.sync.intake import IN_FLIGHT
from plugin.sync.ledger import was_unreadable
from plugin.sync.turn import between_passes


def resync(session: Session, entry_id: int, decision: Decision) -> int | None:
    """Has the target looked at with the next delivery, which writes what differs there; the stream's id.

    None for a document that is not known. What the source says is read by `refresh`; one that could not be read waits
    for that.
    """
    stream_id = session.scalars(select(LedgerEntry.stream_id).where(LedgerEntry.id == entry_id)).one_or_none()
    if stream_id is None:
        return None
    with between_passes(session, stream_id) as turn:
        entry = session.scalars(select(LedgerEntry).where(LedgerEntry.id == entry_id).with_for_update()).one()
        before = entry.state
        entry.payload_hash = None
        if before in IN_FLIGHT:
            entry.version += 1  # what is on its way was written before anybody asked
        elif not was_unreadable(entry):
            entry.state, entry.next_try_at, entry.tries = "pending", None, 0
        turn.chain.add(decision.about("resynced", entry, before, entry.state))
        session.flush()
    return stream_id
