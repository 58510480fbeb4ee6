"""*It is already there*: a document beside an issue that a person names, before the two are linked.

Jira is asked by a worker; what it said waits in a snapshot for the page, and for the person's decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import select

from plugin.integrations.connections import open_jira_client
from plugin.integrations.issue_place import Place
from plugin.integrations.lines import completed
from plugin.integrations.parts import Parts
from plugin.integrations.registry import product_of
from plugin.integrations.setting_up import take_snapshot
from plugin.jira.issues import Issues
from plugin.store.models import Connection, Integration, JsonObject, LedgerEntry, Snapshot, Stream
from plugin.sync import ledger
from plugin.sync.documents import Sight
from plugin.sync.progress import Calls

KEY = "key"
"""What the snapshot's body says before the comparison: the issue that a person has named."""


@dataclass(frozen=True)
class Compared:
    """What a comparison has found, as the snapshot's body. `version` is the document's then.

    `refusal` is a sentence: why the issue cannot stand for the document; "" when it can. `changes` are `Change`s.
    """

    key: str
    version: int
    refusal: str
    target_id: str = ""
    target_key: str = ""
    changes: tuple[JsonObject, ...] = ()


def subject(entry_id: int) -> str:
    """The snapshot's name."""
    return f"comparison:{entry_id}"


def compare(parts: Parts, site_id: int, entry_id: int) -> None:
    """Compares a document with the issue that its snapshot names. Writes nothing into Jira."""
    with parts.database.reading(site_id) as session:
        row = session.execute(
            select(LedgerEntry, Stream, Integration, Connection)
            .join(Stream, Stream.id == LedgerEntry.stream_id)
            .join(Integration, Integration.id == Stream.integration_id)
            .join(Connection, Connection.id == Integration.connection_id)
            .where(LedgerEntry.id == entry_id)
        ).one_or_none()
        asked = session.scalars(select(Snapshot.body).where(Snapshot.subject == subject(entry_id))).one_or_none()
        content = completed(session, row.LedgerEntry, row.Integration, row.Stream) if row else {}
    if row is None or not asked:
        return  # one of the two was removed meanwhile
    take_snapshot(parts, site_id, subject(entry_id), lambda: asdict(_compared(parts, row, content, asked[KEY])))


def _compared(parts: Parts, row: Any, content: JsonObject, key: str) -> Compared:
    entry, stream, integration, connection = row
    described = product_of(integration).stream(stream.name)
    if described.into_jira is None:
        return Compared(key, entry.version, f"No issue stands for {described.documents}.")
    target = described.into_jira.open(parts, stream, integration, connection, Calls())
    refusal = _misplaced(parts, entry.site_id, target.places, key)
    if refusal:
        return Compared(key, entry.version, refusal)
    delivery = ledger.delivery_of(entry, target.payload(content, entry.corrections), content)
    sight = target.look([replace(delivery, target_id=key, target_key=key)]).get(entry.document_key)
    if sight is None:
        return Compared(key, entry.version, _missing(key))
    return Compared(
        key,
        entry.version,
        _taken(sight, entry),
        sight.target_id,
        sight.target_key,
        tuple(asdict(change) for change in sight.changes),
    )


def _misplaced(parts: Parts, site_id: int, places: Sequence[Place], key: str) -> str:
    """Why an issue of this key is none that this stream could have made; "" when it is."""
    with open_jira_client(parts, site_id) as client:
        fetched = Issues(client).fetch([key], fields=["project", "issuetype"])
    if not fetched.issues:
        return _missing(key)
    (issue,) = fetched.issues
    here = [place for place in places if place.project_id == str(issue.fields["project"]["id"])]
    if not here:
        keys = " or ".join(dict.fromkeys(place.project_key for place in places))
        return f"{issue.key} is in another project. Documents of this kind go to {keys}."
    if str(issue.fields["issuetype"]["id"]) not in [place.issue_type_id for place in here]:
        kind = issue.fields["issuetype"].get("name", "of another type")
        names = " or ".join(dict.fromkeys(place.issue_type_name for place in here))
        return f"{issue.key} is a {kind}. Documents of this kind are issues of type {names}."
    return ""


def _missing(key: str) -> str:
    return f"{key} does not exist in Jira, or it is hidden from Counterfoil."


def _taken(sight: Sight, entry: LedgerEntry) -> str:
    if sight.document_key in (None, entry.document_key):
        return ""
    return f"{sight.target_key} stands for another document already: {sight.document_key}."
