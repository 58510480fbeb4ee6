"""What people, and the night, do with sweeps: begin, pause, resume and cancel them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from plugin.store.models import Finding, Run, Site, Stream, Sweep
from plugin.sync.counterfoils import OURSELVES
from plugin.sync.sweeps.course import NOBODY, open_sweep

BACKFILL, DRY_RUN, RECONCILIATION = "backfill", "dry-run", "reconciliation"
THE_NIGHT = OURSELVES
"""Who asks for nightly ones."""
KEPT = 3
"""Findings are kept of so many sweeps of a kind."""
NIGHT = range(1, 5)
"""Hours of the day in UTC in which nightly reconciliations begin."""
REST = timedelta(hours=12)
"""Between two of them, and after a stream's first run."""


def begin(session: Session, stream_id: int, kind: str, since: date | None, actor: str) -> Sweep:
    """The new sweep, or the one that is under way already. Findings of old ones are forgotten.

    A reconciliation leaves out what the stream does not read.
    """
    stream = session.scalars(select(Stream).where(Stream.id == stream_id).with_for_update()).one()
    under_way = open_sweep(session, stream_id, kind)
    if under_way is not None:
        return under_way
    now = datetime.now(UTC)
    sweep = Sweep(
        stream_id=stream.id,
        kind=kind,
        state="running",
        since=_compared_since(stream, since) if kind == RECONCILIATION else since,
        actor=actor,
        started_at=now,
        moved_at=now,
        due_at=now,
    )
    session.add(sweep)
    session.flush()
    _forget_old(session, stream_id, kind)
    return sweep


def pause(session: Session, sweep_id: int) -> None:
    """A slice that is under way ends before it writes again."""
    _change(session, sweep_id, ("running", "stopped"), state="paused", due_at=None, **NOBODY)


def resume(session: Session, sweep_id: int) -> None:
    """Also for one that a trouble has stopped: it does not wait any longer."""
    _change(session, sweep_id, ("paused", "stopped"), state="running", due_at=datetime.now(UTC), trouble=None)


def cancel(session: Session, sweep_id: int) -> None:
    """What it has done or found so far stays."""
    now = datetime.now(UTC)
    open_states = ("running", "stopped", "paused")
    _change(session, sweep_id, open_states, state="cancelled", due_at=None, finished_at=now, **NOBODY)


def due_at_night(session: Session, now: datetime) -> list[tuple[int, int]]:
    """Site and stream where it is time for a nightly reconciliation. `session` may see all sites."""
    if now.hour not in NIGHT:
        return []
    mine = Sweep.stream_id == Stream.id
    lately = exists().where(mine, Sweep.kind == RECONCILIATION, Sweep.started_at > now - REST)
    settled_in = exists().where(Run.stream_id == Stream.id, Run.state == "done", Run.started_at < now - REST)
    streams = session.execute(
        select(Stream.site_id, Stream.id)
        .join(Site, Site.id == Stream.site_id)
        .where(Stream.active, Stream.reconcile_nightly, Site.left_at.is_(None), ~lately, settled_in)
    )
    return [(row.site_id, row.id) for row in streams]


def _compared_since(stream: Stream, since: date | None) -> date | None:
    return max(filter(None, (stream.since, since)), default=None)


def _change(session: Session, sweep_id: int, states: tuple[str, ...], **values: object) -> None:
    session.execute(
        update(Sweep)
        .where(Sweep.id == sweep_id, Sweep.state.in_(states))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _forget_old(session: Session, stream_id: int, kind: str) -> None:
    kept = (
        select(Sweep.id)
        .where(Sweep.stream_id == stream_id, Sweep.kind == kind)
        .order_by(Sweep.started_at.desc())
        .limit(KEPT)
    )
    old = select(Sweep.id).where(Sweep.stream_id == stream_id, Sweep.kind == kind, Sweep.id.not_in(kept))
    session.execute(delete(Finding).where(Finding.sweep_id.in_(old)).execution_options(synchronize_session=False))
