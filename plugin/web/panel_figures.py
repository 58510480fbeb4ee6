"""The figures of one document in the panel, by what it is: an invoice, an order or a receipt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from plugin.integrations.panels import Chain
from plugin.jira.values import Value
from plugin.web import marks
from plugin.web.issue_document import Found
from plugin.web.marks import Mark
from plugin.web.visit import Visit
from sage_adapters.records import DocumentType, Invoice, InvoiceStatus, Money, PurchaseOrder, Receipt, Record

LINES = 50
VENDOR_FACTS = ("vendor_group", "vendor_terms", "vendor_currency", "vendor_1099_code")
"""Attributes of the vendor that are told in a row."""


def page(visit: Visit, found: Found, record: Record, chain: Chain) -> tuple[str, Mapping[str, Any]]:
    """The template, and what it shows. Raises KeyError for a record that has no page."""
    template, figures = _PAGES[type(record)]
    lines = getattr(record, "lines", ())
    shown = lines if visit.parameters.get("lines") == "all" else lines[:LINES]
    return template, {
        "record": record,
        "company": record.key.company,
        "told": found.attributes,
        "vendor": _vendor(found.attributes, found),
        "status": _status(found),
        "lines": shown,
        "more": len(lines) - len(shown),
        **figures(visit, found, record, chain),
    }


def _invoice(visit: Visit, found: Found, invoice: Invoice, chain: Chain) -> dict[str, Any]:
    sign = 1 if invoice.document_type.raises_debt else -1
    payments = [each for each in chain.payments if each.present]
    overdue = (visit.now.date() - invoice.due_date).days if invoice.due_date and _is_owed(found, invoice) else 0
    return {
        "currency": invoice.currency,
        "sign": sign,
        "kind": "" if invoice.document_type is DocumentType.INVOICE else invoice.document_type.value,
        "overdue": max(0, overdue),
        "settled": _settled(found, payments),
        "payments": payments[-LINES:],
        "earlier": max(0, len(payments) - LINES),
        "batch_link": found.described.link(found.connection, found.entry.content),
    }


def _order(visit: Visit, found: Found, order: PurchaseOrder, chain: Chain) -> dict[str, Any]:
    late = order.expected_date and not order.completed and found.entry.gone_at is None
    overdue = (visit.now.date() - order.expected_date).days if late and order.expected_date else 0
    return {"currency": order.amount.currency, "overdue": max(0, overdue)}


def _receipt(visit: Visit, found: Found, receipt: Receipt, chain: Chain) -> dict[str, Any]:
    return {"currency": receipt.amount.currency}


_PAGES: Mapping[type, tuple[str, Callable[..., dict[str, Any]]]] = {
    Invoice: ("panel_invoice.html", _invoice),
    PurchaseOrder: ("panel_order.html", _order),
    Receipt: ("panel_receipt.html", _receipt),
}


def _status(found: Found) -> Mark:
    if found.entry.gone_at is not None:
        return Mark(f"Deleted in {found.product.system.label}", "bad")
    return marks.of_document(found.state)


def _vendor(told: Mapping[str, Value], found: Found) -> dict[str, Any]:
    """What the vendor's own record says, if it was read: facts by their label, and whether it may be paid at all."""
    labels = found.described.words
    return {
        "name": told.get("vendor_name") or found.entry.vendor_name,
        "number": found.entry.vendor,
        "facts": [(labels[name], told[name]) for name in VENDOR_FACTS if told.get(name)],
        "on_hold": bool(told.get("vendor_on_hold")),
        "inactive": told.get("vendor_status") == "Inactive",
    }


def _settled(found: Found, payments: Sequence[Any]) -> dict[str, Any] | None:
    """What is paid and what is open; None before there is anything to pay."""
    told = found.attributes
    paid, left = told.get("paid_amount"), told.get("open_amount")
    if not isinstance(paid, Money) or not isinstance(left, Money):
        return None
    if not paid.amount and not payments and found.entry.content.get("status") != InvoiceStatus.POSTED.value:
        return None
    return {"paid": paid, "open": left, "last": told.get("last_paid_on")}


def _is_owed(found: Found, invoice: Invoice) -> bool:
    left = found.attributes.get("open_amount")
    owed = not isinstance(left, Money) or left.amount > 0
    there = found.entry.gone_at is None and invoice.status != InvoiceStatus.DELETED
    return invoice.document_type.raises_debt and there and owed
