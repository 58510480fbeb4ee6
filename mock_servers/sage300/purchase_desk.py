"""What buyers and the warehouse do with orders, receipts and P/O invoices; see `people` for the words."""

from __future__ import annotations

from typing import Any

from mock_servers.harness import ControlRefused
from mock_servers.sage300 import shown
from mock_servers.sage300.company import Company
from mock_servers.sage300.payload import accepted, parsed_number
from mock_servers.sage300.purchase_invoices import SOURCE
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.purchasing import INVOICE, ORDER, RECEIPT
from mock_servers.sage300.wording import given, needed

USER = "CLERK"
Body = dict[str, Any]

_ORDER_WORDS = {"number": "PurchaseOrderNumber", "vendor": "Vendor", "date": "PurchaseOrderDate"} | {
    "expected": "ExpectedArrivalDate",
    "type": "PurchaseOrderType",
    "description": "Description",
    "reference": "Reference",
    "terms": "TermsCode",
    "on_hold": "OnHold",
}
_RECEIPT_WORDS = {"po_number": "PurchaseOrderNumber", "number": "ReceiptNumber", "date": "ReceiptDate"} | {
    "vendor": "Vendor",
    "description": "Description",
    "reference": "Reference",
}
_INVOICE_WORDS = {"number": "InvoiceNumber", "date": "InvoiceDate", "po_number": "PurchaseOrderNumber"} | {
    "receipt_number": "ReceiptNumber",
    "description": "Description",
}


def enter_order(company: Company, body: Body) -> Body:
    """Enters a purchase order with its lines."""
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
    return shown.purchase_order(company, company.purchase_orders.create(accepted(ORDER, sent), USER))


def edit_order(company: Company, body: Body) -> Body:
    """Changes an order's head; `lines` name one of its lines by its item each, and what becomes of it."""
    order = company.purchase_orders.existing(needed(body, "number"))
    sent = given({**body, "number": None}, _ORDER_WORDS)
    if "lines" in body:
        sent["PurchaseOrderLines"] = [_changed_line(order, line) for line in body["lines"]]
    edited = company.purchase_orders.edit(order["PurchaseOrderNumber"], accepted(ORDER, sent))
    return shown.purchase_order(company, edited)


def close_order(company: Company, body: Body) -> Body:
    """Cancels what is outstanding: the order is complete."""
    return shown.purchase_order(company, company.purchase_orders.cancel(needed(body, "number")))


def delete_order(company: Company, body: Body) -> Body:
    """Deletes an order of which nothing has been received; it leaves no trace."""
    order = company.purchase_orders.existing(needed(body, "number"))
    if any(line["QuantityReceived"] for line in order.details("PurchaseOrderLines")):
        raise ControlRefused(f"Goods were received on {body['number']}: it cannot be deleted, only closed.")
    company.purchase_orders.remove(order.key())
    return shown.purchase_order(company, order)


def receive(company: Company, body: Body) -> Body:
    """Receives goods; without `lines` all that is outstanding on the order."""
    sent = given(body, _RECEIPT_WORDS)
    lines = body.get("lines") or _outstanding(company, body)
    sent["ReceiptLine2s"] = [
        {"ItemNumber": needed(line, "item"), "QuantityReceived": parsed_number(needed(line, "quantity"))}
        | ({"UnitCost": parsed_number(line["unit_cost"])} if "unit_cost" in line else {})
        for line in lines
    ]
    return shown.receipt(company, company.receipts.create(accepted(RECEIPT, sent), USER))


def give_back(company: Company, body: Body) -> Body:
    """Sends received goods back to the vendor: the order waits for them again."""
    for line in needed(body, "lines"):
        quantity = parsed_number(needed(line, "quantity"))
        order = company.purchase_orders.take_back(needed(body, "po_number"), needed(line, "item"), quantity)
    return shown.purchase_order(company, order)


def enter_invoice(company: Company, body: Body) -> Body:
    """Enters the vendor's bill for a receipt or an order; without `lines` for all that was received."""
    needed(body, "number")
    if not body.get("po_number"):
        needed(body, "receipt_number")
    sent = {"InvoiceDate": company.clock.today().isoformat(), **given(body, _INVOICE_WORDS)}
    sent["InvoiceLines"] = [
        {"ItemNumber": needed(line, "item"), "QuantityInvoiced": parsed_number(needed(line, "quantity"))}
        | ({"UnitCost": parsed_number(line["unit_cost"])} if "unit_cost" in line else {})
        for line in body.get("lines", [])
    ]
    made = company.purchase_invoices.create(accepted(INVOICE, sent), SOURCE)
    if company.knobs.purchasing_creates_batches:
        company.purchase_invoices.pass_on(company.invoice_batches)
    return shown.purchase_invoice(company, made)


def _outstanding(company: Company, body: Body) -> list[Body]:
    order = company.purchase_orders.existing(needed(body, "po_number"))
    return [
        {"item": line["ItemNumber"], "quantity": line["QuantityOutstanding"]}
        for line in order.details("PurchaseOrderLines")
        if line["QuantityOutstanding"] > 0
    ]


def _changed_line(order: Record, line: Body) -> Body:
    item = needed(line, "item")
    known = next((one for one in order.details("PurchaseOrderLines") if one["ItemNumber"] == item), None)
    if known is None:
        raise ControlRefused(f"{item} is not on {order['PurchaseOrderNumber']}.")
    numbers = {"quantity": "QuantityOrdered", "unit_cost": "UnitCost"}
    changes = {name: parsed_number(line[word]) for word, name in numbers.items() if word in line}
    return {"LineNumber": known["LineNumber"], **changes, **given(line, {"expected": "ExpectedArrivalDate"})}
