"""Holds the documents of Sage 300 against their issues, both as the mocks describe them: each has exactly one, which
says the same, and stands beside that of its order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from scripts.rehearsal.comparison import GONE, KIND_WORDS, LOWERS_DEBT
from scripts.storm.desk import Document, books, state
from scripts.storm.people import INVOICE_KINDS

ORDER, RECEIPT = "purchase-order", "receipt"
KINDS = (*INVOICE_KINDS, ORDER, RECEIPT)
POSTED, COMPLETE = "Posted", "Complete"
BOOKS = (
    "invoices", "invoice_batches", "vendors", "purchase_orders", "receipts", "posted_documents",
    "payments", "payment_batches",
)  # fmt: skip
CENT = Decimal("0.01")
MARK = "counterfoil"


@dataclass(frozen=True)
class Wanted:
    """What an issue shall say, by the names of fields. `order` is the document key of the order that the document
    names; `closed`: its business is over, so that a vendor's later name need not have arrived."""

    fields: Mapping[str, Any]
    order: str | None = None
    closed: bool = False


@dataclass
class Sight:
    """Both systems at one moment."""

    books: Mapping[str, list[Document]]
    issues: list[Document]

    @classmethod
    def of(cls, addresses: Mapping[str, str]) -> Sight:
        """Of running mocks."""
        return cls({kind: books(addresses["sage300"], kind) for kind in BOOKS}, state(addresses["jira"], "issues"))

    def by_document(self) -> Mapping[str, list[Document]]:
        """The issues that carry our mark."""
        found: dict[str, list[Document]] = defaultdict(list)
        for issue in self.issues:
            document = (issue["properties"].get(MARK) or {}).get("document")
            if document is not None and document.split(":")[3] in KINDS:
                found[document].append(issue)
        return found

    def invoices(self) -> Iterator[Document]:
        """An entry that could not be posted stands in its old batch as well, which names the one it moved to."""
        return (each for each in self.books["invoices"] if not each["error_batch"])


