"""Reads, takes in and delivers at the same time.

One thread reads pages, several send calls, and the thread that runs the pump writes to the database: in one
transaction what has come meanwhile, answers and a page, and the intent of the calls that go out next. The ledger is the
buffer between the halves; the reader rests while it is full enough.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from plugin.sync import ladder
from plugin.sync.delivery import Delivering
from plugin.sync.documents import Delivery, Held, Outcome, Page, Unconfirmed
from plugin.sync.intake import Intake, Tally
from plugin.sync.lease import Tenure
from plugin.sync.ports import Target
from plugin.sync.turn import Turn
from sage_adapters.errors import TransientTrouble, Trouble

FULL = 4
"""The reader rests while this many full calls wait in the ledger."""
QUEUED = 2
"""Calls made ready behind those under way, so that no writer waits for the database."""
STOPPED = TransientTrouble(
    code="sync.stopped",
    tried="Delivering this document.",
    got="The pass ended before it was sent.",
    remedy="Nothing to do: it is delivered in the next pass.",
)


@dataclass(frozen=True)
class Call:
    """Documents whose intent is written down: all new to the target, or all known to it."""

    deliveries: list[Delivery]
    new: bool


Answered = tuple[Call, list[Outcome]]


class Counting(Protocol):
    """Told how far a pump has come; writes it down with the pump's own transactions."""

    def add(self, *, expected: int | None = None, **counts: int) -> None: ...

    def write(self, session: Session) -> None: ...


class Pump:
    """Moves documents of one stream until there is nothing left, one side is in trouble, or the time slice is over.

    When it ends by itself it calls `end` in its last transaction. By then `read_all` tells whether the source was read
    to its end, the two troubles what stopped either half, and `delayed_until` when the first of the documents that the
    target takes later can be sent.
    """

    def __init__(
        self,
        tenure: Tenure,
        intake: Intake,
        delivering: Delivering,
        progress: Counting,
        *,
        writers: int,
        ends_at: float,
        end: Callable[[Turn], None],
    ) -> None:
        self._tenure = tenure
        self._intake = intake
        self._delivering = delivering
        self._progress = progress
        self._writers = writers
        self._ends_at = ends_at
        self._end = end
        self._creations = self._updates = 0
        self._turns = 0
        self._checked = Checked(delivering.target, lambda: tenure.sure)
        self._sending: dict[Future[list[Outcome]], Call] = {}
        self._reading: Future[Page | None] | None = None
        self.read_all = False
        self.reading_trouble: Trouble | None = None
        self.delivery_trouble: Trouble | None = None
        self.source_answered = self.target_answered = False
        self.delayed_until: datetime | None = None

    @property
    def waiting(self) -> int:
        """How many documents wait in the ledger to be delivered."""
        return self._creations + self._updates

    @property
    def over(self) -> bool:
        """However short the slice, it gets somewhere."""
        return self._turns > 0 and time.monotonic() > self._ends_at

    def run(self, pages: Generator[Page], to_create: int, to_update: int, *, many: bool = False) -> None:
        """`to_create`, `to_update`: how many documents the ledger holds for delivery already. `many`: more are sure to
        come, and the target is checked while the first are read.

        Raises LeaseLost; what was being sent then is left to the worker that has taken over.
        """
        self._creations, self._updates = to_create, to_update
        with ThreadPoolExecutor(1, "reader") as reader, ThreadPoolExecutor(self._writers, "writer") as writers:
            try:
                if many:
                    writers.submit(self._checked.prepare)
                self._pump(pages, reader, writers)
            finally:
                # Where we end by an exception, the lease may be another's: what has not been sent must not be sent.
                self._checked.stop()
                reader.submit(pages.close)

    def _pump(self, pages: Generator[Page], reader: ThreadPoolExecutor, writers: ThreadPoolExecutor) -> None:
        page: Page | None = None
        answered: list[Answered] = []
        ended = False
        while not ended:
            if self._reading is None and self._may_read():
                self._reading = reader.submit(next, pages, None)
            if page or answered or self._reading is None:
                calls, ended = self._write_down(page, answered)
                for call in calls:
                    self._sending[writers.submit(self._checked.deliver, call)] = call
            page, answered = self._wait()

    def _wait(self) -> tuple[Page | None, list[Answered]]:
        """What has come next of all that is under way."""
        under_way: set[Future[Any]] = {*self._sending, *([self._reading] if self._reading else [])}
        if not under_way:
            return None, []
        done = self._tenure.wait(under_way)
        page = self._page_read() if self._reading in done else None
        return page, [(self._sending.pop(each), each.result()) for each in list(self._sending) if each in done]

    def _may_read(self) -> bool:
        if self.read_all or self.reading_trouble or self.over:
            return False
        return self.waiting < FULL * self._delivering.target.creations_per_call

    def _may_deliver(self) -> bool:
        return self.delivery_trouble is None and not self.over

    def _page_read(self) -> Page | None:
        """What the reader came back with; None at the end of the source or in trouble."""
        assert self._reading is not None
        reading, self._reading = self._reading, None
        try:
            page = reading.result()
        except Trouble as trouble:
            self.reading_trouble = trouble
            return None
        self.read_all = page is None or page.watermark is not None
        self.source_answered = True
        return page

    def _write_down(self, page: Page | None, answered: list[Answered]) -> tuple[list[Call], bool]:
        """What has come, and what goes out next: the calls to send once this is durable. And whether that was all."""
        with self._tenure.transaction() as turn:
            for call, outcomes in answered:
                self._settle(turn, call, outcomes)
            if page is not None:
                self._take_in(turn, page)
            calls = self._next_calls(turn)
            ended = not calls and not self._sending and self._reading is None and not self._may_read()
            if ended:
                self._end(turn)
            else:
                self._progress.write(turn.session)
        self._turns += 1
        return calls, ended

    def _take_in(self, turn: Turn, page: Page) -> None:
        tally = self._intake.take(turn, page)
        self._progress.add(read=tally.read, unchanged=tally.unchanged, failed=tally.unreadable, expected=page.expected)
        self._expect(tally)
        if page.watermark is not None:
            self._expect(self._intake.note_gone(turn))
            turn.note(watermark=page.watermark, position=None)

    def _expect(self, tally: Tally) -> None:
        self._creations += tally.to_create
        self._updates += tally.to_update

    def _settle(self, turn: Turn, call: Call, outcomes: list[Outcome]) -> None:
        settlement = self._delivering.settle(turn, call.deliveries, outcomes)
        if settlement.trouble and self.delivery_trouble in (None, STOPPED):
            self.delivery_trouble = settlement.trouble  # of calls under way, one that was not sent may come back first
        self.target_answered = self.target_answered or settlement.answered
        self.delayed_until = min(filter(None, (self.delayed_until, settlement.delayed_until)), default=None)
        self._progress.add(
            created=settlement.created, updated=settlement.updated + settlement.linked, failed=settlement.failed
        )
        self._updates += settlement.linked + settlement.in_part  # what was found may be of an older version

    def _next_calls(self, turn: Turn) -> list[Call]:
        """Full calls while there is room for them; when no more is read, also what is left over."""
        calls: list[Call] = []
        while len(self._sending) + len(calls) < self._writers + QUEUED and self._may_deliver():
            kind = self._next_kind()
            if kind is None:
                break
            calls.extend(self._take(turn, new=kind))
        return calls

    def _next_kind(self) -> bool | None:
        """Whether documents new to the target are to go out next (True), known ones (False), or none yet."""
        target = self._delivering.target
        draining = self._reading is None and not self._may_read()
        if self._creations >= target.creations_per_call or (draining and self._creations > 0):
            return True
        if self._updates >= target.updates_per_call or (draining and self._updates > 0):
            return False
        return None

    def _take(self, turn: Turn, *, new: bool) -> list[Call]:
        taken = self._delivering.take(turn, new=new)
        self._progress.add(failed=taken.failed)
        if new:
            self._creations = max(0, self._creations - taken.looked_at) if taken.looked_at else 0
        else:
            self._updates = max(0, self._updates - taken.looked_at) if taken.looked_at else 0
        return [Call(taken.deliveries, new)] if taken.deliveries else []


