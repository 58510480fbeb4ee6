"""Webhooks that the app registers for itself (contract jira-rest, section 1, "Dynamic (app) webhooks").

They live thirty days unless refreshed, know one address per app, and die with its installation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.jira.client import JiraClient, ignored
from plugin.jira.instants import instant, milliseconds
from plugin.jira.purpose import HOOKS, Blame, Purpose

_PAGE = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to be told of: events of issues that `jql` selects, updates only if they touch one of `field_ids`.

    Of JQL a webhook takes little: project, issue type, status and a few more, with =, !=, IN and NOT IN. Without
    `field_ids` every update counts.
    """

    events: frozenset[str]
    jql: str
    field_ids: frozenset[str] = frozenset()

    def to_jira(self) -> dict[str, Any]:
        body: dict[str, Any] = {"events": sorted(self.events), "jqlFilter": self.jql}
        if self.field_ids:
            body["fieldIdsFilter"] = sorted(self.field_ids)
        return body


@dataclass(frozen=True, slots=True)
class Registered:
    """A webhook of ours that Jira has. `expires_at` is None where Jira does not say."""

    id: int
    url: str
    events: frozenset[str]
    jql: str
    expires_at: datetime | None
    field_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Failed:
    """A delivery that Jira gave up at `at`. `id` is the delivery's identifier, `body` empty where Jira kept none."""

    id: str
    body: str
    at: datetime


class Webhooks:
    """The webhooks of our app on one site. ConfigurationTrouble for a caller that is no app."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client

    def register(self, url: str, wanted: Sequence[Wanted]) -> list[int | str]:
        """For each wanted webhook, in their order, its id, or in Jira's words why there is none.

        UncertainOutcome when they may have been registered: `all` tells. Registering the same again makes doubles.
        """
        if not wanted:
            return []
        body = {"url": url, "webhooks": [each.to_jira() for each in wanted]}

        def results(answer: Any) -> list[int | str]:
            found = [_result(entry) for entry in answer["webhookRegistrationResult"]]
            if len(found) != len(wanted):
                raise ValueError(f"{len(found)} results for {len(wanted)} webhooks")
            return found

        purpose = _purpose("Registering webhooks.")
        return self._client.write(purpose, lambda jira: jira.register_dynamic_webhooks(data=body), results)

    def all(self) -> list[Registered]:
        """Those that have not expired, of every address of ours."""
        return list(
            self._client.pages(
                _purpose("Reading our webhooks."),
                "values",
                lambda jira, start: jira.get_dynamic_webhooks_for_app(start_at=start, max_results=_PAGE),
                _registered,
            )
        )

    def refresh(self, ids: Iterable[int]) -> datetime:
        """Lets these live for thirty more days; returns until when. At least one.

        Jira passes over ids that it does not have: `all` tells which are left.
        """
        body = {"webhookIds": list(ids)}
        return self._client.write(
            _purpose("Extending the life of our webhooks."),
            lambda jira: jira.refresh_webhooks(data=body),
            lambda answer: instant(answer["expirationDate"]),
        )

    def delete(self, ids: Iterable[int]) -> None:
        """Ids that Jira does not have are passed over, so it can be done again."""
        body = {"webhookIds": list(ids)}
        if body["webhookIds"]:
            purpose = _purpose("Deleting webhooks.")
            self._client.write(purpose, lambda jira: jira.delete_webhook_by_id(data=body), ignored)

    def failed(self, after: datetime | None = None) -> Iterator[Failed]:
        """Deliveries given up later than `after` (of about three days), the oldest first. Connect apps only."""
        position = None if after is None else milliseconds(after)
        while True:
            page = self._failed_page(position)
            fresh = [each for each in page.values if position is None or milliseconds(each.at) > position]
            yield from fresh
            if not fresh or not page.more:
                return
            position = max(milliseconds(each.at) for each in fresh)

    def _failed_page(self, after: int | None) -> _FailedPage:
        return self._client.read(
            _purpose("Reading the webhooks that could not be delivered."),
            lambda jira: jira.get_failed_webhooks(max_results=_PAGE, after=after),
            _FailedPage.parse,
        )


@dataclass(frozen=True, slots=True)
class _FailedPage:
    values: list[Failed]
    more: bool

    @classmethod
    def parse(cls, answer: Any) -> _FailedPage:
        """Whether there is more, not where: `next` is an address, which spells its parameter in two ways.

        What comes next starts after the last failure; a page never parts failures of one time.
        """
        values = [_failure(entry) for entry in answer["values"]]
        return cls(values, bool(answer.get("next")) or len(values) >= int(answer.get("maxResults") or _PAGE))


def _purpose(tried: str) -> Purpose:
    return Purpose(tried, HOOKS, Blame.CONFIGURATION)


def _result(entry: Mapping[str, Any]) -> int | str:
    if "createdWebhookId" in entry:
        return int(entry["createdWebhookId"])
    return " ".join(map(str, entry.get("errors") or ())) or "Jira did not say why."


def _registered(entry: Mapping[str, Any]) -> Registered:
    expires = entry.get("expirationDate")
    return Registered(
        id=int(entry["id"]),
        url=entry["url"],
        events=frozenset(entry["events"]),
        jql=entry["jqlFilter"],
        expires_at=None if expires is None else instant(expires),
        field_ids=frozenset(entry.get("fieldIdsFilter") or ()),
    )


def _failure(entry: Mapping[str, Any]) -> Failed:
    return Failed(str(entry["id"]), entry.get("body") or "", instant(entry["failureTime"]))
