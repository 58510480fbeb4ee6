"""The states of a ledger entry, and how entries move between them, many in one statement.

pending -> sending -> settled            the ordinary way
           sending -> pending            the target was in trouble, nothing was sent
           sending -> uncertain          the reply was lost, or the worker died
                      uncertain -> settled | pending     once the target was asked
           sending -> parked -> pending  refused; tried again by a person, a newer version or a mended mapping
                      parked -> ignored  a person said so; a newer version is tried all the same
pending -> left-out -> pending           the stream's selection leaves it out, and later does not
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, case, exists, func, literal, select, update
from sqlalchemy.orm import Session

from plugin.store.database import site_of
from plugin.store.models import LedgerEntry
from plugin.store.rows import Row, table_of, update_rows
from plugin.sync import ladder
from plugin.sync.documents import Delivery, JsonObject, Payload
from sage_adapters.errors import Trouble

Move = tuple[int, Row]
"""An entry's id, and what its row says from now on."""

NOT_SETTLED = ("pending", "sending", "uncertain", "parked", "unreadable", "ignored")
NO_TROUBLE: Row = {"trouble": None, "trouble_code": None, "failing_since": None}
_ONE_MORE, _ONE_LESS = LedgerEntry.tries + 1, LedgerEntry.tries - 1


def was_unreadable(entry: Any) -> bool:
    """Whether the source's own record makes no sense, ignored or not; `entry` is one, or a row with its columns."""
    return entry.state == "unreadable" or (entry.state == "ignored" and (entry.trouble or {}).get(WAS) == "unreadable")


WAS = "was"
"""In the trouble of an ignored one: the state from which a person took it."""


def pending(entry_id: int) -> Move:
    """Waits to be delivered; what was written about an earlier trouble stays until it has arrived."""
    return entry_id, {"state": "pending", "next_try_at": None}


def sending(entry_id: int, after: int) -> Move:
    """The intent, written when `after` was the last counterfoil of the stream. What was tried counts from now on:
    a worker that dies of what it sends must be counted too."""
    return entry_id, {
        "state": "sending",
        "sending_after": after,
        "next_try_at": None,
        "tries": _ONE_MORE,
    }


def untried(entry_id: int, until: datetime | None = None) -> Move:
    """It was to be sent, and was not, or could not be at that moment; it waits until then."""
    return entry_id, {"state": "pending", "next_try_at": until, "tries": _ONE_LESS}


def set_aside(entry_id: int, until: datetime, now: datetime) -> Move:
    """Stands back until then: it may be what its call has failed on."""
    since = func.coalesce(LedgerEntry.failing_since, literal(now, LedgerEntry.failing_since.type))
    return entry_id, {"state": "pending", "next_try_at": until, "failing_since": since}


def uncertain(entry_id: int, trouble: Trouble, now: datetime, ask_at: datetime) -> Move:
    return entry_id, {"state": "uncertain", "next_try_at": ask_at, "failing_since": now, **_because(trouble)}


def parked(entry_id: int, trouble: Trouble, now: datetime) -> Move:
    return entry_id, {"state": "parked", "next_try_at": None, "tries": 0, "failing_since": now, **_because(trouble)}


def in_step(entry_id: int, now: datetime, closed: bool) -> Move:
    """The target says this already."""
    return entry_id, {"state": "settled", "next_try_at": None, "settled_at": now, "closed": closed, **NO_TROUBLE}


def left_out(entry_id: int) -> Move:
    """The stream's selection does not want it."""
    return entry_id, {"state": "left-out", "next_try_at": None, **NO_TROUBLE}


def waiting(entry_id: int, until: datetime) -> Move:
    """What it belongs to is still on its way."""
    return entry_id, {"state": "pending", "next_try_at": until}


def write(session: Session, moves: Iterable[Move]) -> None:
    """In one statement for all neighbours that move alike."""
    alike: list[int] = []
    values: Row = {}
    for entry_id, row in moves:
        if alike and row != values:
            _move(session, alike, values)
            alike = []
        alike.append(entry_id)
        values = row
    if alike:
        _move(session, alike, values)


def _move(session: Session, ids: Sequence[int], values: Row) -> None:
    if values["state"] in ("parked", "uncertain"):
        values = {**values, "failing_since": _failing_since(values["state"], values["failing_since"])}
    update_rows(session, LedgerEntry, ids, values)


def _failing_since(state: str, now: datetime) -> ColumnElement[datetime | None]:
    """One that was tried again in vain has been failing since the first time; what an uncertain one was refused for
    before it was sent is another matter."""
    since = LedgerEntry.failing_since
    at = literal(now, since.type)
    first: ColumnElement[datetime | None] = func.coalesce(since, at)
    return first if state == "parked" else case((LedgerEntry.trouble["kind"].as_string() == state, first), else_=at)


