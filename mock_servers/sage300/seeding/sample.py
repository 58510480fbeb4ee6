"""A small believable company: vendors, invoices of the last months, orders and receipts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from mock_servers.sage300.company import Company
from mock_servers.sage300.payload import accepted
from mock_servers.sage300.schemas.purchasing import ORDER, RECEIPT
from mock_servers.sage300.seeding import history

# Number, name, group, city, state, what else.
VENDORS: tuple[tuple[str, str, str, str, str, dict[str, str]], ...] = (
    ("1200", "Chloride Systems", "INV", "Kansas City", "MO", {"AddressLine1": "927 Warehouse Road"}),
    ("1350", "Jones Office Supply", "SERV", "Seattle", "WA", {}),
    ("1400", "Parkin Mercantile", "INV", "Tacoma", "WA", {}),
    ("1500", "Gould Manufacturing Ltd.", "INV", "Vancouver", "BC", {"Terms": "N60"}),
    ("1600", "Northwind Freight & Haulage", "SERV", "Portland", "OR", {}),
    ("1750", "O'Brien Façade Cleaning", "SERV", "Seattle", "WA", {"OnHold": "OnHold"}),
    ("1890", "Harbour Equipment Rental", "SERV", "Everett", "WA", {}),
    ("1999", "Retired Trading Co.", "SERV", "Olympia", "WA", {"Status": "Inactive"}),
)
_WORK = (
    ("6300", "Repair of loading dock"),
    ("6200", "Electricity"),
    ("6260", "Forklift rental"),
    ("6600", "Copy paper and toner"),
    ("6400100", "Freight to warehouse"),
    ("6500", "Advice on lease"),
)
_ITEMS = (
    ("A1-105/0", "Fluorescent desk lamp", "24.50"),
    ("A1-655/0", "Bollard light", "112.00"),
    ("A1-450/0", "Bulb", "1.25"),
)
_OPEN_BATCHES = 3


def fill(company: Company, seed: int, documents: int) -> None:
    """Enters vendors, `documents` AP documents in batches of five, four orders and two receipts."""
    chance = Random(seed)  # noqa: S311 - sample data, nothing secret
    today = company.clock.today()
    for number, name, group, city, state, more in VENDORS:
        address = {"City": city, "StateProvince": state, "ContactName": "Accounts", "Country": "USA"}
        active = {name: value for name, value in more.items() if name != "Status"}
        history.vendor(company, number, name, group, today - timedelta(days=400), **address, **active)
    _enter_orders(company, today)
    _enter_batches(company, chance, today, documents)
    for number, *_, more in VENDORS:
        if "Status" in more:
            company.vendors.find((number,)).fill({"Status": more["Status"], "InactiveDate": today - timedelta(days=90)})


def _enter_batches(company: Company, chance: Random, today: date, documents: int) -> None:
    batches = [range(first, min(first + 5, documents)) for first in range(0, documents, 5)]
    for position, numbers in enumerate(batches):
        day = today - timedelta(days=7 * (len(batches) - 1 - position))
        entries = [_entry(chance, number, day) for number in numbers]
        posted = position < len(batches) - _OPEN_BATCHES
        history.batch(company, day, f"Invoices of {day:%d %B}", entries, posted=posted)


def _entry(chance: Random, number: int, day: date) -> dict[str, Any]:
    active = [vendor for vendor in VENDORS if "Status" not in vendor[5]]
    vendor = active[number % len(active)][0]
    kind = "CreditNote" if number % 11 == 7 else "DebitNote" if number % 19 == 13 else "Invoice"
    document_day = day - timedelta(days=chance.randrange(0, 12))
    lines = [
        {
            "GLAccount": account,
            "DistributionDescription": text,
            "DistributedAmount": Decimal(chance.randrange(1_250, 480_000)) / 100,
        }
        for account, text in chance.sample(_WORK, 1 + number % 3)
    ]
    # Every eighth number is used by two vendors: an invoice number alone is not unique.
    name = f"INV-{10_000 + number - (1 if number % 8 == 1 else 0)}"
    return {
        "VendorNumber": vendor,
        "DocumentNumber": f"CN-{10_000 + number}" if kind == "CreditNote" else name,
        "DocumentType": kind,
        "DocumentDate": document_day,
        "InvoiceDescription": lines[0]["DistributionDescription"],
        "PONumber": "PO0000001" if vendor == "1400" else "",
        "InvoiceDetails": lines,
    }


def _enter_orders(company: Company, today: date) -> None:
    for position, vendor in enumerate(("1400", "1200", "1500", "1400")):
        lines = [
            {
                "ItemNumber": item,
                "ItemDescription": text,
                "Location": "1",
                "UnitOfMeasure": "Ea.",
                "QuantityOrdered": 10 * (place + 1),
                "UnitCost": Decimal(cost),
                "GLAccount": "1300",
            }
            for place, (item, text, cost) in enumerate(_ITEMS[: 1 + position % 3])
        ]
        day = (today - timedelta(days=60 - 10 * position)).isoformat()
        sent = {"Vendor": vendor, "PurchaseOrderDate": day, "Description": "Lamps", "PurchaseOrderLines": lines}
        company.purchase_orders.create(accepted(ORDER, sent), history.CLERK)
    for position, number in enumerate(("PO0000001", "PO0000002")):
        day = (today - timedelta(days=30 - 10 * position)).isoformat()
        received = [{"ItemNumber": _ITEMS[0][0], "QuantityReceived": 10 - 4 * position}]
        sent = {"PurchaseOrderNumber": number, "ReceiptDate": day, "ReceiptLine2s": received}
        company.receipts.create(accepted(RECEIPT, sent), history.CLERK)
