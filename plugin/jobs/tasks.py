"""What workers run. Each task is safe to run twice, takes row ids, and writes its outcome into rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from secrets import token_hex

import structlog
from redis import Redis
from sqlalchemy import select

from plugin.integrations import already_there, choosing, setting_up
from plugin.integrations.hooks import attending
from plugin.integrations.lines import admitted, left_alone, open_line, wake_followers
from plugin.integrations.parts import Parts
from plugin.jobs import sweeping
from plugin.jobs.embedded import redis_url
from plugin.jobs.pace import RedisPacing
from plugin.jobs.queue import Queue
from plugin.notices import sending
from plugin.settings import Settings
from plugin.store.models import LedgerEntry
from plugin.sync import chain_check, ladder, ledger, stopping
from plugin.sync.lease import Lease, LeaseLost
from plugin.sync.progress import Calls, Progress
from plugin.sync.refresh import refresh
from plugin.sync.run import Pass
from sage_adapters.errors import Trouble

log = structlog.get_logger()


@cache
def parts() -> Parts:
    """This process's own: RQ forks a process for each job, and neither connections nor keys are carried over."""
    settings = Settings.from_environment()
    return Parts.from_settings(settings, RedisPacing(redis_url(settings)))


def run_stream(site_id: int, stream_id: int, trigger: str) -> None:
    """One slice of a pass; queues the next one when there is more to do at once."""
    database = parts().database
    calls = Calls()
    with _bound(site=site_id, stream=stream_id), database.writing(site_id) as session:
        lease = Lease.take(session, stream_id)
        if lease is None:
            log.info("stream.busy")
            return
        admission = admitted(session, stream_id, datetime.now(UTC))
        if admission is None:
            log.info("stream.waits")
            session.rollback()
            return
        progress = Progress.go_on(session, stream_id, trigger, calls)
        standing = ledger.standing(session, stream_id)
    with _bound(site=site_id, stream=stream_id):
        try:
            line = open_line(parts(), site_id, stream_id, calls)
            ending = Pass(database, line, lease, progress, standing, admission).run()
        except LeaseLost:
            log.warning("stream.taken-over")
            return
        except Trouble as trouble:
            stopping.stop(database, site_id, lease, progress, trouble)
            log.warning("stream.stopped", **ladder.describe(trouble))
            return
        except Exception:
            # A defect of ours: the pages tell of it, and the stream is free for another try. The queue keeps the job.
            reference = token_hex(4)
            log.exception("stream.broke", reference=reference)
            stopping.stop(database, site_id, lease, progress, stopping.defect(reference))
            raise
        if ending.trouble:
            log.warning("stream.stopped", **ladder.describe(ending.trouble))
        for change in ending.changes:
            log.warning(change.event, **change.facts)
        if progress.changed and not ending.again:
            with database.writing(site_id) as session:
                wake_followers(session, stream_id, datetime.now(UTC))
    if ending.again:
        _queue().run_stream(site_id, stream_id, trigger)


def refresh_document(site_id: int, ledger_entry_id: int) -> None:
    """Reads the container of one document anew, and leaves the rest to the stream's next pass, which starts now.

    That pass meets the same trouble, if there is one, and tells it where people look.
    """
    with _bound(site=site_id, entry=ledger_entry_id):
        with parts().database.reading(site_id) as session:
            entry = session.scalars(select(LedgerEntry).where(LedgerEntry.id == ledger_entry_id)).one_or_none()
            if entry is None:
                return
            alone = left_alone(session, entry.stream_id, datetime.now(UTC))
        try:
            if not alone:
                line = open_line(parts(), site_id, entry.stream_id, Calls())
                refresh(parts().database, line, entry)
        except Trouble as trouble:
            log.warning("document.not-refreshed", **ladder.describe(trouble))
    _queue().run_stream(site_id, entry.stream_id)


def send_messages(site_id: int) -> None:
    """Tells recipients of notices what the outbox has for them."""
    with _bound(site=site_id):
        sending.send_messages(parts().database, parts().seal, parts().settings, site_id, datetime.now(UTC))


def compare_document(site_id: int, ledger_entry_id: int) -> None:
    """*It is already there*: puts a document beside the issue that a person has named."""
    with _bound(site=site_id, entry=ledger_entry_id):
        already_there.compare(parts(), site_id, ledger_entry_id)


def check_connection(site_id: int, connection_id: int) -> None:
    """*Test connection*."""
    with _bound(site=site_id, connection=connection_id):
        setting_up.check_connection(parts(), site_id, connection_id)


def read_projects(site_id: int) -> None:
    with _bound(site=site_id):
        setting_up.read_projects(parts(), site_id)


def read_fields(site_id: int, project_id: str, issue_type_id: str) -> None:
    with _bound(site=site_id, project=project_id):
        setting_up.read_fields(parts(), site_id, project_id, issue_type_id)


def read_choices(site_id: int, subject: str) -> None:
    with _bound(site=site_id, subject=subject):
        choosing.read_choices(parts(), site_id, subject)


def create_missing_fields(site_id: int, stream_id: int) -> None:
    with _bound(site=site_id, stream=stream_id):
        setting_up.create_missing_fields(parts(), site_id, stream_id)


def check_chains(site_id: int) -> None:
    """*Check now* of the audit trail."""
    with _bound(site=site_id):
        chain_check.check_chains(parts().database, site_id)


def attend(site_id: int, duty: str) -> None:
    """A duty of the site's webhooks, or a slice of it."""
    with _bound(site=site_id, duty=duty):
        if attending.attend(parts(), site_id, duty, datetime.now(UTC)):
            _queue().attend(site_id, duty)


def run_sweep(site_id: int, sweep_id: int) -> None:
    """One slice of a backfill, a dry run or a reconciliation."""
    with _bound(site=site_id, sweep=sweep_id):
        if sweeping.run_slice(parts(), site_id, sweep_id):
            _queue().run_sweep(site_id, sweep_id)


def release_findings(site_id: int, sweep_id: int, actor: str, *finding_ids: int) -> None:
    with _bound(site=site_id, sweep=sweep_id):
        sweeping.release_findings(parts(), site_id, sweep_id, finding_ids, actor)


def mend_findings(site_id: int, sweep_id: int, verdict: str, actor: str, after: int) -> None:
    """*Repair all*: a portion, then the next in another job."""
    with _bound(site=site_id, sweep=sweep_id):
        behind = sweeping.mend_portion(parts(), site_id, sweep_id, verdict, actor, after)
    if behind is not None:
        _queue().mend_findings(site_id, sweep_id, verdict, actor, behind)


@contextmanager
def _bound(**context: int | str) -> Iterator[None]:
    with structlog.contextvars.bound_contextvars(**context):
        yield


def _queue() -> Queue:
    return Queue(Redis.from_url(redis_url(parts().settings)))
