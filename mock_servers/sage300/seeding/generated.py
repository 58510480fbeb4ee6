"""Many invoices for measuring: made from one pattern per vendor, without going through the rules each time."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from mock_servers.sage300.company import Company
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.invoices import BATCH, ENTRY, LINE, SCHEDULE
from mock_servers.sage300.seeding import history

_VENDORS = 200
_DAYS = 180
_OPEN_BATCHES = 4
_ACCOUNTS = ("6300", "6200", "6500")
_TERMS_DAYS = 30


def fill(company: Company, invoices: int, per_batch: int, seed: int) -> None:
    """Puts `invoices` invoices of one to three lines into batches spread over half a year, the last ones open."""
    chance = Random(seed)  # noqa: S311 - sample data, nothing secret
    today = company.clock.today()
    patterns = [_pattern(company, number, today) for number in range(min(_VENDORS, invoices))]
    count = -(-invoices // per_batch)
    for position in range(count):
        day = today - timedelta(days=_DAYS * (count - 1 - position) // count)
        batch = Record(BATCH, {"BatchNumber": position + 1, "BatchDate": day, "DateLastEdited": day})
        year, period = company.calendar.period_of(day, "BatchDate")
        first = position * per_batch
        entries = [
            _entry(patterns[number % len(patterns)], number, number - first + 1, batch, chance, (year, period))
            for number in range(first, min(first + per_batch, invoices))
        ]
        total = sum((entry["DocumentTotalIncludingTax"] for entry in entries), Decimal(0))
        batch.fill({"Invoices": entries, "NumberOfEntries": len(entries), "LastEntryNumber": len(entries)})
        batch.fill({"BatchTotal": total, "Description": f"Generated batch {position + 1}"})
        company.invoice_batches.adopt(batch)
        if position < count - _OPEN_BATCHES:
            company.invoice_posting.post_clean(batch)


def _pattern(company: Company, number: int, today: date) -> Record:
    vendor = f"V{number + 1:05}"
    history.vendor(
        company, vendor, f"Vendor {number + 1} Limited", "SERV", today - timedelta(days=_DAYS + 30), City="Seattle"
    )
    header = Record(BATCH, {"BatchDate": today})
    line = {"GLAccount": "6300", "DistributedAmount": Decimal(1)}
    values = {"VendorNumber": vendor, "DocumentNumber": "PATTERN", "InvoiceDetails": [line]}
    return company.entry_rules.new(values, header, history.CLERK)


def _entry(
    pattern: Record, number: int, entry_number: int, batch: Record, chance: Random, period: tuple[str, str]
) -> Record:
    day, due = batch["BatchDate"], batch["BatchDate"] + timedelta(days=_TERMS_DAYS)
    keys = {"BatchNumber": batch["BatchNumber"], "EntryNumber": entry_number}
    amounts = [Decimal(chance.randrange(1_000, 900_000)).scaleb(-2) for _ in range(1 + number % 3)]
    total = sum(amounts, Decimal(0))
    values = pattern.values | keys
    values |= {
        "DocumentNumber": f"GEN-{number + 1:07}",
        "DocumentDate": day,
        "AsOfDate": day,
        "RateDate": day,
        "PostingDate": day,
        "DueDate": due,
        "FiscalYear": period[0],
        "FiscalPeriod": period[1],
        "DocumentTotalIncludingTax": total,
        "DocumentTotalBeforeTaxes": total,
        "DistributedTotalBeforeTaxes": total,
        "DistributedTotalIncludingTax": total,
        "UndistributedAmount": Decimal(0),
        "SourceAmountDue": total,
        "FunctionalAmountDue": total,
        "NumberOfDetails": len(amounts),
        "InvoiceDetails": [_line(keys, position, amount) for position, amount in enumerate(amounts)],
        "InvoicePaymentSchedules": [
            Record(
                SCHEDULE, keys | {"PaymentNumber": 1, "DueDate": due, "AmountDue": total, "FunctionalAmountDue": total}
            )
        ],
    }
    return Record(ENTRY, values)


def _line(keys: dict[str, int], position: int, amount: Decimal) -> Record:
    return Record(
        LINE,
        keys
        | {
            "LineNumber": 20 * (position + 1),
            "GLAccount": _ACCOUNTS[position],
            "DistributionDescription": "Goods and services",
            "DistributedAmount": amount,
            "DistributedAmountBeforeTaxes": amount,
            "GLDistributedAmount": amount,
        },
    )
