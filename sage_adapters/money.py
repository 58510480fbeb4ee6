"""Exact amounts in a currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

_WITHOUT_MINOR_UNIT = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF"} | {"XOF", "XPF"}
)
_WITH_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def decimals_of(currency: str) -> int:
    """How many decimals amounts of an ISO 4217 currency have; 2 for codes it does not list."""
    if currency in _WITHOUT_MINOR_UNIT:
        return 0
    return 3 if currency in _WITH_THREE_DECIMALS else 2


@lru_cache(maxsize=256)
def _smallest_unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-decimals_of(currency))


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency; `str()` is "108.25 USD"."""

    amount: Decimal
    currency: str

    @classmethod
    def rounded(cls, amount: Decimal, currency: str) -> Money:
        """Rounded half up to the currency's decimals, as ledgers do."""
        return cls(amount.quantize(_smallest_unit(currency), rounding=ROUND_HALF_UP), currency)

    @classmethod
    def from_text(cls, text: str) -> Money:
        return _money_in(text)

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)


@lru_cache(maxsize=256)
def _money_in(text: str) -> Money:
    """Kept for a while: the same amount is read for a document's fields, its summary and its description."""
    amount, _, currency = text.partition(" ")
    return Money(Decimal(amount), currency)
