"""`$filter`: its grammar, and what it means for one resource (contract sage300, section 3)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from lark import Lark, Token, Transformer, UnexpectedInput
from lark.exceptions import VisitError

from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.schema import Property, Record, Schema

Predicate = Callable[[Record], bool]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def predicate(text: str, schema: Schema, *, strict: bool) -> Predicate:
    """The test that a filter stands for.

    InvalidParameters for a syntax, property or type that does not fit; with `strict` also for parentheses
    and `not`, which nobody documents.
    """
    try:
        found: Predicate = _Meaning(schema, strict).transform(_grammar().parse(text))
    except UnexpectedInput as wrong:
        raise Sage300Error("parameters", what=f"Syntax error at position {wrong.pos_in_stream} in $filter.") from wrong
    except VisitError as wrong:
        if isinstance(wrong.orig_exc, Sage300Error):
            raise wrong.orig_exc from None
        raise
    return found


@cache
def _grammar() -> Lark:
    return Lark(Path(__file__).with_name("filter.lark").read_text("utf-8"), parser="lalr")


class _Meaning(Transformer[Token, Any]):
    """Turns a parse tree into a predicate, bottom up."""

    def __init__(self, schema: Schema, strict: bool) -> None:
        super().__init__()
        self._schema = schema
        self._strict = strict

    def start(self, parts: list[Predicate]) -> Predicate:
        return parts[0]

    def disjunction(self, parts: list[Predicate]) -> Predicate:
        return lambda record: any(part(record) for part in parts)

    def conjunction(self, parts: list[Predicate]) -> Predicate:
        return lambda record: all(part(record) for part in parts)

    def group(self, parts: list[Predicate]) -> Predicate:
        self._undocumented("Parentheses")
        return parts[0]

    def negation(self, parts: list[Predicate]) -> Predicate:
        self._undocumented("The operator not")
        return lambda record: not parts[0](record)

    def property(self, parts: list[Token]) -> tuple[Property, Callable[[Record], Any]]:
        prop = self._property(parts[0])
        return prop, lambda record: record[prop.name]

    def length(self, parts: list[Token]) -> tuple[Property, Callable[[Record], Any]]:
        prop = self._text_property(parts[1])
        return Property("length", "integer", 0), lambda record: len(record[prop.name])

    def comparison(self, parts: list[Any]) -> Predicate:
        (prop, value_of), symbol, literal = parts
        _check(prop, literal)
        compare = _COMPARE[str(symbol)]
        if literal is None or symbol in ("eq", "ne"):
            return lambda record: compare(_comparable(value_of(record)), literal)

        def holds(record: Record) -> bool:
            value = _comparable(value_of(record))
            return value is not None and compare(value, literal)

        return holds

    def substringof(self, parts: list[Token]) -> Predicate:
        return self._on_text(parts[1], lambda value, wanted: wanted in value, parts[0])

    def contains(self, parts: list[Token]) -> Predicate:
        return self._on_text(parts[0], lambda value, wanted: wanted in value, parts[1])

    def startswith(self, parts: list[Token]) -> Predicate:
        return self._on_text(parts[0], str.startswith, parts[1])

    def endswith(self, parts: list[Token]) -> Predicate:
        return self._on_text(parts[0], str.endswith, parts[1])

    def text(self, parts: list[Token]) -> str:
        return _unquoted(parts[0])

    def number(self, parts: list[Token]) -> Decimal:
        return Decimal(parts[0].rstrip("mMdDfFlL"))

    def date(self, parts: list[Token]) -> datetime:
        return _instant(str(parts[0]))

    def old_date(self, parts: list[Token]) -> datetime:
        return _instant(parts[0].removeprefix("datetime").strip("'"))

    def boolean(self, parts: list[Token]) -> bool:
        return str(parts[0]) == "true"

    def null(self, _: list[Token]) -> None:
        return None

    def _on_text(self, name: Token, holds: Callable[[str, str], bool], quoted: Token) -> Predicate:
        prop, wanted = self._text_property(name), _unquoted(quoted)
        return lambda record: holds(str(record[prop.name]), wanted)

    def _property(self, name: Token) -> Property:
        prop = self._schema.properties.get(str(name))
        if prop is None or prop.kind == "details":
            _wrong(f"{self._schema.name} has no property {name} to filter on.")
        return prop

    def _text_property(self, name: Token) -> Property:
        prop = self._property(name)
        if prop.kind != "text":
            _wrong(f"{name} is not a text.")
        return prop

    def _undocumented(self, what: str) -> None:
        if self._strict:
            _wrong(f"{what} cannot be used in $filter.")


def _check(prop: Property, literal: Any) -> None:
    fits = {
        "text": isinstance(literal, str),
        "enum": literal in prop.choices,
        "yesno": literal in prop.choices,
        "number": isinstance(literal, Decimal),
        "integer": isinstance(literal, Decimal),
        "bool": isinstance(literal, bool),
        "date": literal is None or isinstance(literal, datetime),
    }
    if not fits.get(prop.kind, False):
        _wrong(f"The value does not fit the property {prop.name}.")


def _comparable(value: Any) -> Any:
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else value  # noqa: DTZ001


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        _wrong(f"{text} is not a date.")


def _unquoted(token: Token) -> str:
    return token[1:-1].replace("''", "'")


def _wrong(what: str) -> NoReturn:
    raise Sage300Error("parameters", what=what)
