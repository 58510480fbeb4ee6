"""Amounts as people type and read them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from sage_adapters.money import decimals_of
from sage_adapters.records import Money

_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d{1,15})(\.\d{1,6})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Figure:
    """An amount that a person typed; `currency` is "" where none was, which means that of the document at hand."""

    amount: Decimal
    currency: str

    @classmethod
    def from_text(cls, text: str) -> Figure:
        """ "1,234.50", "1234.5 USD" or "usd 1234.50". Raises ValueError with a sentence."""
        words = text.upper().split()
        currencies = [word for word in words if _CURRENCY.fullmatch(word)]
        numbers = [word for word in words if word not in currencies]
        if len(numbers) != 1 or len(currencies) > 1 or not _NUMBER.fullmatch(numbers[0]):
            raise ValueError(f"“{text}” is no amount. Enter one like 1,234.50, or like 1,234.50 USD.")
        return cls(Decimal(numbers[0].replace(",", "")), currencies[0] if currencies else "")

    def __str__(self) -> str:
        return in_words(Money(self.amount, self.currency)).strip()


def in_words(money: Money) -> str:
    """E.g. "GBP 12,109.00"."""
    return f"{money.currency} {figure(money.amount, money.currency)}"


def figure(amount: Decimal, currency: str = "") -> str:
    """With separators and at least the currency's decimals, two where none is known: nothing is rounded away."""
    whole, _, cents = f"{amount:,f}".partition(".")
    cents = cents.rstrip("0").ljust(decimals_of(currency), "0")
    return f"{whole}.{cents}" if cents else whole
