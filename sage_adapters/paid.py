"""What becomes of an invoice once it is posted: what is open on it, and the payments that were applied to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sage_adapters.document_key import DocumentKey
from sage_adapters.money import Money


@dataclass(frozen=True, slots=True)
class PostedDocument:
    """An invoice, credit note, debit note or interest charge in the books; `key` is the same as that of the `Invoice`.

    `amount` is positive as on the invoice, `outstanding` what is left of it: less than nothing where too much was
    paid. `batch` and `entry` say where it was posted from, `posting_sequence` in which run. `last_activity` is the
    date of the last posting to it, which has no time.
    """

    key: DocumentKey
    amount: Money
    outstanding: Money
    fully_paid: bool
    last_activity: date | None = None
    document_date: date | None = None
    due_date: date | None = None
    po_number: str = ""
    order_number: str = ""
    description: str = ""
    terms: str = ""
    remit_to: str = ""
    batch: str = ""
    entry: str = ""
    posting_sequence: int = 0

    @property
    def paid(self) -> Money:
        """What payments, discounts and adjustments have taken off it so far."""
        return Money(self.amount.amount - self.outstanding.amount, self.amount.currency)


@dataclass(frozen=True, slots=True)
class AppliedPayment:
    """What a payment pays of one document; `schedule_number` is the instalment, counted from 1."""

    document_number: str
    schedule_number: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Payment:
    """One entry of a payment batch: a check or transfer to a vendor, and the documents it pays.

    `amount` is in the vendor's currency. `document_number` is the one the system gave it, `check_number` that of the
    check once there is one; `kind` the system's own word (Payment, Prepayment, …).
    """

    key: DocumentKey
    vendor_number: str
    payee: str
    batch: str
    entry: str
    payment_date: date | None
    check_number: str
    document_number: str
    bank: str
    amount: Money
    kind: str = ""
    applied: tuple[AppliedPayment, ...] = ()
