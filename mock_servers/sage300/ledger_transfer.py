"""APCreateGLBatch: what posted AP batches mean for the general ledger, as a journal batch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from mock_servers.sage300.collections import Collection
from mock_servers.sage300.invoice_batches import InvoiceBatches
from mock_servers.sage300.ledger import JournalBatches
from mock_servers.sage300.payload import Values
from mock_servers.sage300.payment_batches import PaymentBatches
from mock_servers.sage300.payment_posting import documented, lowered_by
from mock_servers.sage300.schema import Record
from mock_servers.sage300.vendors import Vendors

_SOURCE_TYPES = {"Invoice": "IN", "DebitNote": "DB", "CreditNote": "CR", "Interest": "IT"}


class LedgerTransfer:
    """Turns posted AP batches that were not yet transferred into one journal batch that is ready to post."""

    def __init__(
        self,
        invoices: InvoiceBatches,
        payments: PaymentBatches,
        vendors: Vendors,
        account_sets: Collection,
        banks: Collection,
        journals: JournalBatches,
    ) -> None:
        self._invoices = invoices
        self._payments = payments
        self._vendors = vendors
        self._account_sets = account_sets
        self._banks = banks
        self._journals = journals
        self._transferred = 0

    def skip_history(self) -> None:
        """Takes what is posted so far as transferred already, as seeding does."""
        posted = [*self._invoices.records(), *self._payments.records()]
        self._transferred = max((batch["PostingSequenceNumber"] for batch in posted), default=0)

    def create_batch(self) -> Record | None:
        """Makes the journal batch; None when there is nothing to transfer."""
        invoices, payments = self._waiting(self._invoices), self._waiting(self._payments)
        self.skip_history()
        journals = [self._invoice(entry) for batch in invoices for entry in _posted(batch, "Invoices")]
        for batch in payments:
            journals += [self._payment(batch, entry) for entry in _posted(batch, "PaymentsAdjustments")]
        numbers = ", ".join(str(batch["BatchNumber"]) for batch in [*invoices, *payments])
        return self._created(f"AP batches {numbers}", journals)

    def create_reversal(self, payment: Record) -> Record | None:
        """The journal of a payment that was taken back."""
        batch = self._payments.find(("PY", payment["BatchNumber"]))
        entry = next(e for e in _posted(batch, "PaymentsAdjustments") if e["EntryNumber"] == payment["EntryNumber"])
        journal = self._payment(batch, entry, sign=-1, day=payment["DateReversed"])
        return self._created(f"Reversal of {payment['DocumentNumber']}", [journal])

    def _waiting(self, batches: Collection) -> list[Record]:
        return [batch for batch in batches.records() if batch["PostingSequenceNumber"] > self._transferred]

    def _created(self, description: str, journals: list[Values]) -> Record | None:
        journals = [journal for journal in journals if journal["JournalDetails"]]
        if not journals:
            return None
        return self._journals.create(
            {
                "Description": description[:60],
                "SourceLedger": "AP",
                "JournalBatchType": "Subledger",
                "ReadyToPost": "Yes",
                "JournalHeaders": journals,
            },
            "AP",
        )

    def _invoice(self, entry: Record) -> Values:
        sign = -1 if entry["DocumentType"] == "CreditNote" else 1
        reference, currency = entry["DocumentNumber"], entry["CurrencyCode"]
        lines = [
            (line["GLAccount"], sign * line["GLDistributedAmount"], line["DistributionDescription"])
            for line in entry.details("InvoiceDetails")
        ]
        total = sum((amount for _, amount, _ in lines), Decimal(0))
        payables = self._payables(entry["AccountSet"])
        lines.append((payables, -total, f"{entry['VendorNumber']} {entry['VendorName']}"[:60]))
        return _journal(_SOURCE_TYPES[entry["DocumentType"]], entry["PostingDate"]) | {
            "DocumentDate": entry["DocumentDate"],
            "Description": entry["InvoiceDescription"] or entry["VendorName"],
            "JournalDetails": [
                _detail(*line, reference, currency, entry["DocumentDate"], entry["VendorNumber"]) for line in lines
            ],
        }

    def _payment(self, batch: Record, entry: Record, sign: int = 1, day: date | None = None) -> Values:
        day = day or entry["PostingDate"]
        vendor = self._vendors.find((entry["VendorNumber"],))
        payables = self._payables(vendor["AccountSet"])
        lines = [
            (account, sign * amount, document)
            for row in documented(entry)
            for account, amount, document in self._sides(batch, row, payables)
        ]
        return _journal(batch["BatchSelector"], day) | {
            "DocumentDate": day,
            "Description": entry["VendorPayeeName"] or entry["VendorNumber"],
            "JournalDetails": [
                _detail(*line, entry["DocumentNumber"], entry["VendorCurrencyCode"], day, entry["VendorNumber"])
                for line in lines
            ],
        }

    def _payables(self, account_set: str) -> str:
        found = self._account_sets.get(account_set) or self._account_sets.records()[0]
        return str(found["PayablesControlAccount"])

    def _sides(self, batch: Record, row: Record, payables: str) -> Iterator[tuple[str, Decimal, str]]:
        """Payables fall by what was applied, against the bank or the accounts of an adjustment."""
        yield payables, lowered_by(row), row["DocumentNumber"]
        if batch["BatchSelector"] == "PY":
            yield self._banks.find((batch["BankCode"],))["BankAccount"], -lowered_by(row), row["DocumentNumber"]
        for one in row.details("AdjustmentGLDistributions"):
            yield one["DistributionGLAccount"] or payables, -one["DistributionAmount"], row["DocumentNumber"]


def _posted(batch: Record, name: str) -> list[Record]:
    return [entry for entry in batch.details(name) if not entry["ErrorBatch"]]


def _journal(source_type: str, day: date) -> Values:
    return {
        "SourceLedger": "AP",
        "SourceType": source_type,
        "FiscalYear": f"{day.year:04}",
        "FiscalPeriod": f"{day.month:02}",
        "PostingDate": day,
    }


def _detail(
    account: str, amount: Decimal, description: str, reference: str, currency: str, day: date, vendor: str
) -> Values:
    return {
        "AccountNumber": account,
        "Amount": amount,
        "SourceCurrencyAmount": amount,
        "SourceCurrencyCode": currency,
        "Description": description,
        "Reference": reference,
        "Comment": vendor,
        "DocumentDate": day,
    }
