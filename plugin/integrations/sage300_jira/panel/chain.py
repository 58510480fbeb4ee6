"""The chain that a document belongs to: its order, the receipts and invoices that name it, and their payments.

A fixed number of queries to our own ledgers, however long the chain is: of each kind the latest are shown, and all are
counted. What is received and billed altogether is told as on the order's own issue (`companions.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, func, select

from plugin.integrations.attributes import Content, day
from plugin.integrations.panels import Chain, Measure, Paid, Paper, Papers, Sheet
from plugin.integrations.sage300_jira import purchase_attributes, settlement
from plugin.integrations.sage300_jira.companions import InvoiceCompanions, OrderCompanions
from plugin.integrations.sage300_jira.feeds import UNREADABLE
from plugin.store.models import LedgerEntry
from sage_adapters.records import Money

ORDERS, RECEIPTS, INVOICES = "orders", "receipts", "invoices"
SHOWN = 5
"""So many of each kind; an order may have hundreds of receipts."""


def chain(sheet: Sheet) -> Chain:
    """The chain of an order, a receipt or an invoice; without an order it is the invoice and its payments."""
    look = _Look(sheet, sheet.entry.belongs_to)
    order, order_content = look.order()
    receipts = look.latest(RECEIPTS)
    invoices = look.latest(INVOICES)
    told = [each.content for each in InvoiceCompanions(sheet.siblings).complete(sheet.session, invoices)]
    counts = look.counts()
    currency = Money.from_text(order_content["amount"]).currency if order_content else ""
    return Chain(
        order_number=order.number if order else look.number_as_written(),
        order=look.paper("Order", order, purchase_attributes.order_state(order_content)) if order else None,
        receipts=Papers(
            [look.paper("Receipt", each, purchase_attributes.receipt_state(each.content)) for each in receipts],
            sum(counts[RECEIPTS].values()) if look.number else len(receipts),
        ),
        invoices=Papers(
            [look.invoice(each, content) for each, content in zip(invoices, told, strict=True)],
            sum(counts[INVOICES].values()) if look.number else len(invoices),
        ),
        payments=_payments(sheet, invoices, told),
        received=_received(order_content),
        billed=_billed(order_content),
        not_added=sorted(each for each in counts[INVOICES] if order and each != currency),
    )


@dataclass(frozen=True)
class _Look:
    """`number` is the order's, as ledgers keep it; None where the document names none."""

    sheet: Sheet
    number: str | None

    def order(self) -> tuple[LedgerEntry | None, Content]:
        """The last that the source still has, and what it says together with its companions."""
        session, siblings = self.sheet.session, self.sheet.siblings
        if self.number is None or ORDERS not in siblings:
            return None, {}
        if self.sheet.entry.stream_id == siblings[ORDERS].id:
            return self.sheet.entry, self.sheet.content
        mine = self._of(ORDERS).order_by(LedgerEntry.gone_at.is_(None).desc(), LedgerEntry.id.desc())
        found = session.scalars(mine.limit(1)).all()
        told = OrderCompanions(siblings).complete(session, found)
        return (found[0], told[0].content) if found else (None, {})

    def latest(self, name: str) -> Sequence[LedgerEntry]:
        """The oldest of them first. The one at hand is always among them."""
        sheet = self.sheet
        if name not in sheet.siblings:
            return []
        if self.number is None:
            return [sheet.entry] if sheet.entry.stream_id == sheet.siblings[name].id else []
        at_hand = LedgerEntry.id == sheet.entry.id
        dated = LedgerEntry.document_date.desc().nulls_last()
        found = self._of(name).where(_there() | at_hand).order_by(at_hand.desc(), dated, LedgerEntry.id.desc())
        return sorted(sheet.session.scalars(found.limit(SHOWN)), key=_age)

    def counts(self) -> dict[str, Counter[str]]:
        """By stream and currency, how many receipts and invoices name the order."""
        names = {stream.id: name for name, stream in self.sheet.siblings.items() if name in (RECEIPTS, INVOICES)}
        found: dict[str, Counter[str]] = {RECEIPTS: Counter(), INVOICES: Counter()}
        if self.number is None or not names:
            return found
        rows = self.sheet.session.execute(
            select(LedgerEntry.stream_id, LedgerEntry.currency, func.count())
            .where(LedgerEntry.stream_id.in_(names), LedgerEntry.belongs_to == self.number, _there())
            .group_by(LedgerEntry.stream_id, LedgerEntry.currency)
        )
        for stream_id, currency, count in rows:
            found[names[stream_id]][currency] = count
        return found

    def paper(self, name: str, entry: LedgerEntry, state: str) -> Paper:
        amount = Money(entry.amount, entry.currency)
        at_hand = entry.id == self.sheet.entry.id
        return Paper(name, entry.number, entry.document_date, amount, state, entry.target_key, at_hand)

    def invoice(self, entry: LedgerEntry, content: Content) -> Paper:
        return self.paper(str(content["document_type"]), entry, settlement.state(content))

    def number_as_written(self) -> str:
        return str(self.sheet.content.get("po_number") or self.number or "")

    def _of(self, name: str) -> Select[LedgerEntry]:
        return select(LedgerEntry).where(
            LedgerEntry.stream_id == self.sheet.siblings[name].id,
            LedgerEntry.belongs_to == self.number,
            LedgerEntry.kind != UNREADABLE,
        )


def _there() -> ColumnElement[bool]:
    return LedgerEntry.gone_at.is_(None) & (LedgerEntry.kind != UNREADABLE)


def _age(entry: LedgerEntry) -> tuple[str, int]:
    """What has no date is taken for the newest."""
    return entry.document_date.isoformat() if entry.document_date else "9", entry.id


def _payments(sheet: Sheet, invoices: Sequence[LedgerEntry], told: Sequence[Content]) -> list[Paid]:
    found = [
        _paid(payment, entry, entry.id == sheet.entry.id)
        for entry, content in zip(invoices, told, strict=True)
        for payment in content["payments"]
    ]
    return sorted(found, key=lambda each: each.day.isoformat() if each.day else "")


def _paid(payment: Content, entry: LedgerEntry, at_hand: bool) -> Paid:
    return Paid(
        number=entry.number,
        day=day(payment, "payment_date"),
        amount=Money.from_text(payment["amount"]),
        batch=payment["batch"],
        entry=payment["entry"],
        check_number=payment["check_number"],
        reference=payment["payment_number"],
        bank=payment["bank"],
        present=at_hand,
    )


def _received(order: Content) -> Measure | None:
    """Against what the order's lines come to: what has come is told at their prices, without tax."""
    if not order:
        return None
    done = Money.from_text(order["progress"]["received"])
    ordered = sum((Money.from_text(line["amount"]).amount for line in order["lines"]), Decimal(0))
    return Measure(done, Money(ordered, done.currency))


def _billed(order: Content) -> Measure | None:
    """Against the order's total: both with tax."""
    if not order:
        return None
    return Measure(Money.from_text(order["progress"]["billed"]), Money.from_text(order["amount"]))
