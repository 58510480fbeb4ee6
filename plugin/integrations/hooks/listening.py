"""What a site listens to: projects whose changes Jira is to tell of, and statuses that wish for something.

Both are read from the streams' settings whenever they are needed, so that no page has to say that it changed them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.hooks.wishing import Wishes
from plugin.integrations.registry import PRODUCTS
from plugin.sites.connect.tenants import DOOR, USABLE_STATES
from plugin.store.models import Installation, Integration, JsonObject, LedgerEntry, Site, Stream

SEEN = "seen"
"""In the position of the sweep: when each status was first seen to be configured."""
JUST_BEFORE = timedelta(minutes=2)
"""A status counts from a little before it was first seen to be configured: it is seen some seconds later, and somebody
may have tried it at once."""


@dataclass(frozen=True)
class Watch:
    """A status that wishes for something. `since`: entering it before then meant nothing."""

    stream: Stream
    wishes: Wishes
    status_id: str
    action: str

    @property
    def name(self) -> str:
        """The same as long as it stands for the same."""
        return f"{self.stream.id}/{self.action}/{self.status_id}"

    def since(self, seen: JsonObject, now: datetime) -> datetime:
        """`seen` tells by name when a status was first seen to be configured."""
        at = seen.get(self.name)
        return (datetime.fromisoformat(at) if at else now) - JUST_BEFORE


def projects(session: Session) -> Mapping[int, list[str]]:
    """By site, in order, the keys of the projects into which started streams bring documents.

    `session` is one of a site or over all of them; sites without the app are left out.
    """
    found: dict[int, set[str]] = defaultdict(set)
    for row in session.execute(_streams(Stream.site_id, Stream.settings)):
        found[row.site_id].update(_places(row.settings))
    return {site_id: sorted(keys) for site_id, keys in found.items() if keys}


def watches(session: Session) -> list[Watch]:
    """The statuses that wish for something, of one site or of all."""
    found = []
    for stream, kind in session.execute(_streams(Stream, Integration.kind)):
        wishes = _wishes(kind, stream.name)
        if wishes is not None:
            found += [Watch(stream, wishes, *each) for each in wishes.statuses(stream).items()]
    return found


def first_seen(present: list[Watch], seen: JsonObject, now: datetime) -> JsonObject:
    """What is to be remembered from now on: of statuses that are configured no longer, nothing."""
    return {watch.name: seen.get(watch.name) or now.isoformat() for watch in present}


def ours(session: Session, issue_ids: list[str]) -> Mapping[str, list[int]]:
    """By issue, the ids of the ledger's entries of the session's site that stand in Jira as that.

    Ids of other targets, e.g. of comments, may be the same numbers: only streams with a place in Jira count.
    """
    found: dict[str, list[int]] = defaultdict(list)
    rows = session.execute(
        select(LedgerEntry.id, LedgerEntry.target_id, Stream.settings)
        .join(Stream, Stream.id == LedgerEntry.stream_id)
        .where(LedgerEntry.target_id.in_(issue_ids))
    )
    for row in rows:
        if row.target_id and any(_places(row.settings)):
            found[row.target_id].append(row.id)
    return found


def _streams(*columns: Any) -> Any:
    return (
        select(*columns)
        .select_from(Stream)
        .join(Integration, Integration.id == Stream.integration_id)
        .join(Site, Site.id == Stream.site_id)
        .join(Installation, Installation.site_id == Site.id)
        .where(
            Stream.started_at.is_not(None),
            Site.left_at.is_(None),
            Installation.door == DOOR,
            Installation.state.in_(USABLE_STATES),
        )
        .order_by(Stream.id)
    )


def _places(settings: JsonObject) -> Iterator[str]:
    """The project of a stream, and those to which its rules send documents."""
    places = [settings, *((rule.get("then") or {}).get("place") for rule in settings.get("rules") or ())]
    yield from (str(place["project_key"]) for place in places if place and place.get("project_key"))


def _wishes(kind: str, stream: str) -> Wishes | None:
    product = PRODUCTS.get(kind)
    found = next((each for each in product.streams if each.name == stream), None) if product else None
    return found.wishes if found else None
