"""What a clerk does with invoices and invoice batches; see `people` for the words."""

from __future__ import annotations

from typing import Any

from mock_servers.harness import ControlRefused
from mock_servers.sage300 import shown
from mock_servers.sage300.company import Company
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.payload import accepted, parsed_number
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.invoices import BATCH, ENTRY
from mock_servers.sage300.wording import given, needed, optional_fields

USER = "CLERK"
UNTAXED = "NOTAX"
Body = dict[str, Any]

# In the order in which a clerk fills the screen: a due date after what it is computed from.
_WORDS = {
    "kind": "DocumentType",
    "description": "InvoiceDescription",
    "document_date": "DocumentDate",
    "posting_date": "PostingDate",
    "terms": "Terms",
    "due_date": "DueDate",
    "po_number": "PONumber",
    "order_number": "OrderNumber",
    "remit_to": "RemitToLocation",
}


def enter(company: Company, body: Body) -> Body:
    """Enters a document into the open batch `batch`, or into a new one."""
    sent = {"VendorNumber": needed(body, "vendor"), "DocumentNumber": needed(body, "number"), **given(body, _WORDS)}
    sent |= _optional(body)
    if "lines" not in body:
        needed(body, "amount")
    if "batch" in body:
        number = int(body["batch"])
    else:
        date = body.get("batch_date") or company.clock.today().isoformat()
        header = {"BatchDate": date, "Description": body.get("batch_description", "Entered by hand")}
        entry = {**sent, **_distribution(company, body, [])}
        number = _create_with(company, header, entry, body.get("by", USER))
        return _shown(company, *_find(company, body, number))
    entry = {**sent, **_distribution(company, body, []), "UpdateOperation": "Insert"}
    _change_entries(company, number, [entry], body.get("by", USER))
    return _shown(company, *_balanced(company, *_find(company, body, number)))


def enter_credit_note(company: Company, body: Body) -> Body:
    """Enters a credit note; its amounts are positive."""
    return enter(company, {**body, "kind": "CreditNote"})


def edit(company: Company, body: Body) -> Body:
    """Changes a document in an open batch; `new_number` renames it, `lines` replace its lines."""
    batch, entry = _find(company, body)
    sent = given(body, _WORDS | {"new_number": "DocumentNumber"}) | _optional(body)
    if "lines" in body or "amount" in body:
        sent |= _distribution(company, body, entry.details("InvoiceDetails"))
    _change_entries(company, batch["BatchNumber"], [{"EntryNumber": entry["EntryNumber"], **sent}])
    renamed = {**body, "number": body.get("new_number", body["number"])}
    found = _find(company, renamed, batch["BatchNumber"])
    return _shown(company, *(_balanced(company, *found) if "InvoiceDetails" in sent else found))


def delete(company: Company, body: Body) -> Body:
    """Deletes a document from its open batch."""
    batch, entry = _find(company, body)
    removal = {"EntryNumber": entry["EntryNumber"], "UpdateOperation": "Delete"}
    _change_entries(company, batch["BatchNumber"], [removal])
    return _shown(company, batch, entry)


def move(company: Company, body: Body) -> Body:
    """Takes a document out of its batch and enters it into `to_batch`, or into a new batch."""
    batch, entry = _find(company, body)
    target = int(body["to_batch"]) if "to_batch" in body else None
    if target is not None and company.invoice_batches.find((target,))["BatchStatus"] != "Open":
        raise ControlRefused(f"Batch {target} is not open.")
    _change_entries(company, batch["BatchNumber"], [{"EntryNumber": entry["EntryNumber"], "UpdateOperation": "Delete"}])
    if target is None:
        draft = Record(
            BATCH, {"BatchDate": company.clock.today(), "BatchNumber": company.invoice_batches.next_number()}
        )
    else:
        draft = company.invoice_batches.find((target,)).copy()
    moved = entry.copy()
    moved["EntryNumber"] = 0
    draft["Invoices"] = [*draft.details("Invoices"), moved]
    company.invoice_batches.store(draft)
    return _shown(company, draft, moved)


def hold(company: Company, body: Body) -> Body:
    """Puts a document on hold."""
    return _set_hold(company, body, "Yes")


def release(company: Company, body: Body) -> Body:
    """Takes a document off hold."""
    return _set_hold(company, body, "No")


def open_batch(company: Company, body: Body) -> Body:
    """Opens an empty batch."""
    sent = {
        "Description": body.get("description", ""),
        "BatchDate": body.get("date") or company.clock.today().isoformat(),
    }
    return shown.invoice_batch(company, company.invoice_batches.create(accepted(BATCH, sent), USER))


def set_ready(company: Company, body: Body) -> Body:
    """Sets a batch ready to post."""
    return _set_status(company, body, "ReadyToPost")


