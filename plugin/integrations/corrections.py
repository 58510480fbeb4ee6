"""Values that a person has set for one document, because the source's own cannot be said in Jira.

A correction holds while the source still says what it was made for; once the source says something else, that counts.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from plugin.integrations.attributes import Attribute, Content
from plugin.integrations.issue_place import Mapped
from plugin.jira import values
from plugin.jira.fields import AttributeType
from plugin.jira.values import Value
from plugin.store.models import JsonObject
from plugin.sync.failures import Correction
from sage_adapters.errors import RecordTrouble
from sage_adapters.records import Money

LONGEST = 32_767
"""Characters of a corrected text: what Jira's longest field takes."""


def corrected(attribute: Attribute, content: Content, corrections: JsonObject) -> Value:
    """The attribute's value with its correction, if one holds."""
    value = attribute.read(content)
    correction = corrections.get(attribute.name)
    if correction is None or correction["instead_of"] != as_text(value):
        return value
    return from_text(attribute.type, correction["value"])


@dataclass(frozen=True)
class Standing:
    """An attribute of one document: what the source says, and the correction as the ledger keeps it, if any."""

    attribute: Attribute
    said: str
    correction: JsonObject | None

    @property
    def holds(self) -> bool:
        """False also for a correction that has lapsed, because the source says something else by now."""
        return self.correction is not None and bool(self.correction["instead_of"] == self.said)

    @property
    def shown(self) -> str:
        """What Jira is to show."""
        return str(self.correction["value"]) if self.correction and self.holds else self.said

    def take_back(self) -> Correction:
        return Correction(self.attribute.name, self.shown, self.said, None)


def standing(attribute: Attribute, content: Content, corrections: JsonObject) -> Standing:
    return Standing(attribute, as_text(attribute.read(content)), corrections.get(attribute.name))


def correction(
    mapped: Mapped, content: Content, corrections: JsonObject, typed: str, *, reason: str, by: str, at: datetime
) -> Correction | None:
    """What a person has typed for a mapped attribute; None when it is what Jira is to show anyway.

    The source's own value takes an earlier correction back. Raises ValueError with a sentence for a text that says no
    value of this attribute, or one that its field cannot hold.
    """
    now = standing(mapped.attribute, content, corrections)
    if _squeezed(typed) == _squeezed(now.shown):
        return None
    text = as_text(_read(mapped.attribute, content, typed))
    if text == now.shown:
        return None
    if text == now.said:
        return now.take_back()
    try:
        values.encode(mapped.field, from_text(mapped.attribute.type, text))
    except RecordTrouble as trouble:
        raise ValueError(trouble.got) from trouble
    kept = {"instead_of": now.said, "value": text, "reason": reason, "by": by, "at": at.isoformat()}
    return Correction(mapped.attribute.name, now.shown, text, kept)


def as_text(value: Value) -> str:
    """One text for each value, as people may type it too; "" for none."""
    match value:
        case None:
            return ""
        case bool():
            return "Yes" if value else "No"
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def from_text(type_: AttributeType, text: str) -> Value:
    """Raises ValueError for a text that says no value of this type."""
    if not text:
        return None if type_ is not AttributeType.TEXT else ""
    match type_:
        case AttributeType.MONEY:
            amount, _, currency = text.partition(" ")
            return Money(_number(amount), currency)
        case AttributeType.NUMBER:
            return _number(text)
        case AttributeType.DATE:
            return date.fromisoformat(text)
        case AttributeType.BOOLEAN:
            return {"yes": True, "no": False}[text.lower()]
        case AttributeType.TEXT:
            return text


def _read(attribute: Attribute, content: Content, typed: str) -> Value:
    """What a person typed, with the sentence for it that people understand."""
    if len(typed) > LONGEST or any(unicodedata.category(each) in ("Cc", "Cs") for each in typed if each not in "\n\t"):
        raise ValueError(f"Enter at most {LONGEST:,} ordinary characters.")
    text = _in_currency(typed, attribute.read(content)) if attribute.type is AttributeType.MONEY else typed
    try:
        return from_text(attribute.type, text)
    except (ValueError, KeyError):
        raise ValueError(_EXAMPLES[attribute.type]) from None


_EXAMPLES = {
    AttributeType.MONEY: "Enter an amount like 1,234.50.",
    AttributeType.NUMBER: "Enter a number like 1,234.5.",
    AttributeType.DATE: "Enter a date like 2026-11-20.",
    AttributeType.BOOLEAN: "Enter Yes or No.",
    AttributeType.TEXT: "Enter a text.",
}


def _in_currency(typed: str, now: Value) -> str:
    """An amount with the document's currency, which may be typed beside it and is never another."""
    words = typed.split()
    currency = now.currency if isinstance(now, Money) else ""
    amounts = [word for word in words if word.upper() != currency]
    if not words:
        return ""
    if len(amounts) != 1:
        raise ValueError(f"Enter one amount in {currency}, the document's currency, like 1,234.50.")
    return f"{amounts[0]} {currency}"


def _number(text: str) -> Decimal:
    """Raises ValueError."""
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite():
        raise ValueError(text)
    return number


def _squeezed(text: str) -> str:
    """An entry on a page keeps neither line breaks nor spaces at its ends: that is no change."""
    return " ".join(text.split())
