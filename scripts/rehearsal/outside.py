"""The mock systems as people there use them, and as a spectator sees them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import requests

from scripts.rehearsal.first_sync import COMPANY

ADA = ("ada@example.com", "ada-token")
MARK = "counterfoil"
Json = dict[str, Any]


@dataclass(frozen=True)
class Issue:
    """`fields` by the names that people read, `links` the keys of others, `comments` what ours are about: for each the
    key of its document."""

    key: str
    id: str
    project: str
    kind: str
    status: str
    assignee: str
    fields: Mapping[str, Any]
    links: frozenset[str]
    comments: Counter[str]


class Outside:
    """`addresses` by system: sage300 and jira."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses

    def clerk(self, kind: str, action: str, **order: Any) -> Json:
        """What somebody does in Sage 300."""
        return self._act("sage300", kind, {"action": action, "company": COMPANY, **order})

    def move(self, issue: str, transition: str, person: str) -> None:
        """Somebody takes a transition, by its name, on the page of an issue."""
        self._act("jira", "issue", {"action": "transition", "key": issue, "transition": transition, "as": person})

    def turn(self, system: str, **knobs: Any) -> None:
        requests.post(f"{self._addresses[system]}/__mock__/knobs", json=knobs, timeout=30).raise_for_status()

    def books(self, kind: str) -> list[Json]:
        """What the company's books hold of a kind."""
        answer = requests.get(f"{self._addresses['sage300']}/__mock__/state", params={"type": kind}, timeout=300)
        answer.raise_for_status()
        return [each for each in answer.json()[kind] if each["company"] == COMPANY]

    def issue(self, key: str) -> Issue:
        """As Ada sees it."""
        shown = self._read(f"issue/{key}", expand="names")
        comments = self._read(f"issue/{key}/comment", expand="properties", maxResults="500")["comments"]
        fields = shown["fields"]
        ends = (each.get("inwardIssue") or each["outwardIssue"] for each in fields["issuelinks"])
        return Issue(
            key=shown["key"],
            id=shown["id"],
            project=fields["project"]["key"],
            kind=fields["issuetype"]["name"],
            status=fields["status"]["name"],
            assignee=(fields["assignee"] or {}).get("displayName", ""),
            fields={shown["names"][name]: value for name, value in fields.items()},
            links=frozenset(each["key"] for each in ends),
            comments=Counter(
                mark["value"]["document"]
                for comment in comments
                for mark in comment.get("properties", ())
                if mark["key"] == MARK
            ),
        )

    def requests_so_far(self, system: str) -> int:
        return int(self._journal(system, 10**9)["count"])

    def requests_since(self, system: str, number: int) -> list[Json]:
        found: list[Json] = self._journal(system, number)["requests"]
        return found

    def requests_by_route(self, system: str) -> Mapping[str, int]:
        """How often each was asked for since the mock began, as in "GET AP/APVendors"."""
        found: Mapping[str, int] = self._journal(system, 10**9)["totals"]
        return found

    @cached_property
    def _http(self) -> requests.Session:
        http = requests.Session()
        http.auth = ADA
        return http

    def _read(self, path: str, **query: str) -> Json:
        answer = self._http.get(f"{self._addresses['jira']}/rest/api/3/{path}", params=query, timeout=30)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def _journal(self, system: str, since: int) -> Json:
        answer = requests.get(f"{self._addresses[system]}/__mock__/requests", params={"since": since}, timeout=60)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def _act(self, system: str, kind: str, order: Json) -> Json:
        answer = requests.post(f"{self._addresses[system]}/__mock__/documents/{kind}", json=order, timeout=60)
        if not answer.ok:
            raise RuntimeError(f"{system} refused to {order['action']} {kind}: {answer.text}")
        done: Json = answer.json()
        return done
