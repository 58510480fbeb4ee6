"""A JQL query after parsing, and how POST /jql/parse shows it."""

from dataclasses import dataclass
from typing import Any, Union

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FieldName:
    """A field as the query names it. `property_key` and `path` are set for `issue.property[key].path`."""

    text: str
    written: str
    property_key: str | None = None
    path: str = ""

    def shown(self) -> Json:
        if self.property_key is None:
            return {"name": self.text, "encodedName": self.written}
        part = {"entity": "issue", "key": self.property_key, "path": self.path}
        return {"name": "issue.property", "encodedName": self.written, "property": [part]}


@dataclass(frozen=True, slots=True)
class Value:
    text: str
    written: str

    def shown(self) -> Json:
        return {"value": self.text, "encodedValue": self.written}


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    arguments: tuple[str, ...]

    def shown(self) -> Json:
        written = f"{self.name}({', '.join(self.arguments)})"
        return {"function": self.name, "arguments": list(self.arguments), "encodedOperand": written}


@dataclass(frozen=True, slots=True)
class Empty:
    def shown(self) -> Json:
        return {"keyword": "empty"}


Single = Value | Function


@dataclass(frozen=True, slots=True)
class Several:
    items: tuple[Single, ...]

    def shown(self) -> Json:
        written = ", ".join(
            item.written if isinstance(item, Value) else str(item.shown()["encodedOperand"]) for item in self.items
        )
        return {"values": [item.shown() for item in self.items], "encodedOperand": f"({written})"}


Operand = Single | Several | Empty


@dataclass(frozen=True, slots=True)
class Clause:
    """`operator` is one of = != < <= > >= ~ !~ in, not in, is, is not."""

    field: FieldName
    operator: str
    operand: Operand

    def shown(self) -> Json:
        return {"field": self.field.shown(), "operator": self.operator, "operand": self.operand.shown()}


@dataclass(frozen=True, slots=True)
class Compound:
    """`operator` is and, or, not."""

    operator: str
    parts: tuple["Node", ...]

    def shown(self) -> Json:
        return {"operator": self.operator, "clauses": [part.shown() for part in self.parts]}


Node = Union[Clause, Compound]  # noqa: UP007 - refers to itself


@dataclass(frozen=True, slots=True)
class Ordering:
    field: FieldName
    direction: str | None


@dataclass(frozen=True, slots=True)
class Query:
    """`where` None means that nothing is asked for in particular: the query is unbounded."""

    where: Node | None
    order: tuple[Ordering, ...] = ()

    def shown(self) -> Json:
        shown: Json = {}
        if self.where is not None:
            shown["where"] = self.where.shown()
        if self.order:
            fields = [
                {"field": item.field.shown()} | ({"direction": item.direction} if item.direction else {})
                for item in self.order
            ]
            shown["orderBy"] = {"fields": fields}
        return shown
