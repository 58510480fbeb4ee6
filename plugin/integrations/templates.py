"""Texts over several attributes: "{vendor_name} / {number}". A text without braces is a constant.

A brace holds the name of an attribute, or its label; `number` is the document's number everywhere. A brace that is
meant as one is doubled: "{{". Values read as people read them: dates as 2026-11-20, amounts as 12,109.00.

Where a value is empty, the marks that led to it go too. What stands between two braces without a letter or digit is
such a mark: it is kept where both its neighbours are there (the ends of the text count as there). Values whose marks
have all gone are joined by the first of these that is visible, without brackets and quotes, else by a blank. Words stay
always, but if every brace is empty, so is the whole text.

    "{vendor_name} / {po_number} / {number}"  without a PO number   "Chloride Systems / INV-7"
    "{vendor_name} ({po_number})"             without a PO number   "Chloride Systems"
    "PO {po_number}"                          without a PO number   ""
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plugin.integrations.amounts import figure
from plugin.integrations.attributes import Attribute, Content, key_of
from plugin.integrations.corrections import from_text
from plugin.jira.fields import AttributeType, Field, FieldKind
from plugin.jira.values import Value
from plugin.store.models import JsonObject
from sage_adapters.errors import ConfigurationTrouble
from sage_adapters.records import Money

LONGEST = 2_000
"""Characters of a template."""
NUMBER = Attribute("number", "Document number", AttributeType.TEXT, lambda content: key_of(content).number)

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")
_WORDS = re.compile(r"[^\W_].*[^\W_]|[^\W_]", re.DOTALL)
_ENCLOSING = str.maketrans("", "", "()[]{}<>\"'“”‘’«»")

Part = str | Attribute


@dataclass(frozen=True)
class Template:
    """`text` as it was typed, and its parts in order."""

    text: str
    parts: tuple[Part, ...]

    @classmethod
    def parse(cls, text: str, attributes: Sequence[Attribute]) -> Template:
        """Raises ValueError with a sentence for a text that is too long, a lone brace, or an attribute unknown."""
        if len(text) > LONGEST:
            raise ValueError(f"Enter at most {LONGEST:,} characters.")
        known = {_name(spelt): each for each in (NUMBER, *reversed(attributes)) for spelt in (each.label, each.name)}
        parts: list[Part] = []
        for token in _TOKEN.finditer(text):
            if token[1] is not None:
                parts.append(_attribute(token[1], known))
            elif token[0] in ("{", "}"):
                raise ValueError(_lone_brace(token[0], text[token.start() :]))
            else:
                written = token[0][0] if token[0] in ("{{", "}}") else token[0]
                literal = parts.pop() if parts and isinstance(parts[-1], str) else ""
                parts.append(f"{literal}{written}")
        return cls(text, tuple(parts))

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        return tuple(part for part in self.parts if isinstance(part, Attribute))

    def render(self, content: Content) -> str:
        if not self.attributes:
            return "".join(map(str, self.parts)).strip()
        pieces = [*self._pieces(content)]
        return _joined(pieces) if any(piece.value and piece.text for piece in pieces) else ""

    def _pieces(self, content: Content) -> Iterator[_Piece]:
        for part in self.parts:
            if isinstance(part, Attribute):
                yield _Piece(as_people_read(part.read(content)).strip(), value=True)
                continue
            words = _WORDS.search(part)
            if words is None:
                yield _Piece(part, mark=True)
                continue
            before, after = part[: words.start()], part[words.end() :]
            yield from (_Piece(before, mark=True), _Piece(words[0]), _Piece(after, mark=True))


@dataclass(frozen=True)
class Filled:
    """A field that a template fills."""

    field_id: str
    template: Template

    @classmethod
    def from_json(cls, stored: JsonObject, attributes: Sequence[Attribute]) -> Filled:
        """Raises ConfigurationTrouble for a text that is no template of these attributes."""
        field_id, text = str(stored.get("field") or ""), str(stored.get("text") or "")
        try:
            return cls(field_id, Template.parse(text, attributes))
        except ValueError as problem:
            raise ConfigurationTrouble(
                f"The field {field_id} was about to be filled with “{text}”.",
                str(problem),
                "Open Mapping, correct the text or remove it, and save.",
                "settings.template",
            ) from problem


def as_people_read(value: Value) -> str:
    """One line for each value; "" for none."""
    match value:
        case None:
            return ""
        case bool():
            return "Yes" if value else "No"
        case Money():
            return figure(value.amount, value.currency)
        case Decimal():
            return f"{value:,f}"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def for_field(field: Field, text: str) -> Value:
    """A rendered or constant text as the value that `plugin.jira.values.encoder_for(field)` takes.

    A text that is no number, or no date, stays a text, which the encoder refuses with a sentence of its own.
    """
    types = {FieldKind.NUMBER: AttributeType.NUMBER, FieldKind.DATE: AttributeType.DATE}
    kind = types.get(field.kind) if field.kind else None
    try:
        return from_text(kind, text) if kind else text
    except ValueError:
        return text


def default_value(attribute: Attribute, text: str) -> Value:
    """What stands for an empty value of this attribute; an amount has no currency of its own, and comes as a number.

    Raises ValueError for a text that says no value of its type.
    """
    type_ = AttributeType.NUMBER if attribute.type is AttributeType.MONEY else attribute.type
    try:
        return from_text(type_, text.strip())
    except (ValueError, KeyError):
        raise ValueError(f"{attribute.label}: “{text}” is not {_NOUNS[attribute.type]}.") from None


_NOUNS = {
    AttributeType.TEXT: "a text",
    AttributeType.MONEY: "an amount like 1,234.50",
    AttributeType.NUMBER: "a number like 1,234.5",
    AttributeType.DATE: "a date like 2026-11-20",
    AttributeType.BOOLEAN: "Yes or No",
}


@dataclass(frozen=True)
class _Piece:
    """A value, a mark, or else words."""

    text: str
    value: bool = False
    mark: bool = False


def _joined(pieces: Sequence[_Piece]) -> str:
    written, dropped = "", list[str]()
    for position, piece in enumerate(pieces):
        neighbours = (*pieces[max(position - 1, 0) : position], *pieces[position + 1 : position + 2])
        if piece.mark and all(each.text for each in neighbours):
            written += piece.text
        elif piece.mark:
            dropped.append(piece.text)
        elif piece.text:
            written += (_joiner(dropped) if written and dropped else "") + piece.text
            dropped = []
    return written.strip()


def _joiner(dropped: Sequence[str]) -> str:
    bare = [mark.translate(_ENCLOSING) for mark in dropped]
    return next((mark for mark in bare if mark.strip()), " ")


def _name(spelt: str) -> str:
    return "_".join(spelt.casefold().replace("_", " ").split())


def _attribute(spelt: str, known: dict[str, Attribute]) -> Attribute:
    found = known.get(_name(spelt))
    if found is None:
        raise ValueError(f"There is no attribute “{spelt.strip()}”. Put one of those listed between the braces.")
    return found


def _lone_brace(brace: str, rest: str) -> str:
    pair = "closed by }" if brace == "{" else "opened by {"
    return f"The brace at “{rest[:20]}” is not {pair}. Write {brace * 2} for a brace that is part of the text."
