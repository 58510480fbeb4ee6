"""What pages offer to choose from, read by workers into snapshots of which the subject says what they hold.

Each body has `choices`, a list of `id` and `name`; that of people also the `query` they were found by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict

from sqlalchemy import select

from plugin.integrations.connections import open_jira_client
from plugin.integrations.parts import Parts
from plugin.integrations.registry import SYSTEMS
from plugin.integrations.setting_up import take_snapshot
from plugin.jira import choices, people, statuses
from plugin.jira.links import LinkTypes
from plugin.store.models import Connection, JsonObject, Snapshot

PRIORITIES = "priorities"
LINK_TYPES = "link-types"
"""Its choices also say how people read them: `outward` and `inward`, as in `plugin.jira.links.LinkType`."""


def components_of(project_id: str) -> str:
    return f"components:{project_id}"


def statuses_of(project_id: str, issue_type_id: str) -> str:
    return f"statuses:{project_id}:{issue_type_id}"


def people_of(project_id: str) -> str:
    """Those who can be assigned in a project and were last looked for."""
    return f"people:{project_id}"


def banks_of(connection_id: int) -> str:
    return f"banks:{connection_id}"


def read_choices(parts: Parts, site_id: int, subject: str) -> None:
    """Reads what a subject of this module names into its snapshot."""
    kind, *named = subject.split(":")

    def read() -> JsonObject:
        if kind == "banks":
            return {"choices": _banks(parts, site_id, int(named[0]))}
        with open_jira_client(parts, site_id) as client:
            if kind == "people":
                query = _query(parts, site_id, subject)
                return {"query": query, "choices": _told(people.assignable(client, named[0], query))}
            if kind == LINK_TYPES:
                return {"choices": [asdict(each) for each in LinkTypes.read(client)]}
            return {"choices": _told(_READERS[kind](client, *named))}

    take_snapshot(parts, site_id, subject, read)


_READERS: Mapping[str, Callable[..., Iterable[choices.Choice | statuses.Status]]] = {
    PRIORITIES: choices.priorities,
    "components": choices.components,
    "statuses": lambda client, *place: _one_of_each(statuses.of_project(client, *place)),
}


def _one_of_each(found: Iterable[statuses.Status]) -> Iterable[statuses.Status]:
    return {each.id: each for each in found}.values()


def _told(found: Iterable[choices.Choice | statuses.Status | people.Person]) -> list[JsonObject]:
    return [{"id": each.id, "name": each.name} for each in found]


def _query(parts: Parts, site_id: int, subject: str) -> str:
    """As the page that asked has left it in the snapshot."""
    with parts.database.reading(site_id) as session:
        body = session.scalars(select(Snapshot.body).where(Snapshot.subject == subject)).one_or_none()
    return str((body or {}).get("query", ""))


def _banks(parts: Parts, site_id: int, connection_id: int) -> list[JsonObject]:
    with parts.database.reading(site_id) as session:
        connection = session.scalars(select(Connection).where(Connection.id == connection_id)).one()
    banks = SYSTEMS[connection.system].banks
    return [{"id": code, "name": name} for code, name in banks(parts, connection)] if banks else []
