"""Conditions in the filter dialect that version 1.0 of the Web API understands.

Numbers and instants are written bare and texts quoted (contract sage300, section 3): the older forms `12.5m` and
`datetime'…'` are not sent. Parentheses are undocumented, so a filter is kept as alternatives of conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from itertools import product
from operator import and_
from typing import Literal

Operator = Literal["eq", "ne", "gt", "ge", "lt", "le"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Alternatives, each of conditions that must all hold. Combined with `&` and `|`, written with `str()`."""

    alternatives: tuple[tuple[str, ...], ...]

    def __and__(self, other: Filter) -> Filter:
        return Filter(tuple(ours + theirs for ours, theirs in product(self.alternatives, other.alternatives)))

    def __or__(self, other: Filter) -> Filter:
        return Filter(self.alternatives + other.alternatives)

    def __str__(self) -> str:
        return " or ".join(" and ".join(conditions) for conditions in self.alternatives)


def where(field: str, operator: Operator, value: str | int | Decimal | date) -> Filter:
    """One condition, as in `where("BatchStatus", "ne", "Posted")`."""
    return Filter(((f"{field} {operator} {literal(value)}",),))


def all_of(*filters: Filter | None) -> Filter | None:
    """All that are given must hold; None where none is."""
    given = [each for each in filters if each is not None]
    return reduce(and_, given) if given else None


def starts_with(field: str, text: str) -> Filter:
    """Texts that begin so; whether the case of letters counts depends on the server's database."""
    return Filter(((f"startswith({field},{literal(text)})",),))


def literal(value: str | int | Decimal | date) -> str:
    """A value as the filter writes it; quotes inside a text are doubled, a date is its midnight."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}T00:00:00Z"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
