"""What a sweep has found: the list of a dry run, the file with all of it, and repairs after a reconciliation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import Finding, LedgerEntry, Stream, Sweep
from plugin.sync.sweeps import listing, repair
from plugin.sync.sweeps.asking import DRY_RUN, RECONCILIATION
from plugin.sync.sweeps.listing import PROPOSED, VERDICTS
from plugin.sync.sweeps.repair import IN_THE_LEDGER, REPAIRABLE
from plugin.web import sweep_standing
from plugin.web.frame import framed
from plugin.web.sweep_standing import LABELS, SweepStanding
from plugin.web.visit import Download, Flag, Fragment, NotThere, Visit
from plugin.web.wording import counted

SHOWN = 50
CHOSEN = re.compile(r"finding-(\d{1,9})", re.ASCII)
"""The name of a ticked box."""
NOTHING_CHOSEN = Flag("Nothing was chosen", "Tick the documents that are to be repaired.", "warning")


def dry_run(visit: Visit) -> Fragment:
    with visit.reading() as session:
        sweep = sweep_standing.sweep_of(visit, session)
        if sweep.kind != DRY_RUN:
            raise NotThere()
        shown = [each for each in PROPOSED if sweep.counts.get(each)]
        verdict = visit.parameters.get("verdict") or (shown[0] if shown else PROPOSED[0])
        if verdict not in PROPOSED:
            raise NotThere()
        return framed(
            session,
            "dry_run.html",
            "Dry run",
            "catching-up",
            standing=SweepStanding(sweep, None),
            place=sweep_standing.of_stream(sweep.stream_id, sweep_standing.places(session)),
            proposed=PROPOSED,
            labels=LABELS,
            verdict=verdict,
            **listed(visit, session, sweep, verdict),
        )


def listed(visit: Visit, session: Session, sweep: Sweep, verdict: str) -> dict[str, Any]:
    """A page of findings, for the templates: they begin behind the finding `after` of the route."""
    after = visit.number("after") if "after" in visit.parameters else 0
    found = listing.page(session, sweep.id, verdict, after, SHOWN + 1)
    findings = found[:SHOWN]
    return {
        "sweep": sweep,
        "findings": findings,
        "next": findings[-1].id if len(found) > SHOWN else None,
        "first": not after,
        "entries": _entries(session, sweep.stream_id, findings),
        "browse": sweep_standing.browse(visit, session),
    }


def export(visit: Visit) -> Download:
    """All that a sweep has found, or what it has found of one verdict."""
    with visit.reading() as session:
        sweep = sweep_standing.sweep_of(visit, session)
    verdict = visit.parameters.get("verdict", "")
    if verdict and verdict not in VERDICTS:
        raise NotThere()
    verdicts = [verdict] if verdict else [each for each in VERDICTS if sweep.counts.get(each)]
    name = "-".join(filter(None, (sweep.kind, verdict, f"{sweep.started_at:%Y%m%dT%H%M%SZ}")))
    return Download(f"{name}.csv", "text/csv; charset=utf-8", listing.as_csv(visit.reading, sweep.id, verdicts))


def repair_one(visit: Visit) -> Fragment:
    with visit.writing() as session:
        finding = session.scalars(select(Finding).where(Finding.id == visit.number("finding"))).one_or_none()
        if finding is None or finding.verdict not in REPAIRABLE:
            raise NotThere()
        sweep = session.scalars(select(Sweep).where(Sweep.id == finding.sweep_id)).one()
        wanted = _begin(visit, session, sweep, finding.verdict, [finding.id])
    return _go_on(visit, wanted)


def repair_chosen(visit: Visit) -> Fragment:
    """Those whose boxes are ticked in the form."""
    ticked = [int(found[1]) for name in visit.form if (found := CHOSEN.fullmatch(name))][:SHOWN]
    with visit.writing() as session:
        sweep, verdict = _asked(visit, session)
        mine = Finding.id.in_(ticked), Finding.sweep_id == sweep.id, Finding.verdict == verdict
        chosen = session.scalars(select(Finding.id).where(*mine)).all()
        wanted = _begin(visit, session, sweep, verdict, chosen)
    return _go_on(visit, wanted) if chosen else Fragment.go(_route(visit, sweep, verdict), NOTHING_CHOSEN)


def repair_all(visit: Visit) -> Fragment:
    """All of a verdict: a worker does it, portion by portion."""
    with visit.reading() as session:
        sweep, verdict = _asked(visit, session)
        count = listing.unrepaired(session, sweep.id)[verdict]
    visit.parts.queue.mend_findings(visit.site_id, sweep.id, verdict, visit.account_id or "")
    return Fragment.go(_waiting(visit, sweep, verdict, 0), Flag(f"Repairing {counted(count, 'document')}", "", "info"))


@dataclass(frozen=True)
class _Wanted:
    """Repairs that have begun. Those in the ledger are `done` but for the pass; the others are a worker's."""

    sweep: Sweep
    verdict: str
    ids: Sequence[int]
    done: int
    left: int
    active: bool


