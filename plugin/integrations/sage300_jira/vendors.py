"""Reads vendors into our own store, where issues find what they say of their vendor (contract sage300, section 3).

Sage 300 tells the day, not the time, at which a vendor was last maintained: the last day seen is read again, with the
one before it, as the server's day may differ from ours. A balance moves without maintenance, so none is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from plugin.integrations.parts import Parts
from plugin.integrations.sage300 import open_sage300
from plugin.integrations.sage300_jira.feeds import FeedSource, Item, Place, Seen, day_in, newest_day, singly, unreadable
from plugin.store.models import Connection, Stream
from plugin.sync.documents import Document, JsonObject
from sage_adapters.errors import RecordTrouble
from sage_adapters.http import RequestLog
from sage_adapters.records import DocumentKey, Rejected, Vendor, to_json
from sage_adapters.sage300.client import SYSTEM, Sage300Client
from sage_adapters.sage300.vendors import list_vendors, read_vendor

KIND = "vendor"
A_DAY = timedelta(days=1)
ALL: JsonObject = {"maintained": None}


def open_source(parts: Parts, stream: Stream, connection: Connection, request_log: RequestLog) -> FeedSource:
    return FeedSource(VendorFeed(open_sage300(parts, connection, request_log)))


def vendor_key(company: str, number: str) -> str:
    """Under which key the ledger has a vendor."""
    return str(DocumentKey(SYSTEM, company, number, KIND, number))


class VendorFeed:
    """The vendors of one company, by number."""

    together = 1

    def __init__(self, client: Sage300Client) -> None:
        self._client = client

    def begin(self, watermark: JsonObject | None) -> JsonObject:
        return watermark or ALL

    def news(self, begun: JsonObject, after: Place) -> Iterator[Item]:
        last = day_in(begun["maintained"])
        return self._listed(last - A_DAY if last else None, after)

    def since(self, day: date | None, after: Place) -> Iterator[Item]:
        return self._listed(day, after)

    def again(self, units: Sequence[str]) -> Iterator[Item]:
        return singly(units, lambda unit: self._item(read_vendor(self._client, unit)), self.unreadable)

    def unreadable(self, unit: str, trouble: RecordTrouble, payload: JsonObject | None = None) -> Document:
        key = DocumentKey(SYSTEM, self._client.company, unit, KIND, unit)
        return unreadable(key, unit, trouble, payload)

    def watermark(self, begun: JsonObject, seen: Seen) -> JsonObject:
        newest = newest_day(begun, "maintained", seen)
        return {"maintained": newest.isoformat() if newest else None}

    def from_day(self, day: date) -> JsonObject:
        """Whatever is read of documents, it takes all vendors to understand them."""
        return ALL

    def gone(self, content: JsonObject) -> JsonObject:
        return {**content, "active": False}

    def _listed(self, since: date | None, after: Place) -> Iterator[Item]:
        return map(self._item, list_vendors(self._client, maintained_since=since, number_above=after))

    def _item(self, vendor: Vendor | Rejected) -> Item:
        if isinstance(vendor, Rejected):
            return self._rejected(vendor)
        document = Document(
            key=str(vendor.key),
            unit=vendor.number,
            content=to_json(replace(vendor, balance=None)),
            kind=KIND,
            number=vendor.number,
            vendor=vendor.number,
            vendor_name=vendor.name,
            amount=Decimal(0),
            currency=vendor.currency,
            document_date=None,
        )
        return Item(document, open=False, at=vendor.number, day=vendor.last_maintained)

    def _rejected(self, rejected: Rejected) -> Item:
        number = str(rejected.payload.get("VendorNumber") or "")
        document = self.unreadable(number, rejected.trouble, dict(rejected.payload))
        return Item(document, open=bool(number), at=number or None, day=None)
