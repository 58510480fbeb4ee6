"""Where issues are made, and whether Jira is still as the mapping to that place needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from plugin.integrations.attributes import Attribute
from plugin.jira.client import JiraClient
from plugin.jira.fields import AttributeType, Field, FieldCatalogue
from plugin.jira.fitting import Fit, judge
from plugin.jira.projects import read_project
from plugin.jira.screens import CreateScreen, read_create_screen
from plugin.store.models import JsonObject
from sage_adapters.errors import ConfigurationTrouble

SUMMARY = "summary"
DESCRIPTION = "description"
STATUS = "status"
LINKS = "issuelinks"
WRITTEN_ANYWAY = frozenset({SUMMARY, DESCRIPTION, "project", "issuetype", "reporter"})
"""Fields of a new issue that need no mapping: we write them, or Jira does."""


@dataclass(frozen=True)
class Place:
    """Project and issue type of new issues."""

    project_id: str
    project_key: str
    issue_type_id: str
    issue_type_name: str

    @classmethod
    def of(cls, settings: JsonObject) -> Place:
        return cls(*(settings[name] for name in ("project_id", "project_key", "issue_type_id", "issue_type_name")))

    def __str__(self) -> str:
        return f"{self.issue_type_name} in {self.project_key}"


@dataclass(frozen=True)
class Mapped:
    """An attribute and the field it goes to, as the field was when the mapping was saved."""

    attribute: Attribute
    field: Field


@dataclass(frozen=True)
class PlaceCheck:
    """Asks Jira whether projects, issue types and every field that is written are still there, with `at_once` calls in
    flight."""

    client: JiraClient
    places: Sequence[Place]
    mapping: Sequence[Mapped]
    filled: Sequence[Field]
    at_once: int

    def run(self, *others: Callable[[], None]) -> None:
        """Raises ConfigurationTrouble for what is not as it must be; `others` are made beside it."""
        with ThreadPoolExecutor(self.at_once, "check") as executor:
            reading_screens = [executor.submit(self._read_screen, place) for place in self.places]
            reading_fields = executor.submit(FieldCatalogue.read, self.client)
            beside = [executor.submit(other) for other in others]
        screens = [reading.result() for reading in reading_screens]
        for each in beside:
            each.result()
        for place, screen in zip(self.places, screens, strict=True):
            problems = [*self._misfits(reading_fields.result(), screen), *self._unfilled(screen)]
            if problems:
                raise _broken(
                    place,
                    " ".join(problems),
                    "Open Mapping: Create missing fields puts mapped fields back, or choose other fields and save.",
                    "jira.mapping-broken",
                )

    def _read_screen(self, place: Place) -> CreateScreen:
        project = read_project(self.client, place.project_id, place.project_key)
        issue_type = project.issue_type(place.issue_type_id)
        if issue_type is None:
            raise _broken(
                place,
                f"The issue type {place.issue_type_name} is no longer part of the project {project.key}.",
                "Add it to the project's issue types again, or choose another one under Where issues go, or in Rules.",
                "jira.issue-type-gone",
            )
        return read_create_screen(self.client, project, issue_type)

    def _misfits(self, catalogue: FieldCatalogue, screen: CreateScreen) -> Iterator[str]:
        """Fields that are gone, off the screen, or of another type than when the mapping was saved."""
        for each in self.mapping:
            now = catalogue.get(each.field.id)
            verdict = judge(each.attribute.type, now, screen, each.field.id)
            if verdict.blocks:
                yield f"{each.attribute.label}: {verdict.sentence}"
            elif now is not None and now.kind is not each.field.kind:
                yield f"{each.attribute.label}: its field {now.in_words} has changed its type."
        for field in self.filled:
            verdict = judge(AttributeType.TEXT, catalogue.get(field.id), screen, field.id)
            if verdict.fit in (Fit.MISSING, Fit.OFF_SCREEN, Fit.READ_ONLY):
                yield f"{field.name}: {verdict.sentence}"

    def _unfilled(self, screen: CreateScreen) -> Iterator[str]:
        """Fields that Jira demands of every new issue and that nothing would fill."""
        written = WRITTEN_ANYWAY | {each.field.id for each in self.mapping} | {field.id for field in self.filled}
        for field in screen.required_besides(written):
            yield f"{field.name}: Jira requires it of a new {screen.issue_type}, and nothing is mapped to it."


def _broken(place: Place, got: str, remedy: str, code: str) -> ConfigurationTrouble:
    return ConfigurationTrouble(f"Issues of type {place} were about to be written.", got, remedy, code)
