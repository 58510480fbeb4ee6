"""An office that also buys: its orders and receipts become issues beside those of its invoices."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import update

from plugin.store.models import LedgerEntry, Stream
from tests.integrations.office import Office

Json = dict[str, Any]
ISSUE_TYPES = {"orders": "Purchase order", "receipts": "Goods receipt"}
VENDOR = "1200"
ORDERS = r"/PO/POPurchaseOrders"
RECEIPTS = r"/PO/PO(Get)?Receipts"


def open_office(office: Office) -> Office:
    """Set up by the administrator with all that starts by itself; Sage 300 has the vendor 1200."""
    office.neighbours = True
    office.set_up()
    office.clerk("vendor", "enter", number=VENDOR, name="Chloride Systems")
    return office


def set_up_stream(office: Office, name: str, **schedule: str) -> None:
    """Ada sets up one more stream of the integration: place, mapping as suggested, start."""
    office.ada.move_to(office.integration, "Accounts payable", ISSUE_TYPES[name], name)
    office.ada.map_as_suggested(office.integration, name)
    office.ada.start(office.integration, 5, name, **schedule)


def order(office: Office, number: str, *items: tuple[str, str, str], vendor: str = VENDOR, **more: Any) -> Json:
    """A buyer enters an order; `items` are item, quantity and unit cost."""
    lines = [
        {"item": item, "description": f"{item} for stock", "quantity": quantity, "unit_cost": cost}
        for item, quantity, cost in items or [("A1-103/0", "10", "25.00")]
    ]
    return office.clerk("purchase_order", "enter", vendor=vendor, number=number, lines=lines, **more)


def receive(office: Office, number: str, po_number: str, *items: tuple[str, str], **more: Any) -> Json:
    """Goods of an order arrive; without `items` all that is outstanding."""
    lines = {"lines": [{"item": item, "quantity": quantity} for item, quantity in items]} if items else {}
    return office.clerk("receipt", "receive", number=number, po_number=po_number, **lines, **more)


def issue_about(office: Office, document: str) -> Json:
    """The issue whose mark ends with this kind and number, e.g. "purchase-order:PO-1"."""
    found = issues_about(office, document)
    assert len(found) == 1, f"{len(found)} issues of {document}"
    return found[0]


def issues_about(office: Office, document: str) -> list[Json]:
    marked = [issue for issue in office.issues() if "counterfoil" in issue["properties"]]
    return [issue for issue in marked if issue["properties"]["counterfoil"]["document"].endswith(f":{document}")]


def linked_to(office: Office, issue: Json) -> set[str]:
    """Keys of the issues that it is linked to."""
    shown = next(each for each in office.issues() if each["id"] == issue["id"])
    return {link["issue"] for link in shown["links"]}


def change(office: Office, table: type[LedgerEntry] | type[Stream], which: Any, **values: Any) -> None:
    """Rows as they would be after what takes too long to be waited for."""
    with office.app.database.writing(office.site_id) as session:
        session.execute(update(table).where(which).values(**values).execution_options(synchronize_session=False))


def stop_waiting(office: Office) -> None:
    """The moment is over for which documents wait for their orders."""
    change(office, LedgerEntry, LedgerEntry.state == "pending", next_try_at=None)


def ago(days: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()


def in_days(days: int) -> str:
    return ago(-days)


def today() -> date:
    return datetime.now(UTC).date()


def map_more(office: Office, *attributes: str, name: str = "") -> None:
    """Ada has a field made for each of these attributes of a stream, by default that of invoices, and maps them."""
    office.ada.map_as_suggested(office.integration, name, also=attributes)
    office.poll()


def post(office: Office, number: str, amount: str = "100.00", **more: Any) -> float:
    """An invoice is entered and posted; what it comes to, with tax."""
    entered = office.invoice(number, amount=amount, **more)
    office.clerk("invoice_batch", "post", number=entered["batch"])
    return float(entered["amount"])
