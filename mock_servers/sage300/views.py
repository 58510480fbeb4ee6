"""A company's books in plain words: what `GET /__mock__/state` and the page for people show.

Amounts and quantities are decimal texts, dates ISO texts or None. An invoice's `amount` is positive for credit
notes too; its `kind` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from mock_servers.harness import ControlRefused, Table
from mock_servers.harness.page import ROWS_SHOWN, table_of
from mock_servers.sage300.company import Company
from mock_servers.sage300.invoice_entries import total_of
from mock_servers.sage300.schema import Record

Document = dict[str, Any]


def state(companies: Mapping[str, Company], type: str | None) -> dict[str, list[Document]]:
    """Every document by type, or those of one type. ControlRefused for a type there is not."""
    if type is not None and type not in TYPES:
        raise ControlRefused(f"There are no documents of type {type}; there are {', '.join(TYPES)}.")
    chosen = TYPES if type is None else (type,)
    return {name: [document for company in companies.values() for document in _ALL[name](company)] for name in chosen}


def tables(companies: Mapping[str, Company]) -> list[Table]:
    """The latest documents of each type as tables."""
    return [_table(companies, name) for name in TYPES]


def _table(companies: Mapping[str, Company], name: str) -> Table:
    rows = [
        document
        for company in companies.values()
        for document in reversed(list(islice(_newest(name, company), ROWS_SHOWN)))
    ]
    table = table_of(name, rows)
    table.total = sum(_count(name, company) for company in companies.values())
    return table


def invoice(company: Company, entry: Record, batch: Record) -> Document:
    """One AP entry. `status` is its batch's, `error_batch` not zero when posting set it aside."""
    return {
        "company": company.code,
        "vendor": entry["VendorNumber"],
        "vendor_name": entry["VendorName"],
        "number": entry["DocumentNumber"],
        "kind": entry["DocumentType"],
        "amount": money(total_of(entry)),
        "currency": entry["CurrencyCode"],
        "tax_total": money(entry["TaxTotal"]),
        "document_date": day(entry["DocumentDate"]),
        "posting_date": day(entry["PostingDate"]),
        "due_date": day(entry["DueDate"]),
        "batch": batch["BatchNumber"],
        "entry": entry["EntryNumber"],
        "status": batch["BatchStatus"],
        "on_hold": entry["OnHold"] == "Yes",
        "error_batch": entry["ErrorBatch"],
        "po_number": entry["PONumber"],
        "order_number": entry["OrderNumber"],
        "terms": entry["Terms"],
        "description": entry["InvoiceDescription"],
        "lines": [
            {
                "line": line["LineNumber"],
                "account": line["GLAccount"],
                "description": line["DistributionDescription"],
                "amount": money(line["DistributedAmount"]),
                "comment": line["Comment"],
            }
            for line in entry.details("InvoiceDetails")
        ],
    }


def invoice_batch(company: Company, batch: Record) -> Document:
    """One invoice batch."""
    return {
        "company": company.code,
        "number": batch["BatchNumber"],
        "date": day(batch["BatchDate"]),
        "description": batch["Description"],
        "status": batch["BatchStatus"],
        "entries": batch["NumberOfEntries"],
        "total": money(batch["BatchTotal"]),
        "last_edited": day(batch["DateLastEdited"]),
        "posting_sequence": batch["PostingSequenceNumber"],
        "errors": batch["NumberOfErrors"],
    }


def vendor(company: Company, row: Record) -> Document:
    """One vendor."""
    return {
        "company": company.code,
        "number": row["VendorNumber"],
        "name": row["VendorName"],
        "group": row["GroupCode"],
        "status": row["Status"],
        "on_hold": row["OnHold"] == "OnHold",
        "currency": row["CurrencyCode"],
        "terms": row["Terms"],
        "tax_group": row["TaxGroup"],
        "account": row["GLAccount"],
        "city": row["City"],
        "country": row["Country"],
        "email": row["Email"],
        "balance": money(row["BalanceDueInVendorCurrency"]),
        "last_maintained": day(row["DateLastMaintained"]),
    }


def purchase_order(company: Company, row: Record) -> Document:
    """One purchase order with its lines."""
    return {
        "company": company.code,
        "key": row["PurchaseOrderSequenceKey"],
        "number": row["PurchaseOrderNumber"],
        "vendor": row["Vendor"],
        "vendor_name": row["VendorName"],
        "date": day(row["PurchaseOrderDate"]),
        "currency": row["Currency"],
        "total": money(row["OrderTotal"]),
        "status": row["CompletionStatus"],
        "on_hold": row["OnHold"],
        "description": row["Description"],
        "lines": [
            {
                "line": line["LineNumber"],
                "item": line["ItemNumber"],
                "description": line["ItemDescription"],
                "ordered": quantity(line["QuantityOrdered"]),
                "received": quantity(line["QuantityReceived"]),
                "outstanding": quantity(line["QuantityOutstanding"]),
                "unit_cost": quantity(line["UnitCost"]),
            }
            for line in row.details("PurchaseOrderLines")
        ],
    }


