"""AP invoices as the engine's documents, and what could not be read as one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from plugin.integrations.sage300_jira.order_numbers import order_named
from plugin.integrations.sage300_jira.signs import signed_amount
from plugin.sync.documents import Document
from sage_adapters.records import DocumentKey, Invoice, Rejected, to_json
from sage_adapters.sage300.client import SYSTEM
from sage_adapters.sage300.invoices import TYPES, Batch


def documents_of(batch: Batch, company: str) -> Iterator[Document]:
    unit = str(batch.header.number)
    for invoice in batch.invoices:
        yield _document(invoice, unit)
    for position, rejected in enumerate(batch.rejected, start=1):
        yield unreadable(rejected, unit, company, position)


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
        belongs_to=order_named(invoice.po_number),
    )


def unreadable(rejected: Rejected, unit: str, company: str, position: int) -> Document:
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
