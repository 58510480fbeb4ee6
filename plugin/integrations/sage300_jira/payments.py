"""Reads what was paid: posted payment batches, a document for each payment applied to an invoice.

A payment names vendor and number of what it pays, which are unique in Accounts Payable, and not its type. So it belongs
to the invoice of that number, a debit note and an interest charge as well (`paid_under`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from plugin.integrations.connections import calls_at_once
from plugin.integrations.parts import Parts
from plugin.integrations.sage300 import open_sage300
from plugin.integrations.sage300_jira.batches import BatchSource
from plugin.integrations.sage300_jira.feeds import UNREADABLE, unreadable
from plugin.store.models import Connection, Stream
from plugin.sync.documents import Document, JsonObject
from sage_adapters.errors import RecordTrouble
from sage_adapters.http import RequestLog
from sage_adapters.records import DocumentKey, DocumentType, Money, Payment, Rejected
from sage_adapters.sage300.batches import POSTED, BatchHeader
from sage_adapters.sage300.client import SYSTEM, Sage300Client
from sage_adapters.sage300.payments import PaymentBatch, list_payment_batches, read_payment_batch

KIND = "payment"
UNKNOWN_STATUS = ""
"""Of a header that could not be read: its batch tells what is wrong."""


def open_source(parts: Parts, stream: Stream, connection: Connection, request_log: RequestLog) -> BatchSource:
    return BatchSource(PaymentBatches(open_sage300(parts, connection, request_log)), calls_at_once(connection))


def paid_under(key: DocumentKey) -> str:
    """What payments of a document belong to, whatever its type."""
    return str(DocumentKey(key.system, key.company, key.vendor, DocumentType.INVOICE.slug, key.number))


class PaymentBatches:
    """The payment batches of one company."""

    def __init__(self, client: Sage300Client) -> None:
        self._client = client

    def headers(
        self, *, edited_since: date | None = None, not_posted: bool = False, number_above: int | None = None
    ) -> Iterator[BatchHeader]:
        return list_payment_batches(
            self._client, edited_since=edited_since, not_posted=not_posted, number_above=number_above
        )

    def read(self, number: int) -> tuple[BatchHeader, Sequence[Document]]:
        batch = read_payment_batch(self._client, number)
        return batch.header, list(self._documents(batch))

    def counts(self, header: BatchHeader) -> bool:
        """Nothing is paid before it is posted."""
        return header.status in (POSTED, UNKNOWN_STATUS)

    def unreadable(self, number: int, trouble: RecordTrouble) -> Document:
        return self._unreadable(str(number), "", trouble, {})

    def gone(self, content: JsonObject) -> JsonObject:
        return {**content, "gone": True}

    def _documents(self, batch: PaymentBatch) -> Iterator[Document]:
        for payment in batch.payments:
            yield from _applied(payment)
        for position, rejected in enumerate(batch.rejected, start=1):
            yield self._rejected(rejected, str(batch.header.number), position)

    def _rejected(self, rejected: Rejected, unit: str, position: int) -> Document:
        payload = dict(rejected.payload)
        number = f"{unit}/{payload.get('EntryNumber', position)}"
        return self._unreadable(unit, str(payload.get("VendorNumber") or ""), rejected.trouble, payload, number)

    def _unreadable(
        self, unit: str, vendor: str, trouble: RecordTrouble, payload: JsonObject, number: str = ""
    ) -> Document:
        key = DocumentKey(SYSTEM, self._client.company, vendor, UNREADABLE, number or unit)
        return unreadable(key, unit, trouble, payload)


def _applied(payment: Payment) -> Iterator[Document]:
    """One for each instalment that it pays. Several applications to the same one are told as their sum."""
    sums: dict[tuple[str, int], Decimal] = {}
    for applied in payment.applied:
        instalment = applied.document_number, applied.schedule_number
        sums[instalment] = sums.get(instalment, Decimal(0)) + applied.amount.amount
    for (number, schedule), amount in sums.items():
        yield _document(payment, number, schedule, Money(amount, payment.amount.currency))


def _document(payment: Payment, number: str, schedule: int, amount: Money) -> Document:
    company, vendor = payment.key.company, payment.vendor_number
    place = f"{payment.batch}/{payment.entry}/{number}/{schedule}"
    key = str(DocumentKey(SYSTEM, company, vendor, KIND, place))
    content: JsonObject = {
        "key": key,
        "document_number": number,
        "schedule_number": schedule,
        "amount": str(amount),
        "payment_date": payment.payment_date.isoformat() if payment.payment_date else None,
        "payment_number": payment.document_number,
        "check_number": payment.check_number,
        "payment_kind": payment.kind,
        "payee": payment.payee,
        "bank": payment.bank,
        "batch": payment.batch,
        "entry": payment.entry,
    }
    return Document(
        key=key,
        unit=payment.batch,
        content=content,
        kind=KIND,
        number=number,
        vendor=vendor,
        vendor_name=payment.payee,
        amount=amount.amount,
        currency=amount.currency,
        document_date=payment.payment_date,
        belongs_to=paid_under(DocumentKey(SYSTEM, company, vendor, "", number)),
    )
