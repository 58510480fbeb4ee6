"""AP invoice batches: a lean list of them, and one batch read whole as invoice records.

An entry weighs some 25 KB and its dates cannot be filtered on from outside, so changed batches are found by their
headers first and only those are read (contract sage300, sections 3 and 4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from marshmallow import ValidationError

from sage_adapters.records import (
    DistributionLine,
    DocumentKey,
    DocumentType,
    Invoice,
    InvoiceStatus,
    Money,
    Rejected,
    ScheduledPayment,
)
from sage_adapters.sage300 import batches
from sage_adapters.sage300.batches import INVOICE_BATCHES, edited_or_unposted
from sage_adapters.sage300.batches import BatchHeader as BatchHeader
from sage_adapters.sage300.client import SYSTEM, Sage300Client
from sage_adapters.sage300.schemas import InvoiceSchema, read

TYPES: Mapping[str, DocumentType] = MappingProxyType(
    {
        "Invoice": DocumentType.INVOICE,
        "CreditNote": DocumentType.CREDIT_NOTE,
        "DebitNote": DocumentType.DEBIT_NOTE,
        "Interest": DocumentType.INTEREST,
    }
)

_STATUSES: Mapping[str, InvoiceStatus] = MappingProxyType(
    {
        batches.OPEN: InvoiceStatus.OPEN,
        batches.READY_TO_POST: InvoiceStatus.READY_TO_POST,
        batches.POST_IN_PROGRESS: InvoiceStatus.POST_IN_PROGRESS,
        batches.POSTED: InvoiceStatus.POSTED,
        batches.DELETED: InvoiceStatus.DELETED,
    }
)


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch as it is now: its documents, and the entries that could not be read."""

    header: BatchHeader
    invoices: list[Invoice]
    rejected: list[Rejected]


def list_batches(
    client: Sage300Client,
    *,
    edited_since: date | None = None,
    not_posted: bool = False,
    number_above: int | None = None,
) -> Iterator[BatchHeader]:
    """Headers of invoice batches, without their entries, in the server's order; 100 to a request by default.

    A batch is listed when it was edited on or after `edited_since` *or*, with `not_posted`, is neither posted nor
    deleted; and its number is above `number_above`. A header that cannot be read is listed by its number.

    Whether posting moves the date of the last edit is unknown: a caller that knows an unposted batch and misses it in a
    `not_posted` list reads it once more.
    """
    return INVOICE_BATCHES.headers(client, edited_or_unposted(edited_since, not_posted, number_above))


def read_batch_header(client: Sage300Client, number: int) -> BatchHeader:
    """One batch without its entries, to see where it stands. RecordTrouble if it is gone."""
    return INVOICE_BATCHES.header_of(client, number)


def read_batch(client: Sage300Client, number: int) -> Batch:
    """One batch with its entries. RecordTrouble (sage300.record-not-found) if it is gone.

    An entry that posting refused stays in its batch and names the one in which it goes on: it is left out here.
    """
    found = client.entry("AP", INVOICE_BATCHES.resource, number)
    header = INVOICE_BATCHES.header(found)
    batch = Batch(header, [], [])
    for place, entry in INVOICE_BATCHES.entries_in(found):
        record = read(InvoiceSchema, entry, place, lambda data: invoice_of(data, header, client.company))
        if isinstance(record, Rejected):
            batch.rejected.append(record)
        else:
            batch.invoices.append(record)
    return batch


def invoice_of(data: dict[str, Any], header: BatchHeader, company: str) -> Invoice:
    """A record from an entry's fields. ValidationError for a document type that is none of ours."""
    document_type = TYPES.get(data["document_type"])
    if document_type is None:
        raise ValidationError(f"{data['document_type']!r} is no known type of document.", "DocumentType")
    currency = data["currency"]
    total, doubts = _total(data, currency)
    tax = Money.rounded(data["tax_total"], currency)
    schedule = tuple(_instalment(each, currency) for each in data["schedule"])
    return Invoice(
        key=DocumentKey(SYSTEM, company, data["vendor"], document_type.slug, data["number"]),
        document_type=document_type,
        amount=total,
        tax_total=tax,
        total_before_tax=Money(total.amount - tax.amount, currency),
        status=_status(header.status, data["on_hold"]),
        due_date=data["due_date"] or min((each.due_date for each in schedule if each.due_date), default=None),
        exchange_rate=data["exchange_rate"] or Decimal(1),
        batch=str(header.number),
        entry=str(data["entry"]),
        lines=tuple(_line(each, currency) for each in data["lines"]),
        schedule=schedule,
        optional_fields={each["name"]: each["value"] for each in data["optional_fields"]},
        doubts=doubts,
        **{name: data[name] for name in _AS_THEY_ARE},
    )


_AS_THEY_ARE = (
    "vendor_name",
    "on_hold",
    "document_date",
    "posting_date",
    "po_number",
    "order_number",
    "apply_to",
    "remit_to",
    "description",
    "terms",
    "tax_group",
    "account_set",
    "fiscal_year",
    "fiscal_period",
    "entered_by",
)


def _status(batch_status: str, on_hold: bool) -> str:
    """A hold matters until the batch is posted; a word we do not know is shown as Sage writes it."""
    status = _STATUSES.get(batch_status)
    if on_hold and status in (InvoiceStatus.OPEN, InvoiceStatus.READY_TO_POST):
        return InvoiceStatus.ON_HOLD.value
    return status.value if status else batch_status


def _total(data: Mapping[str, Any], currency: str) -> tuple[Money, tuple[str, ...]]:
    """What the document comes to, with tax, and what is doubtful about it.

    The header's own total is what a person typed. It was seen as 0 on a document worth 12.99 whose schedule and
    distribution agreed (contract sage300, section 4), so with 0 the schedule decides, and without one the lines.
    """
    scheduled = sum((each["amount"] for each in data["schedule"]), Decimal(0))
    stated, distributed = data["document_total"], data["distributed_total"]
    total = stated or scheduled or distributed
    doubts = tuple(
        f"The document comes to {Money.rounded(total, currency)}, but its {what} to {Money.rounded(other, currency)}."
        for what, other in (("payment schedule", scheduled), ("distribution", distributed))
        if other and other != total
    )
    return Money.rounded(total, currency), doubts


def _line(data: Mapping[str, Any], currency: str) -> DistributionLine:
    return DistributionLine(
        number=data["number"],
        gl_account=data["gl_account"],
        description=data["description"],
        amount=Money.rounded(data["amount"], currency),
        tax=Money.rounded(data["tax"], currency),
        comment=data["comment"],
        distribution_code=data["distribution_code"],
    )


def _instalment(data: Mapping[str, Any], currency: str) -> ScheduledPayment:
    return ScheduledPayment(data["number"], data["due_date"], Money.rounded(data["amount"], currency))
