"""Reads documents that sit in A/P batches, batch by batch (contract sage300, section 3, "Incremental sync").

Sage 300 tells the date, not the time, of a batch's last edit, and nothing says whether posting moves that date. So one
list asks for batches edited since the day before the last one seen, and for all that are not posted. Of these are read:
batches never seen, with a changed header, or edited on or after the day they were read. A batch that was open and is
missing from the list has been posted or deleted, and is read once more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Protocol

from plugin.integrations.sage300_jira.failing_units import Read, as_record, standing_for, told_apart
from plugin.integrations.sage300_jira.feeds import NOT_FOUND, day_in
from plugin.sync.ahead import read_ahead
from plugin.sync.documents import Document, JsonObject, Page, Unit
from plugin.sync.ports import Memory
from sage_adapters.errors import RecordTrouble, TransientTrouble
from sage_adapters.sage300.batches import DELETED, POSTED, BatchHeader
from sage_adapters.sage300.client import SYSTEM

FINAL = frozenset({POSTED, DELETED})
COMPARED_AT_ONCE = 100
PAGE_DOCUMENTS = 50
"""Small batches are gathered into pages of about this many documents."""


class Batches(Protocol):
    """Batches of one kind. All that reads may raise a Trouble."""

    def headers(
        self, *, edited_since: date | None = None, not_posted: bool = False, number_above: int | None = None
    ) -> Iterator[BatchHeader]:
        """As `sage_adapters.sage300.invoices.list_batches`."""

    def read(self, number: int) -> tuple[BatchHeader, Sequence[Document]]:
        """One batch with its documents."""

    def counts(self, header: BatchHeader) -> bool:
        """Whether a batch with this header has any documents for us."""

    def unreadable(self, number: int, trouble: RecordTrouble) -> Document:
        """What stands for a batch that cannot be had."""

    def gone(self, content: JsonObject) -> JsonObject: ...


@dataclass(frozen=True)
class _Reached:
    """How far a pass has come; its JSON is the stream's position."""

    batch: int = 0
    newest: date | None = None
    expected: int = 0

    @classmethod
    def at(cls, position: JsonObject | None) -> _Reached:
        if position is None:
            return cls()
        return cls(position["batch"], day_in(position["newest"]), position["expected"])

    def to_json(self) -> JsonObject:
        return {
            "batch": self.batch,
            "newest": self.newest.isoformat() if self.newest else None,
            "expected": self.expected,
        }

    def listed(self, header: BatchHeader, more: int) -> _Reached:
        newest = max(filter(None, (self.newest, header.last_edited)), default=None)
        return _Reached(header.number, newest, self.expected + more)


@dataclass(frozen=True)
class _Due:
    """A batch to be read, and how far the pass has come by it. Without a number it only tells how far."""

    number: int | None
    reached: _Reached
    header: BatchHeader | None = None