@dataclass
class Agreement:
    """Counts by what is wrong, and sentences about it."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, count: str, *sentences: str) -> None:
        """One more of that, whatever number of sentences it takes."""
        if sentences:
            self.counts[count] += 1
            self.wrong += sentences

    def add(self, other: Agreement) -> None:
        self.counts.update(other.counts)
        self.wrong += other.wrong


def agree(sight: Sight) -> Agreement:
    """Every invoice, order and receipt of the company against every issue, field by field and link by link."""
    result = Agreement()
    wanted, issues = dict(_wanted(sight)), sight.by_document()
    result.counts.update(documents=len(wanted))
    result.counts.update(f"{key.split(':')[3]}s" for key in wanted)
    for key, found in issues.items():
        if len(found) > 1:
            result.note("duplicated", f"{key} has {len(found)} issues: {', '.join(each['key'] for each in found)}.")
        if key not in wanted and found[0]["fields"].get("Sage 300 status") != GONE and _tells_status(key):
            result.note("different", f"{found[0]['key']} shows {key}, which Sage 300 does not have.")
    for key, document in wanted.items():
        if key not in issues:
            result.note("lost", f"{key} has no issue.")
            continue
        result.note("different", *_differences(key, document, issues[key][0]))
        if document.order in wanted:
            _judge_link(result, key, issues[key][0], issues.get(document.order or "", []))
    return result


def _tells_status(key: str) -> bool:
    """Receipts show none by default: one that is gone is not told from here."""
    return key.split(":")[3] != RECEIPT


def _differences(key: str, wanted: Wanted, issue: Document) -> Iterator[str]:
    shown = issue["fields"]
    for name, value in wanted.fields.items():
        is_there = _decimal(shown.get(name)) if isinstance(value, Decimal) else shown.get(name) or None
        if is_there != (value or None if not isinstance(value, Decimal) else value) and not (
            wanted.closed and name.startswith("Vendor")
        ):
            yield f"{issue['key']} ({key}) shows {name} {is_there!r}, Sage 300 has {value!r}."


def _judge_link(result: Agreement, key: str, issue: Document, orders: list[Document]) -> None:
    result.counts["linked"] += 1
    named = {each["key"] for each in orders}
    links = [each for each in issue["links"] if each["issue"] in named]
    if not links:
        result.note("unlinked", f"{issue['key']} ({key}) is not linked to its order's issue {', '.join(named)}.")
    if len(links) > 1:
        result.note("linked_twice", f"{issue['key']} ({key}) is linked {len(links)} times to its order's issue.")


def _wanted(sight: Sight) -> Iterator[tuple[str, Wanted]]:
    vendors = {each["number"]: each for each in sight.books["vendors"]}
    posted = {(each["vendor"], each["number"]): each for each in sight.books["posted_documents"]}
    orders = {each["number"]: _key(each, ORDER) for each in sight.books["purchase_orders"]}
    billed: dict[str, Decimal] = defaultdict(Decimal)
    for each in sight.invoices():
        billed[each["po_number"]] += _signed(each, each["amount"])
        vendor, document = vendors[each["vendor"]], posted.get((each["vendor"], each["number"]))
        fields = {**_of_invoice(each), **_of_vendor(vendor), **_settled(each, document)}
        closed = document is not None and Decimal(document["due"]) == 0
        yield invoice_key(each), Wanted(fields, orders.get(each["po_number"]), closed)
    for each in sight.books["purchase_orders"]:
        fields = {**_of_order(each, billed[each["number"]]), **_of_vendor(vendors[each["vendor"]])}
        del fields["Vendor group"]
        yield orders[each["number"]], Wanted(fields, closed=_completed(each))
    completed = {each["number"] for each in sight.books["purchase_orders"] if _completed(each)}
    for each in sight.books["receipts"]:
        fields = {**_of_receipt(each), "Vendor": vendors[each["vendor"]]["name"]}
        yield _key(each, RECEIPT), Wanted(fields, orders.get(each["po_number"]), each["po_number"] in completed)


def invoice_key(document: Document) -> str:
    return _key(document, KIND_WORDS.get(document["kind"], document["kind"].lower()))


def _key(document: Document, kind: str) -> str:
    parts = ("sage300", document["company"], document["vendor"], kind, document["number"])
    return ":".join(quote(part, safe="") for part in parts)


def _of_invoice(document: Document) -> dict[str, Any]:
    return {
        "Vendor number": document["vendor"],
        "Invoice number": document["number"],
        "Amount": _signed(document, document["amount"]),
        "Currency": document["currency"],
        "Payment due": document["due_date"],
        "Document date": document["document_date"],
        "PO number": document["po_number"],
        "AP batch": str(document["batch"]),
        "AP entry": str(document["entry"]),
        "Sage 300 status": _status(document),
    }


def _of_vendor(vendor: Document) -> dict[str, Any]:
    return {"Vendor": vendor["name"], "Vendor group": vendor["group"], "Vendor terms": vendor["terms"]}


def _settled(document: Document, posted: Document | None) -> dict[str, Any]:
    """Posted documents tell credit notes as negative themselves."""
    left = Decimal(posted["due"]) if posted else _signed(document, document["amount"])
    return {"Still open": left, "Paid": _signed(document, document["amount"]) - left}


def _of_order(order: Document, billed: Decimal) -> dict[str, Any]:
    received = sum((Decimal(each["received"]) * Decimal(each["unit_cost"]) for each in order["lines"]), Decimal(0))
    return {
        "Vendor number": order["vendor"],
        "PO number": order["number"],
        "Amount": Decimal(order["total"]),
        "Currency": order["currency"],
        "Order date": order["date"],
        "Expected on": order["expected"],
        "Sage 300 status": _order_status(order),
        "Received": received.quantize(CENT),
        "Billed": billed,
    }


def _of_receipt(receipt: Document) -> dict[str, Any]:
    return {
        "Vendor number": receipt["vendor"],
        "Receipt number": receipt["number"],
        "PO number": receipt["po_number"],
        "Amount": Decimal(receipt["total"]),
        "Receipt date": receipt["date"],
    }


def _completed(order: Document) -> bool:
    return bool(order["completed"])


def _order_status(order: Document) -> str:
    if _completed(order):
        return COMPLETE
    if order["on_hold"]:
        return "On hold"
    return "Part received" if any(Decimal(each["received"]) for each in order["lines"]) else "Open"


def _status(document: Document) -> str:
    if document["on_hold"] and document["status"] != POSTED:
        return "On hold"
    return {"ReadyToPost": "Ready to post"}.get(document["status"], document["status"])


def _signed(document: Document, amount: str) -> Decimal:
    return -Decimal(amount) if document["kind"] == LOWERS_DEBT else Decimal(amount)


def _decimal(shown: Any) -> Decimal | None:
    return None if shown is None else Decimal(str(shown))
