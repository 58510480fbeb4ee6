"""Dates and periods in JQL, read in the time zone of the user who asks (contract jira-rest, intro)."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_ABSOLUTE = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_UNITS = {"w": 7 * 24 * 60, "d": 24 * 60, "h": 60, "m": 1}
_PERIOD = re.compile(r"[+-]?(\d+[wdhm])(\s+\d+[wdhm])*")


def instant_of(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant that a date literal or a period like `-5d` or `4w 2d` means; None when it is neither."""
    for form in _ABSOLUTE:
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    if not _PERIOD.fullmatch(text):
        return None
    minutes = sum(int(part[:-1]) * _UNITS[part[-1]] for part in re.findall(r"\d+[wdhm]", text))
    return now + timedelta(minutes=-minutes if text.startswith("-") else minutes)


def function_instant(name: str, arguments: tuple[str, ...], now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant of now(), startOfDay(-1) and their like; None for a function that is not about time."""
    if name.casefold() == "now":
        return now
    match = re.fullmatch(r"(startof|endof)(day|week|month|year)", name.casefold())
    if match is None:
        return None
    start = _start(match[2], _shift(arguments), now.astimezone(zone))
    return start if match[1] == "startof" else _start(match[2], 1, start) - timedelta(minutes=1)


def _shift(arguments: tuple[str, ...]) -> int:
    match = re.fullmatch(r"([+-]?\d+)[dwMy]?", arguments[0]) if arguments else None
    return int(match[1]) if match else 0


def _start(unit: str, shift: int, local: datetime) -> datetime:
    midnight = datetime.combine(local.date(), time(), local.tzinfo)
    if unit == "day":
        return midnight + timedelta(days=shift)
    if unit == "week":  # weeks start on Sunday
        return midnight - timedelta(days=(midnight.weekday() + 1) % 7 - 7 * shift)
    if unit == "year":
        return midnight.replace(year=midnight.year + shift, month=1, day=1)
    months = midnight.year * 12 + midnight.month - 1 + shift
    return midnight.replace(year=months // 12, month=months % 12 + 1, day=1)
