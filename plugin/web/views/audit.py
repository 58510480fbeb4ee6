"""Audit: the counterfoils of the site, looked through, exported, and their chains checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.integrations.products import Product, StreamDescription
from plugin.integrations.registry import SYSTEMS, product_of
from plugin.store.models import Connection, Counterfoil, Integration, Snapshot, Stream
from plugin.sync import audit_export, audit_search
from plugin.sync.audit_export import Named
from plugin.sync.audit_search import Place, TooMany
from plugin.sync.chain_check import SUBJECT
from plugin.sync.counterfoils import OURSELVES, plain
from plugin.web import snapshots, timeline
from plugin.web.audit_question import Question, place_of, place_text, sentence
from plugin.web.frame import framed
from plugin.web.timeline import Event
from plugin.web.visit import Download, Fragment, Unanswerable, Visit

SHOWN = 50
POLL = 1500
LONGEST_CHECK = timedelta(minutes=15)
"""A check that has not ended by then was interrupted."""
FORMATS = {
    "csv": ("text/csv; charset=utf-8", audit_export.as_csv),
    "jsonl": ("application/jsonl; charset=utf-8", audit_export.as_json_lines),
}


@dataclass(frozen=True)
class Origin:
    """A stream, and what people call it and what it moves."""

    label: str
    product: Product
    stream: StreamDescription


@dataclass(frozen=True)
class Line:
    """One counterfoil as the page shows it."""

    entry: Counterfoil
    event: Event
    document: Named
    stream: str
    source: str
    target: str

    @property
    def by_person(self) -> bool:
        return self.entry.actor != OURSELVES

    @property
    def instant(self) -> str:
        return plain(self.entry.at)

    @property
    def refusal(self) -> str:
        """What an earlier delivery of the document met, told with what was decided about it."""
        return "" if self.event.trouble else (self.entry.detail.get("trouble") or {}).get("got", "")


def show(visit: Visit) -> Fragment:
    """A form that was sent becomes a route, so that the way back leads to the same question."""
    question = Question.of(visit)
    if visit.form and not question.problems:
        return Fragment.go(_route("audit", question.query))
    before, problems = place_of(visit), dict(question.problems)
    with visit.reading() as session:
        origins = _origins(session)
        found: Sequence[Counterfoil] = []
        try:
            if not problems:
                found = audit_search.newest(session, question.wanted, before, SHOWN + 1)
        except TooMany as error:
            problems["vendor"] = str(error)
        entries = found[:SHOWN]
        return framed(
            session,
            "audit.html",
            "Audit",
            "audit",
            question=question,
            problems=problems,
            lines=_lines(session, entries, origins),
            older=_behind(question, entries[-1]) if len(found) > SHOWN else "",
            newest=_route("audit", question.query) if before else "",
            exports={form: _route("audit/export", f"format={form}", question.query) for form in FORMATS},
            origins=origins,
            people=audit_search.people(session),
            actions=timeline.actions(),
            ourselves=OURSELVES,
            **_chain(visit, session, question),
        )


def check(visit: Visit) -> Fragment:
    """Has a worker follow the chains."""
    with visit.writing() as session:
        snapshots.begin(session, SUBJECT)
        session.flush()
        snapshot = snapshots.find(session, SUBJECT)
        assert snapshot is not None
        snapshot.body = {**snapshot.body, "begun": visit.now.isoformat()}
    visit.parts.queue.check_chains(visit.site_id)
    return Fragment.go(_route("audit", visit.asked_now, Question.of(visit).query))


def chain(visit: Visit) -> Fragment:
    """The state of the chains alone, asked for again while a check is going on."""
    with visit.reading() as session:
        return Fragment.of("audit_chain.html", "Audit", **_chain(visit, session, Question.of(visit)))


def export(visit: Visit) -> Download:
    """All that the question finds, as a file. Raises Unanswerable."""
    media_type, make = FORMATS.get(visit.parameters.get("format", ""), FORMATS["csv"])
    ending = "jsonl" if make is audit_export.as_json_lines else "csv"
    question = Question.of(visit)
    if question.problems:
        raise Unanswerable("There is no such export", sentence(question.problems))
    try:
        content = make(visit.reading, question.wanted)
    except TooMany as error:
        raise Unanswerable("There is no such export", str(error)) from None
    return Download(f"counterfoils-{visit.now:%Y%m%dT%H%M%SZ}.{ending}", media_type, content)


def _lines(session: Session, entries: Sequence[Counterfoil], origins: Mapping[int, Origin]) -> list[Line]:
    documents = audit_export.documents_of(session, entries)
    return [_line(each, origins[each.stream_id], documents[each.stream_id, each.document_key]) for each in entries]


def _line(entry: Counterfoil, origin: Origin, document: Named) -> Line:
    source = origin.product.system
    return Line(
        entry,
        timeline.tell(entry, source.label, origin.stream),
        document,
        stream=origin.label,
        source=_place(entry.source or source.name),
        target=_place(entry.target),
    )


def _place(text: str) -> str:
    """ "jira AP-41" as people say it: "Jira AP-41"."""
    system, _, rest = text.partition(" ")
    names = {"jira": "Jira", **{each.name: each.label for each in SYSTEMS.values()}}
    return f"{names[system]} {rest}".rstrip() if system in names else text


def _origins(session: Session) -> dict[int, Origin]:
    rows = session.execute(
        select(Stream.id, Stream.name, Integration, Connection.name)
        .join(Integration, Integration.id == Stream.integration_id)
        .join(Connection, Connection.id == Integration.connection_id)
        .order_by(Stream.id)
    ).all()
    origins = {}
    for stream_id, name, integration, connection in rows:
        product = product_of(integration)
        described = product.stream(name)
        origins[stream_id] = Origin(f"{connection} {described.documents}", product, described)
    return origins


def _chain(visit: Visit, session: Session, question: Question) -> dict[str, Any]:
    """How the chains stand, for `audit_chain.html`."""
    snapshot = snapshots.find(session, SUBJECT)
    length = session.scalar(select(func.sum(Stream.chain_length))) or 0
    body = snapshot.body if snapshot else {}
    return {
        "snapshot": snapshot,
        "checking": _is_going_on(snapshot, visit.now),
        "slow": visit.waited_long(),
        "since_then": max(0, length - body.get("entries", 0)),
        "length": length,
        "labels": {each: origin.label for each, origin in _origins(session).items()},
        "again": _route("audit/check", question.query),
        "poll_route": _route(
            "audit/chain", f"asked={visit.parameters['asked']}" if visit.asked else "", question.query
        ),
        "poll": POLL,
        "asked": visit.asked is not None,
    }


def _is_going_on(snapshot: Snapshot | None, now: datetime) -> bool:
    if snapshot is None or snapshot.state != "reading" or "begun" not in snapshot.body:
        return False
    return now - datetime.fromisoformat(snapshot.body["begun"]) < LONGEST_CHECK


def _behind(question: Question, last: Counterfoil) -> str:
    before = place_text(Place(last.at, last.stream_id, last.sequence))
    return _route("audit", question.query, f"before={before}")


def _route(name: str, *queries: str) -> str:
    query = "&".join(filter(None, queries))
    return f"{name}?{query}" if query else name
