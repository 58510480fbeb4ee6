"""What people do in Sage 300's own screens, through the same rules as the Web API.

`act(companies, type, body)`: `body["company"]` (the first one when left out), `body["action"]`, and plain words:

- vendor: enter, edit, hold, release, delete. Words: number, name, legal_name, group, terms, status, on_hold,
  tax_group, account_set, account, currency, remit_to, bank, payment_code, reporting_type, reporting_code (1099),
  address, city, country, phone, email, optional ({name: value} of optional fields).
- remit_to: enter, edit. Words: vendor, location, name, address, city, country, status, email.
- invoice, credit_note: enter, edit, delete, move, hold, release. Words: vendor, number, amount or lines, kind,
  description, document_date, due_date, posting_date, po_number, order_number, terms, remit_to, optional, by (the
  Sage user who enters it), batch, to_batch, new_number.
- invoice_batch: enter, ready, reopen, post, delete. Words: number, description, date.
- purchase_order: enter, edit, close, delete. Words: number, vendor, date, expected, type, description, reference,
  terms, on_hold, lines (item, description, quantity, unit_cost, account; for edit: item, quantity, unit_cost,
  expected). `close` cancels what is outstanding.
- receipt: receive, return. Words: po_number, number, vendor, date, description, reference, lines (item, quantity,
  unit_cost). Without lines all that is outstanding is received.
- purchase_invoice: enter. Words: number, date, po_number or receipt_number, description, lines (item, quantity,
  unit_cost). It becomes an A/P invoice in a batch of its own.
- payment: enter (stays open), pay (posted at once), void. Words: vendor, number, amount, bank, date, description,
  check_number; for void: payment (its own document number), date, reason.
- posted_document: edit. Words: vendor, number, due_date, remit_to.
- payment_batch: edit, ready, reopen, post, delete. Words: number, description, amount.
- account: enter, edit. Words: account, description, type, status.
- fiscal_year: lock, open. Words: year. fiscal_period: lock, unlock. Words: year, period.

`amount` is the document's total without tax; `lines` are net (account, amount, description, comment) and taxed by
the vendor's tax group. The resulting document is returned as `shown` has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mock_servers.harness import ControlRefused
from mock_servers.sage300 import invoice_desk, payment_desk, purchase_desk, vendor_desk
from mock_servers.sage300.company import Company

Body = dict[str, Any]


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


_DESKS: dict[tuple[str, str], Callable[[Company, Body], Body]] = {
    ("vendor", "enter"): vendor_desk.enter,
    ("vendor", "edit"): vendor_desk.edit,
    ("vendor", "hold"): vendor_desk.hold,
    ("vendor", "release"): vendor_desk.release,
    ("vendor", "delete"): vendor_desk.delete,
    ("remit_to", "enter"): vendor_desk.enter_remit_to,
    ("remit_to", "edit"): vendor_desk.edit_remit_to,
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
    ("purchase_order", "enter"): purchase_desk.enter_order,
    ("purchase_order", "edit"): purchase_desk.edit_order,
    ("purchase_order", "close"): purchase_desk.close_order,
    ("purchase_order", "delete"): purchase_desk.delete_order,
    ("receipt", "receive"): purchase_desk.receive,
    ("receipt", "return"): purchase_desk.give_back,
    ("purchase_invoice", "enter"): purchase_desk.enter_invoice,
    ("payment", "enter"): payment_desk.enter,
    ("payment", "pay"): payment_desk.pay,
    ("payment", "void"): payment_desk.void,
    ("posted_document", "edit"): payment_desk.edit_document,
    ("payment_batch", "edit"): payment_desk.edit,
    ("payment_batch", "ready"): payment_desk.set_ready,
    ("payment_batch", "reopen"): payment_desk.reopen,
    ("payment_batch", "post"): payment_desk.post,
    ("payment_batch", "delete"): payment_desk.delete,
    ("account", "enter"): vendor_desk.enter_account,
    ("account", "edit"): vendor_desk.edit_account,
    ("fiscal_year", "lock"): vendor_desk.lock_year,
    ("fiscal_year", "open"): vendor_desk.open_year,
    ("fiscal_period", "lock"): vendor_desk.lock_period,
    ("fiscal_period", "unlock"): vendor_desk.unlock_period,
}
