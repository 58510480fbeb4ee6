"""Conditions as rows of a form: what is asked, how it is compared, and with which values.

Several values are parted by commas; one that holds a comma stands in quotes. Amounts, which hold commas, are parted by
semicolons.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugin.integrations.conditions import WAYS, Condition, How, Subject, Subjects

MOST_ROWS = 20
ENTRY = re.compile(r"(?:on|with|how|values)-\d{1,2}", re.ASCII)
"""The name of an entry of a row."""


@dataclass(frozen=True)
class Row:
    """As it was typed. `on` is the name of a subject, or of a family, then `parameter` says which; "" for none yet."""

    on: str = ""
    parameter: str = ""
    how: str = ""
    values: str = ""

    @property
    def blank(self) -> bool:
        return not self.on

    def subject(self, subjects: Subjects) -> Subject:
        """Raises ValueError with a sentence."""
        family = any(self.on == each.name for each in subjects.families)
        return subjects.named(f"{self.on}:{self.parameter}" if family else self.on)

    def condition(self, subjects: Subjects) -> Condition:
        """Raises ValueError with a sentence."""
        subject = self.subject(subjects)
        return Condition.entered(subjects, subject.name, self.how, _apart(self.values, subject))


@dataclass(frozen=True)
class Judged:
    """A row on the page. `words` is the condition as a sentence, `problem` why it is none; a blank row has neither."""

    row: Row
    ways: Sequence[How]
    words: str = ""
    problem: str = ""


def rows_of(typed: Mapping[str, str]) -> list[Row]:
    """The rows of a form, without those where nothing is chosen."""
    return [row for row in rows_numbered(typed) if not row.blank][:MOST_ROWS]


def rows_numbered(typed: Mapping[str, str]) -> list[Row]:
    """The rows as the page has them, blank ones too: verdicts find their places by number."""
    numbers = {int(name.rpartition("-")[2]) for name in typed if ENTRY.fullmatch(name)}
    return [
        Row(*(typed.get(f"{part}-{number}", "") for part in ("on", "with", "how", "values")))
        for number in range(max(numbers, default=-1) + 1)
    ]


def rows_stored(stored: Sequence[object], subjects: Subjects) -> list[Row]:
    """Of stored conditions; what cannot be read as one is shown as far as it goes."""
    return [_row_stored(each, subjects) for each in stored if isinstance(each, Mapping)]


def judged(row: Row, subjects: Subjects) -> Judged:
    if row.blank:
        return Judged(row, WAYS["text"])
    ways = _ways(row, subjects)
    try:
        return Judged(row, ways, row.condition(subjects).in_words())
    except ValueError as problem:
        return Judged(row, ways, problem=str(problem))


def together(values: Sequence[str], *, amounts: bool = False) -> str:
    """Values as one text, as `apart` reads them."""
    if amounts:
        return "; ".join(values)
    return ", ".join(_quoted(value) if set(value) & set(',"') else value for value in values)


def apart(text: str, *, amounts: bool = False) -> list[str]:
    parts = text.split(";") if amounts else next(csv.reader([text], skipinitialspace=True), [])
    return [part for part in map(str.strip, parts) if part]


def _quoted(value: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def _apart(text: str, subject: Subject) -> list[str]:
    return apart(text, amounts=subject.kind == "amount")


def _ways(row: Row, subjects: Subjects) -> Sequence[How]:
    family = next((each for each in subjects.families if each.name == row.on), None)
    plain = next((each for each in subjects.plain if each.name == row.on), None)
    found = family or plain
    return WAYS[found.kind] if found else WAYS["text"]


def _row_stored(stored: Mapping[str, Any], subjects: Subjects) -> Row:
    name, values = str(stored.get("on") or ""), [str(each) for each in stored.get("values") or ()]
    family, colon, parameter = name.partition(":")
    amounts = any(each.name == name and each.kind == "amount" for each in subjects.plain)
    shown = together(values, amounts=amounts)
    return Row(family if colon else name, parameter if colon else "", str(stored.get("how") or ""), shown)
