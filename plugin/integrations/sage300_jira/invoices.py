"""Reads AP documents batch by batch (contract sage300, section 3, "Incremental sync").

Sage 300 tells the date, not the time, of a batch's last edit, and nothing says whether posting moves that date. So one
list asks for batches edited since the day before the last one seen, and for all that are not posted. Of these are read:
batches never seen, with a changed header, or edited on or after the day they were read. A batch that was open and is
missing from the list has been posted or deleted, and is read once more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from plugin.integrations.connections import calls_at_once
from plugin.integrations.parts import Parts
from plugin.integrations.sage300 import open_sage300
from plugin.integrations.sage300_jira.invoice_documents import documents_of, unreadable
from plugin.store.models import Connection
from plugin.sync.ahead import read_ahead
from plugin.sync.documents import JsonObject, Page, Unit
from plugin.sync.ports import Memory
from sage_adapters.errors import RecordTrouble, TransientTrouble
from sage_adapters.http import RequestLog
from sage_adapters.records import Rejected, to_json
from sage_adapters.sage300.client import SYSTEM, Sage300Client
from sage_adapters.sage300.invoices import BatchHeader, list_batches, read_batch

DELETED = "Deleted in Sage 300"
FINAL = frozenset({"Posted", "Deleted"})
NOT_FOUND = "sage300.record-not-found"
COMPARED_AT_ONCE = 100
PAGE_DOCUMENTS = 50
"""Small batches are gathered into pages of about this many documents."""


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
        return cls(position["batch"], _date(position["newest"]), position["expected"])

    def to_json(self) -> JsonObject:
        return {
            "batch": self.batch,
            "newest": self.newest.isoformat() if self.newest else None,
            "expected": self.expected,
        }

    def listed(self, header: BatchHeader, due: bool) -> _Reached:
        newest = max(filter(None, (self.newest, header.last_edited)), default=None)
        return _Reached(header.number, newest, self.expected + (header.entries if due else 0))


def open_source(parts: Parts, connection: Connection, request_log: RequestLog) -> InvoiceSource:
    return InvoiceSource(open_sage300(parts, connection, request_log), calls_at_once(connection))


def sample(parts: Parts, connection: Connection) -> JsonObject | None:
    """The first document of the first batch."""
    with open_sage300(parts, connection) as client:
        header = next(list_batches(client), None)
        invoices = read_batch(client, header.number).invoices if header else ()
    return to_json(invoices[0]) if invoices else None


class InvoiceSource:
    """AP documents of one company."""

    system = SYSTEM

    def __init__(self, client: Sage300Client, reads_at_once: int) -> None:
        self._client = client
        self._reads_at_once = reads_at_once

    def read(
        self, watermark: JsonObject | None, position: JsonObject | None, memory: Memory, *, lenient: bool
    ) -> Iterator[Page]:
        return _gathered(self._small_pages(watermark, _Reached.at(position), memory, lenient))

    def everything(self, since: date | None, position: JsonObject | None) -> Iterator[Page]:
        """Batches edited since then. They are counted first, by their headers, so that progress can be told."""
        reached = _Reached.at(position)
        if position is None:
            reached = replace(
                reached, expected=sum(each.entries for each in list_batches(self._client, edited_since=since))
            )
        due = self._all_batches(since, reached)
        return _gathered(_told_apart(read_ahead(self._read_due, due, self._reads_at_once), lenient=False))

    def _small_pages(
        self, watermark: JsonObject | None, reached: _Reached, memory: Memory, lenient: bool
    ) -> Iterator[Page]:
        """A page for each batch, in the order of their numbers, then an empty one with the watermark."""
        due = self._due_batches(watermark, reached, memory)
        for page in _told_apart(read_ahead(self._read_due, due, self._reads_at_once), lenient):
            reached = _Reached.at(page.position)
            yield page
        newest = max(filter(None, (reached.newest, _date((watermark or {}).get("edited")))), default=None)
        # A date in the future, from a clock that was wrong once, must not hide what is edited until then.
        newest = min(newest, datetime.now(UTC).date()) if newest else None
        yield Page((), (), watermark={"edited": newest.isoformat() if newest else None})

    def read_unit(self, key: str) -> Page:
        return self._read(int(key))

    def from_day(self, day: date) -> JsonObject:
        return {"edited": day.isoformat()}

    def gone(self, content: JsonObject) -> JsonObject:
        return {**content, "status": DELETED}

    def _due_batches(
        self, watermark: JsonObject | None, reached: _Reached, memory: Memory
    ) -> Iterator[tuple[int | None, _Reached]]:
        """Numbers of batches to be read, each with how far the pass has come by it; a last one without a batch.

        Batches are listed by number (assumed), so one that was open and is passed over is not listed any more.
        """
        seen = _date((watermark or {}).get("edited"))
        missing = deque(sorted(n for n in map(int, memory.open_units()) if n > reached.batch) if seen else ())
        headers = list_batches(
            self._client,
            edited_since=seen - timedelta(days=1) if seen else None,
            not_posted=seen is not None,
            number_above=reached.batch or None,
        )
        while some := list(islice(headers, COMPARED_AT_ONCE)):
            known = memory.units([str(header.number) for header in some])
            for header in some:
                while missing and missing[0] < header.number:
                    number = missing.popleft()
                    yield number, replace(reached, batch=number)
                if missing and missing[0] == header.number:
                    missing.popleft()
                due = _is_due(header, known.get(str(header.number)))
                reached = reached.listed(header, due)
                if due:
                    yield header.number, reached
        for number in missing:
            yield number, replace(reached, batch=number)
        yield None, reached

    def _all_batches(self, since: date | None, reached: _Reached) -> Iterator[tuple[int | None, _Reached]]:
        for header in list_batches(self._client, edited_since=since, number_above=reached.batch or None):
            reached = replace(reached, batch=header.number)
            yield header.number, reached

    def _read_due(self, due: tuple[int | None, _Reached]) -> _Read:
        number, reached = due
        trouble = None
        try:
            page = Page((), ()) if number is None else self._read(number)
        except TransientTrouble as met:
            page, trouble = self._unreadable_batch(number or 0, _as_record(met)), met
        return replace(page, position=reached.to_json(), expected=reached.expected), trouble

    def _unreadable_batch(self, number: int, trouble: RecordTrouble) -> Page:
        """It counts as open, so that every poll tries it again."""
        unit = Unit(str(number), "", open=True, read_on=datetime.now(UTC).date())
        return Page((unreadable(Rejected("", trouble, {}), unit.key, self._client.company, 0),), (unit,))

    def _read(self, number: int) -> Page:
        read_on = datetime.now(UTC).date()
        try:
            batch = read_batch(self._client, number)
        except RecordTrouble as trouble:
            if trouble.code == NOT_FOUND:
                return Page((), (Unit(str(number), "", open=False, read_on=read_on),))
            return self._unreadable_batch(number, trouble)
        header = batch.header
        unit = Unit(str(number), header.signature(), header.status not in FINAL, read_on)
        return Page(() if header.status == "Deleted" else tuple(documents_of(batch, self._client.company)), (unit,))


_Read = tuple[Page, TransientTrouble | None]
"""A batch, or what stands for it when the server failed on it, with that trouble."""


def _told_apart(reads: Iterable[_Read], lenient: bool) -> Iterator[Page]:
    """Raises the first trouble. When `lenient`, only when two batches in a row have met one: then it is the server's;
    else the one batch is shown as unreadable, and stops nobody."""
    held: Page | None = None
    for page, trouble in reads:
        if trouble is not None and (held is not None or not lenient):
            raise trouble
        if held is not None:
            yield held
        held = page if trouble is not None else None
        if trouble is None:
            yield page
    if held is not None:
        yield held


def _as_record(trouble: TransientTrouble) -> RecordTrouble:
    return RecordTrouble(trouble.tried, trouble.got, trouble.remedy, trouble.code)


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


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
