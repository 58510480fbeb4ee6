"""Posting invoice batches: clean entries become posted documents, others go to an error batch."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from mock_servers.harness import Clock
from mock_servers.sage300.batch_posting import PostingLog, ReadyBatches, in_progress
from mock_servers.sage300.collections import Collection, Key
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.invoice_batches import InvoiceBatches
from mock_servers.sage300.invoice_entries import signed_total_of
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.invoices import BATCH, POSTED_DOCUMENT
from mock_servers.sage300.vendors import Vendors

_SAME_IN_DOCUMENT = (
    *("VendorNumber", "DocumentNumber", "OrderNumber", "PONumber", "DueDate", "RemitToLocation", "DocumentType"),
    *("TransactionType", "BatchNumber", "EntryNumber", "DocumentDate", "Terms", "DiscountDate", "CurrencyCode"),
    *("NumberOfScheduledPayments", "FiscalYear", "FiscalPeriod"),
)


class InvoicePosting:
    """The process APPostInvoices. `touches_edit_date` is the knob posting_touches_date_last_edited."""

    def __init__(
        self,
        clock: Clock,
        batches: InvoiceBatches,
        documents: Collection,
        vendors: Vendors,
        log: PostingLog,
        ready: ReadyBatches,
        touches_edit_date: Callable[[], bool],
    ) -> None:
        self._clock = clock
        self._batches = batches
        self._documents = documents
        self._vendors = vendors
        self._log = log
        self._ready = ready
        self._touches_edit_date = touches_edit_date

    def begin(self, first: int, last: int) -> list[Key]:
        """Takes every ReadyToPost batch in this range; `finish` posts them."""
        chosen = [batch for batch in self._batches.records() if first <= batch["BatchNumber"] <= last]
        return in_progress(self._batches, self._ready.among(chosen, self._batches.ready_since))

    def finish(self, taken: list[Key]) -> None:
        """Posts the batches that `begin` took."""
        for key in taken:
            self._post(self._batches.find(key).copy())

    def post_clean(self, batch: Record) -> None:
        """Marks a complete batch as posted, with its documents, as history that is put in by seeding."""
        sequence = self._log.next_sequence()
        batch.fill({"BatchStatus": "Posted", "PostingSequenceNumber": sequence})
        for entry in batch.details("Invoices"):
            self._documents.add(self._document(batch, entry, sequence))
            self._vendors.note_balance(entry["VendorNumber"], signed_total_of(entry), 1)

    def _post(self, batch: Record) -> None:
        sequence = self._log.next_sequence()
        failed = []
        for entry in batch.details("Invoices"):
            trouble = self._trouble(entry)
            if trouble is not None:
                self._log.note(sequence, "IN", entry, entry["DocumentNumber"], trouble)
                failed.append(entry)
                continue
            self._documents.add(self._document(batch, entry, sequence))
            self._vendors.note_balance(entry["VendorNumber"], signed_total_of(entry), 1)
        batch.fill({"BatchStatus": "Posted", "PostingSequenceNumber": sequence, "NumberOfErrors": len(failed)})
        if self._touches_edit_date():
            batch["DateLastEdited"] = self._clock.today()
        if failed:
            self._set_aside(batch, failed)
        self._batches.add(batch)

    def _trouble(self, entry: Record) -> Sage300Error | None:
        if entry["UndistributedAmount"] != 0:
            return Sage300Error("not-balanced", value=entry["UndistributedAmount"])
        if entry["OnHold"] == "Yes":
            return Sage300Error("on-hold", document=entry["DocumentNumber"])
        try:
            self._batches.rules.complete(entry)
        except Sage300Error as reason:
            return reason
        return None

    def _set_aside(self, batch: Record, failed: list[Record]) -> None:
        number = batch["BatchNumber"]
        error_batch = Record(BATCH, {"BatchDate": batch["BatchDate"], "BatchNumber": self._batches.next_number()})
        error_batch["Description"] = f"Errors from posting batch {number}"
        copies = []
        for position, entry in enumerate(failed, start=1):
            copy = entry.copy()
            copy["EntryNumber"] = 0
            copies.append(copy)
            entry.fill({"ErrorBatch": error_batch["BatchNumber"], "ErrorEntry": position})
        error_batch["Invoices"] = copies
        self._batches.release_documents(number, [(entry["VendorNumber"], entry["DocumentNumber"]) for entry in failed])
        self._batches.store(error_batch)

    def _document(self, batch: Record, entry: Record, sequence: int) -> Record:
        amount = signed_total_of(entry)
        document = Record(POSTED_DOCUMENT, {name: entry[name] for name in _SAME_IN_DOCUMENT})
        document.fill(
            {
                "BatchDate": batch["BatchDate"],
                "GroupCode": entry["VendorGroupCode"],
                "DocumentDescription": entry["InvoiceDescription"],
                "AsofDate": entry["AsOfDate"],
                "PostingSequenceNumber": sequence,
                "LastActivityDate": entry["PostingDate"],
                "FunctionalCurrencyInvoiceAmount": amount,
                "VendorCurrencyInvoiceAmount": amount,
            }
        )
        set_due(document, amount)
        return document


def set_due(document: Record, amount: Decimal) -> None:
    """Writes what is left to pay on a posted document."""
    document.fill(
        {
            "FunctionalCurrencyAmountDue": amount,
            "VendorCurrencyAmountDue": amount,
            "FullyPaid": "Yes" if amount == 0 else "No",
        }
    )
