"""What is sent to the Web API: one record as JSON, its properties in the order given.

The order matters: properties reach Sage's business rules as they come, so keys and what others default from go
first (contract sage300, section 5).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from sage_adapters.money import Money

LARGEST_BODY = 4 * 1024 * 1024
"""In bytes: beyond it ASP.NET may fail with a server error, which would look like an unknown outcome."""

Value = str | int | Decimal | date | Money | None | Mapping[str, "Value"] | Sequence["Value"]
Body = Mapping[str, Value]


def encoded(body: Body) -> bytes:
    """The body as JSON in ASCII. Amounts are numbers, digit for digit, money rounded to its currency; a date is its
    midnight (contract sage300, section 7). ValueError for a number that is none."""
    return _json(body).encode("ascii")


def _json(value: Value) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(name)}:{_json(each)}" for name, each in value.items()) + "}"
    if isinstance(value, Money):
        return _number(Money.rounded(value.amount, value.currency).amount)
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, date):
        return f'"{value:%Y-%m-%d}T00:00:00Z"'
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value)


def _number(value: Decimal) -> str:
    """Written by ourselves because the json module knows floats only, which would change amounts."""
    if not value.is_finite():
        raise ValueError(f"{value} cannot be sent as an amount.")
    return f"{value:f}"
