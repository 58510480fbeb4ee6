"""A slice of any sweep: which kind does what."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from functools import partial
from typing import Protocol

from plugin.store.database import Database
from plugin.store.models import JsonObject
from plugin.store.rows import Row
from plugin.sync.documents import Page
from plugin.sync.run import Line
from plugin.sync.sweeps import backfill
from plugin.sync.sweeps.asking import BACKFILL, RECONCILIATION
from plugin.sync.sweeps.course import Course, Step
from plugin.sync.sweeps.dry_run import DryRun
from plugin.sync.sweeps.known import Ours
from plugin.sync.sweeps.reconciliation import Reconciliation


class Looker(Protocol):
    """Looks at the documents of a page, and writes down what it found."""

    def look(self, page: Page) -> list[Row]: ...

    def write(self, step: Step, page: Page, rows: Sequence[Row]) -> None: ...


def go_on(database: Database, line: Line, course: Course) -> bool:
    """One slice; whether there is more to do at once. Raises SweepLost, LeaseLost, and any Trouble."""
    if course.kind == BACKFILL:
        return backfill.go_on(database, line, course)
    if course.position is None:
        line.target.check()
    ends_at = time.monotonic() + line.slice.total_seconds()
    looker = _looker(database, line, course)
    if _side(course) == "source" and not _through_source(line, course, looker, ends_at):
        return True
    if isinstance(looker, Reconciliation) and not _through_target(line, course, looker, ends_at):
        return True
    course.done()
    return False


def _looker(database: Database, line: Line, course: Course) -> DryRun | Reconciliation:
    kind = Reconciliation if course.kind == RECONCILIATION else DryRun
    return kind(course.id, Ours(line.stream_id, line.target, line.companions, lambda: database.reading(line.site_id)))


def _side(course: Course) -> str:
    return str((course.position or {}).get("side", "source"))


def _through_source(line: Line, course: Course, looker: Looker, ends_at: float) -> bool:
    """Whether the source was gone through to its end; else the slice is over."""
    pages = _pages(line, course)
    with closing(pages):  # reads under way are given up when the slice is over
        while (page := course.meanwhile(partial(next, pages, None))) is not None:
            rows = course.meanwhile(partial(looker.look, page))
            with course.step() as step:
                looker.write(step, page, rows)
                step.note(position={"side": "source", "at": page.position}, expected=page.expected)
            if time.monotonic() > ends_at:
                course.go_on_later()
                return False
    return True


def _pages(line: Line, course: Course) -> Generator[Page]:
    yield from line.source.everything(course.since, (course.position or {}).get("at"))


def _through_target(line: Line, course: Course, looker: Reconciliation, ends_at: float) -> bool:
    after = (course.position or {}).get("at") if _side(course) == "target" else None
    pages = line.target.walk(after)
    while (page := course.meanwhile(partial(next, pages, None))) is not None:
        after = page[-1].target_key if page else after
        with course.step() as step:
            looker.compare_target(step, page)
            step.note(position=_in_target(after))
        if time.monotonic() > ends_at:
            course.go_on_later()
            return False
    return True


def _in_target(key: str | None) -> JsonObject:
    return {"side": "target", "at": key}
