"""A stream into Jira: how its documents become issues, and what an administrator may decide about that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from plugin.integrations import field_snapshot
from plugin.integrations.attributes import Attribute
from plugin.integrations.conditions import Subjects
from plugin.integrations.connections import open_jira_client
from plugin.integrations.issue_birth import Births
from plugin.integrations.issue_place import Mapped, Place
from plugin.integrations.issue_ties import LinkChoice
from plugin.integrations.issue_wording import IssueWording, Look, read_defaults
from plugin.integrations.issues import IssueTarget, Owner
from plugin.integrations.parts import Parts
from plugin.integrations.routing import rules_from_json
from plugin.integrations.templates import Filled
from plugin.store.models import Connection, Integration, Stream
from sage_adapters.errors import ConfigurationTrouble
from sage_adapters.http import RequestLog

CALLS_AT_ONCE = "jira_calls_at_once"
"""Setting of an integration: how many calls to Jira may be in flight for it at the same time."""
USUAL_CALLS_AT_ONCE = 4
RULES, DEFAULTS, STATUSES = "rules", "defaults", "statuses"
"""Settings of a stream: see routing.py, templates.py, issue_ties.py."""

NO_SUBJECTS = Subjects(())


@dataclass(frozen=True)
class IntoJira:
    """What a product says of the issues of a stream. `mapped_by_default` names the attributes that the mapping
    offers a field for before anybody has decided."""

    look: Look
    attributes: tuple[Attribute, ...]
    mapped_by_default: frozenset[str]
    subjects: Subjects = NO_SUBJECTS
    """What rules can ask of its documents."""
    states: tuple[str, ...] = ()
    """What its documents go through in their own system, in order; each can have a status in Jira."""
    linked_to: str = ""
    """The stream to whose issues its own are linked, "" for none."""

    def open(
        self,
        parts: Parts,
        stream: Stream,
        integration: Integration,
        connection: Connection,
        request_log: RequestLog,
        *,
        look_first: bool = False,
    ) -> IssueTarget:
        """`look_first`: issues are looked for before they are made, even if the stream no longer does so.

        Makes no call. Raises ConfigurationTrouble when a mapped field was never read from Jira.
        """
        client = open_jira_client(parts, stream.site_id, request_log)
        owner = Owner(stream.id, lambda: _streams(parts, stream.site_id), stream.look_first or look_first)
        wording, link = self.wording(stream), LinkChoice.of(stream.settings)
        return IssueTarget(client, self.births(stream), wording, link, owner, self.calls_at_once(integration))

    def births(self, stream: Stream) -> Births:
        """Raises ConfigurationTrouble for a rule that makes no sense."""
        rules = rules_from_json(stream.settings.get(RULES) or (), self.subjects)
        return Births(Place.of(stream.settings), rules)

    def wording(self, stream: Stream) -> IssueWording:
        """Raises ConfigurationTrouble when a field was never read from Jira, or a text is no template."""
        mapping, settings = self.mapped(stream), stream.settings
        fields = {field.id: field for field in field_snapshot.kept_fields(stream)}
        filled = [Filled.from_json(each, self.attributes) for each in settings.get(field_snapshot.TEMPLATES) or ()]
        defaults = read_defaults(mapping, settings.get(DEFAULTS) or {})
        statuses = {state: chosen["id"] for state, chosen in (settings.get(STATUSES) or {}).items() if chosen}
        known = [(each, fields[each.field_id]) for each in filled if each.field_id in fields]
        return IssueWording(self.look, mapping, defaults, known, statuses)

    def calls_at_once(self, integration: Integration) -> int:
        return int(integration.settings.get(CALLS_AT_ONCE) or USUAL_CALLS_AT_ONCE)

    def mapped(self, stream: Stream) -> list[Mapped]:
        """The mapped attributes with their fields as they were when the mapping was saved.

        Raises ConfigurationTrouble when a field was never read from Jira.
        """
        fields = {field.id: field for field in field_snapshot.kept_fields(stream)}
        attributes = {attribute.name: attribute for attribute in self.attributes}
        unknown = [attributes[name].label for name, field_id in stream.mapping.items() if field_id not in fields]
        if unknown:
            raise ConfigurationTrouble(
                f"The mapping to {Place.of(stream.settings)} was about to be used.",
                f"Jira's description of the fields for {', '.join(unknown)} was not read.",
                "Open Mapping, read the fields again, and save.",
                "jira.mapping-unread",
            )
        return [Mapped(attributes[name], fields[field_id]) for name, field_id in stream.mapping.items()]


def _streams(parts: Parts, site_id: int) -> Sequence[int]:
    with parts.database.reading(site_id) as session:
        return session.scalars(select(Stream.id)).all()
