"""Ending a run that could not begin, because the stream could not be opened, or that broke through a defect of ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from plugin.store.database import Database
from plugin.store.models import Stream
from plugin.sync import ladder
from plugin.sync.lease import Lease, Tenure
from plugin.sync.progress import Progress
from sage_adapters.errors import TransientTrouble, Trouble


def stop(database: Database, site_id: int, lease: Lease, progress: Progress, trouble: Trouble) -> None:
    """Writes down why, gives the lease back, and has the stream tried again when its class of trouble allows."""
    described = ladder.describe(trouble)
    with Tenure(database, site_id, lease).last_transaction() as turn:
        stream = turn.session.scalars(select(Stream).where(Stream.id == lease.stream_id)).one()
        pause = ladder.pause_after(trouble, stream.attempts, timedelta(seconds=stream.interval_seconds))
        turn.note_trouble(described)
        turn.note(attempts=pause.attempts, due_at=datetime.now(UTC) + pause.wait)
        progress.finish(turn.session, "stopped", described)


def defect(reference: str) -> Trouble:
    """What the pages say when our own program failed; `reference` is what the log knows it by."""
    return TransientTrouble(
        "A run of this stream was under way.",
        "Something went wrong on our side.",
        "It is tried again by itself. If it lasts, give the operator of Counterfoil the reference "
        f"{reference}, under which the log tells what happened.",
        "sync.defect",
    )
