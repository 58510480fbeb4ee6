"""The statuses that issues of a type can have (contract jira-rest, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugin.jira.client import JiraClient, segment
from plugin.jira.purpose import READ, Blame, Purpose


@dataclass(frozen=True, slots=True)
class Status:
    """`category` is undefined, new, indeterminate or done."""

    id: str
    name: str
    category: str


def of_project(client: JiraClient, project_id: str, issue_type_id: str) -> list[Status]:
    """The statuses of an issue type's workflow in a project; none when the type has left the project.

    ConfigurationTrouble when the project is gone or hidden.
    """
    purpose = Purpose("Reading the statuses of the project.", READ, Blame.CONFIGURATION)
    return client.read(
        purpose,
        lambda jira: jira.get_all_statuses(segment(project_id)),
        lambda answer: [
            _status(status)
            for issue_type in answer
            if str(issue_type["id"]) == issue_type_id
            for status in issue_type["statuses"]
        ],
    )


def _status(entry: Mapping[str, Any]) -> Status:
    category = (entry.get("statusCategory") or {}).get("key", "undefined")
    return Status(str(entry["id"]), entry["name"], category)
