"""Single values as the Web API writes them: texts, numbers, dates, Yes/No (contract sage300, section 7).

A value absent or null becomes the empty value of its kind unless the field is required. These fields skip
marshmallow's hooks and validators: in a batch of thousands of entries they would cost more than all the rest.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from marshmallow import Schema, ValidationError, fields, missing

T = TypeVar("T")

_MOST_DIGITS = 18  # more than any ledger holds; far longer numbers could not be rounded

_YES = frozenset({"Yes", "OnHold", "Active", "True", "true", "1"})
_NO = frozenset({"No", "NotOnHold", "Inactive", "False", "false", "0", ""})


class _Value(fields.Field[T]):
    empty: Any = None

    def __init__(self, data_key: str, *, required: bool = False) -> None:
        super().__init__(data_key=data_key, required=required)
        if not required:
            self.load_default = self.empty

    def deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if value is None or value is missing:
            if self.required:
                raise ValidationError("It is missing.")
            return self.empty
        return self.read(value)

    @abstractmethod
    def read(self, value: Any) -> T | None:
        """The value in our terms; ValidationError says what is wrong with it."""


class Text(_Value[str]):
    """A text without blanks around it. Numbers are accepted: keys come as either."""

    empty = ""

    def read(self, value: Any) -> str:
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return str(value)
        raise ValidationError("It is not a text.")


class Key(Text):
    """A required text that must not be empty: a record cannot be told from others without it."""

    def __init__(self, data_key: str) -> None:
        super().__init__(data_key, required=True)

    def read(self, value: Any) -> str:
        text = super().read(value)
        if not text:
            raise ValidationError("It is empty.")
        return text


class Amount(_Value[Decimal]):
    """A number, exact as it was written."""

    empty = Decimal(0)

    def read(self, value: Any) -> Decimal:
        return _exact(value)


class Number(_Value[int]):
    """A whole number; a few come written as decimals."""

    empty = 0

    def read(self, value: Any) -> int:
        number = _exact(value)
        if number == number.to_integral_value():
            return int(number)
        raise ValidationError("It is not a whole number.")


class Day(_Value[date]):
    """A date. Sage writes its midnight; the time is cut off, never converted to another zone."""

    def read(self, value: Any) -> date | None:
        try:
            return date.fromisoformat(value[:10]) if value else None
        except (TypeError, ValueError):
            raise ValidationError("It is not a date.") from None


class Flag(_Value[bool]):
    """Yes or No, and the words that some fields use instead (a vendor is OnHold or NotOnHold)."""

    empty = False

    def read(self, value: Any) -> bool:
        word = str(value)
        if word in _YES:
            return True
        if word in _NO:
            return False
        raise ValidationError("It is neither yes nor no.")


class Details(fields.Field[list[dict[str, Any]]]):
    """The inline details of an entry, each read by its own schema; null means none."""

    def __init__(self, data_key: str, schema: type[Schema]) -> None:
        super().__init__(data_key=data_key, load_default=list)
        self._schema = schema()

    def deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return [] if value is None or value is missing else self._schema.load(value, many=True)


def _exact(value: Any) -> Decimal:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        if number.adjusted() < _MOST_DIGITS:
            return number
    raise ValidationError("It is not a number.")
