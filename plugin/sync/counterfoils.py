"""Counterfoils: the append-only record of everything that moved, each entry holding the hash of the one before.

A changed, missing or reordered entry breaks the chain of its stream and is found by `verify`. The stream's own row
keeps the length and the last hash, so that entries taken from the end are missed too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import Counterfoil, JsonObject, Stream
from plugin.store.rows import insert_rows
from plugin.sync.documents import accounts_of

BEGINNING = "0" * 64
OURSELVES = "counterfoil"


class Subject(Protocol):
    """What a counterfoil can be about: a document, a delivery of it, or its row in the ledger."""

    @property
    def document_key(self) -> str: ...
    @property
    def vendor(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...
    @property
    def content(self) -> JsonObject: ...


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
    source: str = ""
    target: str = ""
    outcome: str = "done"
    """`done` or `refused`."""
    detail: JsonObject = field(default_factory=dict)
    actor: str = OURSELVES

    @classmethod
    def of(cls, action: str, subject: Subject, **more: Any) -> Self:
        """`more` are the fields that have a default."""
        return cls(
            action, subject.document_key, subject.vendor, subject.amount, subject.currency,
            accounts_of(subject.content), **more,
        )  # fmt: skip


class Chain:
    """The end of one stream's chain, while its row is locked: what is added is written with the transaction."""

    def __init__(self, stream_id: int, length: int, head: str | None) -> None:
        self.stream_id = stream_id
        self.length = length
        """Of what is written, without what was added meanwhile."""
        self._head = head or BEGINNING
        self._added: list[Stub] = []

    def add(self, *stubs: Stub) -> None:
        self._added.extend(stubs)

    def write(self, session: Session) -> JsonObject:
        """Appends what was added; what the stream's row then has to say, nothing when nothing was added."""
        if not self._added:
            return {}
        now = datetime.now(UTC)
        rows = []
        for stub in self._added:
            self.length += 1
            row = {**_columns(stub), "stream_id": self.stream_id, "sequence": self.length, "at": now}
            row["previous_hash"] = self._head
            row["hash"] = self._head = _hash(row)
            rows.append(row)
        insert_rows(session, Counterfoil, rows)
        self._added = []
        return {"chain_length": self.length, "chain_hash": self._head}


def verify(session: Session, stream: Stream) -> Iterator[str]:
    """A sentence for each break in the stream's chain; none when it is whole.

    Entries that are appended after `stream` was read are left for another time.
    """
    rows = session.scalars(
        select(Counterfoil)
        .where(Counterfoil.stream_id == stream.id, Counterfoil.sequence <= stream.chain_length)
        .order_by(Counterfoil.sequence),
        execution_options={"yield_per": 500},
    )
    last: Counterfoil | None = None
    try:
        for row in rows:
            yield from _breaks(last, row)
            last = row
    except (ValueError, ArithmeticError):  # not even a number, a time or JSON any more
        yield f"An entry {_after(last)} cannot be read: it was changed."
        return
    expected = _next(last)
    if expected <= stream.chain_length:
        yield f"{_missing(expected, stream.chain_length)}, at the end of the chain: {_after(last)}."
    elif last is not None and last.hash != stream.chain_hash:
        yield f"The last one, {_told(last)}, is not the one that was written last."


def _breaks(last: Counterfoil | None, row: Counterfoil) -> Iterator[str]:
    expected, previous = _next(last), last.hash if last else BEGINNING
    if row.sequence != expected:
        yield f"{_missing(expected, row.sequence - 1)}, {_after(last)} and before {_told(row)}."
    elif row.previous_hash != previous:
        yield f"{_told(row, capital=True)} does not follow entry {expected - 1}: one of them was exchanged."
    if row.hash != _hash({name: getattr(row, name) for name in HASHED}):
        yield f"{_told(row, capital=True)} was changed."


def _next(last: Counterfoil | None) -> int:
    return last.sequence + 1 if last else 1


def _missing(first: int, last: int) -> str:
    return f"Entry {first} is missing" if first == last else f"Entries {first} to {last} are missing"


def _after(last: Counterfoil | None) -> str:
    return f"after {_told(last)}" if last else "from the beginning"


def _told(row: Counterfoil, *, capital: bool = False) -> str:
    entry = "Entry" if capital else "entry"
    return f"{entry} {row.sequence} ({row.action} {row.document_key}, {row.at:%Y-%m-%d %H:%M:%S} UTC)"


HASHED = (
    "stream_id", "sequence", "at", "actor", "action", "document_key", "vendor", "amount", "currency", "accounts",
    "source", "target", "outcome", "detail", "previous_hash",
)  # fmt: skip
"""What the hash of an entry is made of, in this order."""


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


def plain(value: object) -> str:
    """An instant or an amount as the hash takes it, and as exports show it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


_IN_ONE_WAY = json.JSONEncoder(default=plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _hash(row: dict[str, Any]) -> str:
    return hashlib.sha256(_IN_ONE_WAY.encode([row[name] for name in HASHED]).encode()).hexdigest()


def newest_made(
    session: Session, stream_id: int, system: str, series: Sequence[str], up_to: int | None = None
) -> dict[str, str]:
    """By series (see Target): visible key of the last document that the target had made in it.

    `up_to`: when that counterfoil was the stream's last. A series without any is left out.
    """
    made = select(Counterfoil.target).where(Counterfoil.stream_id == stream_id, Counterfoil.action == "created")
    made = made.order_by(Counterfoil.sequence.desc()).limit(1)
    if up_to is not None:
        made = made.where(Counterfoil.sequence <= up_to)
    found: dict[str, str] = {}
    for each in series:
        one = made.where(Counterfoil.target.startswith(f"{system} {each}-", autoescape=True))
        # Told from others by its name only where there are others: that reads as many rows as there are in between.
        key = (session.scalars(one if len(series) > 1 else made).first() or "").rpartition(" ")[2]
        if key.rpartition("-")[0] == each:
            found[each] = key
    return found
