"""What reading orders and receipts has in common: how far it has come, and entries that are no records.

Neither of them carries a date of change, and the date they carry is typed by a person: what is entered today may be
dated last month. Their sequence keys rise in the order in which they are entered (assumed), so both are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from plugin.integrations.sage300_jira.feeds import UNREADABLE, Item, Seen, day_in, newest_day, unreadable
from plugin.sync.documents import Document, JsonObject
from sage_adapters.errors import RecordTrouble
from sage_adapters.records import DocumentKey, Rejected
from sage_adapters.sage300.client import SYSTEM

OVERLAP = timedelta(days=7)
"""So many days are listed again: what was entered lately is what is corrected, and an order that is complete is
opened again by a return within days. It also holds where keys do not rise."""


@dataclass(frozen=True)
class PurchasingMark:
    """`highest` is the highest key seen, `newest` the latest date; nothing is read that is older than `floor`, unless
    it was entered after what was seen."""

    newest: date | None
    highest: int | None
    floor: date | None

    @classmethod
    def of(cls, kept: JsonObject) -> PurchasingMark:
        return cls(day_in(kept.get("newest")), kept.get("highest"), day_in(kept.get("floor")))

    @property
    def since(self) -> date | None:
        """The date from which everything is listed again; None for all there is."""
        return max(filter(None, (self.newest - OVERLAP if self.newest else None, self.floor)), default=None)

    def after(self, begun: JsonObject, seen: Seen) -> PurchasingMark:
        """Where the next pass begins, once all was listed."""
        highest = max(filter(None, (self.highest, seen.last)), default=None)
        return PurchasingMark(newest_day(begun, "newest", seen), highest, self.floor)

    def to_json(self) -> JsonObject:
        days = {"newest": self.newest, "floor": self.floor}
        return {"highest": self.highest, **{name: day.isoformat() if day else None for name, day in days.items()}}


def not_had(company: str, unit: str, trouble: RecordTrouble) -> Document:
    """Stands for a known unit of which only the sequence key is at hand."""
    return unreadable(DocumentKey(SYSTEM, company, "", UNREADABLE, unit), unit, trouble)


def rejected_item(rejected: Rejected, company: str, kind: str, fields: tuple[str, str]) -> Item:
    """An entry that is no record, under its own key where that can be read. `fields` name sequence key and number."""
    payload = dict(rejected.payload)
    sequence, number = (str(payload.get(name) or "") for name in fields)
    vendor = str(payload.get("Vendor") or "")
    key = DocumentKey(SYSTEM, company, vendor, kind if vendor and number else UNREADABLE, number or sequence)
    known = sequence.isdecimal()
    document = unreadable(key, sequence, rejected.trouble, payload)
    return Item(document, open=known, at=int(sequence) if known else None, day=None)