def reopen(company: Company, body: Body) -> Body:
    """Takes a ready batch back."""
    return _set_status(company, body, "Open")


def post(company: Company, body: Body) -> Body:
    """Sets a batch ready when it is open, and posts it."""
    number = int(needed(body, "number"))
    batch = company.invoice_batches.find((number,))
    if batch["BatchStatus"] == "Open":
        _set_status(company, body, "ReadyToPost")
    elif batch["BatchStatus"] != "ReadyToPost":
        raise Sage300Error("not-open", batch=number, status=batch["BatchStatus"])
    company.invoice_posting.finish(company.invoice_posting.begin(number, number))
    company.tell_ledger()
    return shown.invoice_batch(company, company.invoice_batches.find((number,)))


def delete_batch(company: Company, body: Body) -> Body:
    """Deletes an open batch with its entries."""
    return shown.invoice_batch(company, company.invoice_batches.delete(int(needed(body, "number"))))


def _optional(body: Body) -> Body:
    return {"InvoiceOptionalFields": optional_fields(body)} if "optional" in body else {}


def _create_with(company: Company, header: Body, entry: Body, user: str) -> int:
    batch = company.invoice_batches.create(accepted(BATCH, {**header, "Invoices": [entry]}), user)
    number: int = batch["BatchNumber"]
    total = batch.details("Invoices")[0]["DistributedTotalIncludingTax"]
    _change_entries(company, number, [{"EntryNumber": 1, "DocumentTotalIncludingTax": total}])
    return number


def _set_hold(company: Company, body: Body, held: str) -> Body:
    batch, entry = _find(company, body)
    _change_entries(company, batch["BatchNumber"], [{"EntryNumber": entry["EntryNumber"], "OnHold": held}])
    return _shown(company, *_find(company, body, batch["BatchNumber"]))


def _set_status(company: Company, body: Body, status: str) -> Body:
    batch = company.invoice_batches.set_by_hand((int(needed(body, "number")),), status)
    return shown.invoice_batch(company, batch)


def _change_entries(company: Company, number: int, entries: list[Body], user: str = USER) -> None:
    values = [accepted(ENTRY, entry) for entry in entries]
    company.invoice_batches.change((number,), {"Invoices": values}, user)


def _distribution(company: Company, body: Body, before: list[Record]) -> Body:
    """The lines, and for a plain `amount` no tax, so that it is the total."""
    removals = [{"LineNumber": line["LineNumber"], "UpdateOperation": "Delete"} for line in before]
    if "lines" in body:
        return {"InvoiceDetails": removals + [_line(line) for line in body["lines"]]}
    line = {"DistributedAmount": parsed_number(body["amount"]), "UpdateOperation": "Insert"}
    if before:
        kept = before[0]
        line |= {"GLAccount": kept["GLAccount"], "DistributionDescription": kept["DistributionDescription"]}
    elif "account" in body:
        line["GLAccount"] = body["account"]
    untaxed = {"TaxGroup": UNTAXED} if company.tax_groups.get(UNTAXED, "Purchases") is not None else {}
    return {**untaxed, "InvoiceDetails": [*removals, line]}


def _line(line: Body) -> Body:
    words = {"account": "GLAccount", "description": "DistributionDescription", "comment": "Comment"}
    return {
        **given(line, words),
        "DistributedAmount": parsed_number(needed(line, "amount")),
        "UpdateOperation": "Insert",
    }


def _balanced(company: Company, batch: Record, entry: Record) -> tuple[Record, Record]:
    """Makes the stated total what was distributed, as the screen demands before it lets a clerk go on."""
    if entry["UndistributedAmount"] != 0:
        total = entry["DistributedTotalIncludingTax"]
        change = {"EntryNumber": entry["EntryNumber"], "DocumentTotalIncludingTax": total}
        _change_entries(company, batch["BatchNumber"], [change])
    batch = company.invoice_batches.find(batch.key())
    return batch, next(one for one in batch.details("Invoices") if one["EntryNumber"] == entry["EntryNumber"])


def _find(company: Company, body: Body, number: int | None = None) -> tuple[Record, Record]:
    """The batch and entry of a document; the newest when posting set an older one aside."""
    vendor, document = needed(body, "vendor"), needed(body, "number")
    batches = company.invoice_batches.records()
    for batch in reversed(batches):
        if number is not None and batch["BatchNumber"] != number:
            continue
        for entry in batch.details("Invoices"):
            if entry["VendorNumber"] == vendor and entry["DocumentNumber"] == document:
                return batch, entry
    raise ControlRefused(f"There is no document {document} of vendor {vendor}.")


def _shown(company: Company, batch: Record, entry: Record) -> Body:
    return shown.invoice(company, entry, batch)
