"""Counterfoils: the append-only record of everything that moved, each entry holding the hash of the one before.

A changed, missing or reordered entry breaks the chain of its stream and is found by `verify`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from plugin.store.models import Counterfoil, JsonObject

BEGINNING = "0" * 64
OURSELVES = "counterfoil"


@dataclass(frozen=True)
class Stub:
    """What one counterfoil says, before it takes its place in the chain."""

    action: str
    """`created`, `updated`, `gone`, `back`, `parked`, `found`, `retried` ..."""
    document_key: str
    vendor: str
    amount: Decimal
    currency: str
    accounts: Sequence[str]
    source: str
    target: str
    outcome: str
    """`done` or `refused`."""
    detail: JsonObject = field(default_factory=dict)
    actor: str = OURSELVES


def append(session: Session, site_id: int, stream_id: int, stubs: Sequence[Stub], at: datetime) -> None:
    """Adds to the stream's chain, in order. The transaction must hold the stream's row, so that nobody else appends."""
    if not stubs:
        return
    head = session.execute(
        select(Counterfoil.sequence, Counterfoil.hash)
        .where(Counterfoil.stream_id == stream_id)
        .order_by(Counterfoil.sequence.desc())
        .limit(1)
    ).first()
    sequence, previous = (head.sequence, head.hash) if head else (0, BEGINNING)
    rows = []
    for stub in stubs:
        sequence += 1
        row = {**_columns(stub), "stream_id": stream_id, "sequence": sequence, "at": at}
        row["previous_hash"] = previous
        row["hash"] = previous = _hash(row)
        rows.append({**row, "site_id": site_id})
    session.execute(insert(Counterfoil), rows)


def last(session: Session, stream_id: int) -> int:
    """The sequence of the stream's last counterfoil; 0 before the first."""
    return session.scalar(select(func.max(Counterfoil.sequence)).where(Counterfoil.stream_id == stream_id)) or 0


def verify(session: Session, stream_id: int) -> Iterator[str]:
    """A sentence for each break in the stream's chain; none when it is whole."""
    expected, previous = 1, BEGINNING
    rows = session.scalars(
        select(Counterfoil).where(Counterfoil.stream_id == stream_id).order_by(Counterfoil.sequence),
        execution_options={"yield_per": 500},
    )
    for row in rows:
        if row.sequence != expected:
            yield f"Entries {expected} to {row.sequence - 1} are missing."
        elif row.previous_hash != previous:
            yield f"Entry {row.sequence} does not follow entry {expected - 1}: one of them was exchanged."
        if row.hash != _hash({name: getattr(row, name) for name in _HASHED}):
            yield f"Entry {row.sequence} ({row.action} {row.document_key}) was changed."
        expected, previous = row.sequence + 1, row.hash


_HASHED = (
    "stream_id", "sequence", "at", "actor", "action", "document_key", "vendor", "amount", "currency", "accounts",
    "source", "target", "outcome", "detail", "previous_hash",
)  # fmt: skip


def _columns(stub: Stub) -> dict[str, Any]:
    return {
        "actor": stub.actor,
        "action": stub.action,
        "document_key": stub.document_key,
        "vendor": stub.vendor,
        "amount": stub.amount,
        "currency": stub.currency,
        "accounts": list(stub.accounts),
        "source": stub.source,
        "target": stub.target,
        "outcome": stub.outcome,
        "detail": stub.detail,
    }


def _hash(row: dict[str, Any]) -> str:
    values = [row[name] for name in _HASHED]
    text = json.dumps(values, default=_plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return format(value, "f") if isinstance(value, Decimal) else str(value)
