"""What people have wished for in Jira: which issues they moved into the statuses that mean approve and pay, as Jira's
own changelog has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from scripts.storm.agreement import MARK, POSTED, Sight
from scripts.storm.people import APPROVED, PAID
from scripts.storm.stage import APPROVERS, PAYERS

ADA = ("ada@example.com", "ada-token")
APPROVE, PAY = "approve", "pay"
ACTION_OF = {APPROVED: APPROVE, PAID: PAY}
MAY = {APPROVE: frozenset(APPROVERS), PAY: frozenset(PAYERS)}
STATUS_FIELD = "Sage 300 status"
CALLS_AT_ONCE = 4
Json = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """Somebody moved an issue into a status."""

    id: str
    action: str
    document: str
    issue: str
    person: str
    account: str
    at: datetime


@dataclass(frozen=True)
class Told:
    """A comment of ours: what it is about, and what it says. `mark` is all of our property."""

    id: str
    issue: str
    about: str
    mark: Json
    text: str
    at: datetime


@dataclass(frozen=True)
class Wishes:
    """By document and action, the oldest first; and the groups of people by account. `seen_open`: documents whose issue
    once said that they were not posted, and later that they were."""

    made: Mapping[tuple[str, str], list[Wish]]
    groups: Mapping[str, Collection[str]]
    seen_open: Collection[str]

    def of(self, document: str, action: str) -> list[Wish]:
        """By people who may."""
        return [each for each in self.made.get((document, action), ()) if self.may(each)]

    def may(self, wish: Wish) -> bool:
        return bool(MAY[wish.action] & set(self.groups.get(wish.account, ())))

    def pair_of_eyes(self, document: str) -> bool:
        """Whether somebody who may has asked for a payment, and somebody else for an approval."""
        return any(
            pay.account != approve.account for pay in self.of(document, PAY) for approve in self.of(document, APPROVE)
        )

    def documents(self, action: str) -> Iterator[str]:
        return (document for document, wished in self.made if wished == action)


class Jira:
    """Read as Ada reads it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._http = requests.Session()
        self._http.auth = ADA

    def wishes(self, sight: Sight) -> Wishes:
        """Of all issues of invoices that are not as they were made."""
        issues = [(document, issue) for document, found in sight.by_document().items() for issue in found]
        with ThreadPoolExecutor(CALLS_AT_ONCE) as threads:
            histories = threads.map(lambda each: list(self._all(f"issue/{each[1]['key']}/changelog", "values")), issues)
        made: dict[tuple[str, str], list[Wish]] = defaultdict(list)
        seen_open = set()
        for (document, issue), history in zip(issues, histories, strict=True):
            for wish in _wishes(document, issue["key"], history):
                made[document, wish.action].append(wish)
            if any(item["field"] == STATUS_FIELD and item["toString"] == POSTED for item in _items(history)):
                seen_open.add(document)
        return Wishes(made, {each["account_id"]: each["groups"] for each in self._people()}, seen_open)

    def told(self, sight: Sight) -> Mapping[str, list[Told]]:
        """By issue, our comments in their order."""
        talked = [issue for issue in sight.issues if issue["comments"]]
        with ThreadPoolExecutor(CALLS_AT_ONCE) as threads:
            found = threads.map(self._comments, talked)
        return {issue["key"]: comments for issue, comments in zip(talked, found, strict=True)}

    def _comments(self, issue: Json) -> list[Told]:
        texts = {each["id"]: each["body"] for each in issue["comments"]}
        return [
            Told(each["id"], issue["key"], str(mark["document"]), mark, texts[each["id"]], _instant(each["created"]))
            for each in self._all(f"issue/{issue['key']}/comment", "comments", expand="properties")
            for mark in _marks(each)
        ]

    def _all(self, path: str, name: str, **query: str) -> Iterator[Json]:
        start = 0
        while True:
            words = {**query, "startAt": str(start), "maxResults": "100"}
            answer = self._http.get(f"{self._address}/rest/api/3/{path}", params=words, timeout=60)
            answer.raise_for_status()
            found = answer.json()
            yield from found[name]
            start += len(found[name])
            if start >= found["total"] or not found[name]:
                return

    def _people(self) -> list[Json]:
        answer = requests.get(f"{self._address}/__mock__/state", params={"type": "users"}, timeout=60)
        answer.raise_for_status()
        people: list[Json] = answer.json()["users"]
        return people


def _wishes(document: str, issue: str, history: Sequence[Json]) -> Iterator[Wish]:
    for change in history:
        for item in change["items"]:
            if item["field"] == "status" and item["toString"] in ACTION_OF:
                author, at = change["author"], _instant(change["created"])
                action = ACTION_OF[item["toString"]]
                yield Wish(str(change["id"]), action, document, issue, author["displayName"], author["accountId"], at)


def _items(history: Sequence[Json]) -> Iterator[Json]:
    return (item for change in history for item in change["items"])


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _marks(comment: Json) -> Iterator[Json]:
    return (each["value"] for each in comment.get("properties", ()) if each["key"] == MARK)
