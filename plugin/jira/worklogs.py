"""Work logged on an issue (contract jira-rest, section 2, "Worklogs")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from plugin.jira.client import JiraClient, segment
from plugin.jira.instants import instant
from plugin.jira.purpose import READ, Purpose

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Worklog:
    """`author_id` is empty where Jira names nobody."""

    author_id: str
    seconds: int
    started: datetime


def total(client: JiraClient, key: str) -> tuple[timedelta, list[Worklog]]:
    """How much work was logged on an issue, and its single entries that we are shown. `key` may be an id.

    RecordTrouble when the issue is gone.
    """
    purpose = Purpose(f"Reading the work logged on issue {key}.", READ)
    found = client.pages(
        purpose,
        "worklogs",
        lambda jira, start: jira.get_issue_worklog(segment(key), start_at=start, max_results=_PAGE),
        lambda entry: (str(entry["id"]), _worklog(entry)),
    )
    # By id, so that nothing counts twice: pages overlap where Jira counts entries that it does not show us.
    entries = list(dict(found).values())
    return timedelta(seconds=sum(each.seconds for each in entries)), entries


def _worklog(entry: Mapping[str, Any]) -> Worklog:
    return Worklog(
        author_id=(entry.get("author") or {}).get("accountId", ""),
        seconds=int(entry["timeSpentSeconds"]),
        started=instant(entry["started"]),
    )
