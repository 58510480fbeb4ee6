"""A/P payments: batches of them as records, and making a batch that pays a posted document.

No call runs Sage 300's own selection of what to pay. A payment is a batch of one entry, made here, set ready and posted
(contract sage300, section 4). Its description carries the caller's own key: look for it before making a batch again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from sage_adapters.errors import RecordTrouble, UncertainOutcome
from sage_adapters.records import AppliedPayment, DocumentKey, Money, Payment, Rejected
from sage_adapters.sage300 import posting
from sage_adapters.sage300.batches import PAYMENT_BATCHES, BatchHeader, edited_or_unposted
from sage_adapters.sage300.bodies import Body
from sage_adapters.sage300.client import SYSTEM, Entry, Sage300Client
from sage_adapters.sage300.filters import starts_with
from sage_adapters.sage300.payment_schemas import PaymentBatchSchema, PaymentSchema
from sage_adapters.sage300.schemas import load, read

LONGEST_DESCRIPTION = 60


@dataclass(frozen=True, slots=True)
class PaymentBatch:
    """One batch as it is now: its payments, and the entries that could not be read."""

    header: BatchHeader
    payments: list[Payment]
    rejected: list[Rejected]


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment to be made: one vendor, one or more of his posted documents.

    `description` is the batch's and holds the caller's key, at most 60 characters. ValueError when it is longer or
    empty, or when `amount` is not what is applied.
    """

    description: str
    bank: str
    batch_date: date
    vendor: str
    amount: Money
    payment_date: date
    applied: Sequence[AppliedPayment]

    def __post_init__(self) -> None:
        if not 0 < len(self.description.strip()) <= LONGEST_DESCRIPTION:
            raise ValueError(f"A description has 1 to {LONGEST_DESCRIPTION} characters, unlike {self.description!r}.")
        if {each.amount.currency for each in self.applied} != {self.amount.currency}:
            raise ValueError(f"Every part of a payment of {self.amount} is in its currency, and there is at least one.")
        if sum(each.amount.amount for each in self.applied) != self.amount.amount:
            raise ValueError(f"The parts of a payment of {self.amount} do not add up to it.")


def list_payment_batches(
    client: Sage300Client,
    *,
    edited_since: date | None = None,
    not_posted: bool = False,
    number_above: int | None = None,
) -> Iterator[BatchHeader]:
    """Headers of payment batches, chosen as in `invoices.list_batches`. Adjustments are not among them."""
    return PAYMENT_BATCHES.headers(client, edited_or_unposted(edited_since, not_posted, number_above))


def find_payment_batches(client: Sage300Client, described: str) -> list[BatchHeader]:
    """Payment batches of any status, deleted ones too, whose description begins exactly so."""
    begun = PAYMENT_BATCHES.headers(client, starts_with("Description", described))
    return [header for header in begun if header.description.startswith(described)]


def read_payment_batch_header(client: Sage300Client, number: int) -> BatchHeader:
    """One payment batch without its entries, to see where it stands. RecordTrouble if it is gone."""
    return PAYMENT_BATCHES.header_of(client, number)


def read_payment_batch(client: Sage300Client, number: int) -> PaymentBatch:
    """One payment batch with its entries, but for those that posting refused. RecordTrouble if it is gone."""
    found = client.entry("AP", PAYMENT_BATCHES.resource, PAYMENT_BATCHES.key(number))
    return _batch(found, client.company)


def create_payment_batch(client: Sage300Client, wanted: NewPayment) -> PaymentBatch:
    """Makes an open batch with one payment; returns it as Sage 300 then holds it.

    Sent once. UncertainOutcome when the answer is lost or cannot be read: `find_payment_batches` tells. RecordTrouble
    (sage300.payment-differs) when Sage 300 made something else of it, as it was seen to do: the batch then exists.
    """
    found = client.create("AP", PAYMENT_BATCHES.resource, _body(wanted))
    try:
        batch = _batch(found, client.company)
    except RecordTrouble as trouble:
        raise UncertainOutcome(
            trouble.tried, trouble.got, "Payment batches are searched before anything is sent again.", trouble.code
        ) from None
    check_payment(batch, wanted)
    return batch


def check_payment(batch: PaymentBatch, wanted: NewPayment) -> None:
    """RecordTrouble (sage300.payment-differs) unless the batch holds this payment and nothing else.

    To be asked of a batch that was found by its description too, before it is set ready.
    """
    number = batch.header.number
    if wrong := _differences(batch, wanted):
        raise RecordTrouble(
            f"Payment batch {number} in Sage 300 was compared with the payment that was wanted.",
            " ".join(wrong),
            f"Delete payment batch {number} in Sage 300 unless it is right as it is, then do this again.",
            "sage300.payment-differs",
        )