class BatchSource:
    """The batches of one kind as the engine reads them."""

    system = SYSTEM

    def __init__(self, batches: Batches, reads_at_once: int) -> None:
        self._batches = batches
        self._reads_at_once = reads_at_once

    def read(
        self, watermark: JsonObject | None, position: JsonObject | None, memory: Memory, *, lenient: bool
    ) -> Iterator[Page]:
        return _gathered(self._small_pages(watermark, _Reached.at(position), memory, lenient))

    def everything(self, since: date | None, position: JsonObject | None) -> Iterator[Page]:
        """Batches edited since then. They are counted first, by their headers, so that progress can be told."""
        reached = _Reached.at(position)
        if position is None:
            reached = replace(reached, expected=sum(map(self._entries, self._batches.headers(edited_since=since))))
        due = self._all_batches(since, reached)
        return _gathered(told_apart(read_ahead(self._read_due, due, self._reads_at_once), lenient=False))

    def read_unit(self, key: str) -> Page:
        return self._read(int(key))

    def from_day(self, day: date) -> JsonObject:
        return {"edited": day.isoformat()}

    def gone(self, content: JsonObject) -> JsonObject:
        return self._batches.gone(content)

    def _small_pages(
        self, watermark: JsonObject | None, reached: _Reached, memory: Memory, lenient: bool
    ) -> Iterator[Page]:
        """A page for each batch, in the order of their numbers, then an empty one with the watermark."""
        due = self._due_batches(watermark, reached, memory)
        for page in told_apart(read_ahead(self._read_due, due, self._reads_at_once), lenient):
            reached = _Reached.at(page.position)
            yield page
        newest = max(filter(None, (reached.newest, day_in((watermark or {}).get("edited")))), default=None)
        # A date in the future, from a clock that was wrong once, must not hide what is edited until then.
        newest = min(newest, datetime.now(UTC).date()) if newest else None
        yield Page((), (), watermark={"edited": newest.isoformat() if newest else None})

    def _due_batches(self, watermark: JsonObject | None, reached: _Reached, memory: Memory) -> Iterator[_Due]:
        """What is to be read; a last one without a batch.

        Batches are listed by number (assumed), so one that was open and is passed over is not listed any more.
        """
        seen = day_in((watermark or {}).get("edited"))
        missing = deque(sorted(n for n in map(int, memory.open_units()) if n > reached.batch) if seen else ())
        headers = self._batches.headers(
            edited_since=seen - timedelta(days=1) if seen else None,
            not_posted=seen is not None,
            number_above=reached.batch or None,
        )
        while some := list(islice(headers, COMPARED_AT_ONCE)):
            known = memory.units([str(header.number) for header in some])
            for header in some:
                while missing and missing[0] < header.number:
                    number = missing.popleft()
                    yield _Due(number, replace(reached, batch=number))
                if missing and missing[0] == header.number:
                    missing.popleft()
                due = _is_due(header, known.get(str(header.number)))
                reached = reached.listed(header, self._entries(header) if due else 0)
                if due:
                    yield _Due(header.number, reached, header)
        for number in missing:
            yield _Due(number, replace(reached, batch=number))
        yield _Due(None, reached)

    def _all_batches(self, since: date | None, reached: _Reached) -> Iterator[_Due]:
        for header in self._batches.headers(edited_since=since, number_above=reached.batch or None):
            reached = replace(reached, batch=header.number)
            yield _Due(header.number, reached, header)

    def _entries(self, header: BatchHeader) -> int:
        return header.entries if self._batches.counts(header) else 0

    def _read_due(self, due: _Due) -> Read:
        trouble = None
        try:
            page = Page((), ()) if due.number is None else self._read(due.number, due.header)
        except TransientTrouble as met:
            page, trouble = self._standing_for(due.number or 0, as_record(met)), met
        return replace(page, position=due.reached.to_json(), expected=due.reached.expected), trouble

    def _read(self, number: int, header: BatchHeader | None = None) -> Page:
        """`header` is as it was listed, if it was: it may tell that there is nothing to read."""
        read_on = datetime.now(UTC).date()
        if header is not None and not self._batches.counts(header):
            return Page((), (_unit(header, read_on),))
        try:
            header, documents = self._batches.read(number)
        except RecordTrouble as trouble:
            if trouble.code == NOT_FOUND:
                return Page((), (Unit(str(number), "", open=False, read_on=read_on),))
            return self._standing_for(number, trouble)
        return Page(tuple(documents) if self._batches.counts(header) else (), (_unit(header, read_on),))

    def _standing_for(self, number: int, trouble: RecordTrouble) -> Page:
        return standing_for(str(number), self._batches.unreadable(number, trouble))


def _unit(header: BatchHeader, read_on: date) -> Unit:
    return Unit(str(header.number), header.signature(), header.status not in FINAL, read_on)


def _is_due(header: BatchHeader, known: Unit | None) -> bool:
    if known is None or known.signature != header.signature():
        return True
    if header.status in FINAL or header.last_edited is None:
        return False
    # The server's day may still be the one before ours, and an edit on the day of reading may have come after it.
    return header.last_edited >= known.read_on - timedelta(days=1)


def _gathered(pages: Iterable[Page]) -> Iterator[Page]:
    """Neighbouring pages joined until they hold a call's worth of documents, or are the last."""
    held: Page | None = None
    for page in pages:
        held = page if held is None else _joined(held, page)
        if len(held.documents) >= PAGE_DOCUMENTS:
            yield held
            held = None
    if held is not None:
        yield held


def _joined(first: Page, second: Page) -> Page:
    return replace(second, documents=(*first.documents, *second.documents), units=(*first.units, *second.units))
