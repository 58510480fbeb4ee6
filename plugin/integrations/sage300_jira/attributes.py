"""What an invoice can tell a Jira field, read from the record as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from plugin.jira.fields import AttributeType
from plugin.jira.values import Value
from sage_adapters.records import DocumentKey, DocumentType, Money

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Attribute:
    """`label` is how people read it, and what a field made for it is called."""

    name: str
    label: str
    type: AttributeType
    read: Callable[[Content], Value]


def signed(content: Content, amount: str) -> Money:
    """An amount of the document as it adds to what is owed: on a credit note it is negative."""
    money = Money.from_text(amount)
    return money if DocumentType(content["document_type"]).raises_debt else -money


def signed_amount(content: Content) -> Money:
    """What the whole document adds to what is owed."""
    return signed(content, content["amount"])


def key_of(content: Content) -> DocumentKey:
    return DocumentKey.from_text(content["key"])


def _text(name: str) -> Callable[[Content], Value]:
    return lambda content: content.get(name) or ""


def day(content: Content, name: str) -> date | None:
    """A date of the record; None where it has none."""
    return date.fromisoformat(content[name]) if content.get(name) else None


def _day(name: str) -> Callable[[Content], Value]:
    return lambda content: day(content, name)


TEXT, MONEY, DATE = AttributeType.TEXT, AttributeType.MONEY, AttributeType.DATE

ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("vendor_name", "Vendor", TEXT, _text("vendor_name")),
    Attribute("vendor_number", "Vendor number", TEXT, lambda content: key_of(content).vendor),
    Attribute("invoice_number", "Invoice number", TEXT, lambda content: key_of(content).number),
    Attribute("document_type", "Document type", TEXT, _text("document_type")),
    Attribute("amount", "Amount", MONEY, signed_amount),
    Attribute("currency", "Currency", TEXT, lambda content: Money.from_text(content["amount"]).currency),
    Attribute("due_date", "Payment due", DATE, _day("due_date")),
    Attribute("document_date", "Document date", DATE, _day("document_date")),
    Attribute("po_number", "PO number", TEXT, _text("po_number")),
    Attribute("batch", "AP batch", TEXT, _text("batch")),
    Attribute("entry", "AP entry", TEXT, _text("entry")),
    Attribute("status", "Sage 300 status", TEXT, _text("status")),
    Attribute("posting_date", "Posting date", DATE, _day("posting_date")),
    Attribute("order_number", "Order number", TEXT, _text("order_number")),
    Attribute("terms", "Terms", TEXT, _text("terms")),
    Attribute("description", "Sage 300 description", TEXT, _text("description")),
    Attribute("tax_total", "Tax", MONEY, lambda content: signed(content, content["tax_total"])),
    Attribute("company", "Company", TEXT, lambda content: key_of(content).company),
)

MAPPED_BY_DEFAULT = (
    "vendor_name",
    "vendor_number",
    "invoice_number",
    "amount",
    "currency",
    "due_date",
    "document_date",
    "po_number",
    "batch",
    "entry",
    "status",
)
"""Offered when a new integration is mapped."""