def mark_payments_ready(client: Sage300Client, number: int) -> None:
    """Sets a payment batch to ReadyToPost; as `posting.mark_invoices_ready`."""
    posting.mark_ready(client, PAYMENT_BATCHES, number)


def post_payments(client: Sage300Client, number: int) -> None:
    """Posts one payment batch that is ready; as `posting.post_invoices`."""
    posting.post(client, PAYMENT_BATCHES, number)


def _body(wanted: NewPayment) -> Body:
    """Keys and what others default from come first: the bank gives the currency, the vendor the payee.

    A check that is to be printed would block posting (assumed, contract sage300, section 4).
    """
    return {
        "BatchSelector": PAYMENT_BATCHES.selector,
        "BankCode": wanted.bank,
        "BatchDate": wanted.batch_date,
        "Description": wanted.description,
        "PaymentsAdjustments": [
            {
                "BatchType": PAYMENT_BATCHES.selector,
                "VendorNumber": wanted.vendor,
                "PaymentTransactionType": "Payment",
                "PaymentDateAdjustmentDate": wanted.payment_date,
                "EntryDescription": wanted.description,
                "CheckPrintRequired": "No",
                "AppliedPayments": [_applied_body(each, wanted.vendor) for each in wanted.applied],
            }
        ],
    }


def _applied_body(applied: AppliedPayment, vendor: str) -> Body:
    return {
        "BatchType": PAYMENT_BATCHES.selector,
        "VendorNumber": vendor,
        "DocumentNumber": applied.document_number,
        "PaymentNumber": applied.schedule_number,
        "TransactionType": "PaymentPosted",
        "PaymentAmount": applied.amount,
    }


def _batch(found: Entry, company: str) -> PaymentBatch:
    header = PAYMENT_BATCHES.header(found)
    more = load(PaymentBatchSchema, found, f"{PAYMENT_BATCHES.name} {header.number}")
    batch = PaymentBatch(header, [], [])
    for place, entry in PAYMENT_BATCHES.entries_in(found):
        record = read(PaymentSchema, entry, place, lambda data: _payment(data, header.number, more, company))
        if isinstance(record, Rejected):
            batch.rejected.append(record)
        else:
            batch.payments.append(record)
    return batch


def _payment(data: dict[str, Any], batch: int, more: Mapping[str, str], company: str) -> Payment:
    currency = data.pop("currency") or more["currency"]
    if not currency:
        raise ValidationError("It is missing, and so is the bank's BankCurrencyCode.", "VendorCurrencyCode")
    vendor, entry = data.pop("vendor"), str(data.pop("entry"))
    applied = tuple(_applied(each, currency) for each in data.pop("applied") if each["document_number"])
    amount = data.pop("amount") or sum((each.amount.amount for each in applied), Decimal(0))
    number = data["document_number"] or f"{batch}-{entry}"
    return Payment(
        key=DocumentKey(SYSTEM, company, vendor, "payment", number),
        vendor_number=vendor,
        batch=str(batch),
        entry=entry,
        bank=more["bank"],
        amount=Money.rounded(amount, currency),
        applied=applied,
        **data,
    )


def _applied(data: Mapping[str, Any], currency: str) -> AppliedPayment:
    return AppliedPayment(
        data["document_number"], data["schedule_number"] or 1, Money.rounded(data["amount"], currency)
    )


def _differences(batch: PaymentBatch, wanted: NewPayment) -> list[str]:
    if batch.rejected:
        return [each.trouble.got for each in batch.rejected]
    if len(batch.payments) != 1:
        return [f"It should hold one payment, and holds {len(batch.payments)}."]
    made = batch.payments[0]
    pairs: tuple[tuple[str, object, object], ...] = (
        ("vendor", made.vendor_number, wanted.vendor),
        ("bank", made.bank, wanted.bank),
        ("amount", made.amount, wanted.amount),
        ("application", _told(made.applied), _told(wanted.applied)),
    )
    return [
        f"Its {name} is {found or 'missing'} instead of {expected}."
        for name, found, expected in pairs
        if found != expected
    ]


def _told(applied: Sequence[AppliedPayment]) -> str:
    parts = sorted(
        f"{Money.rounded(each.amount.amount, each.amount.currency)} to {each.document_number} ({each.schedule_number})"
        for each in applied
    )
    return ", ".join(parts)
