"""Mapped fields beyond an attribute each: texts over several attributes, and what stands for an empty value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from plugin.integrations.attributes import Attribute, Content
from plugin.integrations.templates import Template, default_value, for_field
from plugin.jira import values
from plugin.jira.fields import AttributeType, Field
from plugin.jira.fitting import judge
from plugin.store.models import JsonObject
from plugin.web.field_choices import TONES, FieldChoices
from plugin.web.marks import Mark
from sage_adapters.errors import Trouble

MOST_TEXTS = 20
ENTRY = re.compile(r"text-(?:field-)?(\d{1,2})", re.ASCII)
DEFAULT = "default-"
"""Before the name of an attribute: what stands for an empty value of it."""


@dataclass(frozen=True)
class TextRow:
    """A field and the text that fills it; both "" for a row that is still free."""

    field_id: str = ""
    text: str = ""
    mark: Mark | None = None
    sentence: str = ""
    blocks: bool = False


def typed_texts(form: Mapping[str, str]) -> list[TextRow]:
    """The rows of a form as the page has them, free ones too."""
    numbers = {int(found[1]) for name in form if (found := ENTRY.fullmatch(name))}
    return [
        TextRow(form.get(f"text-field-{number}", ""), form.get(f"text-{number}", "").strip())
        for number in range(max(numbers, default=-1) + 1)
    ]


def stored_texts(stored: Sequence[JsonObject]) -> list[TextRow]:
    return [TextRow(str(each.get("field", "")), str(each.get("text", ""))) for each in stored]


def filled(rows: Sequence[TextRow]) -> list[TextRow]:
    """Without free ones."""
    return [row for row in rows if row.field_id or row.text][:MOST_TEXTS]


def to_json(rows: Sequence[TextRow]) -> list[JsonObject]:
    return [{"field": row.field_id, "text": row.text} for row in rows]


@dataclass(frozen=True)
class Texts:
    """Judges texts for the fields of one place. `sample` is a document to try them on, None where there is none."""

    choices: FieldChoices
    attributes: Sequence[Attribute]
    sample: Content | None

    def judged(self, rows: Sequence[TextRow], taken: Sequence[str]) -> list[TextRow]:
        """`taken` are the fields that attributes go to."""
        fields = [*taken, *(row.field_id for row in rows if row.field_id)]
        return [self._judged(row, fields) for row in rows]

    def _judged(self, row: TextRow, fields: Sequence[str]) -> TextRow:
        if not row.field_id and not row.text:
            return row
        if not row.field_id or not row.text:
            missing = "Choose the field that it fills." if row.text else "Enter a text."
            return _blocked(row, "Incomplete", missing)
        if fields.count(row.field_id) > 1:
            return _blocked(row, "Taken twice", "Something else goes to this field as well. It holds one only.")
        try:
            template = Template.parse(row.text, self.attributes)
        except ValueError as problem:
            return _blocked(row, "Cannot be read", str(problem))
        return self._fitted(row, template)

    def _fitted(self, row: TextRow, template: Template) -> TextRow:
        field = next((each for each in self.choices.fields if each.id == row.field_id), None)
        verdict = judge(_type(template, field), field, self.choices.screen, row.field_id)
        mark = Mark(verdict.fit.value, TONES[verdict.fit])
        if verdict.blocks or field is None:
            return TextRow(row.field_id, row.text, mark, verdict.sentence, blocks=True)
        said = self._said(template)
        try:
            values.encode(field, for_field(field, said))
        except Trouble as trouble:
            # A constant says the same of every document; a template may fit others.
            blocks = not template.attributes
            return TextRow(
                row.field_id, row.text, Mark("Does not fit", "bad" if blocks else "warn"), trouble.got, blocks
            )
        told = f"Says “{said}” for the sample." if said and template.attributes else verdict.sentence
        return TextRow(row.field_id, row.text, mark, told)

    def _said(self, template: Template) -> str:
        """Of the sample; "" where there is none to try a template on."""
        if self.sample is None and template.attributes:
            return ""
        return template.render(self.sample or {})


def typed_defaults(form: Mapping[str, str], attributes: Sequence[Attribute]) -> dict[str, str]:
    """By attribute that the form has an entry for, what was typed to stand for an empty value; "" for nothing."""
    names = [each.name for each in attributes if DEFAULT + each.name in form]
    return {name: form[DEFAULT + name].strip() for name in names}


def wrong_defaults(
    defaults: Mapping[str, str], choices: FieldChoices, chosen: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Attribute and sentence of those that are no value of their attribute, or none that its field could hold."""
    fields = {each.id: each for each in choices.fields}
    for attribute in choices.target.attributes:
        text = defaults.get(attribute.name, "")
        field = fields.get(chosen.get(attribute.name, ""))
        if not text:
            continue
        try:
            value = default_value(attribute, text)
            if field is not None and field.kind is not None:
                values.encode(field, value)
        except ValueError as problem:
            yield attribute.name, str(problem)
        except Trouble as trouble:
            yield attribute.name, trouble.got


def _type(template: Template, field: Field | None) -> AttributeType:
    """What the field is given: of an attribute alone, what that is; a constant is what the field can read it as."""
    if not template.attributes and field is not None:
        value = for_field(field, template.render({}))
        if not isinstance(value, str):
            return AttributeType.DATE if hasattr(value, "isoformat") else AttributeType.NUMBER
    return template.attributes[0].type if len(template.parts) == 1 and template.attributes else AttributeType.TEXT


def _blocked(row: TextRow, words: str, sentence: str) -> TextRow:
    return TextRow(row.field_id, row.text, Mark(words, "bad"), sentence, blocks=True)
