"""Finds streams that are due and puts them on the queue. Any number of schedulers may run: a stream's lease lets one
job through, whoever enqueued it.

A stream that was enqueued is not looked at again for GRACE. If its job is lost, or the worker that ran it is killed,
it becomes due again by itself: the lease runs out, and nobody has moved `due_at`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.exc import OperationalError

from plugin.jobs.queue import Queue
from plugin.store.database import Database
from plugin.store.departure import forget_departed
from plugin.store.models import Site, Stream
from sage_adapters.errors import TransientTrouble

log = structlog.get_logger()

GRACE = timedelta(seconds=30)
TICK_SECONDS = 1.0
FORGET_EVERY = timedelta(hours=1)


def enqueue_due(database: Database, queue: Queue) -> None:
    """One look."""
    now = datetime.now(UTC)
    with database.reading_every_site() as session:
        due = session.execute(
            select(Stream.site_id, Stream.id, Stream.due_at)
            .join(Site, Site.id == Stream.site_id)
            .where(
                Stream.active,
                Stream.due_at <= now,
                or_(Stream.lease_until.is_(None), Stream.lease_until < now),
                Site.left_at.is_(None),
            )
        ).all()
    for site_id, stream_id, due_at in due:
        with database.writing(site_id) as session:
            claimed = session.scalars(
                update(Stream)
                .where(Stream.id == stream_id, Stream.due_at == due_at)
                .values(due_at=now + GRACE)
                .returning(Stream.id)
                .execution_options(synchronize_session=False)
            ).first()
        if claimed is not None:  # else another scheduler was first, or a pass has just ended
            queue.run_stream(site_id, stream_id, "schedule")


def keep_enqueuing(database: Database, queue: Queue, stopped: Callable[[], bool]) -> None:
    """Looks every second until told to stop; survives a database or a queue that is away for a while.

    Once an hour, and at the start, it forgets sites whose time to come back is over.
    """
    forget_at = datetime.now(UTC)
    while not stopped():
        try:
            enqueue_due(database, queue)
            if datetime.now(UTC) >= forget_at:
                forget_at += FORGET_EVERY
                with database.writing_every_site() as session:
                    forget_departed(session, datetime.now(UTC))
        except (OperationalError, TransientTrouble) as error:
            log.warning("schedule.waits", reason=type(error).__name__)
        time.sleep(TICK_SECONDS)
