"""One pass of a stream, from taking its lease to giving it back.

    ask the target about what an earlier run left uncertain
    see what has changed in the streams whose documents are told together with ours
    compare the ledger anew where the mapping has changed
    read into the ledger and deliver out of it, move the watermark (see pump.py)

A pass ends when nothing is left to do, when the source or the target is in trouble, or when its time slice is over:
then it goes on in another job, so that a long backfill holds up nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy.orm import Session

from plugin.store.database import Database
from plugin.store.models import JsonObject
from plugin.sync import following, ladder, ledger, remap
from plugin.sync.circuit_rows import FREELY, Admission, Change
from plugin.sync.circuits import Contact, Needs
from plugin.sync.companions import Companions
from plugin.sync.delivery import Delivering
from plugin.sync.documents import Page
from plugin.sync.following import Followed
from plugin.sync.intake import Intake, LedgerMemory
from plugin.sync.lease import NOBODY, Lease, Tenure
from plugin.sync.ledger import Standing
from plugin.sync.ports import Source, Target
from plugin.sync.progress import Progress
from plugin.sync.pump import Pump
from plugin.sync.turn import Turn
from sage_adapters.errors import Trouble, UncertainOutcome

Answer = TypeVar("Answer")
ALREADY_QUEUED = timedelta(seconds=30)
"""The next slice is on the queue; should that job be lost, the schedule makes up for it after this time."""


PATIENCE = 2
"""After so many troubles in a row, what cannot be read or delivered is looked at by itself."""


@dataclass(frozen=True)
class Line:
    """A stream made ready to run: its source, its target, where it stands and what it was told."""

    site_id: int
    stream_id: int
    needs: Needs
    source: Source
    target: Target
    companions: Companions
    followed: Sequence[Followed]
    watermark: JsonObject | None
    position: JsonObject | None
    mapping_version: int
    mapped_version: int
    interval: timedelta
    attempts: int
    writers: int
    uncertain_wait: timedelta
    slice: timedelta
    look_first: bool
    """The target may have documents that the ledger does not know: see the stream's row."""


@dataclass(frozen=True)
class Ending:
    """How a pass ended. `again`: there is more to do at once, in another job. `changes`: circuits it opened, closed or
    kept open."""

    again: bool
    trouble: Trouble | None
    changes: Sequence[Change] = ()


