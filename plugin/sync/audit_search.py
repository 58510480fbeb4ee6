"""Finding counterfoils: a page of them, the newest first, or all of them in the order of their chains.

A site has few streams, and each has its own order, so each is looked through by its index and the newest of all are
taken. A page begins behind the last entry of the one before, never at a count: how far back somebody reads costs
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from urllib.parse import quote

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session

from plugin.store.models import Counterfoil, LedgerEntry, Stream
from plugin.sync.counterfoils import OURSELVES

PORTION = 500
MOST_VENDORS = 500
MOST_PEOPLE = 100


OpenSession = Callable[[], AbstractContextManager[Session]]


class TooMany(Exception):
    """A name that so many vendors share is no way to find one."""


@dataclass(frozen=True)
class Wanted:
    """Which counterfoils. What is left empty does not narrow."""

    document: str = ""
    """Part of a document's number; with a colon in it, part of its whole key."""
    vendor: str = ""
    """Part of a vendor's number or of its name as the ledger has it."""
    since: datetime | None = None
    until: datetime | None = None
    """The first instant that no longer counts."""
    actor: str = ""
    """OURSELVES, or the account id of a person."""
    action: str = ""
    stream_id: int | None = None


@dataclass(frozen=True)
class Place:
    """Where an entry stands among all of a site."""

    at: datetime
    stream_id: int
    sequence: int


def newest(session: Session, wanted: Wanted, before: Place | None, limit: int) -> Sequence[Counterfoil]:
    """At most `limit` entries older than `before`, the newest first. Raises TooMany."""
    narrowed = [*_narrowed(session, wanted), *_in_period(wanted)]
    arms = [
        select(_newest_of(stream_id, narrowed, before, limit).subquery()) for stream_id in _streams(session, wanted)
    ]
    if not arms:
        return []
    found = union_all(*arms).subquery()
    order = (found.c.at.desc(), found.c.stream_id.desc(), found.c.sequence.desc())
    ids = session.scalars(select(found.c.id).order_by(*order).limit(limit)).all()
    rows = {row.id: row for row in session.scalars(select(Counterfoil).where(Counterfoil.id.in_(ids)))}
    return [rows[each] for each in ids]


def in_order(open_session: OpenSession, wanted: Wanted) -> Iterator[Sequence[Counterfoil]]:
    """All of them in portions, stream by stream, each in the order of its chain. Raises TooMany.

    Every portion has a session of its own: whoever takes an hour to read them keeps no transaction open. Entries that
    are written meanwhile are left out.
    """
    with open_session() as session:
        narrowed = _narrowed(session, wanted)
        ranges = [(each, *_range(session, each, wanted)) for each in _streams(session, wanted)]
    return chain.from_iterable(_chained(open_session, *each, wanted, narrowed) for each in ranges)


def _chained(
    open_session: OpenSession,
    stream_id: int,
    first: int,
    last: int,
    wanted: Wanted,
    narrowed: Sequence[ColumnElement[bool]],
) -> Iterator[Sequence[Counterfoil]]:
    after = first - 1
    while after < last:
        with open_session() as session:
            rows = session.scalars(_next_of(stream_id, after, last, narrowed)).all()
        # The clocks of two workers may differ, and with them the order of instants and that of the chain.
        if within := [row for row in rows if _is_within(row.at, wanted)]:
            yield within
        after = rows[-1].sequence if len(rows) == PORTION else last


def people(session: Session) -> Sequence[str]:
    """Account ids of persons who have done something, MOST_PEOPLE at most."""
    return session.scalars(
        select(Counterfoil.actor)
        .where(Counterfoil.stream_id.in_(select(Stream.id)), _BY_A_PERSON)
        .distinct()
        .order_by(Counterfoil.actor)
        .limit(MOST_PEOPLE)
    ).all()


_BY_A_PERSON = Counterfoil.actor != literal_column(f"'{OURSELVES}'")
"""Written out, because an index of part of the rows is used only where the query says which part."""


