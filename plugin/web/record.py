"""A document's record in readable form, whichever product it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugin.integrations import corrections, field_snapshot
from plugin.integrations.corrections import Standing
from plugin.integrations.products import StreamDescription
from plugin.store.models import JsonObject, LedgerEntry, Stream
from plugin.web import timeline
from sage_adapters.records import Money

ROWS = 50
"""Of each list within a document."""
_BROKEN = (KeyError, TypeError, ValueError, ArithmeticError)


@dataclass(frozen=True)
class Line:
    """One attribute: what the source says, the Jira field it goes to, "" for none, and its correction, if any."""

    label: str
    value: Any
    field: str = ""
    standing: Standing | None = None

    @property
    def corrected(self) -> bool:
        return self.standing is not None and self.standing.correction is not None


@dataclass(frozen=True)
class Listing:
    """One of the lists within a document, cut to the first ROWS; `more` are left out. `amounts` are the positions of
    columns that hold money."""

    label: str
    columns: Sequence[str]
    amounts: frozenset[int]
    rows: Sequence[Sequence[Any]]
    more: int


@dataclass(frozen=True)
class Record:
    """`readable` is False for what could not be understood: then it is told as it was read."""

    readable: bool
    lines: Sequence[Line]
    listings: Sequence[Listing]

    @property
    def mapped(self) -> Sequence[Line]:
        """Attributes that Jira shows."""
        return [line for line in self.lines if line.field]


def of(content: JsonObject, entry: LedgerEntry, described: StreamDescription, stream: Stream) -> Record:
    """`content` is the entry's, completed."""
    try:
        lines = _attributes(content, entry, described, stream)
    except _BROKEN:
        return Record(False, [Line(name, value) for name, value in _raw(entry.content)], [])
    lists = [_listing(label, entry.content.get(name) or ()) for name, label in described.lists.items()]
    return Record(True, lines, [each for each in lists if each.rows])


def _attributes(content: JsonObject, entry: LedgerEntry, described: StreamDescription, stream: Stream) -> list[Line]:
    names = {field.id: field.name for field in field_snapshot.kept_fields(stream)}
    mapped = ((each, stream.mapping.get(each.name, "")) for each in described.attributes)
    return [
        Line(
            each.label,
            each.read(content),
            names.get(field) or field,
            corrections.standing(each, content, entry.corrections),
        )
        for each, field in mapped
    ]


def _listing(label: str, items: Sequence[Mapping[str, Any]]) -> Listing:
    """With those columns that say anything."""
    names = [name for name in dict.fromkeys(name for item in items for name in item) if any(i.get(name) for i in items)]
    rows = [[timeline.readable(item.get(name)) for name in names] for item in items[:ROWS]]
    amounts = frozenset(place for row in rows for place, cell in enumerate(row) if isinstance(cell, Money))
    return Listing(label, [_label(name) for name in names], amounts, rows, max(0, len(items) - ROWS))


def _raw(content: JsonObject) -> list[tuple[str, Any]]:
    """Whatever was read of it, one level deep."""
    told: list[tuple[str, Any]] = []
    for name, value in content.items():
        told += value.items() if isinstance(value, dict) else [(name, value)]
    return [(str(name), timeline.readable(value)) for name, value in told if not isinstance(value, list | dict)]


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize().replace("Gl ", "GL ")
