"""The papers of one purchase, as people enter them in Sage 300, and the issues that come of them."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.rehearsal.first_sync import STORES
from scripts.rehearsal.ledger_view import INVOICES, ORDERS, RECEIPTS
from scripts.rehearsal.outside import Issue, Json, Outside
from scripts.rehearsal.scene import Scene

ITEM = "A1-105/0"
ORDERED = {"item": ITEM, "description": "Fluorescent desk lamp", "quantity": "20", "unit_cost": "24.50"}


@dataclass(frozen=True)
class Papers:
    """Numbers in Sage 300, and the issues in Jira. The invoice is alone in its batch."""

    vendor: str
    order: str
    receipt: str
    invoice: str
    batch: int
    order_issue: Issue
    receipt_issue: Issue
    invoice_issue: Issue


def buy(scene: Scene) -> Papers:
    """The stores order something, half of it arrives, and the vendor bills that; all three have issues then, the latter
    two linked to the first. Raises NotSo when they do not come."""
    clerk, vendor = scene.outside.clerk, good_vendor(scene.outside)
    order = str(clerk("purchase_order", "enter", vendor=vendor, number=f"{STORES}1001", lines=[ORDERED])["number"])
    order_issue = scene.until_issued(ORDERS, order)
    arrived = [{"item": ITEM, "quantity": "10"}]
    receipt = str(clerk("receipt", "receive", number=f"RC-{order}", po_number=order, lines=arrived)["number"])
    billed = bill(scene.outside, vendor, f"INV-{order}", order)
    return Papers(
        vendor,
        order,
        receipt,
        billed["number"],
        billed["batch"],
        order_issue,
        scene.until_linked(RECEIPTS, receipt, order_issue),
        scene.until_linked(INVOICES, billed["number"], order_issue),
    )


def bill(outside: Outside, vendor: str, number: str, po_number: str = "") -> Json:
    """An invoice is entered into a batch of its own."""
    return outside.clerk("invoice", "enter", vendor=vendor, number=number, amount="245.00", po_number=po_number)


def good_vendor(outside: Outside) -> str:
    """One with an invoice in an open batch, that may be bought from and paid."""
    usable = {each["number"] for each in outside.books("vendors") if each["status"] == "Active" and not each["on_hold"]}
    openly = (each for each in outside.books("invoices") if each["status"] == "Open" and each["kind"] == "Invoice")
    return next(str(each["vendor"]) for each in openly if each["vendor"] in usable)
