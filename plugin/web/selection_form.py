"""What takes part, as a form: entries of their own for what is asked for most, and rows for all other conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marshmallow import Schema, fields

from plugin.integrations.conditions import Condition, How, Subjects
from plugin.store.models import JsonObject
from plugin.web import condition_form, forms
from plugin.web.condition_form import MOST_ROWS, Row, apart, together


@dataclass(frozen=True)
class Plain:
    """An entry that stands for one condition; `on` is the subject's name, if the product has it."""

    name: str
    on: str
    how: How
    label: str
    help: str


PLAIN = (
    Plain("vendors", "vendor", How.IS, "Vendors", "Numbers or names, parted by commas. Empty: all vendors."),
    Plain("groups", "vendor_group", How.IS, "Vendor groups", "Parted by commas. Empty: all groups."),
    Plain(
        "minimum",
        "amount",
        How.AT_LEAST,
        "Minimum amount",
        "As printed on the document, in its own currency; a credit note counts with what is printed on it. With a "
        "currency, such as 100 USD, only documents in that currency take part; several are parted by semicolons.",
    ),
)


@dataclass(frozen=True)
class Entries:
    """`plain` by name of the entry; `rows` are all other conditions."""

    plain: Mapping[str, str]
    rows: Sequence[Row]

    @classmethod
    def typed(cls, form: Mapping[str, str]) -> Entries:
        return cls({each.name: form.get(each.name, "") for each in PLAIN}, condition_form.rows_of(form))

    @classmethod
    def stored(cls, selection: Sequence[object], subjects: Subjects) -> Entries:
        """The first condition that an entry can stand for goes there."""
        plain = {each.name: "" for each in PLAIN}
        rest = []
        for stored in selection:
            entry = _entry_for(stored, subjects)
            if entry and not plain[entry.name] and isinstance(stored, Mapping):
                plain[entry.name] = together(stored["values"], amounts=entry.on == "amount")
            else:
                rest.append(stored)
        return cls(plain, condition_form.rows_stored(rest, subjects))

    def conditions(self, subjects: Subjects) -> tuple[list[JsonObject], dict[str, str]]:
        """To be stored, and what is wrong by the name of its entry."""
        made, problems = [], {}
        for each in offered(subjects):
            values = apart(self.plain[each.name], amounts=each.on == "amount")
            try:
                made += [Condition.entered(subjects, each.on, each.how, values).to_json()] if values else []
            except ValueError as problem:
                problems[each.name] = str(problem)
        for number, row in enumerate(self.rows):
            try:
                made.append(row.condition(subjects).to_json())
            except ValueError as problem:
                problems[f"values-{number}"] = str(problem)
        if len(self.rows) >= MOST_ROWS:
            problems[forms.WHOLE_FORM] = f"There can be fewer than {MOST_ROWS} further conditions."
        return made, problems


def offered(subjects: Subjects) -> list[Plain]:
    """Those whose subject the product has."""
    names = {each.name for each in subjects.plain}
    return [each for each in PLAIN if each.on in names]


def schema(form: Mapping[str, object]) -> Schema:
    names = [*(each.name for each in PLAIN), *(name for name in form if condition_form.ENTRY.fullmatch(name))]
    return forms.Form.from_dict({name: fields.String(load_default="") for name in names})()


def _entry_for(stored: object, subjects: Subjects) -> Plain | None:
    if not isinstance(stored, Mapping) or not isinstance(stored.get("values"), list) or not stored["values"]:
        return None
    asked = stored.get("on"), stored.get("how")
    return next((each for each in offered(subjects) if asked == (each.on, each.how.value)), None)