class Pass:
    """One pass, or one slice of it."""

    def __init__(
        self,
        database: Database,
        line: Line,
        lease: Lease,
        progress: Progress,
        standing: Standing,
        admission: Admission = FREELY,
    ) -> None:
        """`standing` is the ledger's, read when the lease was taken."""
        self._database = database
        self._line = line
        self._progress = progress
        self._standing = standing
        self._admission = admission
        self._tenure = Tenure(database, line.site_id, lease)
        self._delivering = Delivering(line.stream_id, line.target, line.companions, line.uncertain_wait)
        self._pump = Pump(
            self._tenure,
            Intake(line.stream_id, line.source, adrift=standing.adrift),
            self._delivering,
            progress,
            writers=line.writers,
            ends_at=time.monotonic() + line.slice.total_seconds(),
            end=self._end,
        )
        self._ending = Ending(again=False, trouble=None)

    def run(self) -> Ending:
        """Raises LeaseLost when another worker has taken the stream over; then nothing more is written."""
        if self._line.needs.target in self._admission.probed:
            self._try_target()
        if self._standing.doubtful:
            self._ask_about_doubtful()
        if self._line.followed:
            self._follow()
        if self._line.mapped_version < self._line.mapping_version:
            self._compare_anew()
        fresh = self._line.watermark is None and self._line.position is None and not self._admission.probed
        self._pump.run(self._pages(), self._standing.to_create, self._standing.to_update, many=fresh)
        return self._ending

    def _pages(self) -> Generator[Page]:
        line = self._line
        memory = LedgerMemory(lambda: self._database.reading(line.site_id), line.stream_id)
        yield from line.source.read(line.watermark, line.position, memory, lenient=line.attempts >= PATIENCE)

    def _try_target(self) -> None:
        """A pass that delivers nothing would not find out whether the target is well again."""
        with suppress(Trouble):
            self._ask(self._line.target.check)

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        """What the target answers, with the lease kept meanwhile; a trouble stops deliveries, and is raised."""
        with ThreadPoolExecutor(1, "asking") as asking:
            asked = asking.submit(question)
            self._tenure.wait({asked})
        try:
            answer = asked.result()
        except Trouble as trouble:
            self._pump.delivery_trouble = trouble
            raise
        self._pump.target_answered = True
        return answer

    def _ask_about_doubtful(self) -> None:
        with self._tenure.transaction() as turn:
            self._delivering.doubt_abandoned(turn.session)
            doubtful = self._delivering.doubtful(turn.session)
        while doubtful.deliveries:
            try:
                found = self._ask(partial(self._line.target.find, doubtful.deliveries, doubtful.after))
            except Trouble:
                return
            with self._tenure.transaction() as turn:
                settlement = self._delivering.resolve(turn, doubtful.deliveries, found)
                self._progress.add(created=settlement.created)
                self._progress.write(turn.session)
                doubtful = self._delivering.doubtful(turn.session)
                self._standing = ledger.standing(turn.session, self._line.stream_id)

    def _follow(self) -> None:
        for each in self._line.followed:
            behind = True
            while behind:
                with self._tenure.transaction() as turn:
                    behind = following.follow(turn, each)
                    if not behind:
                        self._standing = ledger.standing(turn.session, self._line.stream_id)

    def _compare_anew(self) -> None:
        after: int | None = 0
        while after is not None:
            with self._tenure.transaction() as turn:
                after = remap.compare(turn, self._line.stream_id, self._line.target, self._line.companions, after)
                if after is None:
                    turn.note(mapped_version=self._line.mapping_version)
                    self._standing = ledger.standing(turn.session, self._line.stream_id)

    def _end(self, turn: Turn) -> None:
        """In the pass's last transaction: whether and when there is more to do; the lease is given back with it."""
        pump, line = self._pump, self._line
        trouble = pump.reading_trouble or pump.delivery_trouble
        described = ladder.describe(trouble) if trouble else None
        again = trouble is None and (turn.wanted_again or not pump.read_all or pump.waiting > 0)
        pause = ladder.pause_after(trouble, line.attempts, line.interval) if trouble else None
        wait = ALREADY_QUEUED if again else pause.wait if pause else line.interval
        if isinstance(trouble, UncertainOutcome):
            wait = min(line.uncertain_wait, line.interval)
        elif trouble and turn.wanted_again:
            wait = timedelta()
        now = datetime.now(UTC)
        if pump.delayed_until and not trouble:
            wait = min(wait, max(timedelta(), pump.delayed_until - now))
        turn.note_trouble(described)
        turn.note(
            attempts=pause.attempts if pause else 0,
            due_at=now + wait,
            **NOBODY,
        )
        if not again and not trouble:
            turn.note(reached_at=now)
            # What waits may be there already, and must still be looked for on the day when it goes out.
            if line.look_first and not ledger.has_unmade(turn.session, line.stream_id):
                turn.note(look_first=False)
        self._progress.finish(turn.session, "waiting" if again else "stopped" if trouble else "done", described)
        self._ending = Ending(again, trouble, self._conclude(turn.session, now))

    def _conclude(self, session: Session, now: datetime) -> list[Change]:
        """What this pass has found out about the systems it needs."""
        pump, needs = self._pump, self._line.needs
        source = Contact(needs.source, pump.source_answered, pump.reading_trouble)
        target = Contact(needs.target, pump.target_answered, pump.delivery_trouble)
        return [
            change
            for contact in (source, target)
            for change in self._admission.conclude(session, contact, self._line.interval, now)
        ]
