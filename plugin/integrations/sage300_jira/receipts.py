"""Reads purchase order receipts (contract sage300, section 3).

Like orders they tell no date of change: those dated in the last days and those numbered above the highest sequence key
are listed. Which resource can be read depends on the release; it is found out once and kept with the watermark.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from plugin.integrations.parts import Parts
from plugin.integrations.sage300 import open_sage300
from plugin.integrations.sage300_jira.feeds import FeedSource, Item, Place, Seen, singly
from plugin.integrations.sage300_jira.order_numbers import order_named
from plugin.integrations.sage300_jira.purchasing import PurchasingMark, not_had, rejected_item
from plugin.store.models import Connection, Stream
from plugin.sync.documents import Document, JsonObject
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble
from sage_adapters.http import RequestLog
from sage_adapters.records import Receipt, Rejected, to_json
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.purchasing import list_receipts, read_receipt
from sage_adapters.sage300.release import NOT_OFFERED, Release, detect_release

KIND = "receipt"
RESOURCE = "resource"
"""In the watermark: where receipts are read."""
KEY_FIELDS = ("ReceiptSequenceKey", "ReceiptNumber")
DELETED = "Deleted in Sage 300"


def open_source(parts: Parts, stream: Stream, connection: Connection, request_log: RequestLog) -> FeedSource:
    return FeedSource(ReceiptFeed(open_sage300(parts, connection, request_log)))


def sample(parts: Parts, connection: Connection) -> JsonObject | None:
    """The first receipt. A company may have none, nor the right to see any: that is told where receipts are read."""
    with open_sage300(parts, connection) as client:
        try:
            listed = list_receipts(client, detect_release(client))
            found = next((each for each in listed if isinstance(each, Receipt)), None)
        except ConfigurationTrouble:
            return None
    return to_json(found) if found else None


class ReceiptFeed:
    """The receipts of one company, by sequence key."""

    together = 1

    def __init__(self, client: Sage300Client) -> None:
        self._client = client
        self._release: Release | None = None

    def begin(self, watermark: JsonObject | None) -> JsonObject:
        return watermark or {}

    def news(self, begun: JsonObject, after: Place) -> Iterator[Item]:
        mark = PurchasingMark.of(begun)
        if begun.get(RESOURCE):
            self._release = Release(begun[RESOURCE], batch_patch=None, said="")
        try:
            yield from self._listed(mark, after)
        except ConfigurationTrouble as trouble:
            if trouble.code not in NOT_OFFERED:
                raise
            self._release = None  # Sage 300 was upgraded since, and lets receipts be read elsewhere
            yield from self._listed(mark, after)

    def since(self, day: date | None, after: Place) -> Iterator[Item]:
        return self._listed(PurchasingMark(None, None, day), after)

    def again(self, units: Sequence[str]) -> Iterator[Item]:
        known = filter(str.isdecimal, units)
        return singly(
            known, lambda unit: self._item(read_receipt(self._client, self._offered(), unit)), self.unreadable
        )

    def unreadable(self, unit: str, trouble: RecordTrouble) -> Document:
        return not_had(self._client.company, unit, trouble)

    def watermark(self, begun: JsonObject, seen: Seen) -> JsonObject:
        return {**PurchasingMark.of(begun).after(begun, seen).to_json(), RESOURCE: self._offered().receipts}

    def from_day(self, day: date) -> JsonObject:
        return PurchasingMark(None, None, day).to_json()

    def gone(self, content: JsonObject) -> JsonObject:
        return {**content, "status": DELETED}

    def _listed(self, mark: PurchasingMark, after: Place) -> Iterator[Item]:
        release = self._offered()
        receipts = list_receipts(
            self._client, release, since=mark.since, entered_after=mark.highest, sequence_above=after
        )
        return map(self._item, receipts)

    def _offered(self) -> Release:
        if self._release is None:
            self._release = detect_release(self._client)
        return self._release

    def _item(self, receipt: Receipt | Rejected) -> Item:
        if isinstance(receipt, Rejected):
            return rejected_item(receipt, self._client.company, KIND, KEY_FIELDS)
        document = Document(
            key=str(receipt.key),
            unit=receipt.sequence,
            content=to_json(receipt),
            kind=KIND,
            number=receipt.number,
            vendor=receipt.vendor_number,
            vendor_name=receipt.vendor_name,
            amount=receipt.amount.amount,
            currency=receipt.amount.currency,
            document_date=receipt.receipt_date,
            belongs_to=order_named(receipt.po_number),
        )
        return Item(document, open=False, at=int(receipt.sequence), day=receipt.receipt_date)
