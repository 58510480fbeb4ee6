"""How figures, times and currencies read on a page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from markupsafe import Markup

from sage_adapters.money import decimals_of

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def figure(amount: Decimal, currency: str) -> str:
    """ "12,109.00": with at least the currency's decimals, and more where the amount has them."""
    exponent = amount.normalize().as_tuple().exponent
    places = max(decimals_of(currency), -exponent if isinstance(exponent, int) else 0)
    return f"{amount:,.{places}f}"


def money(amount: Decimal, currency: str) -> str:
    """ "GBP 12,109.00", kept on one line."""
    return f"{currency}\N{NO-BREAK SPACE}{figure(amount, currency)}"


def count(number: int) -> str:
    return f"{number:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """ "1 document", "4,321 documents"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """A length of time in its largest fitting unit: "18 s", "6 min", "5 h", "3 days"."""
    seconds = max(0, round(seconds))
    if seconds < 90:
        return f"{seconds} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 36 * 3600:
        return f"{round(seconds / 3600)} h"
    return counted(round(seconds / 86400), "day")


def interval(seconds: int) -> str:
    """ "every minute", "every 5 minutes", "every 2 hours"."""
    minutes = max(1, round(seconds / 60))
    number, unit = (minutes // 60, "hour") if minutes % 60 == 0 else (minutes, "minute")
    return f"every {unit}" if number == 1 else f"every {number} {unit}s"


def age(days: int) -> str:
    """How long ago in days, months or years, as people say it."""
    if days < 60:
        return counted(days, "day")
    return counted(round(days / 30.44), "month") if days < 730 else counted(int(days / 365.25), "year")


def plain_day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def day(value: date) -> Markup:
    """A date; the script shows it as the reader's locale does, without shifting it."""
    return Markup('<time datetime="{}" data-format="day">{}</time>').format(value.isoformat(), plain_day(value))


def moment(value: datetime, style: str = "moment") -> Markup:
    """An instant; the script shows it in the reader's zone. Styles: moment, inline, clock, ago."""
    utc = value.astimezone(UTC)
    text = f"{plain_day(utc.date())} {utc:%H:%M} UTC"
    if style == "ago":
        text = f"{duration((datetime.now(UTC) - utc) / timedelta(seconds=1))} ago"
    return Markup('<time datetime="{}" data-format="{}">{}</time>').format(utc.isoformat(), style, text)
