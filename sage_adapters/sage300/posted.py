"""Posted documents: what is still open on an invoice.

They are found by the date of their last activity, which has no time: ask again for the last day read, and the one
before, and compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from marshmallow import ValidationError

from sage_adapters.records import DocumentKey, Money, PostedDocument, Rejected
from sage_adapters.sage300.client import SYSTEM, Sage300Client
from sage_adapters.sage300.filters import Filter, all_of, where
from sage_adapters.sage300.invoices import TYPES
from sage_adapters.sage300.payment_schemas import PostedDocumentSchema
from sage_adapters.sage300.schemas import must_read, read

RESOURCE = ("AP", "APPostedDocuments")

_NO_CLAIMS = frozenset({"Payment", "Prepayment"})
"""Documents that are payments themselves; they are told of by the batches they come from. (assumed) spelling."""


def list_posted_documents(
    client: Sage300Client, *, active_since: date | None = None, above: tuple[str, str] | None = None
) -> Iterator[PostedDocument | Rejected]:
    """Posted invoices, credit notes, debit notes and interest charges, or those with a posting on or after a day.

    `above` is vendor and number of one behind which the list goes on, in the order of both.
    """
    since = where("LastActivityDate", "ge", active_since) if active_since else None
    for entry in client.entries(*RESOURCE, where=all_of(since, _above(*above) if above else None)):
        if entry.get("DocumentType") in _NO_CLAIMS:
            continue
        place = f"Posted document {entry.get('DocumentNumber', '?')} of vendor {entry.get('VendorNumber', '?')}"
        yield read(PostedDocumentSchema, entry, place, lambda data: _document(data, client.company))


def read_posted_document(client: Sage300Client, vendor: str, number: str) -> PostedDocument:
    """One posted document. RecordTrouble (sage300.record-not-found) while it is not posted."""
    entry = client.entry(*RESOURCE, {"VendorNumber": vendor, "DocumentNumber": number})
    place = f"Posted document {number} of vendor {vendor}"
    return must_read(PostedDocumentSchema, entry, place, lambda data: _document(data, client.company))


def _above(vendor: str, number: str) -> Filter:
    behind = where("VendorNumber", "eq", vendor) & where("DocumentNumber", "gt", number)
    return behind | where("VendorNumber", "gt", vendor)


def _document(data: dict[str, Any], company: str) -> PostedDocument:
    """The books hold a credit note's amounts as negative; here they are positive, as on the invoice."""
    document_type = TYPES.get(data.pop("document_type"))
    if document_type is None:
        raise ValidationError("It is no known type of document.", "DocumentType")
    currency, amount, due = data.pop("currency"), data.pop("amount"), data.pop("due")
    sign = -1 if amount < 0 else 1
    return PostedDocument(
        key=DocumentKey(SYSTEM, company, data.pop("vendor"), document_type.slug, data.pop("number")),
        amount=Money.rounded(sign * amount, currency),
        outstanding=Money.rounded(sign * due, currency),
        **data,
    )
