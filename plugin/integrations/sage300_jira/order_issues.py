"""The issues of the orders that receipts and invoices name, and whether to wait for one.

A new receipt or invoice shall land with the team that created its order, so it waits while the order's issue is on its
way, or while the order itself may not have been read yet. It waits for nothing that may never come: an order that no
look has brought since the document was read, one that has stopped on its way, or a stream that is not running.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import LedgerEntry, Run, Stream
from plugin.sync.documents import JsonObject

A_MOMENT = timedelta(minutes=1)
"""How long a document waits before it is looked at again; one whose order has come is looked at as soon as it has."""
PATIENCE = timedelta(hours=1)
"""Orders that have been in trouble for longer hold up nobody."""
AT_MOST = timedelta(days=1)
ON_ITS_WAY = frozenset({"pending", "sending", "uncertain"})


@dataclass(frozen=True)
class OrderIssues:
    """What is known of the orders that a page of documents names. `looked_at` is when the last look at all orders
    that came to its end began; None while nobody has to wait for orders at all."""

    entries: dict[str, Any]
    looked_at: datetime | None

    @classmethod
    def read(cls, session: Session, orders: Stream | None, numbers: Collection[str]) -> OrderIssues:
        """`numbers` as in `belongs_to`. `orders` is the stream of orders, if there is one."""
        if orders is None or not numbers:
            return cls({}, None)
        entries = _entries(session, orders.id, numbers)
        all_there = all(number in entries and entries[number].target_id for number in numbers)
        return cls(entries, None if all_there else _looked_at(session, orders.id))

    def issue(self, number: str | None) -> JsonObject | None:
        entry = self.entries.get(number or "")
        if entry is None or not entry.target_id:
            return None
        return {"id": entry.target_id, "key": entry.target_key, "number": entry.number}

    def closed(self, number: str | None) -> bool:
        entry = self.entries.get(number or "")
        return entry is not None and bool(entry.closed)

    def wait(self, number: str | None, read_at: datetime) -> timedelta | None:
        """How long a document that names the order waits at least; None when it need not."""
        if not number or self.looked_at is None or read_at < datetime.now(UTC) - AT_MOST:
            return None
        entry = self.entries.get(number)
        if entry is None:
            return A_MOMENT if self.looked_at < read_at else None
        return A_MOMENT if not entry.target_id and entry.state in ON_ITS_WAY else None


def _entries(session: Session, stream_id: int, numbers: Collection[str]) -> dict[str, Any]:
    """By number; of several, the last that the source still has."""
    rows = session.execute(
        select(
            LedgerEntry.belongs_to,
            LedgerEntry.number,
            LedgerEntry.state,
            LedgerEntry.closed,
            LedgerEntry.target_id,
            LedgerEntry.target_key,
        )
        .where(LedgerEntry.stream_id == stream_id, LedgerEntry.belongs_to.in_(numbers))
        .order_by(LedgerEntry.gone_at.is_(None), LedgerEntry.id)
    )
    return {row.belongs_to: row for row in rows}


def _looked_at(session: Session, stream_id: int) -> datetime | None:
    """None also where nobody knows when the next look will come to its end."""
    done = (
        select(Run.started_at)
        .where(Run.stream_id == stream_id, Run.state == "done")
        .order_by(Run.started_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    stream = session.execute(
        select(Stream.active, Stream.failing_since, done.label("looked_at")).where(Stream.id == stream_id)
    ).one()
    lost = stream.failing_since is not None and stream.failing_since < datetime.now(UTC) - PATIENCE
    return None if lost or not stream.active else stream.looked_at or NEVER


NEVER = datetime.min.replace(tzinfo=UTC)
