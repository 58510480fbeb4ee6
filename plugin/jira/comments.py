"""Comments of an issue, ours recognisable by a property (contract jira-rest, section 2, "Comments").

Jira knows no idempotency key: a comment whose reply was lost is looked for by its mark before it is written again.
So the mark goes with the comment in one request; set afterwards it could be missing when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from plugin.jira import adf
from plugin.jira.client import JiraClient, segment
from plugin.jira.instants import instant
from plugin.jira.people import own_account
from plugin.jira.purpose import READ, WRITE, Purpose

PROPERTY = "counterfoil"
MOST_ASKED_FOR = 1000
"""Comments of one request by their ids."""
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Comment:
    """`mark` is what we wrote into our property, None where there is none; `text` is what a person reads.

    `author_id` is empty where Jira names nobody.
    """

    id: str
    author_id: str
    created: datetime
    mark: dict[str, Any] | None
    text: str


class Comments:
    """The comments of the issues of one site."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client

    def add(self, key: str, document: Mapping[str, Any], mark: Mapping[str, Any]) -> str:
        """Adds a comment given as an ADF document, with its mark; returns its id. `key` may be an id.

        RecordTrouble when the issue is gone or full, or refuses this text; UncertainOutcome when it may be there:
        then `of_issue` tells by the mark.
        """
        purpose = Purpose(f"Commenting on issue {key}.", WRITE)
        body = {"body": document, "properties": [{"key": PROPERTY, "value": mark}]}
        return self._client.write(
            purpose, lambda jira: jira.add_comment(segment(key), data=body), lambda answer: str(answer["id"])
        )

    def of_issue(self, key: str) -> list[Comment]:
        """All comments that we are shown, the oldest first. `key` may be an id. RecordTrouble when it is gone."""
        purpose = Purpose(f"Reading the comments of issue {key}.", READ)
        found = self._client.pages(
            purpose,
            "comments",
            lambda jira, start: jira.get_comments(
                segment(key), start_at=start, max_results=_PAGE, order_by="created", expand="properties"
            ),
            lambda entry: (_comment(entry), "properties" in entry),
        )
        # Pages overlap where Jira counts comments that it does not show us.
        comments = {comment.id: (comment, told) for comment, told in found}
        # The expansion is not documented here (it is where comments are asked for by id), so it may not be heeded.
        if any(told for _, told in comments.values()):
            return [comment for comment, _ in comments.values()]
        return self._with_marks([comment for comment, _ in comments.values()])

    def _with_marks(self, comments: list[Comment]) -> list[Comment]:
        """Only our own account's comments can carry our mark, which keeps this to few."""
        if not comments:
            return []
        ourselves = own_account(self._client)
        ours = [comment.id for comment in comments if comment.author_id == ourselves]
        marks: dict[str, dict[str, Any] | None] = {}
        for start in range(0, len(ours), MOST_ASKED_FOR):
            marks |= self._marks_of(ours[start : start + MOST_ASKED_FOR])
        return [replace(comment, mark=marks.get(comment.id)) for comment in comments]

    def _marks_of(self, comment_ids: Iterable[str]) -> dict[str, dict[str, Any] | None]:
        body = {"ids": [int(comment_id) for comment_id in comment_ids]}
        return self._client.read(
            Purpose("Reading the marks of our comments.", READ),
            lambda jira: jira.get_comments_by_ids(expand="properties", data=body),
            lambda answer: {str(entry["id"]): _mark(entry) for entry in answer["values"]},
        )


def _comment(entry: Mapping[str, Any]) -> Comment:
    return Comment(
        id=str(entry["id"]),
        author_id=(entry.get("author") or {}).get("accountId", ""),
        created=instant(entry["created"]),
        mark=_mark(entry),
        text=adf.to_text(entry.get("body")),
    )


def _mark(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    properties = entry.get("properties") or []
    value = next((each.get("value") for each in properties if each.get("key") == PROPERTY), None)
    return value if isinstance(value, dict) else None
