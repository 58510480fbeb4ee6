"""One slice of a sweep: its lease, how far it has come, and what it has counted.

A page's findings and the position behind it are written together, so that a sweep goes on where it was, in another
job or after its worker has died.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from plugin.store.database import Database
from plugin.store.models import JsonObject, Sweep
from plugin.sync import ladder
from sage_adapters.errors import Trouble

Answer = TypeVar("Answer")
LEASE = timedelta(seconds=60)
RENEW_AFTER = LEASE / 3
SOON = timedelta(seconds=2)
ALREADY_QUEUED = timedelta(seconds=30)


class SweepLost(Exception):
    """Somebody has paused or cancelled the sweep, or another worker goes on with it."""


@dataclass
class Step:
    """A transaction of a sweep: what is noted and counted is written at its end."""

    session: Session
    _noted: JsonObject = field(default_factory=dict)
    _counted: Counter[str] = field(default_factory=Counter)
    _read: int = 0

    def note(self, **values: object) -> None:
        """Columns of the sweep's row."""
        self._noted.update(values)

    def count(self, counts: Mapping[str, int], read: int = 0) -> None:
        """By verdict; and how many documents were gone through."""
        self._counted.update(counts)
        self._read += read


class Course:
    """A slice that has the sweep's lease."""

    def __init__(self, database: Database, sweep: Sweep, owner: str) -> None:
        self.id = sweep.id
        self.stream_id = sweep.stream_id
        self.kind = sweep.kind
        self.since: date | None = sweep.since
        self.position: JsonObject | None = sweep.position
        self.actor = sweep.actor
        self._site_id = sweep.site_id
        self._database = database
        self._owner = owner
        self._attempts = sweep.attempts
        self._counts: Counter[str] = Counter(sweep.counts)
        self._read = sweep.read

    @classmethod
    def begin(cls, database: Database, site_id: int, sweep_id: int) -> Course | None:
        """None when there is nothing to do: it is paused or over, or another worker has it."""
        now = datetime.now(UTC)
        owner = uuid.uuid4().hex
        with database.writing(site_id) as session:
            free = or_(Sweep.lease_owner.is_(None), Sweep.lease_until < now)
            goes_on = Sweep.state.in_(("running", "stopped"))
            sweep = session.scalars(
                update(Sweep)
                .where(Sweep.id == sweep_id, goes_on, free)
                .values(lease_owner=owner, lease_until=now + LEASE, state="running")
                .returning(Sweep)
            ).first()
            return cls(database, sweep, owner) if sweep else None

    @contextmanager
    def step(self) -> Iterator[Step]:
        """Raises SweepLost before anything was written."""
        with self._database.writing(self._site_id) as session:
            self.hold(session)
            step = Step(session)
            yield step
            self.write(step)

    def meanwhile(self, work: Callable[[], Answer]) -> Answer:
        """What `work` returns, while the lease is kept, however long a system takes to answer. Raises SweepLost."""
        with ThreadPoolExecutor(1, "sweep") as thread:
            working = thread.submit(work)
            while not wait({working}, RENEW_AFTER.total_seconds()).done:
                with self._database.writing(self._site_id) as session:
                    self.hold(session)
            return working.result()

    def write(self, step: Step) -> None:
        """Writes what a step has noted, in the step's own transaction."""
        self._counts.update(step._counted)
        self._read += step._read
        values = {"counts": dict(self._counts), "read": self._read, "moved_at": datetime.now(UTC), **step._noted}
        step.session.execute(
            update(Sweep).where(Sweep.id == self.id).values(**values).execution_options(synchronize_session=False)
        )
        self.position = values.get("position", self.position)

    def go_on_later(self, wait: timedelta = ALREADY_QUEUED) -> None:
        """The slice is over, the sweep is not."""
        with self.step() as step:
            step.note(due_at=datetime.now(UTC) + wait, attempts=0, trouble=None, **NOBODY)

    def done(self) -> None:
        with self.step() as step:
            now = datetime.now(UTC)
            step.note(state="done", due_at=None, finished_at=now, attempts=0, trouble=None, position=None, **NOBODY)

    def stop(self, trouble: Trouble) -> None:
        """It goes on by itself when the trouble's class allows."""
        with self.step() as step:
            pause = ladder.pause_after(trouble, self._attempts, timedelta(minutes=5))
            step.note(
                state="stopped",
                trouble=ladder.describe(trouble),
                attempts=pause.attempts,
                due_at=datetime.now(UTC) + pause.wait,
                **NOBODY,
            )

    def hold(self, session: Session) -> None:
        """Renews the lease to the end of the transaction. Raises SweepLost."""
        held = session.execute(
            update(Sweep)
            .where(Sweep.id == self.id, Sweep.lease_owner == self._owner, Sweep.state == "running")
            .values(lease_until=datetime.now(UTC) + LEASE)
            .returning(Sweep.id)
            .execution_options(synchronize_session=False)
        ).first()
        if held is None:
            raise SweepLost(f"sweep {self.id}")


NOBODY = {"lease_owner": None, "lease_until": None}


def open_sweep(session: Session, stream_id: int, kind: str) -> Sweep | None:
    """The stream's sweep of this kind that is not over."""
    return session.scalars(
        select(Sweep).where(
            Sweep.stream_id == stream_id, Sweep.kind == kind, Sweep.state.in_(("running", "stopped", "paused"))
        )
    ).first()
