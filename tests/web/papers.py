"""Orders, receipts, payments and actions beside the invoices of conftest.py, as their ledgers keep them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from plugin.integrations.sage300_jira.actions.wish import action_key
from plugin.store.models import LedgerEntry, Stream
from sage_adapters.records import (
    DocumentKey,
    Money,
    OrderLine,
    PostedDocument,
    PurchaseOrder,
    Receipt,
    ReceiptLine,
    Vendor,
    to_json,
)

VENDOR, NAME = "S26051", "AHR Building Consultancy Limited"
ORDER = "PO-2207"


def gbp(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


def key(kind: str, number: str) -> DocumentKey:
    return DocumentKey("sage300", "SAMLTD", VENDOR, kind, number)


def stream_id(house: Any, name: str) -> int:
    with house.parts.database.reading(house.site_id) as session:
        return int(session.scalars(select(Stream.id).where(Stream.name == name)).one())


def keep(house: Any, stream: str, document: DocumentKey, content: dict[str, Any], **values: Any) -> int:
    """An entry of a ledger."""
    row = {
        "document_key": str(document), "unit": "1", "content": content, "kind": document.kind,
        "number": document.number, "vendor": VENDOR, "vendor_name": NAME, "amount": Decimal(0), "currency": "GBP",
        "state": "settled", "read_at": datetime.now(UTC), "stream_id": stream_id(house, stream),
    }  # fmt: skip
    return int(house.add(LedgerEntry(**{**row, **values})))


def keep_order(house: Any, received: str = "6", issue: str | None = "10050", lines: int = 1, **record: Any) -> int:
    """Ten fees of 1,250.00 each, with tax 15,000.00."""
    cost = gbp("1250.00")
    ordered = [
        OrderLine(
            n + 1, f"FEES-{n + 1}", "Consultant fees", Decimal(10), Decimal(received), 10 - Decimal(received), "Day",
            cost, gbp("12500.00"),
        )
        for n in range(lines)
    ]  # fmt: skip
    fields: dict[str, Any] = {"order_date": date(2020, 12, 1), "lines": tuple(ordered), **record}
    order = PurchaseOrder(
        key("purchase-order", ORDER), "7", ORDER, VENDOR, NAME, "Active", amount=gbp("15000.00"), **fields
    )
    return keep(
        house, "orders", order.key, to_json(order), amount=order.amount.amount, document_date=order.order_date,
        belongs_to=ORDER, target_id=issue, target_key="PUR-7" if issue else None,
    )  # fmt: skip


def keep_receipt(house: Any, number: str, day: date, issue: str | None = None, amount: str = "1250.00") -> int:
    line = ReceiptLine(1, "FEES-1", "Consultant fees", Decimal(1), "Day", gbp("1250.00"), gbp(amount))
    receipt = Receipt(key("receipt", number), "9", number, VENDOR, NAME, ORDER, gbp(amount), day, lines=(line,))
    return keep(
        house, "receipts", receipt.key, to_json(receipt), amount=Decimal(amount), document_date=day, belongs_to=ORDER,
        target_id=issue, target_key=f"PUR-{issue}" if issue else None,
    )  # fmt: skip


def keep_posted(house: Any, number: str = "CACP534", amount: str = "12109.00", left: str = "12109.00") -> int:
    record = PostedDocument(
        key("invoice", number), gbp(amount), gbp(left), fully_paid=not Decimal(left), terms="Net 30", batch="58",
        entry="1",
    )  # fmt: skip
    return keep(house, "posted", record.key, to_json(record))


def keep_payment(house: Any, amount: str, day: date, batch: int = 83, number: str = "CACP534") -> int:
    content = {
        "key": "", "document_number": number, "schedule_number": 1, "amount": f"{amount} GBP",
        "payment_date": day.isoformat(), "payment_number": f"PY{batch}", "check_number": "10045", "payee": NAME,
        "payment_kind": "Payment", "bank": "SEATAC", "batch": str(batch), "entry": "1",
    }  # fmt: skip
    return keep(
        house, "payments", key("payment", f"{batch}/1/{number}/1"), content, belongs_to=str(key("invoice", number)),
        document_date=day,
    )  # fmt: skip


def keep_vendor(house: Any, **record: Any) -> int:
    fields = {"name": NAME, "group": "TRADE", "reporting_code": "7", "currency": "GBP", **record}
    vendor = Vendor(key("vendor", VENDOR), VENDOR, **fields)
    return keep(house, "vendors", vendor.key, to_json(vendor))


def allow(house: Any, **decided: Any) -> None:
    """An administrator lets people approve and pay; `decided` are settings of the actions besides."""
    settings = {
        "approve": {"users": ["ada", "bob"], "post": True},
        "pay": {"users": ["ada", "bob"], "bank": "SEATAC", "ready": True, "post": True, "four_eyes": False},
    }
    merged = {name: {**rules, **decided.get(name, {})} for name, rules in settings.items()}
    with house.parts.database.writing(house.site_id) as session:
        stream = session.scalars(select(Stream).where(Stream.name == "actions")).one()
        stream.settings, stream.active, stream.started_at = merged, True, house.now


def keep_action(house: Any, action: Any, **values: Any) -> int:
    """Ada has asked for it."""
    document = str(key("invoice", "CACP534"))
    content = {
        "key": action_key(action, document), "action": action, "document_key": document, "issue_id": "10041",
        "issue_key": "AP-41", "actor": "ada", "actor_name": "Ada Admin", "wished_at": house.now.isoformat(),
        "via": "panel", "wish": "w1", "wishes": ["w1"], "amount": "12109.00 GBP", "vendor_name": NAME,
        "approved": None, "seen": {}, "invoice": {}, **values.pop("content", {}),
    }  # fmt: skip
    return keep(
        house, "actions", DocumentKey.from_text(content["key"]), content,
        **{"belongs_to": document, "settled_at": house.now, **values},
    )  # fmt: skip


def finish_action(house: Any, action: str, said: str) -> None:
    """A worker has done it."""
    with house.parts.database.writing(house.site_id) as session:
        mine = LedgerEntry.stream_id == stream_id(house, "actions"), LedgerEntry.kind == action
        entry = session.scalars(select(LedgerEntry).where(*mine)).one()
        entry.state, entry.settled_at = "settled", datetime.now(UTC)
        outcome = {"state": "posted", "batch": 83, "entry": 1, "said": said, "open_amount": "0.00 GBP"}
        entry.content = {**entry.content, "outcome": outcome}
