"""Whether an attribute of a document fits a Jira field, said before anything is saved or sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from plugin.jira.fields import KIND_OF_A_NEW_FIELD, AttributeType, Field, FieldKind
from plugin.jira.screens import CreateScreen


class Fit(StrEnum):
    """As shown beside a mapping."""

    FITS = "Fits"
    WRONG_TYPE = "Wrong type"
    OFF_SCREEN = "Off screen"
    READ_ONLY = "Read-only"
    MISSING = "Missing in Jira"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`sentence` says what is wrong and what to do, empty when nothing is.

    `blocks` is set when issues would be refused; a wrong type that can still hold the value does not block.
    """

    fit: Fit
    sentence: str = ""
    blocks: bool = False


_NUMERIC = frozenset({AttributeType.MONEY, AttributeType.NUMBER})
_WORDY = frozenset({FieldKind.SHORT_TEXT, FieldKind.PARAGRAPH, FieldKind.SELECT, FieldKind.LABELS})
_OURS = frozenset({"summary", "description", "project", "issuetype"})
_NOUNS = {
    AttributeType.TEXT: "text",
    AttributeType.MONEY: "an amount",
    AttributeType.NUMBER: "a number",
    AttributeType.DATE: "a date",
    AttributeType.BOOLEAN: "yes or no",
}


def judge(attribute: AttributeType, field: Field | None, screen: CreateScreen, field_id: str | None = None) -> Verdict:
    """How an attribute of this type fares in a field of the site; `field` is None when none is chosen.

    `field_id` tells a choice whose field is gone from no choice at all.
    """
    if field is None:
        return _missing(field_id)
    if field.project_id not in (None, screen.project_id):
        return Verdict(Fit.MISSING, "This field belongs to another project. Choose another field.", True)
    if field.id in _OURS:
        return Verdict(Fit.READ_ONLY, "Counterfoil writes this field itself. Choose another field.", True)
    on_screen = screen.fields.get(field.id)
    if on_screen is not None and not on_screen.settable:
        return Verdict(Fit.READ_ONLY, "Jira does not let apps set this field. Choose another field.", True)
    mismatch = _mismatch(attribute, field)
    if mismatch is not None and mismatch.blocks:
        return mismatch
    if on_screen is None:
        return Verdict(
            Fit.OFF_SCREEN,
            f"Not on the create screen of {screen.issue_type}: new issues would be refused.",
            True,
        )
    return mismatch or _fits(field)


def _missing(field_id: str | None) -> Verdict:
    if field_id is None:
        return Verdict(Fit.MISSING)
    return Verdict(Fit.MISSING, f"The field {field_id} no longer exists in Jira. Choose another, or create it.", True)


def _fits(field: Field) -> Verdict:
    if field.kind is FieldKind.SELECT:
        return Verdict(Fit.FITS, "Only values that are among its options can be written.")
    return Verdict(Fit.FITS)


def _mismatch(attribute: AttributeType, field: Field) -> Verdict | None:
    best = KIND_OF_A_NEW_FIELD[attribute]
    advice = f"Choose a {best.label.lower()} field."
    kind = field.kind
    if kind is best or (kind in _WORDY and attribute in (AttributeType.TEXT, AttributeType.BOOLEAN)):
        return None
    if kind in _WORDY and attribute is AttributeType.DATE:
        return Verdict(Fit.WRONG_TYPE, f"{_a(kind)} cannot be sorted by date. {advice}")
    if kind in _WORDY and attribute in _NUMERIC:
        return Verdict(Fit.WRONG_TYPE, f"{_a(kind)} cannot be added up or compared as a number. {advice}")
    if kind is FieldKind.DATE_AND_TIME and attribute is AttributeType.DATE:
        return Verdict(Fit.WRONG_TYPE, f"A date and time moves with the reader's time zone. {advice}", blocks=True)
    return Verdict(Fit.WRONG_TYPE, f"{_a(kind)} cannot hold {_NOUNS[attribute]}. {advice}", blocks=True)


def _a(kind: FieldKind | None) -> str:
    if kind in (FieldKind.SHORT_TEXT, FieldKind.PARAGRAPH):
        return "A text field"
    if kind is FieldKind.URL:
        return "A URL field"
    return f"A {kind.label.lower()} field" if kind else "A field of this type"
