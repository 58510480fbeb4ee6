"""Opens a stream: finds its rows and its product, and makes the line that a pass runs along."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.parts import Parts
from plugin.integrations.registry import product_of
from plugin.store.models import Connection, Integration, Stream
from plugin.sync.circuit_rows import FREELY, Admission, admit, kept_of_site, try_now
from plugin.sync.circuits import JIRA, Needs, barred_until, of_connection
from plugin.sync.run import Line
from sage_adapters.http import RequestLog


def needs_of(connection_id: int) -> Needs:
    """What the streams of an integration cannot do without: the connection it reads from, and the site's Jira."""
    return Needs(source=of_connection(connection_id), target=JIRA)


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
    integration = select(Integration.connection_id).join(Stream, Stream.integration_id == Integration.id)
    return needs_of(session.scalars(integration.where(Stream.id == stream_id)).one())


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
    described = product_of(integration).stream(stream.name)
    return Line(
        site_id=site_id,
        stream_id=stream_id,
        needs=needs_of(connection.id),
        source=described.open_source(parts, connection, request_log),
        target=described.target.open(parts, stream, integration, request_log, look_first=look_first),
        watermark=stream.watermark,
        position=stream.position,
        mapping_version=integration.mapping_version,
        mapped_version=stream.mapped_version,
        interval=timedelta(seconds=stream.interval_seconds),
        attempts=stream.attempts,
        writers=described.target.calls_at_once(integration),
        uncertain_wait=timedelta(seconds=parts.settings.uncertain_wait_seconds),
        slice=timedelta(seconds=parts.settings.slice_seconds),
        look_first=stream.look_first,
    )
