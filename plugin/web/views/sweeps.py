"""Catching up: backfills and dry runs of a stream; and the buttons that all sweeps have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import structlog
from sqlalchemy.orm import Session

from plugin.sync.sweeps import asking
from plugin.sync.sweeps.asking import BACKFILL, DRY_RUN, RECONCILIATION
from plugin.sync.sweeps.listing import PROPOSED
from plugin.web import forms, sweep_standing
from plugin.web.frame import framed
from plugin.web.sweep_standing import LABELS, NAMES, Place, SweepStanding
from plugin.web.visit import Flag, Fragment, NotThere, Visit
from plugin.web.wording import plain_day

log = structlog.get_logger(__name__)

POLL = 1500
WAITING_POLL = 5000
PAGES = {BACKFILL: "catching-up", DRY_RUN: "catching-up", RECONCILIATION: "reconciliation"}


@dataclass(frozen=True)
class Section:
    """One kind of sweep on the page: the one under way, else the form for another."""

    kind: str
    place: Place
    latest: SweepStanding | None
    result: SweepStanding | None
    """The latest one that is over."""
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return NAMES[self.kind]

    @property
    def poll(self) -> int | None:
        if self.latest is None or not self.latest.moving:
            return None
        return POLL if self.latest.sweep.state == "running" else WAITING_POLL


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        return _page(visit, session)


def live(visit: Visit) -> Fragment:
    """The section of one kind, asked for again while a sweep goes on."""
    with visit.reading() as session:
        place = sweep_standing.chosen(visit, sweep_standing.places(session))
        section = section_of(session, place, _kind(visit))
        return Fragment.of("sweep_section.html", "", section=section, **words(visit))


def begin(visit: Visit) -> Fragment:
    kind = _kind(visit)
    reading = forms.read(forms.SinceForm(), visit.form)
    with visit.writing() as session:
        place = sweep_standing.chosen(visit, sweep_standing.places(session))
        if reading.problems:
            return _page(visit, session, {"kind": kind, "typed": reading.typed, "problems": reading.problems})
        before = sweep_standing.latest(session, place.stream.id, kind)
        sweep = asking.begin(session, place.stream.id, kind, reading.values["since"], visit.account_id or "")
    if before is not None and before.sweep.id == sweep.id:
        return _back(sweep.stream_id, kind, Flag(f"This {NAMES[kind].lower()} is under way already", "", "info"))
    visit.parts.queue.run_sweep(visit.site_id, sweep.id)
    return _back(sweep.stream_id, kind, Flag(f"{NAMES[kind]} started", _which(sweep.since, place), "info"))


def pause(visit: Visit) -> Fragment:
    return _change(visit, asking.pause, "paused", "It goes on from there when you resume it.")


def resume(visit: Visit) -> Fragment:
    return _change(visit, asking.resume, "resumed", "")


def cancel(visit: Visit) -> Fragment:
    return _change(visit, asking.cancel, "cancelled", "What it has done or found so far stays.")


def section_of(session: Session, place: Place, kind: str, **form: Mapping[str, str]) -> Section:
    latest = sweep_standing.latest(session, place.stream.id, kind)
    return Section(kind, place, latest, sweep_standing.latest_result(session, place.stream.id, kind), **form)


def words(visit: Visit) -> dict[str, Any]:
    """What the templates of sections need besides."""
    return {"now": visit.now, "labels": LABELS, "proposed": PROPOSED, "names": NAMES}


def _page(visit: Visit, session: Session, entered: Mapping[str, Any] | None = None) -> Fragment:
    """`entered` is a form that could not be taken: its `kind`, what was `typed` and its `problems`."""
    places = sweep_standing.places(session)
    if not places:
        return framed(session, "sweeps_none.html", "Catching up", "catching-up")
    place = sweep_standing.chosen(visit, places)
    form = dict(entered or {})
    wrong = form.pop("kind", None)
    sections = [section_of(session, place, kind, **(form if kind == wrong else {})) for kind in (BACKFILL, DRY_RUN)]
    earlier = [
        each for kind in (BACKFILL, DRY_RUN) for each in sweep_standing.recent(session, place.stream.id, kind)[1:]
    ]
    return framed(
        session,
        "sweeps.html",
        "Catching up",
        "catching-up",
        place=place,
        places=places,
        sections=sections,
        earlier=sorted(earlier, key=lambda each: each.sweep.id, reverse=True),
        **words(visit),
    )


def _kind(visit: Visit) -> str:
    kind = visit.parameters.get("kind", "")
    if kind not in NAMES:
        raise NotThere()
    return kind


def _which(since: date | None, place: Place) -> str:
    documents = place.described.documents
    return f"It goes through {documents} since {plain_day(since)}." if since else f"It goes through all {documents}."


def _change(visit: Visit, act: Callable[[Session, int], None], done: str, body: str) -> Fragment:
    with visit.writing() as session:
        sweep = sweep_standing.sweep_of(visit, session)
        act(session, sweep.id)
        session.refresh(sweep)
    log.info("sweep.changed", change=done, sweep=sweep.id, kind=sweep.kind, actor=visit.account_id)
    if sweep.state == "running":
        visit.parts.queue.run_sweep(visit.site_id, sweep.id)
    return _back(sweep.stream_id, sweep.kind, Flag(f"{NAMES[sweep.kind]} {done}", body))


def _back(stream_id: int, kind: str, flag: Flag) -> Fragment:
    return Fragment.go(f"{PAGES[kind]}?stream={stream_id}", flag)
