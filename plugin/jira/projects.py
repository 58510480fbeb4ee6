"""The projects and issue types that documents can go to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plugin.jira.client import JiraClient, segment
from plugin.jira.purpose import READ, Blame, Purpose

_PAGE = 100


@dataclass(frozen=True, slots=True)
class IssueType:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Project:
    """`team_managed` projects keep fields and screens to themselves; only people can arrange those."""

    id: str
    key: str
    name: str
    team_managed: bool
    issue_types: tuple[IssueType, ...]

    def issue_type(self, issue_type_id: str) -> IssueType | None:
        return next((each for each in self.issue_types if each.id == issue_type_id), None)

    def place(self, issue_type: IssueType) -> str:
        """As named in sentences: "Invoice in AP"."""
        return f"{issue_type.name} in {self.key}"


def choosable_projects(client: JiraClient, name: str = "") -> Iterator[Project]:
    """Projects in which we may create issues, by name; `name` narrows to those whose name or key begins so."""
    purpose = Purpose("Reading the projects of the Jira site.", READ, Blame.CONFIGURATION)
    return client.pages(
        purpose,
        "values",
        lambda jira, start: jira.search_projects(
            start_at=start,
            max_results=_PAGE,
            order_by="name",
            action="create",
            expand="issueTypes",
            query=name or None,
        ),
        _project,
    )


def read_project(client: JiraClient, key_or_id: str, known_as: str = "") -> Project:
    """One project with its issue types; `known_as` is what people call it, where that is known.

    ConfigurationTrouble when it is gone or not shown to us.
    """
    purpose = Purpose(f"Reading the project {known_as or key_or_id}.", READ, Blame.CONFIGURATION)
    return client.read(purpose, lambda jira: jira.get_project(segment(key_or_id)), _project)


def _project(answer: Mapping[str, Any]) -> Project:
    return Project(
        id=str(answer["id"]),
        key=answer["key"],
        name=answer["name"],
        team_managed=answer.get("style") == "next-gen",
        # A document stands for itself; a sub-task needs a parent.
        issue_types=tuple(
            IssueType(str(each["id"]), each["name"])
            for each in answer.get("issueTypes") or []
            if not each.get("subtask")
        ),
    )
