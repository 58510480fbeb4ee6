"""Opens a stream: finds its rows, its clients and its product, and makes the line that a pass runs along."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select

from plugin.integrations import field_snapshot, sage300_jira
from plugin.integrations.connections import address_policy, calls_at_once, open_sage300
from plugin.integrations.issues import IssueTarget, Look, Mapped, Place
from plugin.integrations.parts import Parts
from plugin.integrations.sage300_jira import look
from plugin.integrations.sage300_jira.attributes import ATTRIBUTES
from plugin.integrations.sage300_jira.invoices import InvoiceSource
from plugin.jira.client import JiraClient
from plugin.sites.doors import open_jira
from plugin.store.models import Connection, Integration, Stream
from plugin.sync.run import Line
from sage_adapters.errors import ConfigurationTrouble
from sage_adapters.http import RequestLog

JIRA_CALLS_AT_ONCE = 4

LOOKS: Mapping[tuple[str, str], Look] = {
    (sage300_jira.KIND, sage300_jira.INVOICES): Look(look.summary, look.description),
}
"""How the documents of each stream into Jira look there."""


def open_line(parts: Parts, site_id: int, stream_id: int, request_log: RequestLog) -> Line:
    """Makes no call. Raises ConfigurationTrouble when something is not set up, or no longer."""
    with parts.database.reading(site_id) as session:
        stream, integration, connection = session.execute(
            select(Stream, Integration, Connection)
            .join(Integration, Integration.id == Stream.integration_id)
            .join(Connection, Connection.id == Integration.connection_id)
            .where(Stream.id == stream_id)
        ).one()
    sage300 = open_sage300(parts.settings, parts.seal, connection, request_log)
    return Line(
        site_id=site_id,
        stream_id=stream_id,
        source=InvoiceSource(sage300, calls_at_once(connection)),
        target=IssueTarget(
            jira_client(parts, site_id, request_log),
            Place.of(integration.settings),
            _mapping(integration),
            LOOKS[integration.kind, stream.name],
        ),
        watermark=stream.watermark,
        position=stream.position,
        mapping_version=integration.mapping_version,
        mapped_version=stream.mapped_version,
        interval=timedelta(seconds=stream.interval_seconds),
        attempts=stream.attempts,
        writers=int(integration.settings.get("jira_calls_at_once") or JIRA_CALLS_AT_ONCE),
        uncertain_wait=timedelta(seconds=parts.settings.uncertain_wait_seconds),
        slice=timedelta(seconds=parts.settings.slice_seconds),
    )


def jira_client(parts: Parts, site_id: int, request_log: RequestLog | None = None) -> JiraClient:
    """The site's Jira, by the door it opened to us."""
    door = open_jira(parts.database, parts.seal, parts.settings, site_id)
    return JiraClient(door.base_url, door.auth, policy=address_policy(parts.settings), request_log=request_log)


def _mapping(integration: Integration) -> list[Mapped]:
    """The mapped attributes with their fields as they were when the mapping was saved."""
    fields = {field.id: field for field in field_snapshot.kept_fields(integration)}
    attributes = {attribute.name: attribute for attribute in ATTRIBUTES}
    unknown = [attributes[name].label for name, field_id in integration.mapping.items() if field_id not in fields]
    if unknown:
        raise ConfigurationTrouble(
            f"The mapping to {Place.of(integration.settings)} was about to be used.",
            f"Jira's description of the fields for {', '.join(unknown)} was not read.",
            "Open Mapping, read the fields again, and save.",
            "jira.mapping-unread",
        )
    return [Mapped(attributes[name], fields[field_id]) for name, field_id in integration.mapping.items()]
