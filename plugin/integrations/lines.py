"""Opens a stream: finds its rows and its product, and makes the line that a pass runs along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from plugin.integrations.parts import Parts
from plugin.integrations.products import Dependents, Siblings, StreamDescription
from plugin.integrations.registry import PRODUCTS, product_of
from plugin.integrations.selection import Selecting
from plugin.store.models import Connection, Integration, JsonObject, LedgerEntry, Stream
from plugin.sync.circuit_rows import FREELY, Admission, admit, kept_of_site, try_now
from plugin.sync.circuits import Needs, barred_until
from plugin.sync.companions import Companions
from plugin.sync.following import Followed
from plugin.sync.ledger import was_unreadable
from plugin.sync.run import Line
from sage_adapters.http import RequestLog


def needs_of(kind: str, name: str, connection_id: int) -> Needs:
    """What a stream of that name, of an integration of that kind, cannot do without."""
    return PRODUCTS[kind].stream(name).needs(connection_id)


def admitted(session: Session, stream_id: int, now: datetime) -> Admission | None:
    """Whether a pass may begin: None when a system that it needs is left alone, or is just being tried by another.

    On a healthy site this is one look that finds nothing.
    """
    kept = kept_of_site(session, now)
    return admit(session, kept, _needs_of_stream(session, stream_id), now) if kept else FREELY


def left_alone(session: Session, stream_id: int, now: datetime) -> bool:
    """Whether a system that the stream needs is left alone, or about to be tried again by a pass."""
    kept = [each for each in kept_of_site(session, now) if each.state.open]
    needs = _needs_of_stream(session, stream_id) if kept else None
    return needs is not None and any(each.subject in needs for each in kept)


def hurry(session: Session, stream_id: int, now: datetime) -> datetime | None:
    """A person wants a pass at once: systems that it needs may be tried. Until when it must wait all the same, for a
    limit that all sites share; None when it need not."""
    if not kept_of_site(session, now):
        return None
    needs = _needs_of_stream(session, stream_id)
    for subject in (needs.source, needs.target):
        try_now(session, subject, now)
    return barred_until(kept_of_site(session, now), needs, now)


def _needs_of_stream(session: Session, stream_id: int) -> Needs:
    integration = select(Integration.kind, Stream.name, Integration.connection_id)
    row = session.execute(
        integration.join(Stream, Stream.integration_id == Integration.id).where(Stream.id == stream_id)
    ).one()
    return needs_of(row.kind, row.name, row.connection_id)


def siblings_of(session: Session, integration_id: int) -> Siblings:
    """The streams of an integration by name."""
    mine = select(Stream).where(Stream.integration_id == integration_id)
    return {stream.name: stream for stream in session.scalars(mine)}


def open_line(parts: Parts, site_id: int, stream_id: int, request_log: RequestLog, *, look_first: bool = False) -> Line:
    """`look_first`: the target is asked for documents before they are made there, though the stream no longer does.

    Makes no call. Raises ConfigurationTrouble when something is not set up, or no longer.
    """
    with parts.database.reading(site_id) as session:
        stream, integration, connection = session.execute(
            select(Stream, Integration, Connection)
            .join(Integration, Integration.id == Stream.integration_id)
            .join(Connection, Connection.id == Integration.connection_id)
            .where(Stream.id == stream_id)
        ).one()
        siblings = siblings_of(session, integration.id)
    described = product_of(integration).stream(stream.name)
    return Line(
        site_id=site_id,
        stream_id=stream_id,
        needs=described.needs(connection.id),
        source=described.open_source(parts, stream, connection, request_log),
        target=described.target.open(parts, stream, integration, connection, request_log, look_first=look_first),
        companions=companions_of(described, siblings),
        followed=_followed(described, siblings),
        watermark=stream.watermark,
        position=stream.position,
        mapping_version=stream.mapping_version,
        mapped_version=stream.mapped_version,
        interval=timedelta(seconds=stream.interval_seconds),
        attempts=stream.attempts,
        writers=described.target.calls_at_once(integration),
        uncertain_wait=timedelta(seconds=parts.settings.uncertain_wait_seconds),
        slice=timedelta(seconds=parts.settings.slice_seconds),
        look_first=stream.look_first,
    )


def companions_of(described: StreamDescription, siblings: Siblings) -> Companions:
    """What the documents of a stream are told together with, and which of them take part."""
    return Selecting.of(described, siblings)


def completed(session: Session, entry: LedgerEntry, integration: Integration, stream: Stream) -> JsonObject:
    """One document as it is told; what could not be read stays as it is."""
    if was_unreadable(entry):
        return entry.content
    companions = product_of(integration).stream(stream.name).companions(siblings_of(session, integration.id))
    return companions.complete(session, [entry])[0].content


def wake_followers(session: Session, stream_id: int, now: datetime) -> None:
    """Streams beside this one that have something to do about its latest counterfoils are due at once.

    Those in trouble keep the time that they were given. Should this be lost, they find out at their next look.
    """
    integration = session.execute(
        select(Integration).join(Stream, Stream.integration_id == Integration.id).where(Stream.id == stream_id)
    ).scalar_one()
    siblings = siblings_of(session, integration.id)
    own = next(each for each in siblings.values() if each.id == stream_id)
    concerned = [
        siblings[described.name].id
        for described in product_of(integration).streams
        if described.name in siblings and _is_concerned(described, siblings[described.name], own)
    ]
    # One at work has been due since before it began: its pass sees by the changed time that it is wanted again.
    later = or_(Stream.due_at > now, Stream.lease_owner.is_not(None))
    session.execute(
        update(Stream)
        .where(Stream.id.in_(concerned), Stream.active, Stream.trouble.is_(None), later)
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )


def _is_concerned(described: StreamDescription, stream: Stream, changed: Stream) -> bool:
    return changed.name in described.reads_from or (changed.name in described.follows and _has_news(changed, stream))


def _followed(described: StreamDescription, siblings: Siblings) -> list[Followed]:
    """Those of its siblings that it follows and that have left counterfoils it has not seen."""
    return [
        Followed(siblings[name].id, partial(_dependents, dependents, siblings))
        for name, dependents in described.follows.items()
        if name in siblings and _has_news(siblings[name], siblings[described.name])
    ]


def _has_news(followed: Stream, own: Stream) -> bool:
    return bool(followed.chain_length > own.followed.get(str(followed.id), 0))


def _dependents(
    dependents: Dependents, siblings: Siblings, session: Session, keys: Sequence[str]
) -> ColumnElement[bool]:
    return dependents(session, siblings, keys)
