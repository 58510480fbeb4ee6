"""One document that has not arrived: its record, what became of it, and everything a person can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations import already_there
from plugin.integrations.already_there import KEY, Compared
from plugin.integrations.lines import completed
from plugin.integrations.products import Product, StreamDescription
from plugin.integrations.registry import product_of
from plugin.store.models import Integration, JsonObject, LedgerEntry, Site, Snapshot, Stream
from plugin.sync import ledger
from plugin.sync.causes import IGNORED, PARKED, WAITING
from plugin.sync.documents import TARGET_GONE
from plugin.web import marks, record, snapshots, timeline
from plugin.web.frame import framed
from plugin.web.record import Record
from plugin.web.views.failures import UNEXPLAINED, ignored_by
from plugin.web.visit import Fragment, NotThere, Visit

POLL = 1500
UNDER_WAY = ("pending", "sending")


@dataclass(frozen=True)
class Found:
    """A document, what it says together with its companions, and what it came by."""

    entry: LedgerEntry
    content: JsonObject
    stream: Stream
    integration: Integration

    @property
    def product(self) -> Product:
        return product_of(self.integration)

    @property
    def described(self) -> StreamDescription:
        return self.product.stream(self.stream.name)

    @property
    def record(self) -> Record:
        return record.of(self.content, self.entry, self.described, self.stream)

    @property
    def linkable(self) -> bool:
        """Whether an issue made by somebody else could stand for it."""
        entry = self.entry
        if self.described.into_jira is None:
            return False
        waits = entry.state in (PARKED, IGNORED) and not ledger.was_unreadable(entry)
        return waits and (entry.target_id is None or entry.trouble_code == TARGET_GONE)


@dataclass(frozen=True)
class Problems:
    """What is wrong in one of the page's forms: a sentence by entry, and what was typed."""

    form: str = ""
    sentences: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)

    def of(self, form: str) -> Mapping[str, str]:
        return self.sentences if form == self.form else {}

    def typed_in(self, form: str) -> Mapping[str, str]:
        return self.typed if form == self.form else {}


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        return page(visit, session, find(visit, session), Problems())


def standing(visit: Visit) -> Fragment:
    """How the document stands, asked for until it has arrived or waits again."""
    with visit.reading() as session:
        found = find(visit, session)
        return Fragment.of("failure_standing.html", "", **_standing(visit, session, found))


def comparison(visit: Visit) -> Fragment:
    """The document beside the issue that was named, asked for until a worker has compared them."""
    with visit.reading() as session:
        found = find(visit, session)
        return Fragment.of("failure_comparison.html", "", **_comparison(visit, session, found, Problems()))


def find(visit: Visit, session: Session) -> Found:
    """The document `entry`; raises NotThere."""
    row = session.execute(
        select(LedgerEntry, Stream, Integration)
        .join(Stream, Stream.id == LedgerEntry.stream_id)
        .join(Integration, Integration.id == Stream.integration_id)
        .where(LedgerEntry.id == visit.number("entry"))
    ).one_or_none()
    if row is None:
        raise NotThere("This document is no longer known. Go back to the failures to see what is left.")
    entry, stream, integration = row
    return Found(entry, completed(session, entry, integration, stream), stream, integration)


def page(visit: Visit, session: Session, found: Found, problems: Problems) -> Fragment:
    return framed(
        session,
        "failure.html",
        found.entry.number or "Document without a number",
        "failures",
        found=found,
        record=found.record,
        source=found.product.system.label,
        history=timeline.of_document(session, found.entry, found.product, found.described),
        **{**_standing(visit, session, found), **_comparison(visit, session, found, problems)},
    )


def _standing(visit: Visit, session: Session, found: Found) -> dict[str, Any]:
    entry = found.entry
    under_way = entry.state in UNDER_WAY
    return {
        "entry": entry,
        "mark": marks.of_entry(entry.state),
        "documents": found.described.documents,
        "trouble": {**UNEXPLAINED, **(entry.trouble or {})} if entry.state in (*WAITING, IGNORED) else None,
        "ignored": ignored_by(session, [entry]).get(entry.id) if entry.state == IGNORED else None,
        "issue_link": _issue_link(visit, session, entry),
        "paused": not found.stream.active,
        "stream_trouble": found.stream.trouble,
        "poll": POLL if under_way and visit.asked and found.stream.active and not visit.waited_long() else None,
        "asked": visit.parameters.get("asked", "") if visit.asked else "",
        "now": visit.now,
    }


def _issue_link(visit: Visit, session: Session, entry: LedgerEntry) -> str:
    if entry.target_key is None:
        return ""
    site = session.scalars(select(Site.display_url).where(Site.id == visit.site_id)).one()
    return f"{site}/browse/{entry.target_key}"


def _comparison(visit: Visit, session: Session, found: Found, problems: Problems) -> dict[str, Any]:
    snapshot = snapshots.find(session, already_there.subject(found.entry.id)) if found.linkable else None
    reading = snapshot is not None and snapshot.state == "reading"
    compared = compared_in(snapshot)
    return {
        "entry": found.entry,
        "snapshot": snapshot,
        "comparing": reading,
        "key": snapshot.body.get(KEY, "") if snapshot else "",
        "compared": compared,
        "outdated": compared is not None and compared.version != found.entry.version,
        "compare_poll": POLL,
        "slow": reading and visit.waited_long(),
        "asked": visit.parameters.get("asked", "") if visit.asked else "",
        "problems": problems,
    }


def compared_in(snapshot: Snapshot | None) -> Compared | None:
    """What a worker has found; None before it has, and when it could not."""
    if snapshot is None or snapshot.state != "read" or "version" not in snapshot.body:
        return None
    return Compared(**snapshot.body)
