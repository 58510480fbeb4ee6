"""Reads, takes in and delivers at the same time.

One thread reads pages, several send calls, and the thread that runs the pump writes every result to the database, in
the order in which results come. The ledger is the buffer between the halves; the reader rests while it is full enough.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from plugin.sync import ladder
from plugin.sync.delivery import Delivering, Settlement
from plugin.sync.documents import Delivery, Outcome, Page
from plugin.sync.intake import Intake
from plugin.sync.lease import Tenure
from plugin.sync.ports import Target
from plugin.sync.progress import Progress
from sage_adapters.errors import Trouble

FULL = 4
"""The reader rests while this many full calls wait in the ledger."""


class Pump:
    """Moves documents of one stream until there is nothing left, one side is in trouble, or the time slice is over.

    Afterwards `read_all` tells whether the source was read to its end, and the two troubles what stopped either half.
    """

    def __init__(
        self, tenure: Tenure, intake: Intake, delivering: Delivering, progress: Progress, writers: int, ends_at: float
    ) -> None:
        self._tenure = tenure
        self._intake = intake
        self._delivering = delivering
        self._progress = progress
        self._writers = writers
        self._ends_at = ends_at
        self._creations = self._updates = 0
        self._checked = Checked(delivering.target)
        self._sending: dict[Future[list[Outcome]], list[Delivery]] = {}
        self.read_all = False
        self.reading_trouble: Trouble | None = None
        self.delivery_trouble: Trouble | None = None

    @property
    def over(self) -> bool:
        return time.monotonic() > self._ends_at

    def run(self, pages: Generator[Page]) -> None:
        """Raises LeaseLost; what was being sent then is left to the worker that has taken over."""
        with ThreadPoolExecutor(1, "reader") as reader, ThreadPoolExecutor(self._writers, "writer") as writers:
            try:
                self._count_waiting()
                self._pump(pages, reader, writers)
            finally:
                reader.submit(pages.close)

    def _pump(self, pages: Generator[Page], reader: ThreadPoolExecutor, writers: ThreadPoolExecutor) -> None:
        reading: Future[Page | None] | None = None
        while True:
            if reading is None and self._may_read():
                reading = reader.submit(next, pages, None)
            self._send(writers, draining=reading is None)
            under_way: set[Future[Any]] = {*self._sending, *([reading] if reading else [])}
            if not under_way:
                if self._count_waiting() == 0 or not self._may_deliver():
                    return
                continue
            for future in self._tenure.wait(under_way):
                if future is reading:
                    self._take_in(reading)
                    reading = None
                else:
                    self._settle(self._sending.pop(future), future.result())

    def _may_read(self) -> bool:
        if self.read_all or self.reading_trouble or self.over:
            return False
        return self._creations + self._updates < FULL * self._delivering.target.creations_per_call

    def _may_deliver(self) -> bool:
        return self.delivery_trouble is None and not self.over

    def _take_in(self, reading: Future[Page | None]) -> None:
        try:
            page = reading.result()
        except Trouble as trouble:
            self.reading_trouble = trouble
            return
        if page is None:
            self.read_all = True
            return
        with self._tenure.transaction() as session:
            tally = self._intake.take(session, page)
            self._progress.add(
                session, read=tally.read, unchanged=tally.unchanged, failed=tally.unreadable, expected=page.expected
            )
            if page.watermark is not None:
                self._intake.note_gone(session)
                self._intake.move_watermark(session, page.watermark)
                self.read_all = True
        self._creations += tally.to_create
        self._updates += tally.to_update

    def _send(self, writers: ThreadPoolExecutor, *, draining: bool) -> None:
        """Start full calls while there is room for them; when `draining` also what is left over."""
        target = self._delivering.target
        while len(self._sending) < self._writers and self._may_deliver():
            if self._creations >= target.creations_per_call or (draining and self._creations > 0):
                taken = self._submit(writers, new=True)
                self._creations = max(0, self._creations - taken) if taken else 0
            elif self._updates >= target.updates_per_call or (draining and self._updates > 0):
                taken = self._submit(writers, new=False)
                self._updates = max(0, self._updates - taken) if taken else 0
            else:
                return

    def _submit(self, writers: ThreadPoolExecutor, *, new: bool) -> int:
        """How many entries this took out of the ledger; 0 when there are no more."""
        with self._tenure.transaction() as session:
            taken = self._delivering.take(session, new=new)
            if taken.failed:
                self._progress.add(session, failed=taken.failed)
        if taken.deliveries:
            self._sending[writers.submit(self._checked.deliver, taken.deliveries, new=new)] = taken.deliveries
        return taken.looked_at

    def _settle(self, deliveries: list[Delivery], outcomes: list[Outcome]) -> None:
        with self._tenure.transaction() as session:
            settlement = self._delivering.settle(session, deliveries, outcomes)
            self.count(settlement)
            self._progress.add(
                session, created=settlement.created, updated=settlement.updated, failed=settlement.failed
            )

    def count(self, settlement: Settlement) -> None:
        self.delivery_trouble = self.delivery_trouble or settlement.trouble

    def _count_waiting(self) -> int:
        with self._tenure.transaction() as session:
            self._creations, self._updates = self._delivering.pending(session)
        return self._creations + self._updates


class Checked:
    """A target that is checked once, before its first delivery and in the thread that makes it."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._done = False

    def deliver(self, deliveries: list[Delivery], *, new: bool) -> list[Outcome]:
        """Never raises a Trouble: it becomes the outcome of every delivery of the call."""
        try:
            with self._lock:
                if not self._done:
                    self._target.check()
                    self._done = True
            return list(self._target.create(deliveries) if new else self._target.update(deliveries))
        except Trouble as trouble:
            return [ladder.outcome_of(trouble)] * len(deliveries)
