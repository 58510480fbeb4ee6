"""Fields that Jira refused, told with their names and with what to do about each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from plugin.jira.complaints import Complaint, sentence
from plugin.jira.purpose import Blame, Purpose, Wording
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble

# The sentence Jira uses for a field that is not on the screen, and for one that does not exist.
_OFF_SCREEN = re.compile(r"not on the appropriate screen|cannot be set\b.*unknown", re.IGNORECASE)
_REQUIRED = re.compile(r"\bis required\b|\brequired field\b", re.IGNORECASE)
_PLACE = frozenset({"project", "issuetype", "pid"})


class FieldsRefused(RecordTrouble):
    """Jira refused values of this document. `field_errors` has Jira's own words by field id."""

    def __init__(self, tried: str, got: str, remedy: str, code: str, field_errors: Mapping[str, str]) -> None:
        super().__init__(tried, got, remedy, code)
        self.args = (tried, got, remedy, code, field_errors)
        self.field_errors = field_errors


class FieldsUnusable(ConfigurationTrouble):
    """The project cannot take a mapped field, whichever document it is. `field_errors` as above."""

    def __init__(self, tried: str, got: str, remedy: str, code: str, field_errors: Mapping[str, str]) -> None:
        super().__init__(tried, got, remedy, code)
        self.args = (tried, got, remedy, code, field_errors)
        self.field_errors = field_errors


@dataclass(frozen=True, slots=True)
class _Finding:
    got: str
    remedy: str
    code: str
    blame: Blame


def refusal_of_fields(complaint: Complaint, purpose: Purpose) -> FieldsRefused | FieldsUnusable:
    """The trouble for a complaint about at least one field.

    A field off the screen, a field, project or issue type that is gone: these would refuse every document, so
    they stop the stream. Any other value is this document's own trouble.
    """
    findings = [_find(name, said, purpose.wording) for name, said in complaint.fields.items()]
    grave = [finding for finding in findings if finding.blame is Blame.CONFIGURATION]
    unusable = bool(grave) or purpose.blame is Blame.CONFIGURATION
    kind = FieldsUnusable if unusable else FieldsRefused
    return kind(
        tried=purpose.tried,
        got=" ".join([*map(sentence, complaint.messages), *(finding.got for finding in findings)]),
        remedy=" ".join(dict.fromkeys(finding.remedy for finding in findings)),
        code=(grave or findings)[0].code,
        field_errors=dict(complaint.fields),
    )


def _find(field_id: str, said: str, wording: Wording) -> _Finding:
    name = wording.of(field_id)
    if field_id in _PLACE:
        return _Finding(
            f"The project or issue type was not accepted: {sentence(said)}",
            "Choose a project and issue type that exist and in which this app may create issues.",
            "jira.place-gone",
            Blame.CONFIGURATION,
        )
    if _OFF_SCREEN.search(said) and field_id.startswith("customfield_") and field_id not in wording.fields:
        return _Finding(
            f"{field_id}: no such field is on the create screen of {wording.place}; it may have been deleted.",
            "Choose another field in the mapping, or press Create missing fields.",
            "jira.field-gone",
            Blame.CONFIGURATION,
        )
    if _OFF_SCREEN.search(said):
        return _Finding(
            f"{name}: not on the create screen of {wording.place}.",
            "Add it to the screen, or press Create missing fields.",
            "jira.field-off-screen",
            Blame.CONFIGURATION,
        )
    if "permission" in said.casefold():
        return _Finding(
            f"{name}: Jira does not allow this to Counterfoil: {sentence(said)}",
            "Give the app's user the permission that Jira names, in the project's permission scheme.",
            "jira.forbidden",
            Blame.CONFIGURATION,
        )
    if _REQUIRED.search(said):
        return _Finding(
            f"{name}: Jira demands a value here, and the document has none.",
            "Map the field to something every document has, or make it optional in Jira.",
            "jira.field-required",
            Blame.RECORD,
        )
    return _Finding(
        f"{name}: {sentence(said)}",
        "Correct the value at its source, or choose a field that can hold it.",
        "jira.field-refused",
        Blame.RECORD,
    )
