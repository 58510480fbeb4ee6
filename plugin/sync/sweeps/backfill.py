"""Documents from before the stream began, taken in and delivered beside its watermark, which does not move.

A slice holds the stream's lease, as a pass does, and gives way to the pass when that is due.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.database import Database
from plugin.store.models import Stream
from plugin.sync import ledger
from plugin.sync.delivery import Delivering
from plugin.sync.documents import JsonObject, Page
from plugin.sync.intake import Intake
from plugin.sync.lease import NOBODY, Lease, Tenure
from plugin.sync.pump import Pump
from plugin.sync.run import Line
from plugin.sync.sweeps.course import ALREADY_QUEUED, SOON, Course, Step, SweepLost
from plugin.sync.turn import Turn

SHORTEST = timedelta(seconds=5)
"""A slice is at least so long, however soon the pass is due: both get somewhere."""


class Bookkeeping:
    """What a pump tells of a backfill goes into the sweep's row, with the position of its pages.

    `lost`: somebody has paused or cancelled it. What was taken in until then is the stream's, and is still delivered.
    """

    def __init__(self, course: Course) -> None:
        self.lost = False
        self._course = course
        self._counts: Counter[str] = Counter()
        self._noted: JsonObject = {}

    def add(self, *, expected: int | None = None, **counts: int) -> None:
        self._counts.update(counts)
        if expected is not None:
            self._noted["expected"] = expected

    def mark(self, _turn: Turn, position: JsonObject) -> None:
        self._noted["position"] = position

    def until_lost(self, pages: Iterable[Page]) -> Generator[Page]:
        for page in pages:
            if self.lost:
                return
            yield page

    def write(self, session: Session) -> None:
        try:
            self._course.hold(session)
        except SweepLost:
            self.lost = True
            return
        step = Step(session)
        read = self._counts.pop("read", 0)
        step.note(**self._noted)
        step.count(self._counts, read)
        self._course.write(step)
        self._counts, self._noted = Counter(), {}


def go_on(database: Database, line: Line, course: Course) -> bool:
    """One slice; whether there is more to do at once."""
    with database.writing(line.site_id) as session:
        lease = Lease.take(session, line.stream_id)
        standing = ledger.standing(session, line.stream_id)
        active = session.scalars(select(Stream.active).where(Stream.id == line.stream_id)).one()
    if lease is None:  # a pass is going on, or somebody has paused the stream
        course.go_on_later(SOON if active else ALREADY_QUEUED)
        return False
    tenure = Tenure(database, line.site_id, lease)
    bookkeeping = Bookkeeping(course)

    def end(turn: Turn) -> None:
        bookkeeping.write(turn.session)
        turn.note(**NOBODY)

    pump = Pump(
        tenure,
        Intake(line.stream_id, line.source, adrift=standing.adrift, bookmark=bookkeeping.mark),
        Delivering(line.stream_id, line.target, line.companions, line.uncertain_wait),
        bookkeeping,
        writers=line.writers,
        ends_at=time.monotonic() + _seconds(line.slice, lease.due_at),
        end=end,
    )
    pump.run(bookkeeping.until_lost(_pages(line, course)), standing.to_create, standing.to_update)
    return _after(pump, course)


def _pages(line: Line, course: Course) -> Iterator[Page]:
    """Begun by the pump's reader: what the source counts before its first page may last, or fail."""
    yield from line.source.everything(course.since, course.position)


def _seconds(longest: timedelta, pass_due_at: datetime | None) -> float:
    until_pass = pass_due_at - datetime.now(UTC) if pass_due_at else longest
    return max(SHORTEST, min(longest, until_pass)).total_seconds()


def _after(pump: Pump, course: Course) -> bool:
    trouble = pump.reading_trouble or pump.delivery_trouble
    if trouble is not None:
        course.stop(trouble)
        return False
    if pump.read_all and not pump.waiting:
        with course.step() as step:
            _reach_back(step.session, course.stream_id, course.since)
        course.done()
        return False
    course.go_on_later()
    return True


def _reach_back(session: Session, stream_id: int, since: date | None) -> None:
    """From now on the stream has its documents from that day on."""
    stream = session.scalars(select(Stream).where(Stream.id == stream_id)).one()
    if stream.since is not None:
        stream.since = min(since, stream.since) if since else None
