"""One transaction on a stream: its row is locked, so that its chain of counterfoils has one writer.

What is added to the chain and what is noted of the stream is written at the end, in one statement each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import func, literal, select, update
from sqlalchemy.orm import Session

from plugin.store.models import JsonObject, Stream
from plugin.sync.counterfoils import Chain


@dataclass
class Turn:
    """Made by whoever has locked the row: a worker with its lease, or `between_passes`."""

    session: Session
    chain: Chain
    wanted_again: bool = False
    """Somebody has asked for another pass while the lease was held."""
    _noted: JsonObject = field(default_factory=dict)

    def note(self, **values: object) -> None:
        """Columns of the stream's row, as they are to be after the transaction."""
        self._noted.update(values)

    def note_trouble(self, trouble: JsonObject | None) -> None:
        """What the stream stands still for now, None when it goes on; since when is kept through a row of them."""
        now = literal(datetime.now(UTC), Stream.failing_since.type)
        self.note(trouble=trouble, failing_since=func.coalesce(Stream.failing_since, now) if trouble else None)

    def end(self) -> None:
        """The last thing to be done in the transaction."""
        self._noted.update(self.chain.write(self.session))
        if self._noted:
            self.session.execute(
                update(Stream)
                .where(Stream.id == self.chain.stream_id)
                .values(**self._noted)
                .execution_options(synchronize_session=False)
            )


@contextmanager
def between_passes(session: Session, stream_id: int) -> Iterator[Turn]:
    """For what people do with a stream's documents, whoever works on it meanwhile."""
    stream = session.execute(
        select(Stream.chain_length, Stream.chain_hash).where(Stream.id == stream_id).with_for_update()
    ).one()
    turn = Turn(session, Chain(stream_id, *stream))
    yield turn
    turn.end()
