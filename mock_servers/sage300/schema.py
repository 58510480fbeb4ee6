"""How a resource's properties are declared: name, kind, default, limits.

A schema is written as text, one property after another: `Name:kind`, with `1..5` in a name standing for five
properties, `(…)` giving a text's length or an enumeration's values, `=x` another default than the kind's own,
and `!` a property that Sage computes and that it ignores when it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

NO_TIME = "1899-12-30T00:00:00Z"  # base date of time-only fields (contract sage300, section 7)

_TOKEN = re.compile(
    r"(?P<name>\w+?)(?:(?P<first>\d)\.\.(?P<last>\d+))?:(?P<kind>[a-z]+)"
    r"(?:\((?P<argument>[^)]*)\))?(?:=(?P<default>[^\s!]+))?(?P<computed>!)?"
)


@dataclass(frozen=True, slots=True)
class Property:
    """One property. `kind` is text, number, integer, enum, yesno, bool, date, time or details."""

    name: str
    kind: str
    default: Any
    length: int = 0
    choices: tuple[str, ...] = ()
    computed: bool = False
    details: Schema | None = None


@dataclass(slots=True)
class Schema:
    """A resource or a detail: its key in metadata order, and its properties in the order they are sent."""

    name: str
    key: tuple[str, ...]
    properties: dict[str, Property] = field(default_factory=dict)

    @property
    def is_heavy(self) -> bool:
        """Whether a record holds details that hold details: a batch."""
        return any(prop.details and prop.details.has_details for prop in self.properties.values())

    @property
    def has_details(self) -> bool:
        """Whether a record holds details."""
        return any(prop.details for prop in self.properties.values())

    def nest(self, name: str, details: Schema) -> Schema:
        """Adds a collection of details as the last property before UpdateOperation."""
        last = self.properties.pop("UpdateOperation")
        self.properties[name] = Property(name, "details", None, details=details)
        self.properties["UpdateOperation"] = last
        return self


class Record:
    """One record or detail: only values other than the defaults are held, as a batch has thousands."""

    __slots__ = ("schema", "values")

    def __init__(self, schema: Schema, values: dict[str, Any] | None = None) -> None:
        self.schema = schema
        self.values: dict[str, Any] = {} if values is None else values

    def __getitem__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            return self.schema.properties[name].default

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self.schema.properties:
            raise KeyError(name)
        self.values[name] = value

    def fill(self, values: Mapping[str, Any]) -> None:
        """Sets several values."""
        for name, value in values.items():
            self[name] = value

    def details(self, name: str) -> list[Record]:
        """The details under `name`, a list to read and to change."""
        found: list[Record] = self.values.setdefault(name, [])
        return found

    def key(self) -> tuple[Any, ...]:
        """The key's values in metadata order."""
        return tuple(self[name] for name in self.schema.key)

    def copy(self) -> Record:
        """A copy that shares nothing that can change."""
        return Record(self.schema, {name: _copied(value) for name, value in self.values.items()})


def _copied(value: Any) -> Any:
    return [detail.copy() for detail in value] if isinstance(value, list) else value


def schema(name: str, key: str, text: str) -> Schema:
    """A schema from its text; `UpdateOperation` is added at the end, as every record and detail has it."""
    operations = "UpdateOperation:enum(Unspecified|Insert|Update|Delete)"
    properties = {prop.name: prop for token in f"{text} {operations}".split() for prop in _expanded(token)}
    return Schema(name, tuple(key.split()), properties)


def _expanded(token: str) -> Iterator[Property]:
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise ValueError(f"{token} is not a property declaration.")
    kind, argument = found["kind"], found["argument"]
    choices = ("No", "Yes") if kind == "yesno" else tuple(argument.split("|")) if kind == "enum" else ()
    length = int(argument or 60) if kind == "text" else 0
    default = _default(kind, choices, found["default"])
    computed = found["computed"] is not None
    if found["first"] is None:
        yield Property(found["name"], kind, default, length, choices, computed)
        return
    for number in range(int(found["first"]), int(found["last"]) + 1):
        yield Property(f"{found['name']}{number}", kind, default, length, choices, computed)


def _default(kind: str, choices: tuple[str, ...], given: str | None) -> str | Decimal | int | bool | date | None:
    if kind == "number":
        return Decimal(given or 0)
    if kind == "integer":
        return int(given or 0)
    if kind == "bool":
        return given == "true"
    if kind == "date":
        return None
    if kind == "time":
        return NO_TIME
    return given or (choices[0] if choices else "")
