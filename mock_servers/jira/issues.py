"""Issues and everything that hangs on them.

`Issue.fields` and `Issue.properties` are replaced, never changed in place: whoever kept an earlier one (the
search index, a webhook under way) still sees the issue as it was, without any copying.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

Document = dict[str, Any]


@dataclass(slots=True)
class Comment:
    """`body` is an ADF document."""

    id: str
    author: str
    body: Document
    created: datetime
    updated: datetime
    update_author: str
    visibility: Document | None = None
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Worklog:
    id: str
    author: str
    comment: Document | None
    started: datetime
    seconds: int
    created: datetime
    updated: datetime
    update_author: str


@dataclass(slots=True)
class RemoteLink:
    id: int
    global_id: str | None
    relationship: str | None
    application: Document | None
    object: Document


@dataclass(slots=True)
class Attachment:
    id: str
    issue_id: str
    filename: str
    mime_type: str
    content: bytes
    author: str
    created: datetime


@dataclass(frozen=True, slots=True)
class IssueLink:
    """`source` is the `inwardIssue` of the request: "source blocks target"."""

    id: str
    type_id: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class ChangeItem:
    """One changed field: ids in `before`/`after`, what people read in the `_text` ones."""

    field: str
    field_type: str
    field_id: str
    before: str | None
    before_text: str | None
    after: str | None
    after_text: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of an issue's history."""

    id: str
    author: str
    at: datetime
    items: tuple[ChangeItem, ...]


class Snapshot(NamedTuple):
    """An issue as it was at one moment: what the search index knows."""

    number: int
    key: str
    fields: dict[str, Any]
    properties: dict[str, Any]
    global_ids: tuple[str, ...]


@dataclass(slots=True)
class Issue:
    """One issue. `fields` maps field id to stored value (its form: values.py), without empty ones.

    `former_keys` are those it had in other projects; they lead to it still.
    """

    id: str
    key: str
    fields: dict[str, Any]
    properties: dict[str, Any] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    worklogs: list[Worklog] = field(default_factory=list)
    remote_links: list[RemoteLink] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    links: list[IssueLink] = field(default_factory=list)
    subtasks: list[str] = field(default_factory=list)
    history: list[Change] = field(default_factory=list)
    former_keys: list[str] = field(default_factory=list)

    @property
    def project_id(self) -> str:
        return str(self.fields["project"])

    @property
    def issue_type_id(self) -> str:
        return str(self.fields["issuetype"])

    @property
    def status_id(self) -> str:
        return str(self.fields["status"])

    def snapshot(self) -> Snapshot:
        global_ids = tuple(link.global_id for link in self.remote_links if link.global_id)
        return Snapshot(int(self.id), self.key, self.fields, self.properties, global_ids)
