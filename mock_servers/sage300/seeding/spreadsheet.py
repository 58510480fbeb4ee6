"""Real payables from a CSV file: one row per distribution line, several rows per document, amounts net.

Columns: supplier_id, supplier_name, invoice_number, document_date, internal_ref, net_amount, account, cost_area,
description. A document is (supplier_id, invoice_number). What Sage could not hold is shortened, and said.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from mock_servers.sage300.company import Company
from mock_servers.sage300.seeding import history, masters

COLUMNS = (
    *("supplier_id", "supplier_name", "invoice_number", "document_date", "internal_ref"),
    *("net_amount", "account", "cost_area", "description"),
)
VENDOR_LENGTH = 12
DOCUMENT_LENGTH = 22
_PER_BATCH = 25
_OPEN_BATCHES = 4


@dataclass(slots=True)
class _Document:
    vendor: str
    number: str
    day: date
    reference: str
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum((line["DistributedAmount"] for line in self.lines), Decimal(0))


def load(company: Company, path: Path) -> list[str]:
    """Fills a company with the file's vendors, accounts and documents; returns sentences about what was shortened.

    ValueError with a sentence for a file that is missing, lacks columns or holds a line that cannot be read.
    """
    names = _Vendors()
    documents: dict[tuple[str, str], _Document] = {}
    for number, row in _rows(path):
        day, amount = _day(row, number), _amount(row, number)
        vendor = names.number_of(row["supplier_id"].strip(), row["supplier_name"].strip())
        key = (vendor, row["invoice_number"].strip())
        document = documents.setdefault(key, _Document(*key, day, row["internal_ref"].strip()))
        _add_account(company, row)
        document.lines.append(
            {
                "GLAccount": row["account"].strip(),
                "DistributionDescription": row["description"].strip()[:60],
                "Comment": row["cost_area"].strip()[:250],
                "DistributedAmount": amount,
            }
        )
    shortened = _shorten(documents)
    _enter(company, names, sorted(documents.values(), key=lambda document: document.day))
    notes = [f"{path.name}: {len(documents)} documents of {len(names.names)} vendors were entered."]
    if shortened:
        notes.append(f"{shortened} document numbers were longer than {DOCUMENT_LENGTH} characters and were shortened.")
    if names.derived:
        notes.append(f"{names.derived} vendors got a number of their own, as their supplier id is too long for one.")
    return notes


class _Vendors:
    """Vendor numbers by supplier. An id too long for Sage stands for several suppliers, told apart by name."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.derived = 0
        self._by_supplier: dict[tuple[str, str], str] = {}

    def number_of(self, supplier: str, name: str) -> str:
        if len(supplier) <= VENDOR_LENGTH:
            self.names.setdefault(supplier.upper(), name)
            return supplier.upper()
        number = self._by_supplier.get((supplier, name))
        if number is None:
            number = self._free(name)
            self._by_supplier[(supplier, name)] = number
            self.names[number] = name
            self.derived += 1
        return number

    def _free(self, name: str) -> str:
        letters = re.sub(r"[^A-Z0-9]", "", name.upper()) or "VENDOR"
        candidate, count = letters[:VENDOR_LENGTH], 1
        while candidate in self.names:
            count += 1
            candidate = f"{letters[: VENDOR_LENGTH - len(str(count))]}{count}"
        return candidate


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise ValueError(f"{path} lacks the columns {', '.join(missing)}. It needs: {', '.join(COLUMNS)}.")
            for row in reader:
                if None in row.values() or not (row["supplier_id"].strip() and row["invoice_number"].strip()):
                    raise ValueError(f"Line {reader.line_num} of {path} has no supplier, no number or too few columns.")
                yield reader.line_num, row
    except OSError as wrong:
        raise ValueError(f"{path} cannot be read: {wrong.strerror}.") from wrong
    except UnicodeDecodeError as wrong:
        raise ValueError(f"{path} is not UTF-8 text. Save it as CSV UTF-8 and try again.") from wrong


def _day(row: dict[str, str], number: int) -> date:
    try:
        return date.fromisoformat(row["document_date"].strip())
    except ValueError as wrong:
        raise ValueError(f"Line {number}: {row['document_date']!r} is not a date such as 2021-01-31.") from wrong


def _amount(row: dict[str, str], number: int) -> Decimal:
    try:
        amount = Decimal(row["net_amount"].strip())
    except InvalidOperation as wrong:
        raise ValueError(f"Line {number}: {row['net_amount']!r} is not an amount such as -1234.50.") from wrong
    if not amount.is_finite():
        raise ValueError(f"Line {number}: {row['net_amount']!r} is not an amount such as -1234.50.")
    return amount


def _add_account(company: Company, row: dict[str, str]) -> None:
    account = row["account"].strip()
    if company.accounts.get(account.replace("-", "")) is None:
        masters.add_account(company, account, row["description"].strip() or account)


def _shorten(documents: dict[tuple[str, str], _Document]) -> int:
    """Gives numbers that are too long a shorter one that no other document of the vendor has."""
    taken = {(vendor, number) for vendor, number in documents if len(number) <= DOCUMENT_LENGTH}
    count = 0
    for (vendor, number), document in documents.items():
        if len(number) <= DOCUMENT_LENGTH:
            continue
        digest = hashlib.sha256(number.encode()).hexdigest().upper()
        candidates = (f"{number[: DOCUMENT_LENGTH - 5]}~{digest[place : place + 4]}" for place in range(60))
        document.number = next(candidate for candidate in candidates if (vendor, candidate) not in taken)
        taken.add((vendor, document.number))
        count += 1
    return count


def _enter(company: Company, names: _Vendors, documents: list[_Document]) -> None:
    if not documents:
        return
    years = [document.day.year for document in documents]
    company.calendar.open_years(min(years), max(*years, company.clock.today().year + 1))
    for number, name in names.names.items():
        history.vendor(company, number, name, "UK", documents[0].day, Country="United Kingdom")
    batches = [documents[first : first + _PER_BATCH] for first in range(0, len(documents), _PER_BATCH)]
    for position, batch in enumerate(batches):
        day = batch[-1].day
        entries = [_values(document) for document in batch]
        posted = position < len(batches) - _OPEN_BATCHES
        history.batch(company, day, f"Invoices to {day:%d %B %Y}", entries, posted=posted)


def _values(document: _Document) -> dict[str, Any]:
    """An entry; a document that is negative as a whole is a credit note with its signs turned."""
    credit = document.total < 0
    lines = [
        line | {"DistributedAmount": -line["DistributedAmount"] if credit else line["DistributedAmount"]}
        for line in document.lines
    ]
    return {
        "VendorNumber": document.vendor,
        "DocumentNumber": document.number,
        "DocumentType": "CreditNote" if credit else "Invoice",
        "DocumentDate": document.day,
        "OrderNumber": document.reference[:22],
        "InvoiceDescription": lines[0]["DistributionDescription"],
        "InvoiceDetails": lines,
    }
