"""What an invoice can tell a Jira field."""

from __future__ import annotations

from plugin.integrations.attributes import Attribute, Content, day_named, key_of, text_named
from plugin.jira.fields import AttributeType
from sage_adapters.records import DocumentType, Money


def signed(content: Content, amount: str) -> Money:
    """An amount of the document as it adds to what is owed: on a credit note it is negative."""
    money = Money.from_text(amount)
    return money if DocumentType(content["document_type"]).raises_debt else -money


def signed_amount(content: Content) -> Money:
    """What the whole document adds to what is owed."""
    return signed(content, content["amount"])


TEXT, MONEY, DATE = AttributeType.TEXT, AttributeType.MONEY, AttributeType.DATE

ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("vendor_name", "Vendor", TEXT, text_named("vendor_name")),
    Attribute("vendor_number", "Vendor number", TEXT, lambda content: key_of(content).vendor),
    Attribute("invoice_number", "Invoice number", TEXT, lambda content: key_of(content).number),
    Attribute("document_type", "Document type", TEXT, text_named("document_type")),
    Attribute("amount", "Amount", MONEY, signed_amount),
    Attribute("currency", "Currency", TEXT, lambda content: Money.from_text(content["amount"]).currency),
    Attribute("due_date", "Payment due", DATE, day_named("due_date")),
    Attribute("document_date", "Document date", DATE, day_named("document_date")),
    Attribute("po_number", "PO number", TEXT, text_named("po_number")),
    Attribute("batch", "AP batch", TEXT, text_named("batch")),
    Attribute("entry", "AP entry", TEXT, text_named("entry")),
    Attribute("status", "Sage 300 status", TEXT, text_named("status")),
    Attribute("posting_date", "Posting date", DATE, day_named("posting_date")),
    Attribute("order_number", "Order number", TEXT, text_named("order_number")),
    Attribute("terms", "Terms", TEXT, text_named("terms")),
    Attribute("description", "Sage 300 description", TEXT, text_named("description")),
    Attribute("tax_total", "Tax", MONEY, lambda content: signed(content, content["tax_total"])),
    Attribute("company", "Company", TEXT, lambda content: key_of(content).company),
)

MAPPED_BY_DEFAULT = frozenset(
    {
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
    }
)
"""Offered when a new integration is mapped."""

LISTS = {"lines": "Distribution lines", "schedule": "Payment schedule"}
"""The lists within the record, as people call them."""
