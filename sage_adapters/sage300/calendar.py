"""The fiscal calendar of a company: in which period a day falls, and whether it is open.

Only the names of the periods' dates were seen in a public client; Active and FiscalPeriod1Status are (assumed), and
without them a period counts as open: a posting into one that is locked is then refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sage_adapters.sage300.client import Entry, Sage300Client
from sage_adapters.sage300.schemas import must_read
from sage_adapters.sage300.service_schemas import FiscalYearSchema
from sage_adapters.sage300.values import Day

MOST_PERIODS = 13


@dataclass(frozen=True, slots=True)
class FiscalPeriod:
    """One period of a fiscal year, first and last day included.

    `open` is false where it is locked, or its year is not active.
    """

    year: str
    number: int
    open: bool
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """All periods of all years that a company has set up."""

    periods: tuple[FiscalPeriod, ...]

    def period_of(self, day: date) -> FiscalPeriod | None:
        """The period a day falls in, None for a day outside the calendar. Of two that share a day, the first."""
        return next((each for each in self.periods if each.first_day <= day <= each.last_day), None)


def fiscal_periods(client: Sage300Client) -> FiscalCalendar:
    """The calendar as it is now, one entry per year. Needs the right to view it in Common Services."""
    found = client.entries("CS", "CSFiscalCalendars")
    return FiscalCalendar(tuple(period for entry in found for period in _year(entry)))


def _year(entry: Entry) -> list[FiscalPeriod]:
    place = f"Fiscal year {entry.get('FiscalYear', '?')}"
    return must_read(FiscalYearSchema, entry, place, lambda data: list(_periods(data, entry)))


def _periods(data: Mapping[str, Any], entry: Entry) -> Iterator[FiscalPeriod]:
    """A year without a thirteenth period leaves its dates empty."""
    for number in range(1, MOST_PERIODS + 1):
        name = f"FiscalPeriod{number}"
        first, last = _day(entry, f"{name}StartDate"), _day(entry, f"{name}EndDate")
        if first and last:
            is_open = data["active"] != "No" and entry.get(f"{name}Status") != "Locked"
            yield FiscalPeriod(data["year"], number, is_open, first, last)


def _day(entry: Entry, name: str) -> date | None:
    day: date | None = Day(name).deserialize(entry.get(name))
    return day
