"""One pass of a stream, from taking its lease to giving it back.

    ask the target about what an earlier run left uncertain
    compare the ledger anew where the mapping has changed
    read into the ledger and deliver out of it, move the watermark (see pump.py)

A pass ends when nothing is left to do, when the source or the target is in trouble, or when its time slice is over:
then it goes on in another job, so that a long backfill holds up nobody.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from plugin.store.database import Database
from plugin.store.models import JsonObject, Stream
from plugin.sync import ladder, remap
from plugin.sync.delivery import Delivering
from plugin.sync.documents import Page
from plugin.sync.intake import Intake, LedgerMemory
from plugin.sync.lease import Lease, Tenure
from plugin.sync.ports import Source, Target
from plugin.sync.progress import Progress
from plugin.sync.pump import Pump
from sage_adapters.errors import Trouble, UncertainOutcome

ALREADY_QUEUED = timedelta(seconds=30)
"""The next slice is on the queue; should that job be lost, the schedule makes up for it after this time."""


@dataclass(frozen=True)
class Line:
    """A stream made ready to run: its source, its target, where it stands and what it was told."""

    site_id: int
    stream_id: int
    source: Source
    target: Target
    watermark: JsonObject | None
    position: JsonObject | None
    mapping_version: int
    mapped_version: int
    interval: timedelta
    attempts: int
    writers: int
    uncertain_wait: timedelta
    slice: timedelta


@dataclass(frozen=True)
class Ending:
    """How a pass ended. `again`: there is more to do at once, in another job."""

    again: bool
    trouble: Trouble | None


class Pass:
    """One pass, or one slice of it."""

    def __init__(self, database: Database, line: Line, lease: Lease, progress: Progress) -> None:
        self._database = database
        self._line = line
        self._progress = progress
        self._tenure = Tenure(database, line.site_id, lease)
        self._intake = Intake(line.site_id, line.stream_id, line.source)
        self._delivering = Delivering(line.site_id, line.stream_id, line.target, line.uncertain_wait)
        ends_at = time.monotonic() + line.slice.total_seconds()
        self._pump = Pump(self._tenure, self._intake, self._delivering, progress, line.writers, ends_at)

    def run(self) -> Ending:
        """Raises LeaseLost when another worker has taken the stream over; then nothing more is written."""
        self._ask_about_doubtful()
        if self._line.mapped_version < self._line.mapping_version:
            self._compare_anew()
        self._pump.run(self._pages())
        return self._end()

    def _pages(self) -> Generator[Page]:
        line = self._line
        memory = LedgerMemory(lambda: self._database.reading(line.site_id), line.stream_id)
        yield from line.source.read(line.watermark, line.position, memory)

    def _ask_about_doubtful(self) -> None:
        with self._database.reading(self._line.site_id) as session:
            if not self._delivering.in_doubt(session):
                return
        with self._tenure.transaction() as session:
            self._delivering.doubt_abandoned(session)
            doubtful = self._delivering.doubtful(session)
        with ThreadPoolExecutor(1, "asking") as asking:
            while doubtful.deliveries:
                question = asking.submit(self._line.target.find, doubtful.deliveries, doubtful.after)
                self._tenure.wait({question})
                try:
                    found = question.result()
                except Trouble as trouble:
                    self._pump.delivery_trouble = trouble
                    return
                with self._tenure.transaction() as session:
                    settlement = self._delivering.resolve(session, doubtful.deliveries, found)
                    self._progress.add(created=settlement.created)
                    self._progress.write(session)
                    doubtful = self._delivering.doubtful(session)

    def _compare_anew(self) -> None:
        after: int | None = 0
        while after is not None:
            with self._tenure.transaction() as session:
                after = remap.compare(session, self._line.stream_id, self._line.target, after)
                if after is None:
                    self._stream(session, mapped_version=self._line.mapping_version)

    def _end(self) -> Ending:
        pump, line = self._pump, self._line
        trouble = pump.reading_trouble or pump.delivery_trouble
        described = ladder.describe(trouble) if trouble else None
        with self._tenure.last_transaction() as session:
            again = trouble is None and (not pump.read_all or any(self._delivering.pending(session)))
            pause = ladder.pause_after(trouble, line.attempts, line.interval) if trouble else None
            wait = ALREADY_QUEUED if again else pause.wait if pause else line.interval
            if isinstance(trouble, UncertainOutcome):
                wait = min(line.uncertain_wait, line.interval)
            self._stream(
                session,
                trouble=described,
                attempts=pause.attempts if pause else 0,
                due_at=datetime.now(UTC) + wait,
            )
            self._progress.finish(session, "waiting" if again else "stopped" if trouble else "done", described)
        return Ending(again, trouble)

    def _stream(self, session: Session, **values: object) -> None:
        session.execute(
            update(Stream)
            .where(Stream.id == self._line.stream_id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
