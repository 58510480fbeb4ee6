"""What became of an issue's status, and by whom (contract jira-rest, section 1, "Delivery", and section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.jira.client import JiraClient, segment
from plugin.jira.instants import instant
from plugin.jira.purpose import READ, Purpose

_PAGE = 100


@dataclass(frozen=True, slots=True)
class StatusChange:
    """`id` is that of the history entry: unique in the site, the same whoever tells of the change.

    The actor is empty where Jira names nobody, such as for a deleted account.
    """

    id: str
    at: datetime
    actor_id: str
    actor_name: str
    from_id: str
    to_id: str
    from_name: str
    to_name: str


def status_changes(client: JiraClient, key: str, since: datetime | None = None) -> list[StatusChange]:
    """Changes of an issue's status, the oldest first, those at `since` and later. `key` may be an id.

    RecordTrouble when the issue is gone.
    """
    purpose = Purpose(f"Reading the history of issue {key}.", READ)
    entries = client.pages(
        purpose,
        "values",
        lambda jira, start: jira.get_change_logs(segment(key), start_at=start, max_results=_PAGE),
        _status_change,
    )
    changes = [each for each in entries if each is not None and (since is None or each.at >= since)]
    return sorted(changes, key=lambda change: change.at)


def _status_change(entry: Mapping[str, Any]) -> StatusChange | None:
    items = [item for item in entry.get("items") or [] if _is_of_status(item)]
    if not items:
        return None
    author = entry.get("author") or {}
    first, last = items[0], items[-1]
    return StatusChange(
        id=str(entry["id"]),
        at=instant(entry["created"]),
        actor_id=author.get("accountId", ""),
        actor_name=author.get("displayName", ""),
        from_id=_text(first.get("from")),
        to_id=_text(last.get("to")),
        from_name=_text(first.get("fromString")),
        to_name=_text(last.get("toString")),
    )


def _is_of_status(item: Mapping[str, Any]) -> bool:
    # An item need not carry the id of its field; then the name decides.
    return str(item.get("fieldId") or item.get("field")).casefold() == "status"


def _text(value: Any) -> str:
    return "" if value is None else str(value)
