"""A stream's lease: who works on it, and until when. Taken before a pass, renewed and proven in each transaction.

A worker that was killed loses it within LEASE; the stream is due again then. A worker that was only slow finds out in
its next transaction, before it writes anything.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from plugin.store.database import Database
from plugin.store.models import Stream
from plugin.sync.counterfoils import Chain
from plugin.sync.turn import Turn

LEASE = timedelta(seconds=30)
RENEW_AFTER = LEASE / 3
NOBODY = {"lease_owner": None, "lease_until": None}
"""What a stream's row says when nobody works on it."""


class LeaseLost(Exception):
    """Another worker has taken the stream over; whatever this one still holds must not be written."""


@dataclass(frozen=True)
class Lease:
    """Proof of being the one who works on a stream."""

    stream_id: int
    owner: str
    due_at: datetime | None
    """When the stream was due as the lease was taken: somebody who wants another pass meanwhile moves it."""

    @classmethod
    def take(cls, session: Session, stream_id: int) -> Lease | None:
        """None when another worker holds it, or somebody has paused the stream."""
        now = datetime.now(UTC)
        owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
        taken = session.execute(
            update(Stream)
            .where(Stream.id == stream_id, Stream.active, or_(Stream.lease_owner.is_(None), Stream.lease_until < now))
            .values(lease_owner=owner, lease_until=now + LEASE)
            .returning(Stream.due_at)
            .execution_options(synchronize_session=False)
        ).first()
        return cls(stream_id, owner, taken.due_at) if taken else None

    def hold(self, session: Session) -> Turn:
        """Renews it, and keeps the stream's row locked to the end of the transaction. Raises LeaseLost."""
        held = session.execute(
            update(Stream)
            .where(Stream.id == self.stream_id, Stream.lease_owner == self.owner)
            .values(lease_until=datetime.now(UTC) + LEASE)
            .returning(Stream.chain_length, Stream.chain_hash, Stream.due_at)
            .execution_options(synchronize_session=False)
        ).first()
        if held is None:
            raise LeaseLost(f"stream {self.stream_id} is worked on by another worker")
        chain = Chain(self.stream_id, held.chain_length, held.chain_hash)
        return Turn(session, chain, wanted_again=held.due_at != self.due_at)


class Tenure:
    """A lease in use: opens transactions that prove it, and renews it while calls are under way."""

    def __init__(self, database: Database, site_id: int, lease: Lease) -> None:
        self._database = database
        self._site_id = site_id
        self._lease = lease
        self._renewed_at = _clock()

    @property
    def sure(self) -> bool:
        """Whether nobody can have taken the stream over by now. A worker that stood still for long must not send
        what it had made ready: another may have asked about it meanwhile, and sent it."""
        return _clock() - self._renewed_at < LEASE.total_seconds()

    @contextmanager
    def transaction(self) -> Iterator[Turn]:
        """Raises LeaseLost before anything was written."""
        began = _clock()
        with self._database.writing(self._site_id) as session:
            turn = self._lease.hold(session)
            yield turn
            turn.end()
        self._renewed_at = began

    @contextmanager
    def last_transaction(self) -> Iterator[Turn]:
        """As `transaction`, and the lease is given back with it."""
        with self.transaction() as turn:
            turn.note(**NOBODY)
            yield turn

    def wait(self, futures: set[Future[Any]]) -> set[Future[Any]]:
        """Those of `futures` that are done, at least one; the lease is kept meanwhile."""
        while True:
            done, _ = wait(futures, RENEW_AFTER.total_seconds(), FIRST_COMPLETED)
            if _clock() - self._renewed_at > RENEW_AFTER.total_seconds():
                with self.transaction():
                    pass
            if done:
                return done


def _clock() -> float:
    """Seconds that go on while the machine is suspended, where the system can tell them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
