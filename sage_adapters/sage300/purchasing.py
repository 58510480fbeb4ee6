"""Purchase orders and receipts as records.

Neither carries a date of change. Orders are read again until they are completed, receipts by their date (contract
sage300, section 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sage_adapters.records import DocumentKey, Money, OrderLine, PurchaseOrder, Receipt, ReceiptLine, Rejected
from sage_adapters.sage300.client import SYSTEM, Sage300Client
from sage_adapters.sage300.filters import Filter, where
from sage_adapters.sage300.release import Release
from sage_adapters.sage300.schemas import OrderSchema, ReceiptSchema, load, read

ORDERS = ("PO", "POPurchaseOrders")


def list_orders(
    client: Sage300Client, *, since: date | None = None, active_only: bool = False
) -> Iterator[PurchaseOrder | Rejected]:
    """Purchase orders dated on or after `since`, completed ones too.

    With `active_only` without the other types: standing, future and blanket orders.
    """
    dated = where("PurchaseOrderDate", "ge", since) if since else None
    active = where("PurchaseOrderType", "eq", "Active") if active_only else None
    for entry in client.entries(*ORDERS, where=dated & active if dated and active else dated or active):
        place = f"Purchase order {entry.get('PurchaseOrderNumber', '?')}"
        yield read(OrderSchema, entry, place, lambda data: _order(data, client.company))


def read_order(client: Sage300Client, sequence: str) -> PurchaseOrder:
    """One order by its sequence key, which is not the number on paper."""
    place = f"Purchase order with key {sequence}"
    return _order(load(OrderSchema, client.entry(*ORDERS, int(sequence)), place), client.company)


def list_receipts(
    client: Sage300Client, release: Release, *, since: date | None = None
) -> Iterator[Receipt | Rejected]:
    """Receipts dated on or after `since`, from whichever resource this release offers for reading."""
    chosen: Filter | None = where("ReceiptDate", "ge", since) if since else None
    for entry in client.entries("PO", release.receipts, where=chosen):
        place = f"Receipt {entry.get('ReceiptNumber', '?')}"
        yield read(ReceiptSchema, entry, place, lambda data: _receipt(data, client.company))


def _order(data: dict[str, Any], company: str) -> PurchaseOrder:
    currency, vendor = data.pop("currency"), data.pop("vendor")
    lines = tuple(_order_line(each, currency) for each in data.pop("lines"))
    total = data.pop("total") or sum((line.amount.amount for line in lines), Decimal(0))
    return PurchaseOrder(
        key=DocumentKey(SYSTEM, company, vendor, "purchase-order", data["number"]),
        vendor_number=vendor,
        amount=Money.rounded(total, currency),
        completed=data.pop("completed_on") is not None,
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
