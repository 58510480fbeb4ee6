"""Reads purchase orders (contract sage300, section 3).

Nothing tells when an order was changed. So one list asks for orders dated in the last days and for those numbered above
the highest sequence key seen, because an order entered today may be dated in the past; and every order that is not
complete is read again in each pass, until it is. One that is not there any more was deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from plugin.integrations.parts import Parts
from plugin.integrations.sage300 import open_sage300
from plugin.integrations.sage300_jira.feeds import FeedSource, Item, Place, Seen
from plugin.integrations.sage300_jira.order_numbers import order_named
from plugin.integrations.sage300_jira.purchasing import PurchasingMark, not_had, rejected_item
from plugin.store.models import Connection, Stream
from plugin.sync.documents import Document, JsonObject
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble
from sage_adapters.http import RequestLog
from sage_adapters.records import PurchaseOrder, Rejected, to_json
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.purchasing import KEYS_IN_A_REQUEST, list_orders, read_orders

KIND = "purchase-order"
KEY_FIELDS = ("PurchaseOrderSequenceKey", "PurchaseOrderNumber")
DELETED = "Deleted in Sage 300"


def open_source(parts: Parts, stream: Stream, connection: Connection, request_log: RequestLog) -> FeedSource:
    return FeedSource(OrderFeed(open_sage300(parts, connection, request_log)))


def sample(parts: Parts, connection: Connection) -> JsonObject | None:
    """The first order. A company may have none, nor the right to see any: that is told where orders are read."""
    with open_sage300(parts, connection) as client:
        try:
            found = next((each for each in list_orders(client) if isinstance(each, PurchaseOrder)), None)
        except ConfigurationTrouble:
            return None
    return to_json(found) if found else None


class OrderFeed:
    """The purchase orders of one company, by sequence key."""

    together = KEYS_IN_A_REQUEST

    def __init__(self, client: Sage300Client) -> None:
        self._client = client

    def begin(self, watermark: JsonObject | None) -> JsonObject:
        return watermark or {}

    def news(self, begun: JsonObject, after: Place) -> Iterator[Item]:
        mark = PurchasingMark.of(begun)
        orders = list_orders(self._client, since=mark.since, entered_after=mark.highest, sequence_above=after)
        return map(self._item, orders)

    def since(self, day: date | None, after: Place) -> Iterator[Item]:
        return map(self._item, list_orders(self._client, since=day, sequence_above=after))

    def again(self, units: Sequence[str]) -> Iterator[Item]:
        return map(self._item, read_orders(self._client, filter(str.isdecimal, units)))

    def unreadable(self, unit: str, trouble: RecordTrouble) -> Document:
        return not_had(self._client.company, unit, trouble)

    def watermark(self, begun: JsonObject, seen: Seen) -> JsonObject:
        return PurchasingMark.of(begun).after(begun, seen).to_json()

    def from_day(self, day: date) -> JsonObject:
        return PurchasingMark(None, None, day).to_json()

    def gone(self, content: JsonObject) -> JsonObject:
        return {**content, "status": DELETED}

    def _item(self, order: PurchaseOrder | Rejected) -> Item:
        if isinstance(order, Rejected):
            return rejected_item(order, self._client.company, KIND, KEY_FIELDS)
        document = Document(
            key=str(order.key),
            unit=order.sequence,
            content=to_json(order),
            kind=KIND,
            number=order.number,
            vendor=order.vendor_number,
            vendor_name=order.vendor_name,
            amount=order.amount.amount,
            currency=order.amount.currency,
            document_date=order.order_date,
            belongs_to=order_named(order.number),
        )
        return Item(document, open=not order.completed, at=int(order.sequence), day=order.order_date)
