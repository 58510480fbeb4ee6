"""What people do in Sage 300's own screens, through the same rules as the Web API.

`act(companies, type, body)`: `body["company"]` (the first one when left out), `body["action"]`, and plain words:

- vendor: enter, edit, delete. Words: number, name, group, terms, status, on_hold, tax_group, account, city,
  country, email.
- invoice, credit_note: enter, edit, delete, move, hold, release. Words: vendor, number, amount or lines, kind,
  description, document_date, due_date, posting_date, po_number, order_number, terms, batch, to_batch, new_number.
- invoice_batch: enter, ready, reopen, post, delete. Words: number, description, date.
- purchase_order: enter, edit. Words: vendor, number, date, description, on_hold, lines (item, description,
  quantity, unit_cost, account).
- receipt: receive. Words: po_number, vendor, number, date, lines (item, quantity).
- payment: pay. Words: vendor, number, amount, bank, date, description.
- account: enter, edit. Words: account, description, type, status.

`amount` is the document's total without tax; `lines` are net (account, amount, description, comment) and taxed by
the vendor's tax group. The resulting document is returned as `views` shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mock_servers.harness import ControlRefused
from mock_servers.sage300 import invoice_desk, views
from mock_servers.sage300.company import Company
from mock_servers.sage300.payload import accepted, parsed_number
from mock_servers.sage300.schemas.ledger import ACCOUNT
from mock_servers.sage300.schemas.payments import BATCH as PAYMENT_BATCH
from mock_servers.sage300.schemas.purchasing import ORDER, RECEIPT
from mock_servers.sage300.schemas.vendors import VENDOR
from mock_servers.sage300.wording import given, needed

USER = "CLERK"
Body = dict[str, Any]

_VENDOR_WORDS = {
    "name": "VendorName",
    "group": "GroupCode",
    "terms": "Terms",
    "status": "Status",
    "tax_group": "TaxGroup",
    "account": "GLAccount",
    "city": "City",
    "country": "Country",
    "email": "Email",
}
_ACCOUNT_WORDS = {"description": "Description", "type": "AccountType", "status": "Status"}
_ORDER_WORDS = {"number": "PurchaseOrderNumber", "vendor": "Vendor", "date": "PurchaseOrderDate"} | {
    "description": "Description",
    "on_hold": "OnHold",
}


def act(companies: Mapping[str, Company], type: str, body: Body) -> Body:
    """Carries out one action. ControlRefused for what nobody could do; Sage300Error for what Sage refuses."""
    code = body.get("company") or next(iter(companies))
    company = companies.get(code)
    if company is None:
        raise ControlRefused(f"There is no company {code}; there are {', '.join(companies)}.")
    action = body.get("action", "enter")
    desk = _DESKS.get((type, action))
    if desk is None:
        possible = sorted(f"{kind} {name}" for kind, name in _DESKS)
        raise ControlRefused(f"Nobody can {action} a {type} here. Possible: {', '.join(possible)}.")
    return desk(company, body)


def _enter_vendor(company: Company, body: Body) -> Body:
    groups = company.vendor_groups.records()
    sent = {"VendorNumber": needed(body, "number"), "GroupCode": groups[0]["GroupCode"], **_vendor_fields(body)}
    return views.vendor(company, company.vendors.create(accepted(VENDOR, sent), USER))


def _edit_vendor(company: Company, body: Body) -> Body:
    key = (needed(body, "number"),)
    company.vendors.change(key, accepted(VENDOR, _vendor_fields(body)), USER)
    return views.vendor(company, company.vendors.find(key))


def _delete_vendor(company: Company, body: Body) -> Body:
    key = (needed(body, "number"),)
    before = company.vendors.find(key)
    company.vendors.remove(key)
    return views.vendor(company, before)


def _vendor_fields(body: Body) -> Body:
    fields = given(body, _VENDOR_WORDS)
    if "on_hold" in body:
        fields["OnHold"] = "OnHold" if body["on_hold"] else "NotOnHold"
    return fields


def _enter_account(company: Company, body: Body) -> Body:
    sent = {"UnformattedAccount": needed(body, "account"), **given(body, _ACCOUNT_WORDS)}
    return views.account(company, company.accounts.create(accepted(ACCOUNT, sent), USER))


def _edit_account(company: Company, body: Body) -> Body:
    key = (needed(body, "account"),)
    company.accounts.change(key, accepted(ACCOUNT, given(body, _ACCOUNT_WORDS)), USER)
    return views.account(company, company.accounts.find(key))


def _enter_order(company: Company, body: Body) -> Body:
    needed(body, "vendor")
    sent = given(body, _ORDER_WORDS)
    sent["PurchaseOrderLines"] = [
        {
            "ItemNumber": needed(line, "item"),
            "ItemDescription": line.get("description", ""),
            "QuantityOrdered": parsed_number(needed(line, "quantity")),
            "UnitCost": parsed_number(needed(line, "unit_cost")),
            "GLAccount": line.get("account", ""),
        }
        for line in needed(body, "lines")
    ]
    return views.purchase_order(company, company.purchase_orders.create(accepted(ORDER, sent), USER))


def _edit_order(company: Company, body: Body) -> Body:
    number = needed(body, "number")
    values = accepted(ORDER, given({**body, "number": None}, _ORDER_WORDS))
    return views.purchase_order(company, company.purchase_orders.edit(number, values))


def _receive(company: Company, body: Body) -> Body:
    words = {"po_number": "PurchaseOrderNumber", "number": "ReceiptNumber", "date": "ReceiptDate", "vendor": "Vendor"}
    sent = given(body, words)
    sent["ReceiptLine2s"] = [
        {"ItemNumber": needed(line, "item"), "QuantityReceived": parsed_number(needed(line, "quantity"))}
        for line in needed(body, "lines")
    ]
    return views.receipt(company, company.receipts.create(accepted(RECEIPT, sent), USER))


def _pay(company: Company, body: Body) -> Body:
    vendor, number = needed(body, "vendor"), needed(body, "number")
    document = company.posted_documents.find((vendor, number))
    amount = parsed_number(body.get("amount", document["VendorCurrencyAmountDue"]))
    applied = {"VendorNumber": vendor, "DocumentNumber": number, "PaymentAmount": amount}
    entry = {"VendorNumber": vendor, "CheckPrintRequired": "No", "AppliedPayments": [applied]}
    bank = body.get("bank") or company.banks.records()[0]["BankCode"]
    sent = {"BatchSelector": "PY", "BankCode": bank, "PaymentsAdjustments": [entry]}
    sent |= given(body, {"date": "BatchDate", "description": "Description"})
    batch = company.payment_batches.create(accepted(PAYMENT_BATCH, sent), USER)
    company.payment_batches.change(batch.key(), {"BatchStatus": "ReadyToPost"}, USER)
    company.payment_posting.post("PY", batch["BatchNumber"], batch["BatchNumber"])
    posted = company.payment_batches.find(batch.key())
    return views.payment(company, posted, posted.details("PaymentsAdjustments")[0])


_DESKS: dict[tuple[str, str], Callable[[Company, Body], Body]] = {
    ("vendor", "enter"): _enter_vendor,
    ("vendor", "edit"): _edit_vendor,
    ("vendor", "delete"): _delete_vendor,
    ("invoice", "enter"): invoice_desk.enter,
    ("invoice", "edit"): invoice_desk.edit,
    ("invoice", "delete"): invoice_desk.delete,
    ("invoice", "move"): invoice_desk.move,
    ("invoice", "hold"): invoice_desk.hold,
    ("invoice", "release"): invoice_desk.release,
    ("credit_note", "enter"): invoice_desk.enter_credit_note,
    ("credit_note", "edit"): invoice_desk.edit,
    ("credit_note", "delete"): invoice_desk.delete,
    ("credit_note", "move"): invoice_desk.move,
    ("invoice_batch", "enter"): invoice_desk.open_batch,
    ("invoice_batch", "ready"): invoice_desk.set_ready,
    ("invoice_batch", "reopen"): invoice_desk.reopen,
    ("invoice_batch", "post"): invoice_desk.post,
    ("invoice_batch", "delete"): invoice_desk.delete_batch,
    ("purchase_order", "enter"): _enter_order,
    ("purchase_order", "edit"): _edit_order,
    ("receipt", "receive"): _receive,
    ("payment", "pay"): _pay,
    ("account", "enter"): _enter_account,
    ("account", "edit"): _edit_account,
}
