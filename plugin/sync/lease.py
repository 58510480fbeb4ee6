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

from sqlalchemy import CursorResult, or_, update
from sqlalchemy.orm import Session

from plugin.store.database import Database
from plugin.store.models import Stream

LEASE = timedelta(seconds=30)
RENEW_AFTER = LEASE / 3


class LeaseLost(Exception):
    """Another worker has taken the stream over; whatever this one still holds must not be written."""


@dataclass(frozen=True)
class Lease:
    """Proof of being the one who works on a stream."""

    stream_id: int
    owner: str

    @classmethod
    def take(cls, session: Session, stream_id: int) -> Lease | None:
        """None when another worker holds it, or somebody has paused the stream."""
        now = datetime.now(UTC)
        owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
        taken = session.execute(
            update(Stream)
            .where(Stream.id == stream_id, Stream.active, or_(Stream.lease_owner.is_(None), Stream.lease_until < now))
            .values(lease_owner=owner, lease_until=now + LEASE)
            .execution_options(synchronize_session=False)
        )
        return cls(stream_id, owner) if _one_row(taken) else None

    def hold(self, session: Session) -> None:
        """Renews it, and keeps the stream's row locked to the end of the transaction. Raises LeaseLost."""
        self._set(session, lease_until=datetime.now(UTC) + LEASE)

    def release(self, session: Session) -> None:
        """Gives it back with the end of the transaction, to which the stream's row stays locked. Raises LeaseLost."""
        self._set(session, lease_owner=None, lease_until=None)

    def _set(self, session: Session, **values: object) -> None:
        held = session.execute(
            update(Stream)
            .where(Stream.id == self.stream_id, Stream.lease_owner == self.owner)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        if not _one_row(held):
            raise LeaseLost(f"stream {self.stream_id} is worked on by another worker")


class Tenure:
    """A lease in use: opens transactions that prove it, and renews it while calls are under way."""

    def __init__(self, database: Database, site_id: int, lease: Lease) -> None:
        self._database = database
        self._site_id = site_id
        self._lease = lease
        self._renewed_at = time.monotonic()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Raises LeaseLost before anything was written."""
        with self._database.writing(self._site_id) as session:
            self._lease.hold(session)
            yield session
        self._renewed_at = time.monotonic()

    @contextmanager
    def last_transaction(self) -> Iterator[Session]:
        """As `transaction`, and the lease is given back with it."""
        with self._database.writing(self._site_id) as session:
            self._lease.release(session)
            yield session

    def wait(self, futures: set[Future[Any]]) -> set[Future[Any]]:
        """Those of `futures` that are done, at least one; the lease is kept meanwhile."""
        while True:
            done, _ = wait(futures, RENEW_AFTER.total_seconds(), FIRST_COMPLETED)
            if time.monotonic() - self._renewed_at > RENEW_AFTER.total_seconds():
                with self.transaction():
                    pass
            if done:
                return done


def _one_row(result: object) -> bool:
    assert isinstance(result, CursorResult)
    return result.rowcount == 1
