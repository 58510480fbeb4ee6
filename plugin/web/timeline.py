"""What happened to one document, told from its counterfoils."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.products import Product, StreamDescription
from plugin.store.models import Counterfoil, JsonObject, LedgerEntry
from sage_adapters.records import Money

SHOWN = 20


@dataclass(frozen=True)
class Change:
    """One attribute before and after, as the templates show values: money, dates or texts."""

    label: str
    before: Any
    after: Any
    said: bool = True
    """False when only the fact of a change is known."""


@dataclass(frozen=True)
class Event:
    """One entry of the timeline: a sentence, and what changed."""

    at: datetime
    sentence: str
    changes: Sequence[Change] = field(default_factory=tuple)
    trouble: str = ""


def of_document(session: Session, entry: LedgerEntry, product: Product, stream: StreamDescription) -> list[Event]:
    """The latest first. `product` and `stream` are those the document came by."""
    rows = session.scalars(
        select(Counterfoil)
        .where(Counterfoil.stream_id == entry.stream_id, Counterfoil.document_key == entry.document_key)
        .order_by(Counterfoil.sequence.desc())
        .limit(SHOWN)
    )
    return [_event(row, product.system.label, stream.words) for row in rows]


def _event(row: Counterfoil, source: str, words: Mapping[str, str]) -> Event:
    changes = tuple(_change(each, words) for each in row.detail.get("changes") or ())
    trouble = (row.detail.get("trouble") or {}).get("got", "") if row.outcome == "refused" else ""
    key = row.target.rpartition(" ")[2]
    if row.action == "created":
        return Event(row.at, f"Read from {source}; issue {key} created".replace("  ", " "))
    sentence = _SENTENCES.get(row.action, row.action.capitalize()).format(source=source)
    return Event(row.at, sentence, changes, trouble)


_SENTENCES = {
    "changed": "Changed in {source}",
    "updated": "Issue updated",
    "gone": "No longer in {source}. The issue stays",
    "back": "Found in {source} again",
    "parked": "Refused",
    "found": "Its issue was found in Jira after a lost reply",
    "retried": "Tried again by an administrator",
}


def _change(change: JsonObject, words: Mapping[str, str]) -> Change:
    name = str(change.get("attribute", ""))
    label = words.get(name) or name.replace("_", " ").capitalize()
    if "from" not in change and "to" not in change:
        return Change(label, None, None, said=False)
    return Change(label, _value(change.get("from")), _value(change.get("to")))


_MONEY = re.compile(r"-?\d+(\.\d+)? [A-Z]{3}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _value(value: Any) -> Any:
    """A value of a record's JSON as it reads best: money and dates are told by their form."""
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        return str(value)
    if _MONEY.fullmatch(value):
        return Money.from_text(value)
    return date.fromisoformat(value) if _DAY.fullmatch(value) else value
