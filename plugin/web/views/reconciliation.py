"""Reconciliation: both sides compared, what each vendor comes to on either, and what is to be repaired."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import Finding, Stream, Sweep
from plugin.sync.sweeps import listing, totals
from plugin.sync.sweeps.asking import RECONCILIATION
from plugin.sync.sweeps.listing import APART
from plugin.sync.sweeps.repair import REPAIRABLE
from plugin.web import sweep_standing
from plugin.web.frame import framed
from plugin.web.sweep_standing import Place
from plugin.web.views.findings import listed
from plugin.web.views.sweeps import POLL, section_of, words
from plugin.web.visit import Flag, Fragment, NotThere, Visit

VENDORS = 25
TOTALS = "totals"


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        places = sweep_standing.places(session)
        if not places:
            return framed(session, "sweeps_none.html", "Reconciliation", "reconciliation")
        place = sweep_standing.chosen(visit, places)
        recent = sweep_standing.recent(session, place.stream.id, RECONCILIATION)
        return framed(
            session,
            "reconciliation.html",
            "Reconciliation",
            "reconciliation",
            places=places,
            earlier=recent[1:],
            section=section_of(session, place, RECONCILIATION),
            **words(visit),
            **_found(visit, session, place),
        )


def live(visit: Visit) -> Fragment:
    """The reconciliation that is going on; once it is over, what it has found."""
    with visit.reading() as session:
        place = sweep_standing.chosen(visit, sweep_standing.places(session))
        values = {"section": section_of(session, place, RECONCILIATION), **words(visit)}
        if values["section"].poll:  # what was found before, and boxes ticked in it, stay as they are
            shown = visit.parameters.get("show") or TOTALS
            return Fragment.of("reconciliation_section.html", "", place=place, shown=shown, **values)
        return Fragment.of("reconciliation_parts.html", "", **values, **_found(visit, session, place))


def found(visit: Visit) -> Fragment:
    """The list of a verdict, asked for again while it is repaired."""
    with visit.reading() as session:
        place = sweep_standing.chosen(visit, sweep_standing.places(session))
        return Fragment.of("reconciliation_found.html", "", **words(visit), **_found(visit, session, place))


def nightly(visit: Visit) -> Fragment:
    """Switches the one of each night `on` or `off`."""
    on = visit.parameters.get("to") == "on"
    with visit.writing() as session:
        place = sweep_standing.chosen(visit, sweep_standing.places(session))
        stream = session.scalars(select(Stream).where(Stream.id == place.stream.id)).one()
        stream.reconcile_nightly = on
    flag = Flag("Both sides are compared each night" if on else "Both sides are compared only when you ask for it")
    return Fragment.go(f"reconciliation?stream={place.stream.id}", flag)


def _found(visit: Visit, session: Session, place: Place) -> dict[str, Any]:
    """What the latest reconciliation that is over has found, as far as the route asks for it."""
    result = sweep_standing.latest_result(session, place.stream.id, RECONCILIATION)
    shown = visit.parameters.get("show") or TOTALS
    if shown not in (TOTALS, *APART):
        raise NotThere()
    if result is None:
        return {"place": place, "result": None, "shown": shown}
    sweep = result.sweep
    unrepaired = listing.unrepaired(session, sweep.id)
    return {
        "place": place,
        "result": result,
        "kept": _is_kept(session, sweep),
        "shown": shown,
        "apart": APART,
        "repairable": REPAIRABLE,
        "unrepaired": unrepaired,
        "repaired": any(unrepaired[each] < sweep.counts.get(each, 0) for each in REPAIRABLE),
        **_waiting(visit, unrepaired[shown]),
        **(_totals(visit, session, sweep) if shown == TOTALS else listed(visit, session, sweep, shown)),
    }


def _is_kept(session: Session, sweep: Sweep) -> bool:
    """Whether its findings are there still, or there never were any."""
    if not sum(sweep.counts.values()):
        return True
    return session.scalars(select(Finding.id).where(Finding.sweep_id == sweep.id).limit(1)).first() is not None


def _waiting(visit: Visit, unrepaired: int) -> dict[str, Any]:
    """Until the worker has repaired what was asked for."""
    left = visit.parameters.get("left", "")
    waits = visit.asked is not None and left.isascii() and left.isdigit() and unrepaired > int(left)
    return {
        "waits": waits and not visit.waited_long(),
        "poll": POLL,
        "asked": visit.parameters.get("asked", ""),
        "left": left,
        "after": visit.number("after") if visit.parameters.get("after", "").isdigit() else None,
    }


def _totals(visit: Visit, session: Session, sweep: Sweep) -> dict[str, Any]:
    """Vendors with what they come to; of one vendor, its periods."""
    vendor = visit.parameters.get("vendor")
    every = visit.parameters.get("all") == "yes"
    if vendor is not None:
        periods = totals.by_period(session, sweep.id, [vendor])
        return {"vendor": vendor, "totals": periods, "every": every, "next": None, "first": True}
    after = visit.parameters.get("behind")
    found = totals.vendors(session, sweep.id, after, VENDORS + 1, apart=not every)
    vendors = found[:VENDORS]
    return {
        "vendor": None,
        "totals": totals.by_vendor(totals.by_period(session, sweep.id, vendors)),
        "every": every,
        "next": vendors[-1] if len(found) > VENDORS else None,
        "first": after is None,
    }
