"""Sweeps as jobs: a slice each; and finding those that are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import structlog
from sqlalchemy import or_, select, update

from plugin.integrations.lines import open_line
from plugin.integrations.parts import Parts
from plugin.jobs.queue import Queue
from plugin.store.database import Database
from plugin.store.models import Finding, Site, Sweep
from plugin.sync import ladder, stopping
from plugin.sync.circuit_rows import kept_of_site
from plugin.sync.circuits import barred_until
from plugin.sync.lease import LeaseLost
from plugin.sync.progress import Calls
from plugin.sync.run import Line
from plugin.sync.sweeps import asking, repair, slice
from plugin.sync.sweeps.course import ALREADY_QUEUED, Course, SweepLost
from sage_adapters.errors import RecordTrouble, Trouble

log = structlog.get_logger()


def enqueue_due_sweeps(database: Database, queue: Queue, now: datetime) -> None:
    """One look; a sweep that was enqueued is not looked at again for a while."""
    with database.reading_every_site() as session:
        free = or_(Sweep.lease_until.is_(None), Sweep.lease_until < now)
        due = session.execute(
            select(Sweep.site_id, Sweep.id, Sweep.due_at)
            .join(Site, Site.id == Sweep.site_id)
            .where(Sweep.due_at <= now, free, Site.left_at.is_(None))
        ).all()
    for site_id, sweep_id, due_at in due:
        with database.writing(site_id) as session:
            claimed = session.scalars(
                update(Sweep)
                .where(Sweep.id == sweep_id, Sweep.due_at == due_at)
                .values(due_at=now + ALREADY_QUEUED)
                .returning(Sweep.id)
                .execution_options(synchronize_session=False)
            ).first()
        if claimed is not None:
            queue.run_sweep(site_id, sweep_id)


def begin_nightly_reconciliations(database: Database, now: datetime) -> None:
    """Any number of schedulers may do this: a stream's row is locked, and one that is under way is not begun again."""
    with database.reading_every_site() as session:
        due = asking.due_at_night(session, now)
    for site_id, stream_id in due:
        with database.writing(site_id) as session:
            if (site_id, stream_id) in asking.due_at_night(session, now):
                asking.begin(session, stream_id, asking.RECONCILIATION, None, asking.THE_NIGHT)


def run_slice(parts: Parts, site_id: int, sweep_id: int) -> bool:
    """Whether the next slice is to be queued at once."""
    course = Course.begin(parts.database, site_id, sweep_id)
    if course is None:
        return False
    try:
        # What an earlier life of the app has brought from that time may be in the target still.
        looks = course.kind == asking.BACKFILL
        line = open_line(parts, site_id, course.stream_id, Calls(), look_first=looks)
        if wait := _wait_for_circuits(parts.database, line):
            course.go_on_later(wait)
            return False
        return slice.go_on(parts.database, line, course)
    except (SweepLost, LeaseLost):
        log.info("sweep.taken-over")
    except Trouble as trouble:
        log.warning("sweep.stopped", **ladder.describe(trouble))
        _stop(course, trouble)
    except Exception:
        reference = token_hex(4)
        log.exception("sweep.broke", reference=reference)
        _stop(course, stopping.defect(reference))
        raise
    return False


def _wait_for_circuits(database: Database, line: Line) -> timedelta | None:
    """A system that is left alone is left alone by sweeps too; to find out whether it is well again is for passes."""
    now = datetime.now(UTC)
    with database.reading(line.site_id) as session:
        until = barred_until(kept_of_site(session, now), line.needs, now)
    return until - now if until else None


def _stop(course: Course, trouble: Trouble) -> None:
    try:
        course.stop(trouble)
    except SweepLost:
        log.info("sweep.taken-over")


def release_findings(parts: Parts, site_id: int, sweep_id: int, finding_ids: Sequence[int], actor: str) -> bool:
    """Takes our mark off what should not carry it. What could not be reached says why, and can be tried again.

    False when Jira as a whole is in trouble: the rest was not tried.
    """
    with parts.database.reading(site_id) as session:
        stream_id = session.get_one(Sweep, sweep_id).stream_id
        findings = repair.to_release(session, stream_id, finding_ids)
        ours = repair.taken_up(session, stream_id, findings)
    line: Line | None = None
    for finding in findings:
        if finding.target_id in ours:
            _tell(parts.database, site_id, finding.id, repair.no_longer_stray(finding))
            continue
        try:
            line = line or open_line(parts, site_id, stream_id, Calls())
            line.target.release(finding.target_id or "")
        except Trouble as trouble:
            _tell(parts.database, site_id, finding.id, trouble)
            if not isinstance(trouble, RecordTrouble):
                return False
            continue
        with parts.database.writing(site_id) as session:
            repair.released(session, stream_id, finding.id, actor)
    return True


def mend_portion(parts: Parts, site_id: int, sweep_id: int, verdict: str, actor: str, after: int) -> int | None:
    """Repairs the next findings of a verdict; the id behind which there may be more, None when that was all."""
    with parts.database.reading(site_id) as session:
        stream_id = session.get_one(Sweep, sweep_id).stream_id
        ids = repair.next_portion(session, sweep_id, verdict, after)
    if not ids:
        return None
    if verdict in repair.IN_THE_TARGET:
        going_on = release_findings(parts, site_id, sweep_id, ids, actor)
    else:
        with parts.database.writing(site_id) as session:
            repair.repair(session, stream_id, ids, actor)
        going_on = True
    return ids[-1] if going_on else None


def _tell(database: Database, site_id: int, finding_id: int, trouble: Trouble) -> None:
    with database.writing(site_id) as session:
        session.get_one(Finding, finding_id).trouble = ladder.describe(trouble)
