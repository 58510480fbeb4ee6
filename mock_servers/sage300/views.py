"""A company's books in plain words: what `GET /__mock__/state` and the page for people show; see `shown`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from mock_servers.harness import ControlRefused, Table
from mock_servers.harness.page import ROWS_SHOWN, table_of
from mock_servers.sage300 import shown
from mock_servers.sage300.company import Company
from mock_servers.sage300.schema import Record
from mock_servers.sage300.shown import Document


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


def _invoices(company: Company, *, newest: bool = False) -> Iterator[Document]:
    order: Callable[[Any], Any] = reversed if newest else iter
    for batch in order(company.invoice_batches.records()):
        for entry in order(batch.details("Invoices")):
            yield shown.invoice(company, entry, batch)


def _payments(company: Company) -> Iterator[Document]:
    for batch in company.payment_batches.records():
        for entry in batch.details("PaymentsAdjustments"):
            yield shown.payment(company, batch, entry)


# Type -> the company's collection and how one record of it is shown.
_PLAIN: dict[str, tuple[str, Callable[[Company, Record], Document]]] = {
    "vendors": ("vendors", shown.vendor),
    "invoice_batches": ("invoice_batches", shown.invoice_batch),
    "purchase_orders": ("purchase_orders", shown.purchase_order),
    "receipts": ("receipts", shown.receipt),
    "accounts": ("accounts", shown.account),
    "posted_documents": ("posted_documents", shown.posted_document),
    "purchase_invoices": ("purchase_invoices", shown.purchase_invoice),
    "payment_batches": ("payment_batches", shown.payment_batch),
    "posted_transactions": ("posted_transactions", shown.posted_transaction),
    "remit_to_locations": ("remit_to_locations", shown.remit_to),
    "fiscal_years": ("calendar", shown.fiscal_year),
}
TYPES = (
    "invoices",
    "invoice_batches",
    "vendors",
    "purchase_orders",
    "receipts",
    "purchase_invoices",
    "payments",
    "payment_batches",
    "posted_documents",
    "posted_transactions",
    "remit_to_locations",
    "fiscal_years",
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
