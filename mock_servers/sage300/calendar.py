"""The fiscal calendar: which dates a company can post into."""

from __future__ import annotations

import calendar
from datetime import date

from mock_servers.harness import Clock
from mock_servers.sage300.collections import Collection
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.services import FISCAL_CALENDAR

PERIODS = 12


class FiscalCalendar(Collection):
    """Fiscal years of twelve calendar months."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(FISCAL_CALENDAR, clock)

    def open_years(self, first: int, last: int) -> None:
        """Makes these years part of the calendar."""
        for year in range(first, last + 1):
            row = Record(FISCAL_CALENDAR, {"FiscalYear": f"{year:04}"})
            for month in range(1, PERIODS + 1):
                row[f"PeriodStartDate{month}"] = date(year, month, 1)
                row[f"PeriodEndDate{month}"] = date(year, month, calendar.monthrange(year, month)[1])
            self.add(row)

    def period_of(self, day: date | None, field: str) -> tuple[str, str]:
        """Fiscal year and period of a date; FieldInvalid for none, or for one outside the calendar."""
        if day is None:
            raise Sage300Error("required", what=field)
        year = f"{day.year:04}"
        if self.get(year) is None:
            raise Sage300Error("no-period", field=field, value=day.isoformat())
        return year, f"{day.month:02}"