def _begin(visit: Visit, session: Session, sweep: Sweep, verdict: str, ids: Sequence[int]) -> _Wanted:
    in_ledger = verdict in IN_THE_LEDGER and bool(ids)
    done = repair.repair(session, sweep.stream_id, ids, visit.account_id or "") if in_ledger else 0
    left = listing.unrepaired(session, sweep.id)[verdict] - (0 if in_ledger else len(ids))
    active = session.scalars(select(Stream.active).where(Stream.id == sweep.stream_id)).one()
    return _Wanted(sweep, verdict, ids, done, max(0, left), active)


def _go_on(visit: Visit, wanted: _Wanted) -> Fragment:
    """After the transaction: what has begun is carried out."""
    sweep, verdict = wanted.sweep, wanted.verdict
    if verdict not in IN_THE_LEDGER:
        visit.parts.queue.release_findings(visit.site_id, sweep.id, visit.account_id or "", *wanted.ids)
        return Fragment.go(_waiting(visit, sweep, verdict, wanted.left))
    visit.parts.queue.run_stream(visit.site_id, sweep.stream_id)
    resumed = "Their stream is paused: they go when it is resumed."
    body = "They go with the pass that runs now." if wanted.active else resumed
    return Fragment.go(
        _route(visit, sweep, verdict), Flag(f"Repairing {counted(wanted.done, 'document')}", body, "info")
    )


def _asked(visit: Visit, session: Session) -> tuple[Sweep, str]:
    """The reconciliation and the verdict that the route names; raises NotThere."""
    sweep, verdict = sweep_standing.sweep_of(visit, session), visit.parameters.get("verdict", "")
    if sweep.kind != RECONCILIATION or verdict not in REPAIRABLE:
        raise NotThere()
    return sweep, verdict


def _route(visit: Visit, sweep: Sweep, verdict: str) -> str:
    """Back to the page of the list on which the button was."""
    after = f"&after={visit.number('after')}" if visit.parameters.get("after") else ""
    return f"reconciliation?stream={sweep.stream_id}&show={verdict}{after}"


def _waiting(visit: Visit, sweep: Sweep, verdict: str, left: int) -> str:
    """The list, which is asked for again until no more than `left` are unrepaired."""
    return f"{_route(visit, sweep, verdict)}&left={left}&{visit.asked_now}"


def _entries(session: Session, stream_id: int, findings: Sequence[Finding]) -> Mapping[str, int]:
    """By document key: the ledger's entries of these documents."""
    keys = [each.document_key for each in findings]
    rows = session.execute(
        select(LedgerEntry.document_key, LedgerEntry.id).where(
            LedgerEntry.stream_id == stream_id, LedgerEntry.document_key.in_(keys)
        )
    )
    return dict(rows.all())
