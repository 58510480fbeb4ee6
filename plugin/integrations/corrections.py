"""Values that a person has set for one document, because the source's own cannot be said in Jira.

A correction holds while the source still says what it was made for; once the source says something else, that counts.
"""

from __future__ import annotations

from datetime import date

from plugin.integrations.attributes import Attribute, Content
from plugin.jira.fields import AttributeType
from plugin.jira.values import Value
from plugin.store.models import JsonObject
from sage_adapters.records import Money


def corrected(attribute: Attribute, content: Content, corrections: JsonObject) -> Value:
    """The attribute's value with its correction, if one holds."""
    value = attribute.read(content)
    correction = corrections.get(attribute.name)
    if correction is None or correction["instead_of"] != as_text(value):
        return value
    return from_text(attribute.type, correction["value"])


def as_text(value: Value) -> str:
    """One text for each value, as people may type it too; "" for none."""
    match value:
        case None:
            return ""
        case date():
            return value.isoformat()
        case _:
            return str(value)


def from_text(type_: AttributeType, text: str) -> Value:
    """Raises ValueError for a text that says no value of this type."""
    if not text:
        return None if type_ is not AttributeType.TEXT else ""
    match type_:
        case AttributeType.MONEY:
            return Money.from_text(text)
        case AttributeType.DATE:
            return date.fromisoformat(text)
        case _:
            return text
