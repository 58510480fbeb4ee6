"""Finds streams that are due and puts them on the queue. Any number of schedulers may run: a stream's lease lets one
job through, whoever enqueued it.

A stream that needs a system which is left alone is due again when that may be tried; then one stream goes first.
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

from plugin.integrations.lines import needs_of
from plugin.jobs.hooks import enqueue_due_duties, follow_configuration, forget_old_messages
from plugin.jobs.queue import Queue
from plugin.jobs.sweeping import begin_nightly_reconciliations, enqueue_due_sweeps
from plugin.notices.attempts import sites_with_messages
from plugin.notices.watch import look
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.departure import forget_departed
from plugin.store.models import Integration, Site, Stream
from plugin.sync.circuit_rows import forget_over, kept_by_site
from plugin.sync.circuits import Doorkeeper
from sage_adapters.errors import TransientTrouble

log = structlog.get_logger()

GRACE = timedelta(seconds=30)
TICK_SECONDS = 1.0
FORGET_EVERY = timedelta(hours=1)
WATCH_EVERY = timedelta(minutes=1)
FOLLOW_EVERY = timedelta(seconds=10)


def enqueue_due(database: Database, queue: Queue) -> None:
    """One look."""
    now = datetime.now(UTC)
    with database.reading_every_site() as session:
        due = session.execute(
            select(Stream.site_id, Stream.id, Stream.due_at, Integration.kind, Stream.name, Integration.connection_id)
            .join(Site, Site.id == Stream.site_id)
            .join(Integration, Integration.id == Stream.integration_id)
            .where(
                Stream.active,
                Stream.due_at <= now,
                or_(Stream.lease_until.is_(None), Stream.lease_until < now),
                Site.left_at.is_(None),
            )
            .order_by(Stream.due_at, Stream.id)
        ).all()
        doorkeeper = Doorkeeper(kept_by_site(session, now, {row.site_id for row in due}) if due else {}, now)
    for site_id, stream_id, due_at, kind, name, connection_id in due:
        later = doorkeeper.later(site_id, needs_of(kind, name, connection_id))
        with database.writing(site_id) as session:
            claimed = session.scalars(
                update(Stream)
                .where(Stream.id == stream_id, Stream.due_at == due_at)
                .values(due_at=later or now + GRACE)
                .returning(Stream.id)
                .execution_options(synchronize_session=False)
            ).first()
        if claimed is not None and not later:  # else another scheduler was first, or a pass has just ended
            queue.run_stream(site_id, stream_id, "schedule")


def watch(database: Database, queue: Queue, settings: Settings, now: datetime) -> None:
    """One look for what administrators should know of; messages that are due are put on the queue."""
    try:
        look(database, settings, now)
    except OperationalError:
        raise
    except Exception:
        log.exception("notices.broke")  # a defect of ours must not keep streams from being enqueued
    with database.reading_every_site() as session:
        sites = sites_with_messages(session, now)
    for site_id in sites:
        queue.send_messages(site_id)


def end_pauses(database: Database, now: datetime) -> None:
    """Notes which systems may be called again by all sites: their streams have been due since then."""
    with database.writing_every_site() as session:
        over = forget_over(session, now)
    for system in over:
        log.warning("app.goes-on", system=system)


def keep_enqueuing(database: Database, queue: Queue, settings: Settings, stopped: Callable[[], bool]) -> None:
    """Looks every second until told to stop; survives a database or a queue that is away for a while.

    Once an hour, and at the start, it forgets sites whose time to come back is over. Once a minute it watches; not at
    the start, since after a pause of its own every stream would seem to stand still. Every few seconds it looks what
    the settings ask for: somebody who has just saved them waits for webhooks.
    """
    forget_at = follow_at = datetime.now(UTC)
    watch_at = datetime.now(UTC) + WATCH_EVERY
    while not stopped():
        try:
            enqueue_due(database, queue)
            enqueue_due_sweeps(database, queue, datetime.now(UTC))
            enqueue_due_duties(database, queue, datetime.now(UTC))
            if datetime.now(UTC) >= follow_at:
                follow_at = datetime.now(UTC) + FOLLOW_EVERY
                follow_configuration(database, datetime.now(UTC))
            if datetime.now(UTC) >= forget_at:
                forget_at += FORGET_EVERY
                with database.writing_every_site() as session:
                    forget_departed(session, datetime.now(UTC))
                forget_old_messages(database, datetime.now(UTC))
            if datetime.now(UTC) >= watch_at:
                watch_at = datetime.now(UTC) + WATCH_EVERY
                watch(database, queue, settings, datetime.now(UTC))
                end_pauses(database, datetime.now(UTC))
                follow_configuration(database, datetime.now(UTC))
                begin_nightly_reconciliations(database, datetime.now(UTC))
        except (OperationalError, TransientTrouble) as error:
            log.warning("schedule.waits", reason=type(error).__name__)
        time.sleep(TICK_SECONDS)
