"""How long a document waits for one of another stream that may not have been read yet.

It waits for nothing that may never come: one look at all of that stream which began after the document was read is
enough to know, and a stream that is not running, or has been in trouble for long, holds up nobody.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import Run, Stream

A_MOMENT = timedelta(minutes=1)
"""How long a document waits before it is looked at again; one whose order or vendor has come is looked at at once."""
PATIENCE = timedelta(hours=1)
"""A stream that has been in trouble for longer holds up nobody."""
AT_MOST = timedelta(days=1)
NEVER = datetime.min.replace(tzinfo=UTC)


def last_look(session: Session, stream_id: int) -> datetime | None:
    """When the last look at all of a stream that came to its end began, NEVER before the first; None where nobody has
    to wait, because nobody knows when the next one will."""
    done = (
        select(Run.started_at)
        .where(Run.stream_id == stream_id, Run.state == "done")
        .order_by(Run.started_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    stream = session.execute(
        select(Stream.active, Stream.failing_since, done.label("looked_at")).where(Stream.id == stream_id)
    ).one()
    lost = stream.failing_since is not None and stream.failing_since < datetime.now(UTC) - PATIENCE
    return None if lost or not stream.active else stream.looked_at or NEVER


def for_the_unread(read_at: datetime, looked_at: datetime | None) -> timedelta | None:
    """For something that is not in the other stream's ledger; None when a look since then has not brought it."""
    if looked_at is None or read_at < datetime.now(UTC) - AT_MOST:
        return None
    return A_MOMENT if looked_at < read_at else None
