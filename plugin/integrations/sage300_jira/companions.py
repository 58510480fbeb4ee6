"""What orders, receipts and invoices of Sage 300 are told together with.

Completed contents have besides their own: `vendor_record`, the vendor's record or None; of an invoice `posted`, its
posted document or None, and `payments`, those applied to it, the oldest first; of receipts and invoices `order_issue`
(`id`, `key`, `number`) or None; of receipts `order_closed`; of orders `progress`: `received` and `billed`, amounts as
texts, and how many `receipts` and `invoices` name the order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from plugin.integrations.products import Siblings
from plugin.integrations.sage300_jira.feeds import UNREADABLE
from plugin.integrations.sage300_jira.order_issues import OrderIssues
from plugin.integrations.sage300_jira.order_numbers import order_named
from plugin.integrations.sage300_jira.payments import paid_under
from plugin.integrations.sage300_jira.vendors import vendor_key
from plugin.integrations.sage300_jira.waiting import for_the_unread, last_look
from plugin.store.models import LedgerEntry
from plugin.sync.companions import Completed, Told
from plugin.sync.documents import JsonObject
from sage_adapters.records import DocumentKey, Money

Contents = Mapping[str, JsonObject]


@dataclass(frozen=True)
class Vendor:
    """What is known of the vendor of a document. `wait`: it may not have been read yet, and rules may ask about it."""

    record: JsonObject | None
    wait: timedelta | None


@dataclass(frozen=True)
class Beside:
    """The ledgers of the streams beside ours, as far as there are such streams."""

    session: Session
    siblings: Siblings

    def by_key(self, name: str, keys: Collection[str]) -> Contents:
        """By document key: what a stream knows of documents."""
        rows = self.session.execute(
            select(LedgerEntry.document_key, LedgerEntry.content).where(
                self._readable(name), LedgerEntry.document_key.in_(set(keys))
            )
        )
        return {key: content for key, content in rows if UNREADABLE not in content}

    def vendors(self, documents: Sequence[Told]) -> list[Vendor]:
        """Of each document."""
        keys = [DocumentKey.from_text(document.document_key) for document in documents]
        numbers = [vendor_key(key.company, key.vendor) for key in keys]
        records = self.by_key("vendors", numbers)
        stream = self.siblings.get("vendors")
        looked_at = last_look(self.session, stream.id) if stream and not records.keys() >= set(numbers) else None
        return [
            Vendor(record, None if record else for_the_unread(document.read_at, looked_at))
            for document, record in zip(documents, map(records.get, numbers), strict=True)
        ]

    def payments(self, paid: Collection[str]) -> Mapping[str, list[JsonObject]]:
        """By what they belong to."""
        rows = self.session.execute(
            select(LedgerEntry.belongs_to, LedgerEntry.content)
            .where(self._readable("payments"), LedgerEntry.belongs_to.in_(paid))
            .order_by(LedgerEntry.document_date, LedgerEntry.id)
        )
        found: defaultdict[str, list[JsonObject]] = defaultdict(list)
        for belongs_to, content in rows:
            found[belongs_to or ""].append(content)
        return found

    def order_issues(self, numbers: Collection[str | None]) -> OrderIssues:
        return OrderIssues.read(self.session, self.siblings.get("orders"), {number for number in numbers if number})

    def receipts(self, orders: Collection[str]) -> Mapping[str, int]:
        """By order: how many there are."""
        rows = self.session.execute(
            select(LedgerEntry.belongs_to, func.count())
            .where(self._readable("receipts"), LedgerEntry.belongs_to.in_(orders))
            .group_by(LedgerEntry.belongs_to)
        )
        return {order: count for order, count in rows if order}

    def invoices(self, orders: Collection[str]) -> tuple[Counter[str], Mapping[tuple[str, str], Decimal]]:
        """By order how many there are; by order and currency what they come to. Amounts are kept as texts, and added
        up here: databases would make binary fractions of them."""
        counts: Counter[str] = Counter()
        billed: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        rows = self.session.execute(
            select(LedgerEntry.belongs_to, LedgerEntry.amount, LedgerEntry.currency).where(
                self._readable("invoices"), LedgerEntry.belongs_to.in_(orders)
            )
        )
        for order, amount, currency in rows:
            counts[order or ""] += 1
            billed[order or "", currency] += amount
        return counts, billed

    def _readable(self, name: str) -> ColumnElement[bool]:
        """What the source still has of a stream's documents and what is a record."""
        stream = self.siblings.get(name)
        mine = LedgerEntry.stream_id == (stream.id if stream else None)
        return mine & LedgerEntry.gone_at.is_(None) & (LedgerEntry.kind != UNREADABLE)


@dataclass(frozen=True)
class InvoiceCompanions:
    siblings: Siblings

    def complete(self, session: Session, documents: Sequence[Told]) -> Sequence[Completed]:
        beside = Beside(session, self.siblings)
        vendors = beside.vendors(documents)
        posted = beside.by_key("posted", [document.document_key for document in documents])
        paid = [paid_under(DocumentKey.from_text(document.document_key)) for document in documents]
        payments = beside.payments(paid)
        orders = [_order(document) for document in documents]
        issues = beside.order_issues(orders)
        return [
            Completed(
                {
                    **document.content,
                    "vendor_record": vendor.record,
                    "posted": posted.get(document.document_key),
                    "payments": payments.get(key, []),
                    "order_issue": issues.issue(order),
                },
                wait=issues.wait(order, document.read_at) or vendor.wait,
            )
            for document, vendor, key, order in zip(documents, vendors, paid, orders, strict=True)
        ]


@dataclass(frozen=True)
class ReceiptCompanions:
    siblings: Siblings

    def complete(self, session: Session, documents: Sequence[Told]) -> Sequence[Completed]:
        beside = Beside(session, self.siblings)
        vendors = beside.vendors(documents)
        orders = [_order(document) for document in documents]
        issues = beside.order_issues(orders)
        return [
            Completed(
                {
                    **document.content,
                    "vendor_record": vendor.record,
                    "order_issue": issues.issue(order),
                    "order_closed": issues.closed(order),
                },
                wait=issues.wait(order, document.read_at) or vendor.wait,
            )
            for document, vendor, order in zip(documents, vendors, orders, strict=True)
        ]


@dataclass(frozen=True)
class OrderCompanions:
    siblings: Siblings

    def complete(self, session: Session, documents: Sequence[Told]) -> Sequence[Completed]:
        beside = Beside(session, self.siblings)
        vendors = beside.vendors(documents)
        numbers = [order_named(DocumentKey.from_text(document.document_key).number) or "" for document in documents]
        receipts = beside.receipts(numbers)
        invoices, billed = beside.invoices(numbers)
        completed = []
        for document, vendor, number in zip(documents, vendors, numbers, strict=True):
            content = {**document.content, "vendor_record": vendor.record}
            if "amount" in content:
                currency = Money.from_text(content["amount"]).currency
                content["progress"] = {
                    "received": str(_received(content, currency)),
                    "billed": str(Money.rounded(billed[number, currency], currency)),
                    "receipts": receipts.get(number, 0),
                    "invoices": invoices[number],
                }
            completed.append(Completed(content, vendor.wait))
        return completed


def _order(document: Told) -> str | None:
    return order_named(document.content.get("po_number") or "")


def _received(order: JsonObject, currency: str) -> Money:
    """What has come, at the prices of the order: Sage 300 raises its lines with each receipt."""
    parts = (Decimal(line["quantity_received"]) * Money.from_text(line["unit_cost"]).amount for line in order["lines"])
    return Money.rounded(sum(parts, Decimal(0)), currency)
