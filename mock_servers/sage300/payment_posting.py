"""Posting payment and adjustment batches: amounts due fall, payments are listed, failures are set aside."""

from __future__ import annotations

from decimal import Decimal

from mock_servers.harness import Clock
from mock_servers.sage300.batch_posting import PostingLog, ReadyBatches
from mock_servers.sage300.collections import Collection
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.invoice_posting import set_due
from mock_servers.sage300.payment_batches import PaymentBatches
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.payments import POSTED_PAYMENT
from mock_servers.sage300.vendors import Vendors


class PaymentPosting:
    """The process APPostPaymentsAndAdjustments."""

    def __init__(
        self,
        clock: Clock,
        batches: PaymentBatches,
        documents: Collection,
        vendors: Vendors,
        log: PostingLog,
        ready: ReadyBatches,
    ) -> None:
        self.payments = Collection(POSTED_PAYMENT, clock)
        self._clock = clock
        self._batches = batches
        self._documents = documents
        self._vendors = vendors
        self._log = log
        self._ready = ready

    def post(self, selector: str, first: int, last: int) -> None:
        """Posts every ReadyToPost batch of one kind (PY or AD) in this range. General for unprinted checks."""
        chosen = [
            batch
            for batch in self._batches.records()
            if batch["BatchSelector"] == selector and first <= batch["BatchNumber"] <= last
        ]
        for batch in self._ready.among(chosen, self._batches.ready_since):
            self._check_printed(batch)
            self._post(batch.copy())

    def _check_printed(self, batch: Record) -> None:
        # Checks that must print block posting (assumed, contract section 4).
        if batch["BatchSelector"] == "PY" and any(
            entry["CheckPrintRequired"] == "Yes" for entry in batch.details("PaymentsAdjustments")
        ):
            raise Sage300Error("print-first", batch=batch["BatchNumber"])

    def _post(self, batch: Record) -> None:
        sequence = self._log.next_sequence()
        failed = []
        for entry in batch.details("PaymentsAdjustments"):
            try:
                self._check(entry)
            except Sage300Error as reason:
                self._log.note(sequence, batch["BatchSelector"], entry, entry["DocumentNumber"], reason)
                failed.append(entry)
                continue
            self._apply(batch, entry, sequence)
        batch.fill({"BatchStatus": "Posted", "PostingSequenceNumber": sequence, "NumberOfErrors": len(failed)})
        self._batches.add(batch)
        if failed:
            self._set_aside(batch, failed)

    def _check(self, entry: Record) -> None:
        """A document that is paid must be posted and open (assumed), and not be paid more than is due."""
        self._vendors.active(entry["VendorNumber"])
        taken: dict[tuple[str, str], Decimal] = {}
        for row in self._documented(entry):
            key = (row["VendorNumber"], row["DocumentNumber"])
            document = self._documents.get(*key)
            if document is None:
                raise Sage300Error("unknown", field="DocumentNumber", what="Document", value=row["DocumentNumber"])
            taken[key] = taken.get(key, Decimal(0)) + _lowered_by(row)
            due = document["VendorCurrencyAmountDue"]
            if due == 0 or abs(taken[key]) > abs(due) or taken[key] * due < 0:
                raise Sage300Error("overpaid", document=row["DocumentNumber"], value=_lowered_by(row))

    def _apply(self, batch: Record, entry: Record, sequence: int) -> None:
        for row in self._documented(entry):
            document = self._documents.find((row["VendorNumber"], row["DocumentNumber"])).copy()
            set_due(document, document["VendorCurrencyAmountDue"] - _lowered_by(row))
            document["LastActivityDate"] = entry["PostingDate"]
            self._documents.add(document)
            closed = 1 if document["FullyPaid"] == "Yes" else 0
            self._vendors.note_balance(row["VendorNumber"], -_lowered_by(row), -closed)
        if batch["BatchSelector"] == "PY":
            self.payments.add(self._payment(batch, entry, sequence))

    def _documented(self, entry: Record) -> list[Record]:
        return [row for row in entry.details("AppliedPayments") if row["DocumentNumber"]]

    def _set_aside(self, batch: Record, failed: list[Record]) -> None:
        values = {
            "BatchSelector": batch["BatchSelector"],
            "Description": f"Errors from posting batch {batch['BatchNumber']}",
            "BankCode": batch["BankCode"],
        }
        error_batch = self._batches.create(values, "")
        copies = [entry.copy() for entry in failed]
        error_batch = error_batch.copy()
        error_batch.fill({"PaymentsAdjustments": copies, "NumberOfEntries": len(copies)})
        for position, (entry, copy) in enumerate(zip(failed, copies, strict=True), start=1):
            copy.fill({"EntryNumber": position, "BatchNumber": error_batch["BatchNumber"]})
            entry.fill({"ErrorBatch": error_batch["BatchNumber"], "ErrorEntry": position})
        self._batches.add(error_batch)

    def _payment(self, batch: Record, entry: Record, sequence: int) -> Record:
        amount = entry["CheckAmountInVendorCurrency"]
        payment = Record(POSTED_PAYMENT, {"PostingSequenceNumber": sequence})
        payment.fill({name: entry[name] for name in _SAME_IN_PAYMENT})
        payment.fill(
            {
                "BankCode": batch["BankCode"],
                "PaymentDate": entry["PaymentDateAdjustmentDate"],
                "BatchDate": batch["BatchDate"],
                "VendorPaymentAmount": amount,
                "BankPaymentAmount": entry["CheckAmountInBankCurrency"],
                "FunctionalPaymentAmount": amount,
                "CurrencyCode": entry["VendorCurrencyCode"],
                "DateLastMaintained": self._clock.today(),
                "PaymentType": entry["PaymentTransactionType"],
            }
        )
        return payment


_SAME_IN_PAYMENT = (
    *("VendorNumber", "CheckNumber", "DocumentNumber", "BatchNumber", "EntryNumber", "PaymentCode"),
    *("FiscalYear", "FiscalPeriod"),
)


def _lowered_by(row: Record) -> Decimal:
    """By how much an applied payment or adjustment lowers what is due."""
    distributed = [one["DistributionAmount"] for one in row.details("AdjustmentGLDistributions")]
    lowered: Decimal = row["PaymentAmount"] + row["DiscountAmount"] + sum(distributed, Decimal(0))
    return lowered
