"""What people do with payments and payment batches; see `people` for the words."""

from __future__ import annotations

from datetime import date
from typing import Any

from mock_servers.harness import ControlRefused
from mock_servers.sage300 import shown
from mock_servers.sage300.company import Company
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.payload import accepted, parsed_number
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.invoices import POSTED_DOCUMENT
from mock_servers.sage300.schemas.payments import BATCH
from mock_servers.sage300.wording import given, needed

USER = "CLERK"
Body = dict[str, Any]
_WORDS = {"date": "BatchDate", "description": "Description"}


def enter(company: Company, body: Body) -> Body:
    """Enters a payment of a posted document into a batch of its own, which stays open; all that is due, or `amount`."""
    vendor, number = needed(body, "vendor"), needed(body, "number")
    document = company.posted_documents.find((vendor, number))
    amount = parsed_number(body.get("amount", document["VendorCurrencyAmountDue"]))
    applied = {"VendorNumber": vendor, "DocumentNumber": number, "PaymentAmount": amount}
    entry = {"VendorNumber": vendor, "CheckPrintRequired": "No", "AppliedPayments": [applied]}
    entry |= given(body, {"check_number": "CheckNumber"})
    bank = body.get("bank") or company.banks.records()[0]["BankCode"]
    sent = {"BatchSelector": "PY", "BankCode": bank, **given(body, _WORDS), "PaymentsAdjustments": [entry]}
    batch = company.payment_batches.create(accepted(BATCH, sent), USER)
    return _shown(company, batch)


def pay(company: Company, body: Body) -> Body:
    """Enters a payment and posts it."""
    number = enter(company, body)["batch"]
    _post(company, number)
    return _shown(company, company.payment_batches.find(("PY", number)))


def void(company: Company, body: Body) -> Body:
    """Reverses a posted payment, named by `payment` (its document number): what it paid is open again."""
    day = date.fromisoformat(body["date"]) if "date" in body else company.clock.today()
    payment = company.reverse_payment(needed(body, "payment"), day, body.get("reason", "Stopped"))
    return _shown(company, company.payment_batches.find(("PY", payment["BatchNumber"])), payment["DocumentNumber"])


def edit_document(company: Company, body: Body) -> Body:
    """Changes how a posted document is to be paid (A/P Control Payments): when, and to which remit-to location."""
    document = company.posted_documents.find((needed(body, "vendor"), needed(body, "number"))).copy()
    words = {"due_date": "DueDate", "remit_to": "RemitToLocation"}
    document.fill(accepted(POSTED_DOCUMENT, given(body, words)))
    return shown.posted_document(company, company.posted_documents.add(document))


def set_ready(company: Company, body: Body) -> Body:
    """Sets a batch ready to post."""
    return _set_status(company, body, "ReadyToPost")


def reopen(company: Company, body: Body) -> Body:
    """Takes a ready batch back."""
    return _set_status(company, body, "Open")


def edit(company: Company, body: Body) -> Body:
    """Changes an open batch: its description, or the amount of its only payment."""
    key = _key(body)
    values = given(body, {"description": "Description"})
    if "amount" in body:
        [entry] = company.payment_batches.find(key).details("PaymentsAdjustments")
        [row] = entry.details("AppliedPayments")
        amount = parsed_number(body["amount"])
        change = {"LineNumber": row["LineNumber"], "PaymentAmount": amount}
        values["PaymentsAdjustments"] = [
            {"EntryNumber": entry["EntryNumber"], "AppliedPayments": [change], "CheckAmountInVendorCurrency": amount}
        ]
    company.payment_batches.change(key, accepted(BATCH, values), USER)
    return shown.payment_batch(company, company.payment_batches.find(key))


def post(company: Company, body: Body) -> Body:
    """Sets a batch ready when it is open, and posts it."""
    key = _key(body)
    _post(company, key[1])
    return shown.payment_batch(company, company.payment_batches.find(key))


def delete(company: Company, body: Body) -> Body:
    """Deletes an open batch with its payments."""
    return shown.payment_batch(company, company.payment_batches.delete(_key(body)))


def _post(company: Company, number: int) -> None:
    batch = company.payment_batches.find(("PY", number))
    if batch["BatchStatus"] == "Open":
        company.payment_batches.set_by_hand(batch.key(), "ReadyToPost", USER)
    elif batch["BatchStatus"] != "ReadyToPost":
        raise Sage300Error("not-open", batch=number, status=batch["BatchStatus"])
    company.payment_posting.finish(company.payment_posting.begin("PY", number, number))
    company.tell_ledger()


def _set_status(company: Company, body: Body, status: str) -> Body:
    return shown.payment_batch(company, company.payment_batches.set_by_hand(_key(body), status, USER))


def _key(body: Body) -> tuple[str, int]:
    return "PY", int(needed(body, "number"))


def _shown(company: Company, batch: Record, number: str | None = None) -> Body:
    for entry in batch.details("PaymentsAdjustments"):
        if number in (None, entry["DocumentNumber"]):
            return shown.payment(company, batch, entry)
    raise ControlRefused(f"Batch {batch['BatchNumber']} holds no payment {number}.")
