"""What ties an issue to others and to its own system: the link to its order's issue, and its status.

Both are made once for each thing they stand for, and the issue's mark remembers for which: a person who removes the
link or moves the issue on is not fought.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

from plugin.integrations.issue_marks import Mark
from plugin.integrations.issue_place import LINKS, STATUS
from plugin.jira import links, transitions
from plugin.jira.client import JiraClient
from plugin.jira.issues import Issue
from plugin.jira.links import LinkTypes
from plugin.store.models import JsonObject
from plugin.sync.documents import Payload
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble

RELATES = "Relates"
"""Name of the link type that every new Jira site has (contract jira-rest, section 2)."""


@dataclass(frozen=True)
class LinkChoice:
    """Which type links a document to its order, and whether the sentence starts with the order: "order *blocks*
    invoice". Without an id, the type called Relates."""

    type_id: str | None
    order_first: bool

    @classmethod
    def of(cls, settings: JsonObject) -> LinkChoice:
        """`link_type` of a stream's settings: `id`, `order_first`."""
        stored = settings.get("link_type") or {}
        return cls(stored.get("id"), bool(stored.get("order_first", True)))


class Ties:
    """Of the issues of one stream."""

    def __init__(self, client: JiraClient, choice: LinkChoice) -> None:
        self._client = client
        self._choice = choice

    def wanted(self, payload: Payload) -> bool:
        """Whether a new issue has to be tied to anything once it is there."""
        return STATUS in payload.fields or LINKS in payload.fields

    def tie(self, issue: Issue, payload: Payload, mark: Mark) -> Mark:
        """Makes what is missing; the mark as it is to be then. Can be repeated without harm.

        Raises ConfigurationTrouble when the link type is gone, RecordTrouble when this issue cannot be tied.
        """
        order, status = payload.fields.get(LINKS), payload.fields.get(STATUS)
        if order and mark.order != order:
            self._link(issue, order)
            mark = replace(mark, order=order)
        if status and mark.status != status:
            if status_of(issue) != status:
                # The workflow has the last word: what it does not let us do is no reason to keep anything else back.
                with suppress(RecordTrouble):
                    transitions.move_to(self._client, issue.id, status)
            mark = replace(mark, status=status)
        return mark

    def _link(self, issue: Issue, order: str) -> None:
        ends = (order, issue.id) if self._choice.order_first else (issue.id, order)
        try:
            links.link(self._client, self._type_id, *ends)
        except RecordTrouble as trouble:
            # The order's issue was deleted, or is full of links: no reason not to tell what has changed here.
            if trouble.code not in ("jira.not-found", "jira.issue-full"):
                raise

    @cached_property
    def _type_id(self) -> str:
        if self._choice.type_id:
            return self._choice.type_id
        found = next((each.id for each in LinkTypes.read(self._client) if each.name == RELATES), None)
        if found is None:
            raise ConfigurationTrouble(
                "An issue was about to be linked to that of its order.",
                f"This Jira site has no link type called {RELATES}.",
                "Open Status and links of the stream and choose how issues are linked.",
                "jira.link-type-gone",
            )
        return found


def status_of(issue: Issue) -> str:
    """Id of the status it is in, "" when that was not asked for."""
    return str((issue.fields.get(STATUS) or {}).get("id", ""))
