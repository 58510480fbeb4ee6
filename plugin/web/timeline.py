"""What counterfoils tell, in words; and what happened to one document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.integrations.products import Product, StreamDescription
from plugin.store.models import Counterfoil, JsonObject, LedgerEntry
from plugin.sync.counterfoils import OURSELVES
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
    """One counterfoil in words: a sentence without its full stop, and what changed."""

    at: datetime
    sentence: str
    changes: Sequence[Change] = field(default_factory=tuple)
    changed_in: str = ""
    """The source, when the changes are its own."""
    by_person: bool = False
    reason: str = ""
    """A person's own words."""
    trouble: str = ""


@dataclass(frozen=True)
class History:
    """The latest events of a document, the latest first, and how many there were before."""

    events: Sequence[Event]
    earlier: int


def of_document(session: Session, entry: LedgerEntry, product: Product, stream: StreamDescription) -> History:
    """`product` and `stream` are those the document came by."""
    mine = (Counterfoil.stream_id == entry.stream_id, Counterfoil.document_key == entry.document_key)
    rows = session.scalars(select(Counterfoil).where(*mine).order_by(Counterfoil.sequence.desc()).limit(SHOWN)).all()
    count = len(rows)
    if count == SHOWN:
        count = session.scalar(select(func.count()).select_from(Counterfoil).where(*mine)) or 0
    events = [tell(row, product.system.label, stream) for row in rows]
    return History(events, count - len(rows))


def tell(row: Counterfoil, source: str, stream: StreamDescription) -> Event:
    """`source` is what people call the system of the connection, `stream` the one that the document came by."""
    detail, words = row.detail, stream.words
    known = _WORDS[row.action].sentence if row.action in _WORDS else label_of(row.action)
    sentence = stream.sentences.get(row.action, known)
    if detail.get("because") == "mapping":
        sentence += " with the new mapping"
    return Event(
        row.at,
        sentence.format(source=source, key=row.target.rpartition(" ")[2]).replace("  ", " "),
        changes=tuple(_change(each, words) for each in detail.get("changes") or ()),
        changed_in=source if row.action == "changed" else "",
        by_person=row.actor != OURSELVES,
        reason=str(detail.get("reason") or ""),
        trouble=(detail.get("trouble") or {}).get("got", "") if row.outcome == "refused" else "",
    )


def label_of(action: str) -> str:
    """An action in a word or two. One that is not known here still reads as what it is called."""
    known = _WORDS.get(action)
    return known.label if known else re.sub(r"[-_{}]+", " ", action).strip().capitalize()


def actions() -> Mapping[str, str]:
    """Every known action and its label."""
    return {action: words.label for action, words in _WORDS.items()}


@dataclass(frozen=True)
class _Words:
    label: str
    sentence: str


_WORDS = {
    "created": _Words("Issue created", "Read from {source}; issue {key} created"),
    "updated": _Words("Issue updated", "Issue updated"),
    "found": _Words("Issue found", "Its issue was found in Jira"),
    "changed": _Words("Changed at the source", "Changed in {source}"),
    "gone": _Words("Gone from the source", "No longer in {source}. The issue stays"),
    "back": _Words("Back at the source", "Found in {source} again"),
    "parked": _Words("Refused", "Refused"),
    "cleared": _Words("Failure cleared", "No longer in {source} as it could not be read"),
    "retried": _Words("Tried again", "Tried again"),
    "corrected": _Words("Corrected", "Corrected"),
    "linked": _Words("Linked to an issue", "Linked to issue {key}"),
    "ignored": _Words("Ignored", "Ignored from now on"),
    "unignored": _Words("No longer ignored", "No longer ignored"),
    "resynced": _Words("Synced again", "Synced again"),
    "repaired": _Words("Repaired", "Repaired after a reconciliation"),
    "wished": _Words("Asked for", "Asked for on an issue"),
    "issue-deleted": _Words("Issue deleted", "Issue {key} was deleted in Jira"),
    "released": _Words("Mark taken off", "Counterfoil's mark was taken off {key}"),
}


def _change(change: JsonObject, words: Mapping[str, str]) -> Change:
    name = str(change.get("attribute", ""))
    label = words.get(name) or name.replace("_", " ").capitalize()
    if "from" not in change and "to" not in change:
        return Change(label, None, None, said=False)
    return Change(label, readable(change.get("from")), readable(change.get("to")))


_MONEY = re.compile(r"-?\d+(\.\d+)? [A-Z]{3}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def readable(value: Any) -> Any:
    """A value of a record's JSON as it reads best: money and dates are told by their form."""
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        return str(value)
    if _MONEY.fullmatch(value):
        return Money.from_text(value)
    return date.fromisoformat(value) if _DAY.fullmatch(value) else value
