"""Reads records that come one by one and whole: vendors, orders, receipts, posted documents.

Each is a unit of its own. What may be new is listed; then those known ones are read again that the source could still
change, or that could not be understood, unless they were in the list. Nobody tells how long such a list is; it can be
gone on with behind any of its entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Protocol, TypeVar

from plugin.integrations.sage300_jira.failing_units import Read, as_record, standing_for, told_apart
from plugin.sync.documents import Document, JsonObject, Page, Unit
from plugin.sync.ports import Memory
from sage_adapters.errors import RecordTrouble, TransientTrouble
from sage_adapters.records import DocumentKey
from sage_adapters.sage300.client import SYSTEM

NOT_FOUND = "sage300.record-not-found"
UNREADABLE = "unreadable"
PAGE_DOCUMENTS = 50
T = TypeVar("T")
Place = Any
"""Where an entry stands in the order of its list, as JSON."""


@dataclass(frozen=True)
class Item:
    """A record as it was read. `open`: the source may still change it without a word. `at` is None where the record
    does not tell its place; `day` is the one by which its kind is listed."""

    document: Document
    open: bool
    at: Place
    day: date | None


@dataclass(frozen=True)
class Seen:
    """How far a pass has come in its list."""

    last: Place = None
    newest: date | None = None

    def behind(self, item: Item) -> Seen:
        newest = max(filter(None, (self.newest, item.day)), default=None)
        return Seen(self.last if item.at is None else item.at, newest)

    def to_json(self) -> JsonObject:
        return {"last": self.last, "newest": self.newest.isoformat() if self.newest else None}

    @classmethod
    def from_json(cls, kept: JsonObject) -> Seen:
        return cls(kept["last"], day_in(kept["newest"]))


class Feed(Protocol):
    """One kind of record. All that reads may raise a Trouble."""

    together: int
    """How many known records one request reads."""

    def begin(self, watermark: JsonObject | None) -> JsonObject:
        """What a pass shall list, decided once at its beginning, however often it is interrupted."""

    def news(self, begun: JsonObject, after: Place) -> Iterator[Item]:
        """What may be new, behind the place `after`, in the order of places."""

    def since(self, day: date | None, after: Place) -> Iterator[Item]:
        """What is of that day or later; all for None."""

    def again(self, units: Sequence[str]) -> Iterator[Item]:
        """Those of the units that are still there."""

    def unreadable(self, unit: str, trouble: RecordTrouble) -> Document:
        """What stands for a known unit that cannot be had."""

    def watermark(self, begun: JsonObject, seen: Seen) -> JsonObject:
        """Where the next pass begins."""

    def from_day(self, day: date) -> JsonObject: ...

    def gone(self, content: JsonObject) -> JsonObject: ...


@dataclass(frozen=True)
class _Reached:
    """How far a pass has come; its JSON is the stream's position. `again`: the last of the known units that was read
    again; None while the list is not through."""

    begun: JsonObject
    seen: Seen
    again: str | None = None

    @classmethod
    def at(cls, position: JsonObject) -> _Reached:
        return cls(position["begun"], Seen.from_json(position["seen"]), position["again"])

    def to_json(self) -> JsonObject:
        return {"begun": self.begun, "seen": self.seen.to_json(), "again": self.again}


class FeedSource:
    """A feed as the engine reads it."""

    system = SYSTEM

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def read(
        self, watermark: JsonObject | None, position: JsonObject | None, memory: Memory, *, lenient: bool
    ) -> Iterator[Page]:
        reached = _Reached.at(position) if position else _Reached(self._feed.begin(watermark), Seen())
        left = set(memory.open_units())
        if reached.again is None:
            for page, seen in _listed(self._feed.news(reached.begun, reached.seen.last), reached.seen):
                left -= {unit.key for unit in page.units}
                reached = replace(reached, seen=seen)
                yield replace(page, position=reached.to_json())
        behind = _in_order(reached.again or "")
        units = sorted((unit for unit in left if _in_order(unit) > behind), key=_in_order)
        yield from told_apart(self._known(units, reached, lenient), lenient)
        yield Page((), (), watermark=self._feed.watermark(reached.begun, reached.seen))

    def everything(self, since: date | None, position: JsonObject | None) -> Iterator[Page]:
        seen = Seen.from_json(position) if position else Seen()
        for page, reached in _listed(self._feed.since(since, seen.last), seen):
            yield replace(page, position=reached.to_json())

    def read_unit(self, key: str) -> Page:
        return self._again([key])

    def from_day(self, day: date) -> JsonObject:
        return self._feed.from_day(day)

    def gone(self, content: JsonObject) -> JsonObject:
        return self._feed.gone(content)

    def _known(self, units: Sequence[str], reached: _Reached, lenient: bool) -> Iterator[Read]:
        """Known units read again, several to a request; one by one where the server fails on one of them."""
        for some in _portions(units, self._feed.together):
            try:
                reads: Iterable[Read] = [(self._again(some), None)]
            except TransientTrouble:
                if not lenient:
                    raise
                reads = map(self._alone, some)
            for page, met in reads:
                reached = replace(reached, again=page.units[-1].key)
                yield replace(page, position=reached.to_json()), met

    def _alone(self, unit: str) -> Read:
        try:
            return self._again([unit]), None
        except TransientTrouble as trouble:
            return standing_for(unit, self._feed.unreadable(unit, as_record(trouble))), trouble

    def _again(self, units: Sequence[str]) -> Page:
        page = _page(self._feed.again(units))
        there = {unit.key for unit in page.units}
        today = datetime.now(UTC).date()
        gone = [Unit(unit, "", open=False, read_on=today) for unit in units if unit not in there]
        return replace(page, units=sorted((*page.units, *gone), key=lambda unit: _in_order(unit.key)))


def singly(
    units: Iterable[str], read: Callable[[str], Item], stand_in: Callable[[str, RecordTrouble], Document]
) -> Iterator[Item]:
    """Those of the units that are still there, a request for each; `stand_in` where one is no record."""
    for unit in units:
        try:
            yield read(unit)
        except RecordTrouble as trouble:
            if trouble.code != NOT_FOUND:
                yield Item(stand_in(unit, trouble), open=True, at=None, day=None)


def unreadable(key: DocumentKey, unit: str, trouble: RecordTrouble, payload: JsonObject | None = None) -> Document:
    """A document of which only `payload` is known, and why it is no record."""
    shown = {name: str(value) for name, value in (payload or {}).items() if not isinstance(value, list)}
    return Document(
        key=str(key),
        unit=unit,
        content={"unreadable": shown},
        kind=UNREADABLE,
        number=key.number,
        vendor=key.vendor,
        vendor_name=shown.get("VendorName", ""),
        amount=Decimal(0),
        currency="",
        document_date=None,
        trouble=trouble,
    )


def day_in(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def newest_day(begun: JsonObject, name: str, seen: Seen) -> date | None:
    """The newest day seen by now. One in the future, from a clock that was wrong once or of something planned, must
    not hide what comes until then."""
    newest = max(filter(None, (seen.newest, day_in(begun.get(name)))), default=None)
    return min(newest, datetime.now(UTC).date()) if newest else None


def _listed(items: Iterable[Item], seen: Seen) -> Iterator[tuple[Page, Seen]]:
    for some in _portions(items, PAGE_DOCUMENTS):
        for item in some:
            seen = seen.behind(item)
        yield _page(some), seen


def _page(items: Iterable[Item]) -> Page:
    """A list that grows while it is read may give an entry twice."""
    today = datetime.now(UTC).date()
    found = list(items)
    units = {item.document.unit: Unit(item.document.unit, "", item.open, today) for item in found}
    return Page([item.document for item in found], list(units.values()))


def _portions(items: Iterable[T], size: int) -> Iterator[list[T]]:
    waiting = iter(items)
    while some := list(islice(waiting, size)):
        yield some


def _in_order(unit: str) -> tuple[int, str]:
    """Numbers, as texts, in the order of numbers."""
    return len(unit), unit
