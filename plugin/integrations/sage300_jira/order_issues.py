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

from plugin.integrations.sage300_jira.waiting import A_MOMENT, AT_MOST, for_the_unread, last_look
from plugin.store.models import LedgerEntry, Stream
from plugin.sync.documents import JsonObject

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
        return cls(entries, None if all_there else last_look(session, orders.id))

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
            return for_the_unread(read_at, self.looked_at)
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
