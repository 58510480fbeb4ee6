"""After the mapping or a setting changed: which documents would now look different at the target?

Those are delivered again, and what was parked under the old mapping is tried with the new one; what a person ignores
stays so. No call is made.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from plugin.store.models import JsonObject, LedgerEntry
from plugin.sync import ladder, ledger
from plugin.sync.companions import Companions
from plugin.sync.counterfoils import Stub
from plugin.sync.ledger import Move
from plugin.sync.ports import Target
from plugin.sync.turn import Turn
from sage_adapters.errors import RecordTrouble

COMPARED_AT_ONCE = 500
COLUMNS = (*ledger.DELIVERED_COLUMNS, LedgerEntry.state, LedgerEntry.trouble)


def compare(turn: Turn, stream_id: int, target: Target, companions: Companions, after: int) -> int | None:
    """The next page of documents after entry id `after`; the last id of the page, or None when it was the last page.

    Can be repeated without harm. What is parked, or is tried again, leaves a counterfoil that names the mapping.
    """
    entries = turn.session.execute(
        select(*COLUMNS)
        .where(
            LedgerEntry.stream_id == stream_id,
            LedgerEntry.id > after,
            LedgerEntry.state.in_(("settled", "parked", "left-out")),
        )
        .order_by(LedgerEntry.id)
        .limit(COMPARED_AT_ONCE)
    ).all()
    now = datetime.now(UTC)
    moves: list[Move] = []
    for entry, told in zip(entries, companions.complete(turn.session, entries), strict=True):
        detail: JsonObject = {"because": "mapping"}
        landed = entry.target_key or ""
        if entry.target_id is None and told.left_out:
            moves += [ledger.left_out(entry.id)] if entry.state != "left-out" else []
            continue
        try:
            payload = target.payload(told.content, entry.corrections)
        except RecordTrouble as trouble:
            detail["trouble"] = ladder.describe(trouble)
            if entry.state == "parked" and entry.trouble == detail["trouble"]:
                continue
            moves.append(ledger.parked(entry.id, trouble, now))
            turn.chain.add(Stub.of("parked", entry, target=landed, outcome="refused", detail=detail))
            continue
        if entry.state == "parked":
            turn.chain.add(Stub.of("retried", entry, target=landed, detail={**detail, "trouble": entry.trouble}))
        if entry.state != "settled" or payload.hash != entry.payload_hash:
            moves.append(ledger.pending(entry.id))
    ledger.write(turn.session, moves)
    return entries[-1].id if len(entries) == COMPARED_AT_ONCE else None
