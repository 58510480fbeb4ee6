"""The screens on which an issue type is created, edited and viewed, and fields put on them.

A classic project has an issue type screen scheme, which names a screen scheme for each issue type or for all, which
in turn names a screen for each operation or for all. All of it is for administrators (contract jira-rest, section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from plugin.jira.client import JiraClient, ignored
from plugin.jira.fields import Field
from plugin.jira.projects import IssueType, Project
from plugin.jira.purpose import ARRANGE, CONFIGURE, Blame, Purpose
from sage_adapters.errors import ConfigurationTrouble, UncertainOutcome

_OPERATIONS = ("create", "edit", "view")


class Screens:
    """Some screens of a site, to which fields can be added."""

    def __init__(self, client: JiraClient, screen_ids: Iterable[int]) -> None:
        self._client = client
        self._screen_ids = list(screen_ids)

    @classmethod
    def of_issue_type(cls, client: JiraClient, project: Project, issue_type: IssueType) -> Screens:
        """The screens of an issue type in a classic project; ConfigurationTrouble when none are found."""
        scheme = _issue_type_screen_scheme(client, project)
        screen_scheme = _screen_scheme(client, scheme, issue_type) if scheme else None
        screens = _screens(client, screen_scheme) if screen_scheme else {}
        found = dict.fromkeys(screens.get(operation, screens.get("default")) for operation in _OPERATIONS)
        ids = [screen_id for screen_id in found if screen_id is not None]
        if not ids:
            raise ConfigurationTrouble(
                tried=f"Looking for the screens of {project.place(issue_type)}.",
                got="Jira names no screen scheme for this project and issue type.",
                remedy="Add the fields to the project's create screen by hand, then choose them in the mapping.",
                code="jira.no-screens",
            )
        return cls(client, ids)

    def place(self, fields: Sequence[Field]) -> None:
        """Adds those fields that a screen does not have yet to its first tab."""
        for screen_id in self._screen_ids:
            tabs = self._tabs(screen_id)
            there = self._fields_on(screen_id, tabs)
            for field in fields:
                if field.id not in there:
                    self._add(screen_id, tabs, field)

    def _add(self, screen_id: int, tabs: Sequence[int], field: Field) -> None:
        purpose = _arranging(f"Putting {field.in_words} on a screen.")
        body = {"fieldId": field.id}
        try:
            self._client.write(purpose, lambda jira: jira.add_screen_tab_field(screen_id, tabs[0], data=body), ignored)
        except (ConfigurationTrouble, UncertainOutcome):
            # Jira refuses what is there already: somebody may have been faster, or we were, unheard.
            if field.id not in self._fields_on(screen_id, tabs):
                raise

    def _tabs(self, screen_id: int) -> list[int]:
        return self._client.read(
            _arranging("Reading the tabs of a screen."), lambda jira: jira.get_all_screen_tabs(screen_id), _ids
        )

    def _fields_on(self, screen_id: int, tabs: Iterable[int]) -> set[str]:
        return {field_id for tab in tabs for field_id in self._fields_of_tab(screen_id, tab)}

    def _fields_of_tab(self, screen_id: int, tab: int) -> list[str]:
        purpose = _arranging("Reading the fields of a screen.")
        return self._client.read(purpose, lambda jira: jira.get_all_screen_tab_fields(screen_id, tab), _ids)


def _issue_type_screen_scheme(client: JiraClient, project: Project) -> str | None:
    purpose = Purpose(f"Reading the screen scheme of {project.key}.", CONFIGURE, Blame.CONFIGURATION)
    return client.read(
        purpose,
        lambda jira: jira.get_issue_type_screen_scheme_project_associations(project_id=[int(project.id)]),
        lambda answer: next((entry["issueTypeScreenScheme"]["id"] for entry in answer["values"]), None),
    )


def _screen_scheme(client: JiraClient, scheme: str, issue_type: IssueType) -> str | None:
    purpose = Purpose("Reading a screen scheme by issue type.", CONFIGURE, Blame.CONFIGURATION)
    mappings = client.pages(
        purpose,
        "values",
        lambda jira, start: jira.get_issue_type_screen_scheme_mappings(
            start_at=start, issue_type_screen_scheme_id=[int(scheme)]
        ),
        lambda entry: (entry["issueTypeId"], str(entry["screenSchemeId"])),
    )
    by_issue_type = dict(mappings)
    return by_issue_type.get(issue_type.id, by_issue_type.get("default"))


def _screens(client: JiraClient, screen_scheme: str) -> dict[str, int]:
    return client.read(
        _arranging("Reading the screens of a screen scheme."),
        lambda jira: jira.get_screen_schemes(id=[int(screen_scheme)]),
        lambda answer: next((entry["screens"] for entry in answer["values"]), {}),
    )


def _ids(answer: Any) -> list[Any]:
    return [entry["id"] for entry in answer]


def _arranging(tried: str) -> Purpose:
    return Purpose(tried, ARRANGE, Blame.CONFIGURATION)
