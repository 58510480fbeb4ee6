"""Opens a stream: finds its rows and its product, and makes the line that a pass runs along."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from plugin.integrations.parts import Parts
from plugin.integrations.registry import product_of
from plugin.store.models import Connection, Integration, Stream
from plugin.sync.run import Line
from sage_adapters.http import RequestLog


def open_line(parts: Parts, site_id: int, stream_id: int, request_log: RequestLog) -> Line:
    """Makes no call. Raises ConfigurationTrouble when something is not set up, or no longer."""
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
        source=described.open_source(parts, connection, request_log),
        target=described.target.open(parts, site_id, integration, request_log),
        watermark=stream.watermark,
        position=stream.position,
        mapping_version=integration.mapping_version,
        mapped_version=stream.mapped_version,
        interval=timedelta(seconds=stream.interval_seconds),
        attempts=stream.attempts,
        writers=described.target.calls_at_once(integration),
        uncertain_wait=timedelta(seconds=parts.settings.uncertain_wait_seconds),
        slice=timedelta(seconds=parts.settings.slice_seconds),
    )
