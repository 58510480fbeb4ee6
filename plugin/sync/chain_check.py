"""Following every chain of a site, for a page that waits for the result."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.database import Database
from plugin.store.models import JsonObject, Snapshot, Stream
from plugin.sync.counterfoils import verify

SUBJECT = "chains"
"""Of the snapshot: `entries` that were followed, how many `breaks`, and the first `sentences` by stream."""
TOLD = 50


def check_chains(database: Database, site_id: int) -> None:
    """Ends with the snapshot in state `read`."""
    with database.reading(site_id) as session:
        body = _checked(session)
    with database.writing(site_id) as session:
        snapshot = session.scalars(select(Snapshot).where(Snapshot.subject == SUBJECT)).one_or_none()
        if snapshot is None:
            snapshot = Snapshot(subject=SUBJECT)
            session.add(snapshot)
        snapshot.body, snapshot.state, snapshot.trouble = body, "read", None
        snapshot.read_at = datetime.now(UTC)


def _checked(session: Session) -> JsonObject:
    streams = session.scalars(select(Stream).order_by(Stream.id)).all()
    breaks = 0
    sentences: list[JsonObject] = []
    for stream in streams:
        for sentence in verify(session, stream):
            breaks += 1
            if breaks <= TOLD:
                sentences.append({"stream": stream.id, "sentence": sentence})
    return {"entries": sum(stream.chain_length for stream in streams), "breaks": breaks, "sentences": sentences}
