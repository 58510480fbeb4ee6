"""Which fields a new issue can be given: the create screen of an issue type in a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugin.jira.client import JiraClient, segment
from plugin.jira.projects import IssueType, Project
from plugin.jira.purpose import READ, Blame, Purpose

_PAGE = 200  # Jira refuses more


@dataclass(frozen=True, slots=True)
class ScreenField:
    """`settable` is false for fields that are shown but filled by Jira or another app."""

    id: str
    name: str
    required: bool
    settable: bool


@dataclass(frozen=True, slots=True)
class CreateScreen:
    """The fields of the create screen by id; `place` names it in sentences ("Invoice in AP")."""

    project_id: str
    issue_type: str
    place: str
    fields: Mapping[str, ScreenField]

    def required_besides(self, written: frozenset[str]) -> list[ScreenField]:
        """Fields without which Jira refuses a new issue, and which are not among those we write."""
        return [each for each in self.fields.values() if each.required and each.id not in written]


def read_create_screen(client: JiraClient, project: Project, issue_type: IssueType) -> CreateScreen:
    """Raises ConfigurationTrouble when the issue type has left the project or we may not create issues there."""
    place = project.place(issue_type)
    purpose = Purpose(f"Reading the create screen of {place}.", READ, Blame.CONFIGURATION)
    entries = client.pages(
        purpose,
        "fields",
        lambda jira, start: jira.get_create_issue_meta_issue_type_id(
            segment(project.key), segment(issue_type.id), start_at=start, max_results=_PAGE
        ),
        _screen_field,
    )
    return CreateScreen(project.id, issue_type.name, place, {entry.id: entry for entry in entries})


def _screen_field(entry: Mapping[str, Any]) -> ScreenField:
    return ScreenField(
        id=entry["fieldId"],
        name=entry["name"],
        # Jira fills a required field that has a default by itself.
        required=bool(entry.get("required")) and not entry.get("hasDefaultValue"),
        settable="set" in entry.get("operations", ()),
    )
