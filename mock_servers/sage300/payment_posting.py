"""Posting payment and adjustment batches: amounts due fall, payments are listed, failures are set aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from mock_servers.harness import Clock
from mock_servers.sage300.batch_posting import PostingLog, ReadyBatches, in_progress
from mock_servers.sage300.collections import Collection, Key
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.invoice_posting import set_due
from mock_servers.sage300.payment_batches import PaymentBatches
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.payments import POSTED_PAYMENT
from mock_servers.sage300.vendors import Vendors


class PaymentPosting:
    """The process APPostPaymentsAndAdjustments; `touches_edit_date` and `refuses_held` are knobs."""

    def __init__(
        self,
        clock: Clock,
        batches: PaymentBatches,
        documents: Collection,
        vendors: Vendors,
        log: PostingLog,
        ready: ReadyBatches,
        touches_edit_date: Callable[[], bool],
        refuses_held: Callable[[], bool],
    ) -> None:
        self.payments = Collection(POSTED_PAYMENT, clock)
        self.reversed: set[str] = set()
        self._clock = clock
        self._batches = batches
        self._documents = documents
        self._vendors = vendors
        self._log = log
        self._ready = ready
        self._touches_edit_date = touches_edit_date
        self._refuses_held = refuses_held

    def begin(self, selector: str, first: int, last: int) -> list[Key]:
        """Takes every ReadyToPost batch of one kind (PY or AD) in this range. General for unprinted checks."""
        chosen = [
            batch
            for batch in self._batches.records()
            if batch["BatchSelector"] == selector and first <= batch["BatchNumber"] <= last
        ]
        ready = self._ready.among(chosen, self._batches.ready_since if selector == "PY" else {})
        for batch in ready:
            self._check_printed(batch)
        return in_progress(self._batches, ready)

    def finish(self, taken: list[Key]) -> None:
        """Posts the batches that `begin` took."""
        for key in taken:
            self._post(self._batches.find(key).copy())

    def reverse(self, number: str, day: date, reason: str) -> Record:
        """What a person does in Bank Services: takes a posted payment back, so that its documents are open again.

        RecordNotFound for a payment there is not, General for one that was reversed before.
        """
        payment = next((row for row in self.payments.records() if row["DocumentNumber"] == number), None)
        if payment is None:
            raise Sage300Error("record", what=f"Payment {number}")
        if payment["CheckCleared"] == "Reversed":
            raise Sage300Error("reversed", document=number)
        batch = self._batches.find(("PY", payment["BatchNumber"]))
        entry = next(one for one in batch.details("PaymentsAdjustments") if one["DocumentNumber"] == number)
        for row in documented(entry):
            self._move_due(row, -lowered_by(row), day)
        reversed_payment = payment.copy()
        reversed_payment.fill({"CheckCleared": "Reversed", "DateReversed": day, "ReasonForReversal": reason[:60]})
        self.reversed.add(number)
        return self.payments.add(reversed_payment)

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
        if self._touches_edit_date():
            batch["DateLastEdited"] = self._clock.today()
        self._batches.add(batch)
        if failed:
            self._set_aside(batch, failed)

    def _check(self, entry: Record) -> None:
        """A document that is paid must be posted and open (assumed), and not be paid more than is due."""
        vendor = self._vendors.active(entry["VendorNumber"])
        if self._refuses_held() and vendor["OnHold"] == "OnHold":
            raise Sage300Error("vendor-on-hold", vendor=vendor["VendorNumber"])
        self._batches.calendar.posting_period(entry["PostingDate"], "PostingDate")
        taken: dict[tuple[str, str], Decimal] = {}
        for row in documented(entry):
            key = (row["VendorNumber"], row["DocumentNumber"])
            document = self._documents.get(*key)
            if document is None:
                raise Sage300Error("unknown", field="DocumentNumber", what="Document", value=row["DocumentNumber"])
            if row["PaymentNumber"] > document["NumberOfScheduledPayments"]:
                raise Sage300Error("no-schedule", document=row["DocumentNumber"], value=row["PaymentNumber"])
            taken[key] = taken.get(key, Decimal(0)) + lowered_by(row)
            due = document["VendorCurrencyAmountDue"]
            if due == 0 or abs(taken[key]) > abs(due) or taken[key] * due < 0:
                raise Sage300Error("overpaid", document=row["DocumentNumber"], value=lowered_by(row))

    def _apply(self, batch: Record, entry: Record, sequence: int) -> None:
        for row in documented(entry):
            self._move_due(row, lowered_by(row), entry["PostingDate"])
        if batch["BatchSelector"] == "PY":
            self.payments.add(self._payment(batch, entry, sequence))

    def _move_due(self, row: Record, amount: Decimal, day: date) -> None:
        """Lowers what is due on a document; its last activity is then, also when that is before an earlier one."""
        document = self._documents.find((row["VendorNumber"], row["DocumentNumber"])).copy()
        was_paid = document["FullyPaid"] == "Yes"
        set_due(document, document["VendorCurrencyAmountDue"] - amount)
        document["LastActivityDate"] = day
        self._documents.add(document)
        opened = int(was_paid) - int(document["FullyPaid"] == "Yes")
        self._vendors.note_balance(row["VendorNumber"], -amount, opened)

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
                "CheckDate": entry["PaymentDateAdjustmentDate"],
                "BatchDate": batch["BatchDate"],
                "CheckAmountVendorCurrency": amount,
                "CheckAmountFunctionalCurrency": amount,
                "PaymentAmount": amount,
                "CurrencyCode": entry["VendorCurrencyCode"],
                "RemitTo": entry["VendorPayeeName"],
                "PaymentType": entry["PaymentTransactionType"],
            }
        )
        return payment


_SAME_IN_PAYMENT = (
    *("VendorNumber", "CheckNumber", "DocumentNumber", "BatchNumber", "EntryNumber", "PaymentCode"),
    *("FiscalYear", "FiscalPeriod", "PostingDate"),
)


def documented(entry: Record) -> list[Record]:
    """The rows of an entry that are applied to a document."""
    return [row for row in entry.details("AppliedPayments") if row["DocumentNumber"]]


def lowered_by(row: Record) -> Decimal:
    """By how much an applied payment or adjustment lowers what is due."""
    distributed = [one["DistributionAmount"] for one in row.details("AdjustmentGLDistributions")]
    lowered: Decimal = row["PaymentAmount"] + row["DiscountAmount"] + sum(distributed, Decimal(0))
    return lowered