def _streams(session: Session, wanted: Wanted) -> Sequence[int]:
    """Of the session's site, which keeps other sites out of everything below."""
    chosen = select(Stream.id).order_by(Stream.id)
    return session.scalars(chosen.where(Stream.id == wanted.stream_id) if wanted.stream_id else chosen).all()


def _newest_of(
    stream_id: int, narrowed: Sequence[ColumnElement[bool]], before: Place | None, limit: int
) -> Select[int, datetime, int, int]:
    behind = [] if before is None else [_is_behind(stream_id, before)]
    return (
        select(Counterfoil.id, Counterfoil.at, Counterfoil.stream_id, Counterfoil.sequence)
        .where(Counterfoil.stream_id == stream_id, *narrowed, *behind)
        .order_by(Counterfoil.at.desc(), Counterfoil.sequence.desc())
        .limit(limit)
    )


def _is_behind(stream_id: int, place: Place) -> ColumnElement[bool]:
    if stream_id > place.stream_id:
        return Counterfoil.at < place.at
    if stream_id < place.stream_id:
        return Counterfoil.at <= place.at
    same_instant = or_(Counterfoil.at < place.at, Counterfoil.sequence < place.sequence)
    return and_(Counterfoil.at <= place.at, same_instant)


def _next_of(stream_id: int, after: int, last: int, narrowed: Sequence[ColumnElement[bool]]) -> Select[Counterfoil]:
    return (
        select(Counterfoil)
        .where(
            Counterfoil.stream_id == stream_id, Counterfoil.sequence > after, Counterfoil.sequence <= last, *narrowed
        )
        .order_by(Counterfoil.sequence)
        .limit(PORTION)
    )


def _range(session: Session, stream_id: int, wanted: Wanted) -> tuple[int, int]:
    """The first and the last entry of the period; the first is behind the last when there is none."""
    first, last = session.execute(
        select(func.min(Counterfoil.sequence), func.max(Counterfoil.sequence)).where(
            Counterfoil.stream_id == stream_id, *_in_period(wanted)
        )
    ).one()
    return first or 1, last or 0


def _in_period(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = []
    if wanted.since is not None:
        conditions.append(Counterfoil.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Counterfoil.at < wanted.until)
    return conditions


def _is_within(at: datetime, wanted: Wanted) -> bool:
    return (wanted.since is None or at >= wanted.since) and (wanted.until is None or at < wanted.until)


def _narrowed(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Every condition but the period."""
    conditions = []
    if wanted.document:
        conditions.append(_is_document(wanted.document))
    if wanted.vendor:
        named = Counterfoil.vendor.in_(_vendors_named(session, wanted))
        conditions.append(or_(Counterfoil.vendor.icontains(wanted.vendor, autoescape=True), named))
    if wanted.actor:
        conditions.append(Counterfoil.actor == wanted.actor)
    if wanted.action:
        conditions.append(Counterfoil.action == wanted.action)
    return conditions


def _is_document(text: str) -> ColumnElement[bool]:
    """The number is the last of the five parts of a key, in which what is no letter or digit is written as %2F."""
    if ":" in text:
        return Counterfoil.document_key.icontains(text, autoescape=True)
    written = quote(text, safe="").replace("%", "/%").replace("_", "/_")
    return Counterfoil.document_key.ilike(f"%:%:%:%:%{written}%", escape="/")


def _vendors_named(session: Session, wanted: Wanted) -> Sequence[str]:
    numbers = session.scalars(
        select(LedgerEntry.vendor)
        .where(
            LedgerEntry.stream_id.in_(_streams(session, wanted)),
            LedgerEntry.vendor_name.icontains(wanted.vendor, autoescape=True),
        )
        .distinct()
        .limit(MOST_VENDORS + 1)
    ).all()
    if len(numbers) > MOST_VENDORS:
        raise TooMany(f"The names of more than {MOST_VENDORS} vendors have “{wanted.vendor}” in them. Type more of it.")
    return numbers
