"""Figures and times as people read them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plugin.web.wording import age, counted, duration, figure, interval


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("12109", "GBP", "12,109.00"),
        ("0", "GBP", "0.00"),
        ("-0.5", "USD", "-0.50"),
        ("1E+3", "USD", "1,000.00"),
        ("250000", "JPY", "250,000"),
        ("1.5", "KWD", "1.500"),
        ("1.2345", "GBP", "1.2345"),
        ("12345678901234567890.12", "EUR", "12,345,678,901,234,567,890.12"),
    ],
)
def test_an_amount_keeps_every_digit_and_its_currencys_decimals(amount: str, currency: str, shown: str) -> None:
    assert figure(Decimal(amount), currency) == shown


@pytest.mark.parametrize(
    ("seconds", "words"), [(-3, "0 s"), (18, "18 s"), (360, "6 min"), (7200, "2 h"), (86400 * 3, "3 days")]
)
def test_a_duration_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_intervals_ages_and_counts_read_as_spoken() -> None:
    assert [interval(s) for s in (60, 300, 3600, 7200)] == [
        "every minute",
        "every 5 minutes",
        "every hour",
        "every 2 hours",
    ]
    assert [age(d) for d in (1, 59, 90, 2100)] == ["1 day", "59 days", "3 months", "5 years"]
    assert [counted(n, "document") for n in (0, 1, 4321)] == ["0 documents", "1 document", "4,321 documents"]
