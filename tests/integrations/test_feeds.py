"""Known records that a server fails on: one of them stops nobody, all of them stop the pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest

from plugin.integrations.sage300_jira.feeds import FeedSource, Item, Place, Seen, unreadable
from plugin.sync.documents import Document, JsonObject, Page, Unit
from sage_adapters.errors import RecordTrouble, TransientTrouble
from sage_adapters.records import DocumentKey

KEYS = [str(number) for number in range(1, 61)]


@dataclass
class Orders:
    """Orders 1 to 60, all known and open, read twenty at a time by a server that fails on some."""

    failing: frozenset[str]
    deleted: frozenset[str] = frozenset()
    together: int = 20
    asked: list[list[str]] = field(default_factory=list)

    def begin(self, watermark: JsonObject | None) -> JsonObject:
        return {}

    def news(self, begun: JsonObject, after: Place) -> Iterator[Item]:
        return iter(())

    def since(self, day: date | None, after: Place) -> Iterator[Item]:
        return iter(())

    def again(self, units: Sequence[str]) -> Iterator[Item]:
        self.asked.append(list(units))
        if self.failing.intersection(units):
            raise TransientTrouble("Orders were asked for.", "It answered 500.", "", "sage300.server-error")
        for unit in units:
            if unit not in self.deleted:
                yield Item(_order(unit), open=True, at=int(unit), day=None)

    def unreadable(self, unit: str, trouble: RecordTrouble) -> Document:
        return unreadable(DocumentKey("sage300", "SAMLTD", "", "unreadable", unit), unit, trouble)

    def watermark(self, begun: JsonObject, seen: Seen) -> JsonObject:
        return {"done": True}

    def from_day(self, day: date) -> JsonObject:
        return {}

    def gone(self, content: JsonObject) -> JsonObject:
        return content


class Known:
    def units(self, keys: Sequence[str]) -> Mapping[str, Unit]:
        return {}

    def open_units(self) -> Sequence[str]:
        return KEYS


def read(orders: Orders, position: JsonObject | None = None, *, lenient: bool = True) -> list[Page]:
    return list(FeedSource(orders).read({"done": True}, position, Known(), lenient=lenient))


def test_one_that_the_server_fails_on_is_told_by_itself_and_all_others_are_read() -> None:
    pages = read(Orders(frozenset({"33"})))
    documents = {document.unit: document for page in pages for document in page.documents}
    assert sorted(documents, key=int) == KEYS
    assert [unit for unit, document in documents.items() if document.trouble] == ["33"]
    assert pages[-1].watermark == {"done": True}


def test_a_server_that_fails_on_two_in_a_row_has_a_trouble_of_its_own() -> None:
    with pytest.raises(TransientTrouble):
        read(Orders(frozenset({"33", "34"})))


def test_the_first_passes_stop_at_any_failure() -> None:
    with pytest.raises(TransientTrouble):
        read(Orders(frozenset({"33"})), lenient=False)


def test_a_pass_goes_on_behind_the_last_that_was_read_again() -> None:
    orders = Orders(frozenset())
    first = next(iter(read(orders)))
    orders.asked.clear()
    read(orders, first.position)
    assert [asked[0] for asked in orders.asked] == ["21", "41"]


def test_those_that_are_gone_leave_a_closed_unit_without_a_document() -> None:
    pages = read(Orders(frozenset(), deleted=frozenset({"1", "60"})))
    units = {unit.key: unit.open for page in pages for unit in page.units}
    assert [key for key, is_open in units.items() if not is_open] == ["1", "60"]
    assert len([document for page in pages for document in page.documents]) == 58


def _order(number: str) -> Document:
    key = str(DocumentKey("sage300", "SAMLTD", "1200", "purchase-order", f"PO-{number}"))
    return Document(key, number, {}, "purchase-order", f"PO-{number}", "1200", "Chloride", Decimal(1), "USD", None)
