"""The fiscal calendar: which dates a company can post into."""

from __future__ import annotations

import calendar
from datetime import date

from mock_servers.harness import Clock
from mock_servers.sage300.collections import Collection
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.services import FISCAL_CALENDAR, PERIODS


class FiscalCalendar(Collection):
    """Fiscal years of twelve calendar months; a person can close a year, and lock a period."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(FISCAL_CALENDAR, clock)

    def open_years(self, first: int, last: int) -> None:
        """Makes these years part of the calendar."""
        for year in range(first, last + 1):
            row = Record(FISCAL_CALENDAR, {"FiscalYear": f"{year:04}"})
            for month in range(1, PERIODS + 1):
                row[f"FiscalPeriod{month}StartDate"] = date(year, month, 1)
                row[f"FiscalPeriod{month}EndDate"] = date(year, month, calendar.monthrange(year, month)[1])
            self.add(row)

    def set_active(self, year: str, *, active: bool) -> Record:
        """Closes a year, or opens it again. RecordNotFound for one that is not in the calendar."""
        row = self.find((year,)).copy()
        row["Active"] = "Yes" if active else "No"
        return self.add(row)

    def set_locked(self, year: str, period: int, *, locked: bool) -> Record:
        """Locks a period, or unlocks it. RecordNotFound for one that there is not."""
        if not 1 <= period <= PERIODS:
            raise Sage300Error("record", what=f"Period {period} of {year}")
        row = self.find((year,)).copy()
        row[f"FiscalPeriod{period}Status"] = "Locked" if locked else "Unlocked"
        return self.add(row)

    def period_of(self, day: date | None, field: str) -> tuple[str, str]:
        """Fiscal year and period of a date; FieldInvalid for none, or for one outside the calendar."""
        if day is None:
            raise Sage300Error("required", what=field)
        year = f"{day.year:04}"
        if self.get(year) is None:
            raise Sage300Error("no-period", field=field, value=day.isoformat())
        return year, f"{day.month:02}"

    def posting_period(self, day: date | None, field: str) -> tuple[str, str]:
        """The same for a posting date; FieldInvalid also when its year is closed or its period locked (assumed)."""
        year, period = self.period_of(day, field)
        row = self.find((year,))
        if row["Active"] != "Yes" or row[f"FiscalPeriod{int(period)}Status"] == "Locked":
            raise Sage300Error("locked-period", field=field, year=year, period=period)
        return year, period
