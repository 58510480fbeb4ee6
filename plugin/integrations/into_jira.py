"""A stream into Jira: how its documents become issues, and what an administrator may decide about that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from plugin.integrations import field_snapshot
from plugin.integrations.attributes import Attribute
from plugin.integrations.connections import open_jira_client
from plugin.integrations.issue_place import Mapped, Place
from plugin.integrations.issues import IssueTarget, Look, Owner
from plugin.integrations.parts import Parts
from plugin.store.models import Integration, Stream
from sage_adapters.errors import ConfigurationTrouble
from sage_adapters.http import RequestLog

CALLS_AT_ONCE = "jira_calls_at_once"
"""Setting of an integration: how many calls to Jira may be in flight for it at the same time."""
USUAL_CALLS_AT_ONCE = 4


@dataclass(frozen=True)
class IntoJira:
    """What a product says of the issues of a stream. `mapped_by_default` names the attributes that the mapping
    offers a field for before anybody has decided."""

    look: Look
    attributes: tuple[Attribute, ...]
    mapped_by_default: frozenset[str]

    def open(
        self,
        parts: Parts,
        stream: Stream,
        integration: Integration,
        request_log: RequestLog,
        *,
        look_first: bool = False,
    ) -> IssueTarget:
        """`look_first`: issues are looked for before they are made, even if the stream no longer does so.

        Makes no call. Raises ConfigurationTrouble when a mapped field was never read from Jira.
        """
        client = open_jira_client(parts, stream.site_id, request_log)
        place, mapping = Place.of(integration.settings), self.mapped(integration)
        owner = Owner(stream.id, lambda: _streams(parts, stream.site_id), stream.look_first or look_first)
        return IssueTarget(client, place, mapping, self.look, owner, self.calls_at_once(integration))

    def calls_at_once(self, integration: Integration) -> int:
        return int(integration.settings.get(CALLS_AT_ONCE) or USUAL_CALLS_AT_ONCE)

    def mapped(self, integration: Integration) -> list[Mapped]:
        """The mapped attributes with their fields as they were when the mapping was saved.

        Raises ConfigurationTrouble when a field was never read from Jira.
        """
        fields = {field.id: field for field in field_snapshot.kept_fields(integration)}
        attributes = {attribute.name: attribute for attribute in self.attributes}
        unknown = [attributes[name].label for name, field_id in integration.mapping.items() if field_id not in fields]
        if unknown:
            raise ConfigurationTrouble(
                f"The mapping to {Place.of(integration.settings)} was about to be used.",
                f"Jira's description of the fields for {', '.join(unknown)} was not read.",
                "Open Mapping, read the fields again, and save.",
                "jira.mapping-unread",
            )
        return [Mapped(attributes[name], fields[field_id]) for name, field_id in integration.mapping.items()]


def _streams(parts: Parts, site_id: int) -> Sequence[int]:
    with parts.database.reading(site_id) as session:
        return session.scalars(select(Stream.id)).all()
