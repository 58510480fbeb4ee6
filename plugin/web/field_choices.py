"""Jira fields as choices for the attributes of a document, each with a verdict before anything is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugin.integrations import field_snapshot
from plugin.integrations.attributes import Attribute
from plugin.integrations.into_jira import IntoJira
from plugin.integrations.issue_place import WRITTEN_ANYWAY
from plugin.jira.fields import KIND_OF_A_NEW_FIELD, Field
from plugin.jira.fitting import Fit, Verdict, judge
from plugin.jira.screens import CreateScreen
from plugin.store.models import Snapshot
from plugin.web.marks import Mark
from plugin.web.setting_up import Setup

CREATE = "create"

TONES = {Fit.FITS: "ok", Fit.WRONG_TYPE: "warn", Fit.OFF_SCREEN: "bad", Fit.READ_ONLY: "bad", Fit.MISSING: "bad"}


@dataclass(frozen=True)
class Row:
    """One attribute with what is chosen for it: a field's id, CREATE, or "" for not mapped."""

    attribute: Attribute
    choice: str
    mark: Mark
    sentence: str
    blocks: bool
    placeable: bool = False
    """Its field exists and lacks only a place on the screen, where we can put it."""

    @property
    def new_field(self) -> str:
        """The kind of field that would be made for it."""
        return KIND_OF_A_NEW_FIELD[self.attribute.type].label


@dataclass(frozen=True)
class FieldChoices:
    """The fields of one project and issue type, for the attributes of a stream."""

    target: IntoJira
    fields: Sequence[Field]
    screen: CreateScreen
    can_create: bool
    """False in a team-managed project, whose fields only people can arrange."""

    @classmethod
    def of(cls, snapshot: Snapshot, setup: Setup) -> FieldChoices:
        usable = (each for each in field_snapshot.fields_of(snapshot.body) if each.kind)
        return cls(
            setup.into_jira,
            sorted(usable, key=lambda each: (each.name.casefold(), each.id)),
            field_snapshot.screen_of(snapshot.body, setup.stream.settings),
            not setup.stream.settings.get("team_managed"),
        )

    def rows(self, choices: Mapping[str, str]) -> list[Row]:
        """A row for each attribute, judged with the other choices in view."""
        taken = [choice for choice in choices.values() if choice not in ("", CREATE)]
        return [self._row(each, choices.get(each.name, ""), taken) for each in self.target.attributes]

    def offered(self) -> list[Field]:
        """What the drop-downs offer: not the fields that Counterfoil writes itself or Jira fills."""
        shown = self.screen.fields
        return [
            each
            for each in self.fields
            if each.id not in WRITTEN_ANYWAY and (each.id not in shown or shown[each.id].settable)
        ]

    def unfilled(self, choices: Mapping[str, str]) -> list[str]:
        """Fields that Jira demands of a new issue and that nothing would fill."""
        written = WRITTEN_ANYWAY | set(choices.values())
        return [each.name for each in self.screen.required_besides(frozenset(written))]

    def suggestion(self, attribute: Attribute) -> str:
        """A field of the attribute's own name that fits; else a new one, where the attribute is usually mapped."""
        for field in self.offered():
            if field.name.casefold() == attribute.label.casefold():
                verdict = judge(attribute.type, field, self.screen)
                if verdict.fit in (Fit.FITS, Fit.OFF_SCREEN):
                    return field.id
        return CREATE if self.can_create and attribute.name in self.target.mapped_by_default else ""

    def _row(self, attribute: Attribute, choice: str, taken: Sequence[str]) -> Row:
        if choice == "":
            return Row(attribute, choice, Mark("Not mapped"), "", blocks=False)
        if choice == CREATE:
            return Row(attribute, choice, Mark("New field", "info"), "Made in Jira when you save.", blocks=False)
        if taken.count(choice) > 1:
            sentence = "Another attribute goes to this field as well. A field holds one of them only."
            return Row(attribute, choice, Mark("Taken twice", "bad"), sentence, blocks=True)
        field = next((each for each in self.fields if each.id == choice), None)
        verdict = judge(attribute.type, field, self.screen, choice)
        return _judged(attribute, field, choice, verdict)


def _judged(attribute: Attribute, field: Field | None, choice: str, verdict: Verdict) -> Row:
    sentence, placeable = verdict.sentence, False
    if verdict.fit is Fit.OFF_SCREEN:
        # Creating an attribute's field takes one of the same name and kind that is there, and puts it on the screens.
        best = KIND_OF_A_NEW_FIELD[attribute.type]
        placeable = field is not None and field.name == attribute.label and field.kind is best
        sentence += " Create missing fields puts it there." if placeable else " Put it there, then read fields again."
    return Row(attribute, choice, Mark(verdict.fit.value, TONES[verdict.fit]), sentence, verdict.blocks, placeable)
