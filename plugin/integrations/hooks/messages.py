"""What a delivery says (contract jira-rest, section 1), cut down to what is needed to ask Jira how things stand.

Nothing that people wrote is kept, and nothing is believed: fields may be missing, and the same event may look different
at other sites.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from plugin.store.models import JsonObject

STATUS_FIELD = "status"
LONGEST_EVENT = 64
_COMMENT_ADDRESS = re.compile(r"/issue/(\d{1,19})/comment/")
_KEY = re.compile(r"([A-Z][A-Z0-9_]*)-[1-9][0-9]*")


class Subject(Enum):
    """What is to be asked about an issue."""

    STATUS = "status"
    DELETED = "deleted"
    TALK = "talk"
    """Comments and worklogs."""


@dataclass(frozen=True)
class Told:
    """One delivery. `issue_id` and `project_key` are None where it does not say."""

    event: str
    issue_id: str | None
    project_key: str | None
    body: JsonObject


def told_by(delivered: Any) -> Told:
    """Raises ValueError for what is no event at all."""
    body = _object(delivered)
    event = body.get("webhookEvent")
    if not isinstance(event, str) or not 0 < len(event) <= LONGEST_EVENT:
        raise ValueError("it names no event")
    kept: JsonObject = {"timestamp": body.get("timestamp") if isinstance(body.get("timestamp"), int) else None}
    if "changelog" in body:
        kept["changelog"] = _changelog(_object(body["changelog"]))
    for part in ("comment", "worklog"):
        if part in body:
            kept[part] = {"id": _number(_object(body[part]).get("id"))}
    key = _object(body.get("issue")).get("key")
    found = _KEY.fullmatch(key) if isinstance(key, str) and len(key) < 64 else None
    return Told(event, _issue_id(body), found[1] if found else None, kept)


def subject_of(event: str, body: JsonObject) -> Subject | None:
    """None where nothing follows from it."""
    if event == "jira:issue_updated":
        return Subject.STATUS if _may_have_moved(body) else None
    if event == "jira:issue_deleted":
        return Subject.DELETED
    return Subject.TALK if event.startswith(("comment_", "worklog_")) else None


def _may_have_moved(body: JsonObject) -> bool:
    """Without a changelog it may."""
    changelog = body.get("changelog")
    return changelog is None or STATUS_FIELD in changelog["fields"]


def _changelog(changelog: Mapping[str, Any]) -> JsonObject:
    items = changelog.get("items")
    named = [_field(_object(item)) for item in items] if isinstance(items, list) else [STATUS_FIELD]
    return {"id": _number(changelog.get("id")), "fields": sorted({name for name in named if name})}


def _field(item: Mapping[str, Any]) -> str:
    """`fieldId` may be absent; `field` is a name, written as people see it."""
    name = item.get("fieldId") or item.get("field")
    return name.casefold()[:64] if isinstance(name, str) else ""


def _issue_id(body: Mapping[str, Any]) -> str | None:
    """Comment and worklog events may come without the issue, and name it elsewhere."""
    if number := _number(_object(body.get("issue")).get("id")):
        return number
    if number := _number(_object(body.get("worklog")).get("issueId")):
        return number
    address = _object(body.get("comment")).get("self")
    found = _COMMENT_ADDRESS.search(address) if isinstance(address, str) else None
    return found[1] if found else None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> str | None:
    """Jira writes ids as numbers or as texts; anything else is as good as none."""
    text = str(value)
    return text if text.isascii() and text.isdigit() and len(text) < 20 else None
