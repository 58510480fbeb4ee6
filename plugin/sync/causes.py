"""Why documents have not arrived: the ledger's rows of a site, grouped by what happened to them.

Answered by the database however many rows there are: one query groups and adds up, one more reads the examples.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Numeric, String, case, cast, func, literal, select, type_coerce
from sqlalchemy.orm import Session

from plugin.store.models import LedgerEntry, Stream

PARKED, UNREADABLE, UNCERTAIN, IGNORED = "parked", "unreadable", "uncertain", "ignored"
WAITING = (PARKED, UNREADABLE)
"""States in which a document waits for a person."""


@dataclass(frozen=True)
class Cause:
    """Documents in one state for one reason. `code` is a trouble's, "" where none was kept.

    All uncertain ones are one cause: whatever made them so, the target is being asked.
    """

    state: str
    code: str

    @property
    def documents(self) -> ColumnElement[bool]:
        """Those it is the cause of, as a condition on the ledger."""
        of_state = in_states(self.state)
        return of_state if self.state == UNCERTAIN else of_state & (self.code == _CODE)


@dataclass(frozen=True)
class Group:
    """What is to be known of a cause at a glance. `worth` is the exact sum of amounts by currency.

    `first_seen` and `last_seen` are when the first and the latest of its documents began to fail; `asked_next` is when
    the target is asked about an uncertain one.
    """

    cause: Cause
    count: int
    worth: Mapping[str, Decimal]
    first_seen: datetime | None
    last_seen: datetime | None
    asked_next: datetime | None
    example: LedgerEntry


def in_states(*states: str) -> ColumnElement[bool]:
    """The site's documents in these states. By stream first: so the ledger's index by stream and state serves."""
    return LedgerEntry.stream_id.in_(select(Stream.id)) & LedgerEntry.state.in_(states)


def groups(session: Session, *states: str) -> list[Group]:
    """The causes of all documents in these states, the largest first."""
    parts: dict[Cause, list[Any]] = defaultdict(list)
    for row in session.execute(_grouped(states)):
        parts[Cause(row.state, row.code)].append(row)
    wanted = [max(row.example for row in rows) for rows in parts.values()]
    examples = {entry.id: entry for entry in session.scalars(select(LedgerEntry).where(LedgerEntry.id.in_(wanted)))}
    found = [_group(cause, rows, examples) for cause, rows in parts.items()]
    return sorted(found, key=lambda group: (-group.count, group.cause.state, group.cause.code))


def worth(groups: Sequence[Group]) -> dict[str, Decimal]:
    """What the documents of several causes come to, by currency."""
    return _added_up((currency, amount) for group in groups for currency, amount in group.worth.items())


_AMOUNT = type_coerce(LedgerEntry.amount, String)
_DECIMALS = case(
    (_AMOUNT.contains("."), func.length(_AMOUNT) - func.length(func.rtrim(_AMOUNT, "0123456789"))), else_=0
)
_DIGITS = cast(func.replace(_AMOUNT, ".", ""), Numeric())
"""Amounts are kept as text, since SQLite would add them up as floats: here they are whole numbers of their last digit,
and added up by how many decimals they have."""
_CODE = func.coalesce(LedgerEntry.trouble_code, "")
_CAUSE_CODE = case((LedgerEntry.state == UNCERTAIN, literal("")), else_=_CODE)


def _grouped(states: Sequence[str]) -> Any:
    by = (LedgerEntry.state, _CAUSE_CODE.label("code"), LedgerEntry.currency, _DECIMALS.label("decimals"))
    return (
        select(
            *by,
            func.count().label("documents"),
            func.sum(_DIGITS, type_=BigInteger).label("digits"),
            func.min(LedgerEntry.failing_since).label("first_seen"),
            func.max(LedgerEntry.failing_since).label("last_seen"),
            func.min(LedgerEntry.next_try_at).label("asked_next"),
            func.max(LedgerEntry.id).label("example"),
        )
        .where(in_states(*states))
        .group_by("state", "code", "currency", "decimals")
    )


def _group(cause: Cause, rows: Sequence[Any], examples: Mapping[int, LedgerEntry]) -> Group:
    return Group(
        cause,
        sum(row.documents for row in rows),
        _added_up((row.currency, Decimal(int(row.digits)).scaleb(-row.decimals)) for row in rows),
        min((row.first_seen for row in rows if row.first_seen), default=None),
        max((row.last_seen for row in rows if row.last_seen), default=None),
        min((row.asked_next for row in rows if row.asked_next), default=None),
        examples[max(row.example for row in rows)],
    )


def _added_up(amounts: Iterator[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in amounts:
        sums[currency] += amount
    return dict(sorted(sums.items()))
