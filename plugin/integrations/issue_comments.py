"""Documents as comments on issues: the target of streams that tell what became of something.

What was said is never changed: a newer version of a document adds a comment that tells what is new. A comment of ours
is recognised by its mark, a property written in the same request as its text, which names document, stream and
version. Jira shows an issue's comments as they are, not out of an index: whether one has arrived is known for certain.

A document's content names the issue: `issue_id` and `issue_key`. When another issue stands for the same thing one day,
everything is said there once more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from plugin.integrations.issues import Owner
from plugin.jira import adf, changelog, transitions
from plugin.jira.client import JiraClient
from plugin.jira.comments import Comment, Comments
from plugin.jira.people import own_account
from plugin.jira.throttling import ISSUE_WRITES
from plugin.sync import ladder
from plugin.sync.documents import (
    TARGET_GONE,
    Change,
    Delayed,
    Delivery,
    Found,
    JsonObject,
    Marked,
    Outcome,
    Payload,
    Refused,
    Settled,
    Sight,
    There,
)
from sage_adapters.errors import RecordTrouble, Throttled, Trouble

COMMENTS_PER_CALL = 10
"""Comments are one call each; a share of this many goes to one thread."""
NOT_FOUND = "jira.not-found"


class Telling(Protocol):
    """What a product says on issues about one kind of document."""

    def parts(self, content: JsonObject) -> Mapping[str, Any]:
        """By name, as JSON: what there is to say. A part that changes is said again, in a further comment."""

    def comment(self, content: JsonObject, parts: Collection[str], first: bool) -> adf.Node:
        """The comment that says these parts. `first`: nothing was said on the issue about this document before."""

    def status(self, content: JsonObject) -> str | None:
        """Id of the status to which the issue goes once this is said, where a transition leads there."""


@dataclass(frozen=True)
class Said:
    """A comment of ours about a document. `hash` is of the payload that it completed, `parts` has one for each part."""

    id: str
    at: datetime
    hash: str
    parts: Mapping[str, str]
    words: str

    @classmethod
    def by(cls, comment: Comment) -> Said:
        mark = comment.mark or {}
        return cls(comment.id, comment.created, str(mark.get("hash")), mark.get("parts") or {}, comment.text)


class IssueComments:
    """Comments about the documents of one stream, on whichever issues they concern."""

    system = "jira"
    creations_per_call = updates_per_call = COMMENTS_PER_CALL
    series: Sequence[str] = ()

    def __init__(self, client: JiraClient, telling: Telling, owner: Owner) -> None:
        self._client = client
        self._comments = Comments(client)
        self._telling = telling
        self._owner = owner

    def check(self) -> None:
        """Jira answers, and says who we are there."""
        _ = self._account

    def payload(self, content: JsonObject, corrections: JsonObject) -> Payload:
        """Its hash is of what is said, and where: other facts of the content may change without a word."""
        parts = self._telling.parts(content)
        hashes = {name: Payload.of({"said": said}).hash[:16] for name, said in parts.items()}
        whole = Payload.of({"issue": content["issue_id"], **hashes})
        return replace(whole, fields={"content": content, "parts": hashes})

    def create(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return _one_by_one(deliveries, self._create)

    def update(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return _one_by_one(deliveries, self._update)

    def find(self, deliveries: Sequence[Delivery], after: Mapping[str, str]) -> Mapping[str, Found]:
        """Known or new alike: what matters is whether the newest comment is of this version."""
        return {delivery.document_key: self._found(delivery, said) for delivery, said in self._newest(deliveries)}

    def look(self, deliveries: Sequence[Delivery]) -> Mapping[str, Sight]:
        seen = {}
        for delivery, said in self._newest(deliveries):
            place, news = _place(delivery, said.id), said.hash != delivery.payload.hash
            changes = [Change("Comment", said.words, self._text(delivery.payload))] if news else []
            seen[delivery.document_key] = Sight(*place, delivery.document_key, None, changes)
        return seen

    def preview(self, payload: Payload) -> Sequence[Change]:
        return [Change("Comment", "", self._text(payload))]

    def release(self, target_id: str) -> None:
        """A comment counts as nobody's but its document's, so that there is nothing to take off."""

    def walk(self, after: str | None) -> Iterator[Sequence[Marked]]:
        """Jira lists comments by issue only: what carries our mark is found from the documents, not from there."""
        return iter(())

    def _create(self, delivery: Delivery) -> Outcome:
        said = self._last_said(delivery) if self._owner.look_first else None
        if said is not None:
            return There(self._found(delivery, said))
        return self._say(delivery, delivery.payload.fields["parts"], first=True)

    def _update(self, delivery: Delivery) -> Outcome:
        said = self._last_said(delivery)
        parts = delivery.payload.fields["parts"]
        if said is None:  # on another issue than before, or a person has deleted it
            return self._say(delivery, parts, first=True)
        news = [name for name, its_hash in parts.items() if said.parts.get(name) != its_hash]
        if said.hash != delivery.payload.hash and news:
            return self._say(delivery, news, first=False)
        self._move(delivery, said)
        return _settled(delivery, said.id)

    def _say(self, delivery: Delivery, parts: Collection[str], *, first: bool) -> Outcome:
        content, issue = delivery.content, delivery.content["issue_id"]
        mark = {
            "document": delivery.document_key,
            "stream": self._owner.stream_id,
            "hash": delivery.payload.hash,
            "parts": delivery.payload.fields["parts"],
        }
        settled = _settled(delivery, self._comments.add(issue, self._telling.comment(content, parts, first), mark))
        status = self._telling.status(content)
        if status is None:
            return settled
        try:
            transitions.move_to(self._client, issue, status)
        except Trouble:
            # It is said, and must not be said again: what is left of it is done with an update.
            return replace(settled, in_part=True)
        return settled

    def _move(self, delivery: Delivery, said: Said) -> None:
        """Moves the issue unless that was done since; where people have moved it afterwards, it stays."""
        status, issue = self._telling.status(delivery.content), delivery.content["issue_id"]
        if status is None:
            return
        since = changelog.status_changes(self._client, issue, said.at)
        if all(change.to_id != status for change in since):
            transitions.move_to(self._client, issue, status)

    def _found(self, delivery: Delivery, said: Said) -> Found:
        """Of an issue that is to be moved as well it is not known whether that was done: an update sees to it."""
        moves = self._telling.status(delivery.content) is not None
        return Found(*_place(delivery, said.id), None if moves else said.hash)

    def _newest(self, deliveries: Sequence[Delivery]) -> Iterator[tuple[Delivery, Said]]:
        """Those about which something was said on their issue, with the last of it; an issue is read once."""
        by_issue: dict[str, list[Delivery]] = {}
        for delivery in deliveries:
            by_issue.setdefault(delivery.content["issue_id"], []).append(delivery)
        for issue, some in by_issue.items():
            said = self._said_on(issue)
            yield from ((each, said[each.document_key]) for each in some if each.document_key in said)

    def _last_said(self, delivery: Delivery) -> Said | None:
        return self._said_on(delivery.content["issue_id"]).get(delivery.document_key)

    def _said_on(self, issue: str) -> dict[str, Said]:
        """By document, the last of our comments on an issue; none on an issue that is gone."""
        try:
            comments = self._comments.of_issue(issue)
        except RecordTrouble as trouble:
            if trouble.code == NOT_FOUND:
                return {}
            raise
        return {str((each.mark or {}).get("document")): Said.by(each) for each in comments if self._is_ours(each)}

    def _is_ours(self, comment: Comment) -> bool:
        """Two connections may know documents of one name: it is not ours while its stream lives and is another."""
        if comment.mark is None or comment.author_id != self._account:
            return False
        stream = comment.mark.get("stream")
        return stream == self._owner.stream_id or stream not in self._elsewhere

    def _text(self, payload: Payload) -> str:
        content, parts = payload.fields["content"], payload.fields["parts"]
        return adf.to_text(self._telling.comment(content, parts, True))

    @cached_property
    def _account(self) -> str:
        return own_account(self._client)

    @cached_property
    def _elsewhere(self) -> frozenset[int]:
        return frozenset(self._owner.other_streams()) - {self._owner.stream_id}


def _one_by_one(deliveries: Sequence[Delivery], deliver: Callable[[Delivery], Outcome]) -> Sequence[Outcome]:
    """After a trouble that is not one document's own the rest is not tried. An issue that Jira lets nobody write for a
    moment waits by itself."""
    outcomes: list[Outcome] = []
    for position, delivery in enumerate(deliveries):
        try:
            outcomes.append(deliver(delivery))
        except RecordTrouble as trouble:
            outcomes.append(Refused(_gone(delivery) if trouble.code == NOT_FOUND else trouble))
        except Trouble as trouble:
            if isinstance(trouble, Throttled) and trouble.scope == ISSUE_WRITES:
                outcomes.append(Delayed(trouble))
                continue
            untouched = ladder.held_by(trouble)
            rest = len(deliveries) - position - 1
            return [*outcomes, ladder.outcome_of(trouble), *[untouched] * rest]
    return outcomes


def _settled(delivery: Delivery, comment_id: str) -> Settled:
    return Settled(*_place(delivery, comment_id))


def _place(delivery: Delivery, comment_id: str) -> tuple[str, str]:
    """Issues and comments are numbered each by themselves: an id names both. What people see is the issue."""
    content = delivery.content
    return f"{content['issue_id']}/{comment_id}", content["issue_key"]


def _gone(delivery: Delivery) -> RecordTrouble:
    return RecordTrouble(
        f"Commenting on issue {delivery.content['issue_key']}.",
        "It was deleted in Jira, or hidden from Counterfoil.",
        "If it was deleted by mistake, have a new issue made for its document under Failures: all is said there again.",
        TARGET_GONE,
    )
