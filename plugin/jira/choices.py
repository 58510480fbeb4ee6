"""What rules can choose for an issue besides its place and assignee: components and priorities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from plugin.jira.client import JiraClient, segment
from plugin.jira.purpose import READ, Blame, Purpose


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    name: str


def components(client: JiraClient, project: str) -> list[Choice]:
    """The components of a project (its key or id), by name. ConfigurationTrouble when it is gone or hidden."""
    purpose = Purpose("Reading the components of the project.", READ, Blame.CONFIGURATION)
    found = client.read(purpose, lambda jira: jira.get_project_components(segment(project)), _choices)
    return sorted(found, key=lambda choice: (choice.name.casefold(), choice.id))


def priorities(client: JiraClient) -> list[Choice]:
    """The priorities of the site, in Jira's order, the most urgent first.

    A project may offer fewer. The operation is marked as deprecated, but what replaces it needs an administrator.
    """
    purpose = Purpose("Reading the priorities of the Jira site.", READ, Blame.CONFIGURATION)
    return client.read(purpose, lambda jira: jira.get_priorities(), _choices)


def _choices(answer: Iterable[Mapping[str, Any]]) -> list[Choice]:
    return [Choice(str(entry["id"]), entry["name"]) for entry in answer]
