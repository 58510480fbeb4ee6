"""The states of a ledger entry, and how entries move between them, many in one statement.

pending -> sending -> settled            the ordinary way
           sending -> pending            the target was in trouble, nothing was sent
           sending -> uncertain          the reply was lost, or the worker died
                      uncertain -> settled | pending     once the target was asked
           sending -> parked -> pending  refused; tried again by a person, a newer version or a mended mapping
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Table as SqlTable
from sqlalchemy import bindparam, case, update
from sqlalchemy.orm import Session

from plugin.store.models import LedgerEntry
from plugin.sync import ladder
from plugin.sync.documents import Delivery, Payload
from sage_adapters.errors import Trouble

Row = dict[str, Any]

NO_TROUBLE: Row = {"trouble": None, "trouble_code": None, "failing_since": None}


def pending(entry_id: int) -> Row:
    """Waits to be delivered; what was written about an earlier trouble stays until it has arrived."""
    return {"id": entry_id, "state": "pending", "next_try_at": None}


def sending(entry_id: int, after: int) -> Row:
    """The intent, written when `after` was the last counterfoil of the stream."""
    return {
        "id": entry_id,
        "state": "sending",
        "sending_after": after,
        "next_try_at": None,
    }


def uncertain(entry_id: int, trouble: Trouble, ask_at: datetime) -> Row:
    return {"id": entry_id, "state": "uncertain", "next_try_at": ask_at, **_because(trouble)}


def parked(entry_id: int, trouble: Trouble, now: datetime) -> Row:
    return {
        "id": entry_id,
        "state": "parked",
        "next_try_at": None,
        "failing_since": now,
        **_because(trouble),
    }


def in_step(entry_id: int, now: datetime) -> Row:
    """The target says this already."""
    return {"id": entry_id, "state": "settled", "next_try_at": None, "settled_at": now, **NO_TROUBLE}


def write(session: Session, rows: Iterable[Row]) -> None:
    """Rows with the entry's `id`, in one statement for each set of columns."""
    for _columns, alike in groupby(sorted(rows, key=_columns_of), key=_columns_of):
        session.execute(update(LedgerEntry), list(alike))


@dataclass(frozen=True)
class Arrival:
    """The target has `payload_hash` of a document, sent when the entry had `version`."""

    entry_id: int
    version: int
    target_id: str
    target_key: str
    payload_hash: str


def write_arrivals(session: Session, arrivals: Sequence[Arrival], now: datetime) -> None:
    """Settled, unless a newer version came in meanwhile: then that one is pending."""
    if not arrivals:
        return
    table = cast(SqlTable, LedgerEntry.__table__)
    statement = (
        update(table)
        .where(table.c.id == bindparam("entry_id"))
        .values(
            state=case((table.c.version == bindparam("sent_version"), "settled"), else_="pending"),
            target_id=bindparam("target_id"),
            target_key=bindparam("target_key"),
            payload_hash=bindparam("payload_hash"),
            next_try_at=None,
            settled_at=now,
            trouble=None,
            trouble_code=None,
            failing_since=None,
        )
    )
    session.connection().execute(
        statement,
        [
            {
                "entry_id": arrival.entry_id,
                "sent_version": arrival.version,
                "target_id": arrival.target_id,
                "target_key": arrival.target_key,
                "payload_hash": arrival.payload_hash,
            }
            for arrival in arrivals
        ],
    )


def delivery_of(entry: LedgerEntry, payload: Payload) -> Delivery:
    return Delivery(
        entry_id=entry.id,
        version=entry.version,
        document_key=entry.document_key,
        content=entry.content,
        payload=payload,
        target_id=entry.target_id,
        target_key=entry.target_key,
        vendor=entry.vendor,
        amount=entry.amount,
        currency=entry.currency,
    )


def _because(trouble: Trouble) -> Row:
    return {"trouble": ladder.describe(trouble), "trouble_code": trouble.code}


def _columns_of(row: Row) -> tuple[str, ...]:
    return tuple(sorted(row))