def receipt(company: Company, row: Record) -> Document:
    """One receipt with its lines."""
    return {
        "company": company.code,
        "key": row["ReceiptSequenceKey"],
        "number": row["ReceiptNumber"],
        "po_number": row["PurchaseOrderNumber"],
        "vendor": row["Vendor"],
        "date": day(row["ReceiptDate"]),
        "total": money(row["ReceiptTotal"]),
        "lines": [
            {"item": line["ItemNumber"], "received": quantity(line["QuantityReceived"])}
            for line in row.details("ReceiptLine2s")
        ],
    }


def account(company: Company, row: Record) -> Document:
    """One GL account."""
    return {
        "company": company.code,
        "account": row["UnformattedAccount"],
        "formatted": row["AccountNumber"],
        "description": row["Description"],
        "type": row["AccountType"],
        "status": row["Status"],
        "control": row["ControlAccount"] == "Yes",
    }


def payment(company: Company, batch: Record, entry: Record) -> Document:
    """One payment or adjustment entry."""
    return {
        "company": company.code,
        "selector": batch["BatchSelector"],
        "batch": batch["BatchNumber"],
        "entry": entry["EntryNumber"],
        "status": batch["BatchStatus"],
        "vendor": entry["VendorNumber"],
        "number": entry["DocumentNumber"],
        "date": day(entry["PaymentDateAdjustmentDate"]),
        "amount": money(entry["CheckAmountInVendorCurrency"]),
        "bank": batch["BankCode"],
        "description": batch["Description"],
        "applied": [
            {"number": row["DocumentNumber"], "amount": money(row["PaymentAmount"])}
            for row in entry.details("AppliedPayments")
        ],
    }


def posted_document(company: Company, row: Record) -> Document:
    """One posted document and what is left to pay; credit notes are negative here, as in Sage."""
    return {
        "company": company.code,
        "vendor": row["VendorNumber"],
        "number": row["DocumentNumber"],
        "kind": row["DocumentType"],
        "amount": money(row["VendorCurrencyInvoiceAmount"]),
        "due": money(row["VendorCurrencyAmountDue"]),
        "currency": row["CurrencyCode"],
        "due_date": day(row["DueDate"]),
        "batch": row["BatchNumber"],
        "entry": row["EntryNumber"],
    }


def money(amount: Decimal) -> str:
    """An amount with at least two decimals."""
    return f"{amount:.2f}" if amount == amount.quantize(Decimal("0.01")) else f"{amount:f}"


def quantity(value: Decimal) -> str:
    """A quantity without trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day(value: date | None) -> str | None:
    """A date as ISO text."""
    return None if value is None else value.isoformat()


def _invoices(company: Company, *, newest: bool = False) -> Iterator[Document]:
    order: Callable[[Any], Any] = reversed if newest else iter
    for batch in order(company.invoice_batches.records()):
        for entry in order(batch.details("Invoices")):
            yield invoice(company, entry, batch)


def _payments(company: Company) -> Iterator[Document]:
    for batch in company.payment_batches.records():
        for entry in batch.details("PaymentsAdjustments"):
            yield payment(company, batch, entry)


# Type -> the company's collection and how one record of it is shown.
_PLAIN: dict[str, tuple[str, Callable[[Company, Record], Document]]] = {
    "vendors": ("vendors", vendor),
    "invoice_batches": ("invoice_batches", invoice_batch),
    "purchase_orders": ("purchase_orders", purchase_order),
    "receipts": ("receipts", receipt),
    "accounts": ("accounts", account),
    "posted_documents": ("posted_documents", posted_document),
}
TYPES = (
    "invoices",
    "invoice_batches",
    "vendors",
    "purchase_orders",
    "receipts",
    "payments",
    "posted_documents",
    "accounts",
)


def _plain(name: str) -> Callable[[Company], Iterator[Document]]:
    books, show = _PLAIN[name]

    def documents(company: Company) -> Iterator[Document]:
        for row in getattr(company, books).records():
            yield show(company, row)

    return documents


_ALL: dict[str, Callable[[Company], Iterator[Document]]] = {
    "invoices": _invoices,
    "payments": _payments,
    **{name: _plain(name) for name in _PLAIN},
}


def _newest(name: str, company: Company) -> Iterator[Document]:
    if name == "invoices":
        return _invoices(company, newest=True)
    if name == "payments":
        return reversed(list(_payments(company)))
    books, show = _PLAIN[name]
    return (show(company, row) for row in reversed(getattr(company, books).records()))


def _count(name: str, company: Company) -> int:
    if name == "invoices":
        return sum(batch["NumberOfEntries"] for batch in company.invoice_batches.records())
    if name == "payments":
        return sum(batch["NumberOfEntries"] for batch in company.payment_batches.records())
    return len(getattr(company, _PLAIN[name][0]).records())
