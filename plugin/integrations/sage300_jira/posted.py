"""Reads posted documents: what is still open on an invoice (contract sage300, section 3).

They are listed by the date of their last activity, which has no time and is a posting date, that a person may have set
back. The last day seen and the one before it are read again; and as posted payments are read by batch, whatever their
date, the list begins with the earliest date among the payments that have come since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from plugin.integrations.parts import Parts
from plugin.integrations.sage300 import open_sage300
from plugin.integrations.sage300_jira.feeds import (
    UNREADABLE,
    FeedSource,
    Item,
    Place,
    Seen,
    day_in,
    newest_day,
    singly,
    unreadable,
)
from plugin.store.database import Database
from plugin.store.models import Connection, LedgerEntry, Stream
from plugin.sync.documents import Document, JsonObject
from sage_adapters.errors import RecordTrouble
from sage_adapters.http import RequestLog
from sage_adapters.records import DocumentKey, PostedDocument, Rejected, to_json
from sage_adapters.sage300.client import SYSTEM, Sage300Client
from sage_adapters.sage300.posted import list_posted_documents, read_posted_document

OVERLAP = timedelta(days=1)
A_MONTH = timedelta(days=31)
"""How far back an invoice's posting date may lie that is entered now: into the period before (assumed)."""
SEPARATOR = "\t"
"""Between vendor and number in the key of a unit: nobody can type it in Sage 300."""


class Paid(NamedTuple):
    """Payments in our ledger behind a place: the earliest date among them, and the place behind the last."""

    earliest: date | None
    last: int


@dataclass(frozen=True)
class PaymentsKept:
    """The payments that the stream beside ours has read."""

    database: Database
    site_id: int
    integration_id: int

    def since(self, last: int) -> Paid:
        """Rows of one ledger are written in the order of their ids."""
        payments = select(Stream.id).where(Stream.integration_id == self.integration_id, Stream.name == "payments")
        mine = LedgerEntry.stream_id.in_(payments)
        with self.database.reading(self.site_id) as session:
            found = session.execute(
                select(func.min(LedgerEntry.document_date), func.max(LedgerEntry.id)).where(mine, LedgerEntry.id > last)
            ).one()
        return Paid(found[0], found[1] or last)


def open_source(parts: Parts, stream: Stream, connection: Connection, request_log: RequestLog) -> FeedSource:
    payments = PaymentsKept(parts.database, stream.site_id, stream.integration_id)
    return FeedSource(PostedFeed(open_sage300(parts, connection, request_log), payments))


class PostedFeed:
    """The posted documents of one company, by vendor and number."""

    together = 1

    def __init__(self, client: Sage300Client, payments: PaymentsKept) -> None:
        self._client = client
        self._payments = payments

    def begin(self, watermark: JsonObject | None) -> JsonObject:
        mark = watermark or {}
        paid = self._payments.since(mark.get("payment") or 0)
        active = day_in(mark.get("active"))
        since = min(filter(None, (active - OVERLAP, paid.earliest))) if active else None
        return {"active": mark.get("active"), "payment": paid.last, "since": since.isoformat() if since else None}

    def news(self, begun: JsonObject, after: Place) -> Iterator[Item]:
        return self._listed(day_in(begun["since"]), after)

    def since(self, day: date | None, after: Place) -> Iterator[Item]:
        return self._listed(day, after)

    def again(self, units: Sequence[str]) -> Iterator[Item]:
        return singly(
            units, lambda unit: self._item(read_posted_document(self._client, *_parts(unit))), self.unreadable
        )

    def unreadable(self, unit: str, trouble: RecordTrouble, payload: JsonObject | None = None) -> Document:
        vendor, number = _parts(unit)
        key = DocumentKey(SYSTEM, self._client.company, vendor, UNREADABLE, number)
        return unreadable(key, unit, trouble, payload)

    def watermark(self, begun: JsonObject, seen: Seen) -> JsonObject:
        newest = newest_day(begun, "active", seen)
        return {"active": newest.isoformat() if newest else None, "payment": begun["payment"]}

    def from_day(self, day: date) -> JsonObject:
        return {"active": (day - A_MONTH).isoformat(), "payment": 0}

    def gone(self, content: JsonObject) -> JsonObject:
        return {**content, "gone": True}

    def _listed(self, since: date | None, after: Place) -> Iterator[Item]:
        above = (after[0], after[1]) if after else None
        return map(self._item, list_posted_documents(self._client, active_since=since, above=above))

    def _item(self, posted: PostedDocument | Rejected) -> Item:
        if isinstance(posted, Rejected):
            payload = dict(posted.payload)
            place = [str(payload.get(name) or "") for name in ("VendorNumber", "DocumentNumber")]
            document = self.unreadable(SEPARATOR.join(place), posted.trouble, payload)
            return Item(document, open=all(place), at=place if all(place) else None, day=None)
        key, outstanding = posted.key, posted.outstanding
        document = Document(
            key=str(key),
            unit=f"{key.vendor}{SEPARATOR}{key.number}",
            content=to_json(posted),
            kind=key.kind,
            number=key.number,
            vendor=key.vendor,
            vendor_name="",
            amount=outstanding.amount,
            currency=outstanding.currency,
            document_date=posted.document_date,
        )
        return Item(document, open=False, at=[key.vendor, key.number], day=posted.last_activity)


def _parts(unit: str) -> tuple[str, str]:
    vendor, _, number = unit.partition(SEPARATOR)
    return vendor, number