@dataclass(frozen=True)
class Standing:
    """How a stream's ledger stands at a moment.

    `doubtful`: the outcome of a delivery is open. `adrift`: some document has left its unit and turned up in no other.
    """

    doubtful: bool
    adrift: bool
    to_create: int
    to_update: int


def standing(session: Session, stream_id: int) -> Standing:
    doubtful, adrift, to_create, to_update = session.execute(
        _STANDING, {"stream": stream_id, "now": datetime.now(UTC)}
    ).one()
    return Standing(doubtful, adrift, to_create, to_update)


def has_unmade(session: Session, stream_id: int) -> bool:
    """Whether any document has not been made at the target yet, as far as we know, whatever it waits for. One that is
    left out may be wanted again one day."""
    unmade = LedgerEntry.state.in_((*NOT_SETTLED, "left-out")) & LedgerEntry.target_id.is_(None)
    found = select(LedgerEntry.id).where(LedgerEntry.stream_id == stream_id, unmade).limit(1)
    return session.scalars(found).first() is not None


def left_its_unit() -> ColumnElement[bool]:
    return LedgerEntry.unit.is_(None) & LedgerEntry.gone_at.is_(None)


def waits(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """To be delivered, and not set aside until later."""
    later = LedgerEntry.next_try_at
    return (LedgerEntry.state == "pending") & (later.is_(None) | (later <= now))


def _standing() -> Select[bool, bool, int, int]:
    mine = LedgerEntry.stream_id == bindparam("stream")
    pending = waits(bindparam("now", type_=LedgerEntry.next_try_at.type))
    landed = LedgerEntry.target_id.is_not(None)
    counted = select(func.count()).select_from(LedgerEntry)
    return select(
        exists().where(mine, LedgerEntry.state.in_(("sending", "uncertain"))),
        exists().where(mine, left_its_unit()),
        counted.where(mine, pending, ~landed).scalar_subquery(),
        counted.where(mine, pending, landed).scalar_subquery(),
    )


_STANDING = _standing()
"""Made once: every poll begins with it."""


@dataclass(frozen=True)
class Arrival:
    """The target has `payload_hash` of a document, sent when the entry had `version`."""

    entry_id: int
    version: int
    target_id: str
    target_key: str
    payload_hash: str
    closed: bool


def write_arrivals(session: Session, arrivals: Sequence[Arrival], now: datetime) -> None:
    """Settled, unless a newer version came in meanwhile: then that one is pending."""
    if not arrivals:
        return
    table = table_of(LedgerEntry)
    statement = (
        update(table)
        .where(table.c.id == bindparam("entry_id"), table.c.site_id == site_of(session))
        .values(
            state=case((table.c.version == bindparam("sent_version"), "settled"), else_="pending"),
            target_id=bindparam("new_id"),
            target_key=bindparam("new_key"),
            payload_hash=bindparam("new_hash"),
            closed=bindparam("now_closed"),
            tries=0,
            next_try_at=None,
            settled_at=now,
            **NO_TROUBLE,
        )
    )
    session.connection().execute(
        statement,
        [
            {
                "entry_id": arrival.entry_id,
                "sent_version": arrival.version,
                "new_id": arrival.target_id,
                "new_key": arrival.target_key,
                "new_hash": arrival.payload_hash,
                "now_closed": arrival.closed,
            }
            for arrival in arrivals
        ],
    )


DELIVERED_COLUMNS = (
    LedgerEntry.id,
    LedgerEntry.version,
    LedgerEntry.document_key,
    LedgerEntry.content,
    LedgerEntry.corrections,
    LedgerEntry.tries,
    LedgerEntry.target_id,
    LedgerEntry.target_key,
    LedgerEntry.payload_hash,
    LedgerEntry.vendor,
    LedgerEntry.amount,
    LedgerEntry.currency,
    LedgerEntry.read_at,
)


def delivery_of(entry: Any, payload: Payload, content: JsonObject) -> Delivery:
    """`entry` is a ledger entry, or a row of DELIVERED_COLUMNS; `content` its completed content."""
    return Delivery(
        entry_id=entry.id,
        version=entry.version,
        document_key=entry.document_key,
        content=content,
        payload=payload,
        target_id=entry.target_id,
        target_key=entry.target_key,
        vendor=entry.vendor,
        amount=entry.amount,
        currency=entry.currency,
        tries=entry.tries,
    )


def _because(trouble: Trouble) -> Row:
    return {"trouble": ladder.describe(trouble), "trouble_code": trouble.code}
