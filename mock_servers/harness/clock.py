"""A mock's own time: real time plus an offset that tests and rehearsals move."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


class Clock:
    """Time as one mock sees it.

    It runs like the real clock, shifted by `advance` and `set`. With `start`, it begins at that instant
    (aware), and `reset` goes back to the shift it began with.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._beginning = timedelta(0)
        self._offset = timedelta(0)
        if start is not None:
            self.set(start)
            self._beginning = self._offset

    def now(self) -> datetime:
        """The instant it is now, aware and in UTC."""
        return datetime.now(UTC) + self._offset

    def today(self) -> date:
        """The date it is now in UTC, which a mock takes as its business date."""
        return self.now().date()

    def advance(self, seconds: float) -> None:
        """Moves the clock forward, or back when `seconds` is negative."""
        self._offset += timedelta(seconds=seconds)

    def set(self, instant: datetime) -> None:
        """Makes it `instant` now. Raises ValueError for an instant without a time zone."""
        if instant.tzinfo is None:
            raise ValueError("The instant needs a time zone, as in 2026-03-02T09:00:00+00:00.")
        self._offset = instant - datetime.now(UTC)

    def reset(self) -> None:
        """Back to the shift the clock began with."""
        self._offset = self._beginning
