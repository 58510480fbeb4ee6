"""What a document can tell a Jira field, read from its record as the ledger keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from plugin.jira.fields import AttributeType
from plugin.jira.values import Value
from sage_adapters.records import DocumentKey

Content = Mapping[str, Any]
"""A record as JSON, as `sage_adapters.records.to_json` writes it."""


AMOUNT = "amount"
"""The attribute that says what a document comes to, in every product that has one: both sides are added up by it."""


@dataclass(frozen=True)
class Attribute:
    """`name` stays the same for ever, for mappings are stored by it. `label` is how people read it, and what a field
    made for it is called."""

    name: str
    label: str
    type: AttributeType
    read: Callable[[Content], Value]


def key_of(content: Content) -> DocumentKey:
    return DocumentKey.from_text(content["key"])


def day(content: Content, name: str) -> date | None:
    """A date of the record; None where it has none."""
    return date.fromisoformat(content[name]) if content.get(name) else None


def text_named(name: str) -> Callable[[Content], Value]:
    """Reads a text of the record; "" where it has none."""
    return lambda content: content.get(name) or ""


def day_named(name: str) -> Callable[[Content], Value]:
    return lambda content: day(content, name)
