"""Instants as Jira writes them (contract jira-rest, preamble and section 1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def instant(value: str | int) -> datetime:
    """An aware instant in UTC, of either of Jira's forms: `2026-09-27T10:03:11.123+0200` or milliseconds since 1970.

    Webhooks need both: the schema of an expiry says milliseconds, the samples show a text. Raises ValueError.
    """
    if not isinstance(value, str):
        return _EPOCH + int(value) * _MILLISECOND
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError(f"{value} does not say in which zone it is.")
    return found.astimezone(UTC)


def milliseconds(moment: datetime) -> int:
    """Since 1970, as Jira takes them in queries."""
    return (moment - _EPOCH) // _MILLISECOND
