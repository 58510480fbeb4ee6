"""Dataclasses to plain JSON-able values and back, driven by their type hints.

The hints are read once per class; afterwards a record costs one pass over its fields. Decimals become
strings, dates ISO texts, tuples lists. A class with a `from_text` constructor (money, document keys) travels
as its `str()`. Fields added to a record later need a default: data stored before then simply lacks them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Convert = Callable[[Any], Any]
Plan = tuple[tuple[str, Convert | None], ...]


def encode(value: Any) -> dict[str, Any]:
    """A dataclass instance as a dict that `json.dumps` accepts."""
    return {
        name: getattr(value, name) if convert is None else convert(getattr(value, name))
        for name, convert in _encoding(value.__class__)
    }


def decode(cls: Callable[..., T], data: Mapping[str, Any]) -> T:
    """The inverse of `encode`. Unknown names are ignored; a missing field without default is a TypeError."""
    return cls(
        **{
            name: data[name] if convert is None else convert(data[name])
            for name, convert in _decoding(cls)
            if name in data
        }
    )


@cache
def _encoding(cls: Hashable) -> Plan:
    return _plan(cls, _encoder)


@cache
def _decoding(cls: Hashable) -> Plan:
    return _plan(cls, _decoder)


def _plan(cls: Any, choose: Callable[[Any], Convert | None]) -> Plan:
    hints = get_type_hints(cls)
    return tuple((field.name, choose(hints[field.name])) for field in fields(cls))


def _encoder(hint: Any) -> Convert | None:
    """How a value of this type is written; None when it is JSON already."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _when_present(_encoder(_present(arguments)))
    if origin is tuple:
        return _for_each(_encoder(arguments[0]), list)
    if _travels_as_text(hint):
        return str
    return encode if is_dataclass(hint) else None


def _decoder(hint: Any) -> Convert | None:
    """How a value of this type is read back; None when JSON holds it as it is."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _when_present(_decoder(_present(arguments)))
    if origin is tuple:
        return _for_each(_decoder(arguments[0]), tuple)
    if hint is date:
        return date.fromisoformat
    if _travels_as_text(hint):
        return cast(Convert, getattr(hint, "from_text", hint))
    return partial(decode, cast(Callable[..., Any], hint)) if is_dataclass(hint) else None


def _present(arguments: tuple[Any, ...]) -> Any:
    return next(each for each in arguments if each is not NoneType)


def _travels_as_text(hint: Any) -> bool:
    return isinstance(hint, type) and (
        hint in (Decimal, date) or hasattr(hint, "from_text") or issubclass(hint, StrEnum)
    )


def _when_present(convert: Convert | None) -> Convert | None:
    if convert is None:
        return None
    return lambda value: None if value is None else convert(value)


def _for_each(convert: Convert | None, collect: Callable[[Any], Any]) -> Convert:
    if convert is None:
        return collect
    return lambda values: collect(convert(value) for value in values)
