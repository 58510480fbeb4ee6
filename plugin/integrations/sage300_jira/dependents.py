"""Which documents are told together with others, so that they are compared again when those change.

Each function takes document keys of one followed stream, and gives a condition on the entries of our own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from plugin.integrations.products import Dependents, Siblings
from plugin.integrations.sage300_jira.order_numbers import order_named
from plugin.store.models import Counterfoil, LedgerEntry
from sage_adapters.records import DocumentKey


def _of_vendors(session: Session, siblings: Siblings, keys: Sequence[str]) -> ColumnElement[bool]:
    """What is paid or complete keeps the name it was paid or delivered under."""
    vendors = {DocumentKey.from_text(key).vendor for key in keys}
    return LedgerEntry.vendor.in_(vendors) & ~LedgerEntry.closed


def _of_orders(session: Session, siblings: Siblings, keys: Sequence[str]) -> ColumnElement[bool]:
    return LedgerEntry.belongs_to.in_({order_named(DocumentKey.from_text(key).number) for key in keys})


def _orders_of_receipts(session: Session, siblings: Siblings, keys: Sequence[str]) -> ColumnElement[bool]:
    return LedgerEntry.belongs_to.in_(_orders_named(session, siblings["receipts"].id, keys))


def _orders_of_invoices(session: Session, siblings: Siblings, keys: Sequence[str]) -> ColumnElement[bool]:
    """Those that an invoice names, and those that it named before somebody corrected its PO number."""
    invoices = siblings["invoices"].id
    changed = session.scalars(
        select(Counterfoil.detail).where(
            Counterfoil.stream_id == invoices, Counterfoil.document_key.in_(keys), Counterfoil.action == "changed"
        )
    )
    before = {
        order_named(change.get("from") or "")
        for detail in changed
        for change in detail.get("changes") or ()
        if change["attribute"] == "po_number"
    }
    return LedgerEntry.belongs_to.in_({*_orders_named(session, invoices, keys), *filter(None, before)})


def _orders_named(session: Session, stream_id: int, keys: Sequence[str]) -> set[str]:
    found = session.scalars(
        select(LedgerEntry.belongs_to).where(LedgerEntry.stream_id == stream_id, LedgerEntry.document_key.in_(keys))
    )
    return {number for number in found if number}


def _same_documents(session: Session, siblings: Siblings, keys: Sequence[str]) -> ColumnElement[bool]:
    return LedgerEntry.document_key.in_(keys)


def _of_payments(session: Session, siblings: Siblings, keys: Sequence[str]) -> ColumnElement[bool]:
    """What was paid, whatever its type; some more may have the number of one and the vendor of another."""
    paid = session.execute(
        select(LedgerEntry.vendor, LedgerEntry.number).where(
            LedgerEntry.stream_id == siblings["payments"].id, LedgerEntry.document_key.in_(keys)
        )
    ).all()
    vendors, numbers = {row.vendor for row in paid}, {row.number for row in paid}
    return LedgerEntry.vendor.in_(vendors) & LedgerEntry.number.in_(numbers)


ORDERS_FOLLOW: Mapping[str, Dependents] = {
    "vendors": _of_vendors,
    "receipts": _orders_of_receipts,
    "invoices": _orders_of_invoices,
}
RECEIPTS_FOLLOW: Mapping[str, Dependents] = {"vendors": _of_vendors, "orders": _of_orders}
INVOICES_FOLLOW: Mapping[str, Dependents] = {
    "vendors": _of_vendors,
    "orders": _of_orders,
    "posted": _same_documents,
    "payments": _of_payments,
}
