"""A clerk who goes on entering, correcting, posting and deleting documents in Sage 300 while the storm lasts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from scripts.storm.desk import Desk, Document, Refused, money
from scripts.storm.plan import Edit

FIRST_DUE = date(2027, 1, 1)
FULL_BATCH = 25


@dataclass
class Clerk:
    """Knows the documents of open batches by heart, and looks again when Sage 300 disagrees."""

    desk: Desk
    _entered: int = 0
    _open: list[Document] = field(default_factory=list)
    _vendors: list[tuple[str, str]] = field(default_factory=list)

    def look(self) -> None:
        mine = self.desk.books("invoices")
        batches = {each["number"] for each in self.desk.books("invoice_batches") if each["status"] == "Open"}
        self._vendors = sorted({(each["vendor"], each["lines"][0]["account"]) for each in mine if each["lines"]})
        self._open = [each for each in mine if each["batch"] in batches and not each["error_batch"]]

    def carry_out(self, edit: Edit) -> None:
        """Raises Refused."""
        try:
            if edit.action.startswith(("enter", "credit")) or not self._open:
                self._enter(edit)
            elif edit.action in ("post", "delete batch"):
                self._whole_batch(edit)
            else:
                self._one(edit)
        except Refused:
            self.look()
            raise

    def _enter(self, edit: Edit) -> None:
        """A credit note, one invoice into an open batch, or many into a new one."""
        vendor, account = self._vendors[int(edit.pick * len(self._vendors))]
        kind = "credit_note" if edit.action == "credit" else "invoice"
        batch = None if edit.action in ("enter alone", "enter many") else self._batch_with_room()
        for position in range(edit.many if edit.action == "enter many" else 1):
            self._entered += 1
            line = {"account": account, "amount": money(edit.amount + position), "description": "Work on site"}
            order = {"vendor": vendor, "number": f"STORM-{self._entered:05}", "lines": [line]}
            entered = self.desk.act(kind, "enter", order | ({"batch": batch} if batch else {}))
            batch = entered["batch"]
            self._open.append(entered)

    def _one(self, edit: Edit) -> None:
        position = int(edit.pick * len(self._open))
        document = self._open[position]
        kind = "credit_note" if document["kind"] == "CreditNote" else "invoice"
        named = {"vendor": document["vendor"], "number": document["number"]}
        match edit.action:
            case "amount":
                changed = self.desk.act(kind, "edit", named | {"amount": money(edit.amount)})
            case "due date":
                due = FIRST_DUE + timedelta(days=edit.amount % 700)
                changed = self.desk.act(kind, "edit", named | {"due_date": due.isoformat()})
            case "rename":
                self._entered += 1
                changed = self.desk.act(kind, "edit", named | {"new_number": f"RENAMED-{self._entered:05}"})
            case "move":
                target = self._batch_with_room(besides=document["batch"])
                changed = self.desk.act(kind, "move", named | ({"to_batch": target} if target else {}))
            case "delete":
                self.desk.act(kind, "delete", named)
                del self._open[position]
                return
            case _:
                changed = self.desk.act("invoice", edit.action, named)
        self._open[position] = changed

    def _whole_batch(self, edit: Edit) -> None:
        batch = self._open[int(edit.pick * len(self._open))]["batch"]
        self.desk.act("invoice_batch", edit.action.partition(" ")[0], {"number": batch})
        self.look()  # posting may set entries aside into a new batch

    def _batch_with_room(self, besides: int | None = None) -> int | None:
        sizes = Counter(each["batch"] for each in self._open)
        return next((batch for batch, size in sorted(sizes.items()) if size < FULL_BATCH and batch != besides), None)
