"""Values on their way into Jira fields and back (contract jira-rest, section 2: custom field values, lengths).

What is written into a field is here called wire value: what stands for it in the JSON of a request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from plugin.jira import adf
from plugin.jira.fields import Field, FieldKind
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble
from sage_adapters.records import Money

Value = str | Money | Decimal | int | date | bool | None

LONGEST_LINE = 255
"""Characters of a summary, short text, label or URL."""


def encode(field: Field, value: Value) -> Any:
    """The wire value; None clears the field, as does an empty text.

    Raises RecordTrouble when this value cannot be held by the field, ConfigurationTrouble when no value could.
    """
    return encoder_for(field)(value)


def encoder_for(field: Field) -> Callable[[Value], Any]:
    """`encode` for one field, for those who write many values into it."""
    encode_as = (_ENCODERS.get(field.kind) if field.kind else None) or _refuse

    def encoded(value: Value) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, datetime):
            raise TypeError("A date is wanted; an instant would depend on a time zone.")
        return encode_as(field, value)

    return encoded


def same(field: Field, wanted: Any, current: Any) -> bool:
    """Whether the field already holds a wire value, given what Jira shows for it.

    Jira shows a drop-down as an object, adds to documents what we did not write, and drops spaces at the ends.
    """
    return _comparable(field, wanted) == _comparable(field, current)


def decode(field: Field, current: Any) -> str | Decimal | date | None:
    """What a field holds, as a value of our own: a number, a date, or text for all other kinds."""
    comparable = _comparable(field, current)
    if comparable is None or isinstance(comparable, Decimal):
        return comparable
    if isinstance(comparable, frozenset):
        return ", ".join(sorted(comparable))
    return date.fromisoformat(comparable) if field.kind is FieldKind.DATE else comparable


def summary(words: str) -> str:
    """A title as Jira takes it: one line, shortened with an ellipsis, at a word where one ends nearby."""
    line = one_line(words)
    if _length(line) <= LONGEST_LINE:
        return line
    while _length(line) >= LONGEST_LINE:
        line = line[:-1]
    shorter = line.rpartition(" ")[0]
    return (shorter if len(line) - len(shorter) < 30 else line).rstrip(" ,;:.-") + "…"


def one_line(words: str) -> str:
    """Line breaks and runs of spaces become one space."""
    return " ".join(words.split())


def _refuse(field: Field, _value: Value) -> Any:
    raise ConfigurationTrouble(
        tried=f"Writing {field.in_words}.",
        got=f"Counterfoil cannot fill fields of its type, {field.label.rpartition(' · ')[2]}.",
        remedy="Choose another field in the mapping.",
        code="jira.field-type",
    )


def _short_text(field: Field, value: Value) -> str:
    # Line breaks are refused; runs of spaces are kept, as names are compared with their source letter by letter.
    return _within(field, " ".join(_in_words(value).splitlines()).strip(), LONGEST_LINE)


def _paragraph(field: Field, value: Value) -> adf.Node:
    words = _in_words(value)
    document = adf.from_text(words)
    if adf.length(document) > adf.LARGEST:
        raise _too_long(field, adf.length(document), adf.LARGEST)
    return document


def _number(field: Field, value: Value) -> float:
    amount = value.amount if isinstance(value, Money) else value
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int):
        raise _cannot_hold(field, value, "a number")
    # Jira keeps numbers as doubles: shorter decimals survive, longer ones would change silently.
    number = float(amount)
    if Decimal(repr(number)) != amount:
        raise RecordTrouble(
            tried=f"Writing {amount:f} into {field.in_words}.",
            got="Jira's number fields cannot hold so many digits exactly.",
            remedy="Map this attribute to a short text field, or correct the amount at its source.",
            code="jira.number-inexact",
        )
    return number


def _date(field: Field, value: Value) -> str:
    if not isinstance(value, date):
        raise _cannot_hold(field, value, "a date")
    return value.isoformat()


def _select(field: Field, value: Value) -> dict[str, str]:
    return {"value": _within(field, one_line(_in_words(value)), LONGEST_LINE)}


def _labels(field: Field, value: Value) -> list[str]:
    return [_within(field, re.sub(r"\s+", "_", _in_words(value).strip()), LONGEST_LINE)]


def _url(field: Field, value: Value) -> str:
    address = _in_words(value).strip()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or re.search(r"\s", address):
        raise _cannot_hold(field, value, "a web address")
    return _within(field, address, LONGEST_LINE)


_ENCODERS: Mapping[FieldKind, Callable[[Field, Value], Any]] = {
    FieldKind.SHORT_TEXT: _short_text,
    FieldKind.PARAGRAPH: _paragraph,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.SELECT: _select,
    FieldKind.LABELS: _labels,
    FieldKind.URL: _url,
}
"""Date and time is left out on purpose: a date in it would move with the reader's time zone."""


def _in_words(value: Value) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Money):
        return f"{value.amount:f}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _comparable(field: Field, wire: Any) -> str | Decimal | frozenset[str] | None:
    if wire is None or wire in ("", []):
        return None
    if field.kind is FieldKind.NUMBER:
        return Decimal(repr(wire)) if isinstance(wire, float) else Decimal(wire)
    if field.kind is FieldKind.PARAGRAPH:
        return adf.to_text(wire).strip() or None
    if field.kind is FieldKind.SELECT:
        return str(wire["value"]) if isinstance(wire, Mapping) else str(wire)
    if field.kind is FieldKind.LABELS:
        return frozenset(wire)
    return str(wire).strip() or None


def _within(field: Field, words: str, limit: int) -> str:
    if _length(words) > limit:
        raise _too_long(field, _length(words), limit)
    return words


def _length(words: str) -> int:
    # Jira runs on Java, which counts a character outside the basic plane as two (assumed to matter here).
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def _too_long(field: Field, length: int, limit: int) -> RecordTrouble:
    wider = "Map this attribute to a paragraph field, or shorten" if limit == LONGEST_LINE else "Shorten"
    return RecordTrouble(
        tried=f"Writing {field.in_words}.",
        got=f"The text has {length:,} characters, and Jira takes {limit:,} in this field.",
        remedy=f"{wider} the text at its source.",
        code="jira.text-too-long",
    )


def _cannot_hold(field: Field, value: Value, wanted: str) -> RecordTrouble:
    words = one_line(_in_words(value))
    return RecordTrouble(
        tried=f"Writing {field.in_words}.",
        got=f"“{words[:80]}” is not {wanted}.",
        remedy="Choose a field of another type in the mapping, or correct the value at its source.",
        code="jira.value-does-not-fit",
    )
