"""APCreateGLBatch: what posted AP invoices mean for the general ledger, as a journal batch."""

from __future__ import annotations

from decimal import Decimal

from mock_servers.sage300.collections import Collection
from mock_servers.sage300.invoice_batches import InvoiceBatches
from mock_servers.sage300.ledger import JournalBatches
from mock_servers.sage300.payload import Values
from mock_servers.sage300.schema import Record

_SOURCE_TYPES = {"Invoice": "IN", "DebitNote": "DB", "CreditNote": "CR", "Interest": "IT"}


class LedgerTransfer:
    """Turns posted AP batches that were not yet transferred into one journal batch that is ready to post."""

    def __init__(self, batches: InvoiceBatches, account_sets: Collection, journals: JournalBatches) -> None:
        self._batches = batches
        self._account_sets = account_sets
        self._journals = journals
        self._transferred = 0

    def skip_history(self) -> None:
        """Takes what is posted so far as transferred already, as seeding does."""
        self._transferred = max((batch["PostingSequenceNumber"] for batch in self._batches.records()), default=0)

    def create_batch(self) -> None:
        """Makes the journal batch; does nothing when there is nothing to transfer."""
        waiting = [batch for batch in self._batches.records() if batch["PostingSequenceNumber"] > self._transferred]
        journals = [
            self._journal(entry) for batch in waiting for entry in batch.details("Invoices") if not entry["ErrorBatch"]
        ]
        if journals:
            description = f"AP batches {', '.join(str(batch['BatchNumber']) for batch in waiting)}"[:60]
            self._journals.create(
                {
                    "Description": description,
                    "SourceLedger": "AP",
                    "JournalBatchType": "Subledger",
                    "ReadyToPost": "Yes",
                    "JournalHeaders": journals,
                },
                "AP",
            )
        self.skip_history()

    def _journal(self, entry: Record) -> Values:
        sign = -1 if entry["DocumentType"] == "CreditNote" else 1
        details = [
            self._detail(entry, line["GLAccount"], sign * line["GLDistributedAmount"], line["DistributionDescription"])
            for line in entry.details("InvoiceDetails")
        ]
        total = sum((detail["Amount"] for detail in details), Decimal(0))
        account_set = self._account_sets.find((entry["AccountSet"],))
        details.append(self._detail(entry, account_set["PayablesControlAccount"], -total, entry["VendorName"]))
        return {
            "SourceLedger": "AP",
            "SourceType": _SOURCE_TYPES[entry["DocumentType"]],
            "FiscalYear": entry["FiscalYear"],
            "FiscalPeriod": entry["FiscalPeriod"],
            "PostingDate": entry["PostingDate"],
            "DocumentDate": entry["DocumentDate"],
            "Description": entry["InvoiceDescription"] or entry["VendorName"],
            "JournalDetails": details,
        }

    def _detail(self, entry: Record, account: str, amount: Decimal, description: str) -> Values:
        return {
            "AccountNumber": account,
            "Amount": amount,
            "SourceCurrencyAmount": amount,
            "SourceCurrencyCode": entry["CurrencyCode"],
            "Description": description,
            "Reference": entry["DocumentNumber"],
            "Comment": entry["VendorNumber"],
            "DocumentDate": entry["DocumentDate"],
        }
