"""How seeding puts vendors and batches of the past into the books, through the ordinary rules."""

from __future__ import annotations

from datetime import date
from typing import Any

from mock_servers.sage300.company import Company
from mock_servers.sage300.schema import Record

CLERK = "ADMIN"


def vendor(company: Company, number: str, name: str, group: str, since: date, **more: Any) -> Record:
    """A vendor entered on `since` and not touched after."""
    values = {"VendorNumber": number, "VendorName": name[:60], "GroupCode": group, "StartDate": since, **more}
    row = company.vendors.create(values, CLERK)
    row["DateLastMaintained"] = since
    return row


def batch(company: Company, day: date, description: str, entries: list[dict[str, Any]], *, posted: bool) -> Record:
    """A batch of `day` whose entries' stated totals are what they distribute; DateLastEdited is `day` too."""
    books = company.invoice_batches
    header = Record(books.schema, {"BatchDate": day, "Description": description, "BatchNumber": books.next_number()})
    header["Invoices"] = [balanced(company, books.rules.new(values, header, CLERK)) for values in entries]
    stored = books.store(header)
    stored["DateLastEdited"] = day
    if posted:
        company.invoice_posting.post_clean(stored)
    return stored


def balanced(company: Company, entry: Record) -> Record:
    """States the total that an entry distributes."""
    entry["DocumentTotalIncludingTax"] = entry["DistributedTotalIncludingTax"]
    company.entry_rules.complete(entry)
    return entry