class Checked:
    """A target that is checked once, before its first delivery and in the thread that makes it.

    After a trouble that is not one document's own, calls that wait behind it are not sent any more.
    """

    def __init__(self, target: Target, may_send: Callable[[], bool]) -> None:
        self._target = target
        self._may_send = may_send
        self._lock = threading.Lock()
        self._done = False
        self._trouble: Trouble | None = None
        self._stopped = threading.Event()

    def stop(self) -> None:
        """From now on nothing more is sent."""
        self._stopped.set()

    def prepare(self) -> None:
        """Checks it before the first call comes, which is told of the trouble, if there is one."""
        with self._lock:
            try:
                self._check()
            except Trouble as trouble:
                self._trouble = trouble

    def deliver(self, call: Call) -> list[Outcome]:
        """Never raises a Trouble: it becomes the outcome of every delivery of the call."""
        try:
            outcomes = self._deliver(call)
        except Trouble as trouble:
            outcomes = [ladder.outcome_of(trouble)] * len(call.deliveries)
        if any(isinstance(outcome, Held | Unconfirmed) for outcome in outcomes):
            self.stop()
        return outcomes

    def _deliver(self, call: Call) -> list[Outcome]:
        try:
            with self._lock:
                self._check()
        except Trouble as trouble:
            return [ladder.held_by(trouble)] * len(call.deliveries)  # none of them was sent
        if self._stopped.is_set() or not self._may_send():
            return [Held(STOPPED)] * len(call.deliveries)
        deliver = self._target.create if call.new else self._target.update
        return list(deliver(call.deliveries))

    def _check(self) -> None:
        if self._trouble is not None:
            raise self._trouble
        if not self._done and not self._stopped.is_set():
            self._target.check()
            self._done = True
