"""Snapshots: what a worker last read from Jira for a page, and asking for a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations import field_snapshot
from plugin.store.models import Snapshot, Stream
from plugin.web.visit import Visit

PROJECTS = "projects"
FRESH = timedelta(minutes=10)
POLL = 1000


def subject_of(stream: Stream) -> str:
    return field_snapshot.subject(stream.settings["project_id"], stream.settings["issue_type_id"])


def find(session: Session, subject: str) -> Snapshot | None:
    return session.scalars(select(Snapshot).where(Snapshot.subject == subject)).one_or_none()


def is_fresh(snapshot: Snapshot | None, now: datetime) -> bool:
    """True when it needs no new reading."""
    if snapshot is None or snapshot.trouble is not None or snapshot.read_at is None:
        return False
    return snapshot.state == "read" and now - snapshot.read_at < FRESH


def begin(session: Session, subject: str) -> Snapshot:
    """Marks a snapshot as being read; what was read before stays until then."""
    snapshot = find(session, subject)
    if snapshot is None:
        snapshot = Snapshot(subject=subject, body={}, state="reading")
        session.add(snapshot)
    snapshot.state = "reading"
    snapshot.trouble = None
    return snapshot


def ask_for_fields(visit: Visit, stream: Stream) -> None:
    """To be called after the transaction that marked it."""
    settings = stream.settings
    visit.parts.queue.read_fields(visit.site_id, settings["project_id"], settings["issue_type_id"])


@dataclass(frozen=True)
class Choice:
    """Something with an id to choose in a drop-down."""

    id: str
    label: str
    entry: dict[str, Any]


def projects(snapshot: Snapshot | None) -> Sequence[Choice]:
    entries = (snapshot.body.get("projects") or []) if snapshot else []
    return [Choice(str(each["id"]), f"{each['name']} ({each['key']})", each) for each in entries]


def issue_types(project: Choice | None) -> Sequence[Choice]:
    """Sub-tasks need a parent, which a document does not have."""
    entries = project.entry.get("issue_types") or [] if project else []
    return [Choice(str(each["id"]), each["name"], each) for each in entries if not each.get("subtask")]


def chosen(choices: Sequence[Choice], choice_id: str) -> Choice | None:
    return next((each for each in choices if each.id == choice_id), None)
