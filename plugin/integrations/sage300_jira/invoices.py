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
from decimal import Decimal
from itertools import islice

from plugin.integrations.connections import calls_at_once
from plugin.integrations.parts import Parts
from plugin.integrations.sage300 import open_sage300
from plugin.integrations.sage300_jira.attributes import signed_amount
from plugin.store.models import Connection
from plugin.sync.ahead import read_ahead
from plugin.sync.documents import Document, JsonObject, Page, Unit
from plugin.sync.ports import Memory
from sage_adapters.errors import RecordTrouble
from sage_adapters.http import RequestLog
from sage_adapters.records import DocumentKey, Invoice, Rejected, to_json
from sage_adapters.sage300.client import SYSTEM, Sage300Client
from sage_adapters.sage300.invoices import TYPES, Batch, BatchHeader, list_batches, read_batch

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

    def read(self, watermark: JsonObject | None, position: JsonObject | None, memory: Memory) -> Iterator[Page]:
        return _gathered(self._small_pages(watermark, _Reached.at(position), memory))

    def _small_pages(self, watermark: JsonObject | None, reached: _Reached, memory: Memory) -> Iterator[Page]:
        """A page for each batch, in the order of their numbers, then an empty one with the watermark."""
        due = self._due_batches(watermark, reached, memory)
        for page in read_ahead(self._read_due, due, self._reads_at_once):
            reached = _Reached.at(page.position)
            yield page
        newest = max(filter(None, (reached.newest, _date((watermark or {}).get("edited")))), default=None)
        # A date in the future, from a clock that was wrong once, must not hide what is edited until then.
        newest = min(newest, datetime.now(UTC).date()) if newest else None
        yield Page((), (), watermark={"edited": newest.isoformat() if newest else None})

    def read_unit(self, key: str) -> Page:
        return self._read(int(key))

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

    def _read_due(self, due: tuple[int | None, _Reached]) -> Page:
        number, reached = due
        page = Page((), ()) if number is None else self._read(number)
        return replace(page, position=reached.to_json(), expected=reached.expected)

    def _read(self, number: int) -> Page:
        read_on = datetime.now(UTC).date()
        try:
            batch = read_batch(self._client, number)
        except RecordTrouble as trouble:
            if trouble.code == NOT_FOUND:
                return Page((), (Unit(str(number), "", open=False, read_on=read_on),))
            unknown = Unit(str(number), "", open=True, read_on=read_on)
            return Page((_unreadable(Rejected("", trouble, {}), unknown.key, self._client.company, 0),), (unknown,))
        header = batch.header
        unit = Unit(str(number), header.signature(), header.status not in FINAL, read_on)
        return Page(() if header.status == "Deleted" else tuple(_documents(batch, self._client.company)), (unit,))


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


def _documents(batch: Batch, company: str) -> Iterator[Document]:
    unit = str(batch.header.number)
    for invoice in batch.invoices:
        yield _document(invoice, unit)
    for position, rejected in enumerate(batch.rejected, start=1):
        yield _unreadable(rejected, unit, company, position)


def _document(invoice: Invoice, unit: str) -> Document:
    content = to_json(invoice)
    amount = signed_amount(content)
    return Document(
        key=content["key"],
        unit=unit,
        content=content,
        kind=invoice.key.kind,
        number=invoice.key.number,
        vendor=invoice.key.vendor,
        vendor_name=invoice.vendor_name,
        amount=amount.amount,
        currency=amount.currency,
        document_date=invoice.document_date,
    )


def _unreadable(rejected: Rejected, unit: str, company: str, position: int) -> Document:
    """Known by its own key where that can be read, so that an issue it has already stays its own; else by its place."""
    payload = dict(rejected.payload)
    vendor, number = payload.get("VendorNumber"), payload.get("DocumentNumber")
    document_type = TYPES.get(str(payload.get("DocumentType")))
    key = DocumentKey(SYSTEM, company, "", "unreadable", f"{unit}/{payload.get('EntryNumber', position)}")
    if isinstance(vendor, str) and isinstance(number, str) and vendor and number and document_type:
        key = DocumentKey(SYSTEM, company, vendor, document_type.slug, number)
    return Document(
        key=str(key),
        unit=unit,
        content={"unreadable": {name: str(value) for name, value in payload.items() if not isinstance(value, list)}},
        kind="unreadable",
        number=str(payload.get("DocumentNumber") or ""),
        vendor=str(payload.get("VendorNumber") or ""),
        vendor_name=str(payload.get("VendorName") or ""),
        amount=Decimal(0),
        currency="",
        document_date=None,
        trouble=rejected.trouble,
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
