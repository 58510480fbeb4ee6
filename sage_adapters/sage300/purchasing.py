"""Purchase orders and receipts as records.

Neither carries a date of change. Orders are read again until they are completed, receipts by their date (contract
sage300, section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any

from sage_adapters.records import DocumentKey, Money, OrderLine, PurchaseOrder, Receipt, ReceiptLine, Rejected
from sage_adapters.sage300.client import SYSTEM, Entry, Sage300Client
from sage_adapters.sage300.filters import Filter, all_of, where
from sage_adapters.sage300.release import Release
from sage_adapters.sage300.schemas import OrderSchema, ReceiptSchema, load, read

ORDERS = ("PO", "POPurchaseOrders")
SEQUENCE = "PurchaseOrderSequenceKey"
KEYS_IN_A_REQUEST = 20


def list_orders(
    client: Sage300Client,
    *,
    since: date | None = None,
    entered_after: int | None = None,
    sequence_above: int | None = None,
    active_only: bool = False,
) -> Iterator[PurchaseOrder | Rejected]:
    """Purchase orders dated on or after `since` *or* with a sequence key above `entered_after`, completed ones too.

    Of these the ones with a key above `sequence_above`, in the order of keys (assumed). With `active_only` without
    standing, future and blanket orders.
    """
    active = where("PurchaseOrderType", "eq", "Active") if active_only else None
    entered = _entered("PurchaseOrderDate", SEQUENCE, since, entered_after, sequence_above)
    for entry in client.entries(*ORDERS, where=all_of(entered, active)):
        yield _read_order(entry, client.company)


def read_order(client: Sage300Client, sequence: str) -> PurchaseOrder:
    """One order by its sequence key, which is not the number on paper."""
    place = f"Purchase order with key {sequence}"
    return _order(load(OrderSchema, client.entry(*ORDERS, int(sequence)), place), client.company)


def read_orders(client: Sage300Client, sequences: Iterable[str]) -> Iterator[PurchaseOrder | Rejected]:
    """Orders by their sequence keys, 20 to a request, in the server's order.

    Those that are gone do not come; the caller who asked for them sees it. Parentheses and lists of values are not
    documented for filters, alternatives are (contract sage300, section 3).
    """
    waiting = iter(sequences)
    while some := list(islice(waiting, KEYS_IN_A_REQUEST)):
        chosen = reduce(or_, (where(SEQUENCE, "eq", int(each)) for each in some))
        for entry in client.entries(*ORDERS, where=chosen):
            yield _read_order(entry, client.company)


def list_receipts(
    client: Sage300Client,
    release: Release,
    *,
    since: date | None = None,
    entered_after: int | None = None,
    sequence_above: int | None = None,
) -> Iterator[Receipt | Rejected]:
    """Receipts from whichever resource this release offers for reading, chosen as in `list_orders`."""
    chosen = _entered("ReceiptDate", "ReceiptSequenceKey", since, entered_after, sequence_above)
    for entry in client.entries("PO", release.receipts, where=chosen):
        place = f"Receipt {entry.get('ReceiptNumber', '?')}"
        yield read(ReceiptSchema, entry, place, lambda data: _receipt(data, client.company))


def read_receipt(client: Sage300Client, release: Release, sequence: str) -> Receipt:
    """One receipt by its sequence key. RecordTrouble (sage300.record-not-found) when there is none."""
    place = f"Receipt with key {sequence}"
    return _receipt(load(ReceiptSchema, client.entry("PO", release.receipts, int(sequence)), place), client.company)


def _entered(
    date_field: str, key_field: str, since: date | None, entered_after: int | None, sequence_above: int | None
) -> Filter | None:
    """What is entered today may be dated in the past: then its key tells (assumed: keys rise)."""
    dated = where(date_field, "ge", since) if since else None
    later = where(key_field, "gt", entered_after) if entered_after is not None else None
    above = where(key_field, "gt", sequence_above) if sequence_above is not None else None
    return all_of(dated | later if dated and later else dated or later, above)


def _read_order(entry: Entry, company: str) -> PurchaseOrder | Rejected:
    place = f"Purchase order {entry.get('PurchaseOrderNumber', '?')}"
    return read(OrderSchema, entry, place, lambda data: _order(data, company))


def _order(data: dict[str, Any], company: str) -> PurchaseOrder:
    currency, vendor = data.pop("currency"), data.pop("vendor")
    lines = tuple(_order_line(each, currency) for each in data.pop("lines"))
    arrivals = [line.expected_date for line in lines if line.expected_date]
    total = data.pop("total") or sum((line.amount.amount for line in lines), Decimal(0))
    return PurchaseOrder(
        key=DocumentKey(SYSTEM, company, vendor, "purchase-order", data["number"]),
        vendor_number=vendor,
        amount=Money.rounded(total, currency),
        expected_date=data.pop("expected_date") or min(arrivals, default=None),
        completed=data["completed_on"] is not None,
        lines=lines,
        **data,
    )


def _order_line(data: dict[str, Any], currency: str) -> OrderLine:
    amount = _extended(data, "quantity_ordered", currency)
    return OrderLine(**data | {"amount": amount, "unit_cost": Money(data["unit_cost"], currency)})


def _receipt(data: dict[str, Any], company: str) -> Receipt:
    currency, vendor = data.pop("currency"), data.pop("vendor")
    lines = tuple(_receipt_line(each, currency) for each in data.pop("lines"))
    return Receipt(
        key=DocumentKey(SYSTEM, company, vendor, "receipt", data["number"]),
        vendor_number=vendor,
        amount=Money.rounded(sum((line.amount.amount for line in lines), Decimal(0)), currency),
        lines=lines,
        **data,
    )


def _receipt_line(data: dict[str, Any], currency: str) -> ReceiptLine:
    amount = _extended(data, "quantity_received", currency)
    return ReceiptLine(**data | {"amount": amount, "unit_cost": Money(data["unit_cost"], currency)})


def _extended(data: Mapping[str, Any], quantity: str, currency: str) -> Money:
    """A line's amount: Sage's own where it sends one, else quantity times unit cost."""
    amount = data["amount"] or data[quantity] * data["unit_cost"]
    return Money.rounded(amount, currency)
