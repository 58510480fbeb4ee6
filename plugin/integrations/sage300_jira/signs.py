"""Which way an amount counts: what a document prints, and what it adds to what is owed."""

from __future__ import annotations

from plugin.integrations.attributes import Content
from sage_adapters.records import DocumentType, Money


def signed(content: Content, amount: str) -> Money:
    """An amount of the document as it adds to what is owed: on a credit note it is negative."""
    money = Money.from_text(amount)
    return money if DocumentType(content["document_type"]).raises_debt else -money


def signed_amount(content: Content) -> Money:
    """What the whole document adds to what is owed."""
    return signed(content, content["amount"])
