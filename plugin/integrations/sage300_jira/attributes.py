"""What an invoice can tell a Jira field."""

from __future__ import annotations

from plugin.integrations.attributes import Attribute, day_named, key_of, text_named
from plugin.integrations.sage300_jira import settlement
from plugin.integrations.sage300_jira.signs import signed, signed_amount
from plugin.integrations.sage300_jira.vendor_attributes import VENDOR_ATTRIBUTES, VENDOR_NAME
from plugin.jira.fields import AttributeType
from sage_adapters.records import Money

TEXT, MONEY, DATE = AttributeType.TEXT, AttributeType.MONEY, AttributeType.DATE

ATTRIBUTES: tuple[Attribute, ...] = (
    VENDOR_NAME,
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
    Attribute("payment_status", "Payment status", TEXT, settlement.payment_status),
    Attribute("paid_amount", "Paid", MONEY, settlement.paid),
    Attribute("open_amount", "Still open", MONEY, settlement.outstanding),
    Attribute("last_paid_on", "Last paid on", DATE, settlement.last_paid_on),
    *VENDOR_ATTRIBUTES,
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
