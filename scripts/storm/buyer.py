"""A buyer, a storekeeper, and a cashier: orders, receipts, bills for them, vendors' records, and part payments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from scripts.storm.desk import Desk, Document, Refused, chosen, money
from scripts.storm.plan import Edit

TERMS = ("N30", "N60", "DUETBL")
GROUPS = ("SERV", "INV", "UK")
CENT = Decimal("0.01")


@dataclass
class Buyer:
    """Looks into the books before each deed; what they do not allow is refused."""

    desk: Desk
    _numbered: int = 0

    def carry_out(self, edit: Edit) -> None:
        """Raises Refused."""
        _DEEDS[edit.action](self, edit)

    def order(self, edit: Edit) -> None:
        lines = [
            {"item": f"ITEM-{each}", "quantity": str(2 + each * 3), "unit_cost": money(100 + edit.amount % 9_000)}
            for each in range(1, 2 + edit.many % 3)
        ]
        self._act(
            "purchase_order", "enter", {"vendor": self._vendor(edit), "number": self._number("PO"), "lines": lines}
        )

    def change_order(self, edit: Edit) -> None:
        order = self._open_order(edit)
        change = {"item": order["lines"][0]["item"], "unit_cost": money(100 + edit.amount % 9_000)}
        self._act("purchase_order", "edit", {"number": order["number"], "lines": [change], "expected": "2027-03-01"})

    def close_order(self, edit: Edit) -> None:
        self._act("purchase_order", "close", {"number": self._open_order(edit)["number"]})

    def delete_order(self, edit: Edit) -> None:
        self._act("purchase_order", "delete", {"number": self._open_order(edit)["number"]})

    def receive(self, edit: Edit) -> None:
        """All that is outstanding, or a part of one line."""
        order = self._open_order(edit)
        line = next((each for each in order["lines"] if Decimal(each["outstanding"]) > 0), None)
        if line is None:
            raise Refused(f"Nothing of {order['number']} is outstanding.")
        part = [{"item": line["item"], "quantity": str(1 + edit.many % int(Decimal(line["outstanding"])))}]
        receipt = {"po_number": order["number"], "number": self._number("RC")}
        self._act("receipt", "receive", receipt | ({"lines": part} if edit.many % 2 else {}))

    def bill_order(self, edit: Edit) -> None:
        """The vendor's bill for what was received: Sage 300 makes an A/P invoice of it, in a batch of its own."""
        receipt = chosen(edit.pick, self.desk.books("receipts"))
        self._act("purchase_invoice", "enter", {"number": self._number("BILL"), "receipt_number": receipt["number"]})

    def bill_by_hand(self, edit: Edit) -> None:
        """An A/P invoice that names its order, which may have been entered a moment ago."""
        order = chosen((3 + edit.pick) / 4, self.desk.books("purchase_orders"))
        bill = {"vendor": order["vendor"], "number": self._number("HAND"), "po_number": order["number"]}
        self._act("invoice", "enter", bill | {"amount": money(edit.amount)})

    def rename_vendor(self, edit: Edit) -> None:
        self._act("vendor", "edit", {"number": self._vendor(edit), "name": f"Vendor renamed {edit.amount}"})

    def hold_vendor(self, edit: Edit) -> None:
        self._act("vendor", "hold", {"number": self._vendor(edit)})

    def release_vendor(self, edit: Edit) -> None:
        held = [each["number"] for each in self.desk.books("vendors") if each["on_hold"]]
        self._act("vendor", "release", {"number": chosen(edit.pick, held)})

    def vendor_terms(self, edit: Edit) -> None:
        terms, group = TERMS[edit.many % len(TERMS)], GROUPS[edit.many % len(GROUPS)]
        self._act("vendor", "edit", {"number": self._vendor(edit), "terms": terms, "group": group})

    def pay_part(self, edit: Edit) -> None:
        """Posted at once."""
        document = self._owed(edit)
        part = (Decimal(document["due"]) * (1 + edit.many % 3) / 4).quantize(CENT)
        named = {"vendor": document["vendor"], "number": document["number"]}
        self._act("payment", "pay", named | {"amount": str(part)})

    def prepare_payment(self, edit: Edit) -> None:
        """Stays open: whoever would pay the document in Jira must see it."""
        document = self._owed(edit)
        self._act("payment", "enter", {"vendor": document["vendor"], "number": document["number"]})

    def settle_prepared(self, edit: Edit) -> None:
        """Posts or deletes an open payment of a person's."""
        mine = {deed.made["batch"] for deed in self.desk.diary.of("payment", "enter")}
        waiting = [
            each["number"]
            for each in self.desk.books("payment_batches")
            if each["selector"] == "PY" and each["status"] == "Open" and each["number"] in mine
        ]
        self._act("payment_batch", ("delete", "post")[edit.many % 2], {"number": chosen(edit.pick, waiting)})

    def _act(self, kind: str, action: str, order: Document) -> None:
        self.desk.act(kind, action, order)

    def _vendor(self, edit: Edit) -> str:
        numbers = sorted(each["number"] for each in self.desk.books("vendors") if each["status"] == "Active")
        return str(chosen(edit.pick, numbers))

    def _open_order(self, edit: Edit) -> Document:
        waiting = [each for each in self.desk.books("purchase_orders") if not each["completed"]]
        found: Document = chosen(edit.pick, waiting)
        return found

    def _owed(self, edit: Edit) -> Document:
        owed = [each for each in self.desk.books("posted_documents") if Decimal(each["due"]) > 1]
        found: Document = chosen(edit.pick, owed)
        return found

    def _number(self, prefix: str) -> str:
        self._numbered += 1
        return f"{prefix}-{self._numbered:05}"


_DEEDS: Mapping[str, Callable[[Buyer, Edit], None]] = {
    "order": Buyer.order,
    "change order": Buyer.change_order,
    "close order": Buyer.close_order,
    "delete order": Buyer.delete_order,
    "receive": Buyer.receive,
    "bill": Buyer.bill_order,
    "bill by hand": Buyer.bill_by_hand,
    "rename vendor": Buyer.rename_vendor,
    "hold vendor": Buyer.hold_vendor,
    "release vendor": Buyer.release_vendor,
    "vendor terms": Buyer.vendor_terms,
    "pay part": Buyer.pay_part,
    "prepare payment": Buyer.prepare_payment,
    "settle payment": Buyer.settle_prepared,
}
PURCHASES = frozenset(_DEEDS)
