"""One Jira site with the application, and hands to let things happen at both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import requests
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from mock_servers.harness.httpserver import MockHTTPServer
from plugin.integrations.hooks import attending, duties
from plugin.integrations.hooks.wishing import Uttered
from plugin.integrations.parts import Parts
from plugin.jobs.hooks import enqueue_due_duties, follow_configuration
from plugin.store.database import Database
from plugin.store.models import Connection, HookDuty, InboxMessage, Integration, LedgerEntry, Site, Stream
from plugin.web.parts import WebParts

APP = "com.counterfoil.payables"
REVIEW, APPROVED = "In review", "Approved"
Json = dict[str, Any]


class MemoryCache:
    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self._texts.get(key)

    def set(self, key: str, value: str, ttl: float) -> None:
        self._texts[key] = value


class Outcomes:
    """What became of requests at the doors."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def record(self, route: str, outcome: str) -> None:
        self.all.append(outcome)

    @property
    def last(self) -> str:
        return self.all[-1]


class Queue:
    """Keeps in mind which duties were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str]] = []
        self.away: Exception | None = None

    def attend(self, site_id: int, duty: str) -> None:
        if self.away:
            raise self.away
        self.asked.append((site_id, duty))


class People:
    """Everybody is an administrator."""

    def is_administrator(self, caller: Any, *, afresh: bool) -> bool:
        return True

    def may_see_issue(self, caller: Any, issue_id: str, *, afresh: bool) -> bool:
        return True


@dataclass
class Wishbook:
    """The wishes of a product: which status says what is in the settings of its stream, and each is taken down once."""

    documents: str = "bills"
    taken: list[tuple[str, str, str]] = field(default_factory=list)
    heard: list[tuple[str, str]] = field(default_factory=list)

    def statuses(self, stream: Stream) -> Mapping[str, str]:
        return dict(stream.settings.get("statuses_of_actions", {}))

    def take(self, session: Session, stream: Stream, entry: LedgerEntry, uttered: Uttered) -> None:
        self.heard.append((uttered.change.id, uttered.via))
        wish = (entry.number, uttered.action, uttered.change.id)
        if wish not in self.taken:
            self.taken.append(wish)

    @property
    def wished(self) -> list[tuple[str, str]]:
        """Number and action, in the order in which they were wished."""
        return [(number, action) for number, action, _ in self.taken]


@dataclass
class Office:
    """One site whose Jira is the mock, and hands to let things happen there and here."""

    served: MockHTTPServer
    app: Flask
    parts: WebParts
    queue: Queue
    wishes: Wishbook
    url: str
    later: timedelta = timedelta()
    """How much later it is here than it really is."""
    shift: timedelta = timedelta()
    """The same of both clocks."""

    @property
    def jira(self) -> Any:
        return self.served.mock

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.later

    @property
    def database(self) -> Database:
        return self.parts.database

    @property
    def worker(self) -> Parts:
        return Parts(self.parts.settings, self.database, self.parts.seal)

    @property
    def site_id(self) -> int:
        with self.database.reading_every_site() as session:
            return session.scalars(select(Site.id).where(Site.base_url == self.served.url)).one()

    def wait(self, delta: timedelta) -> None:
        """Time passes in Jira and here alike."""
        self.later += delta
        self.shift += delta
        self.jira.clock.advance(delta.total_seconds())

    # What people do in Jira.

    def act(self, kind: str, action: str, /, **order: Any) -> Json:
        answer = requests.post(
            f"{self.served.url}/__mock__/documents/{kind}", json={"action": action, **order}, timeout=30
        )
        assert answer.ok, answer.text
        told: Json = answer.json()
        return told

    def move(self, key: str, to: str) -> None:
        """Ada moves an issue to a status."""
        self.act("issue", "transition", key=key, to=to, **{"as": "Ada"})

    def log_work(self, key: str, seconds: int) -> None:
        with self.jira.lock:
            issue = self.jira.site.find_issue(key)
            ada = next(user for user in self.jira.site.users.values() if user.name.startswith("Ada"))
            self.jira.site.add_worklog(ada.account_id, issue, {"timeSpentSeconds": seconds})

    def turn(self, **knobs: Any) -> None:
        with self.jira.lock:
            self.jira.turn(knobs)

    def delivered(self) -> None:
        """Jira has nothing under way any more."""
        assert self.jira.webhooks.deliveries.wait_idle(20)

    def registered(self) -> list[Any]:
        return list(self.jira.webhooks.dynamic.values())

    def status_id(self, name: str) -> str:
        return next(status.id for status in self.jira.site.statuses.values() if status.name == name)

    # What happens here.

    def set_up(self, project: str = "AP") -> int:
        """A started stream of bills into a project, and one of actions; the id of the latter."""
        site = self.site_id
        with self.database.writing(site) as session:
            connection = Connection(system="acme", name="Acme", base_url="https://acme.example", company="ACME")
            session.add(connection)
            session.flush()
            integration = Integration(kind="acme_jira", connection_id=connection.id, created_at=self.now)
            session.add(integration)
            session.flush()
            started = {"integration_id": integration.id, "started_at": self.now, "active": True}
            session.add(Stream(name="bills", settings={"project_key": project}, **started))
            actions = Stream(name="actions", settings={}, **started)
            session.add(actions)
            session.flush()
            return actions.id

    def configure(self, name: str = "bills", **settings: Any) -> None:
        with self.database.writing(self.site_id) as session:
            for stream in session.scalars(select(Stream).where(Stream.name == name)):
                stream.settings = {**stream.settings, **settings}

    def watch(self, **statuses: str) -> None:
        """Configures for each action the status that wishes for it."""
        chosen = {self.status_id(status): action for action, status in statuses.items()}
        self.configure(name="actions", statuses_of_actions=chosen)
        self.follow()

    def bill(self, number: str, project: str = "AP") -> str:
        """A bill that stands in Jira as an issue; its key."""
        issue = self.act("issue", "create", project=project, issue_type="Invoice", summary=number)
        with self.database.writing(self.site_id) as session:
            stream = session.scalars(select(Stream).where(Stream.name == "bills").limit(1)).one()
            session.add(
                LedgerEntry(
                    stream_id=stream.id, document_key=f"acme/{number}", content={}, kind="bill", number=number,
                    vendor="V", vendor_name="V", amount=Decimal(1), currency="USD", document_date=date(2027, 1, 1),
                    state="settled", target_id=issue["id"], target_key=issue["key"], read_at=self.now,
                )
            )  # fmt: skip
        return str(issue["key"])

    def issue(self, key: str) -> Any:
        return self.jira.site.find_issue(key)

    def rows(self, table: Any) -> list[Any]:
        with self.database.reading(self.site_id) as session:
            return list(session.scalars(select(table).order_by(table.id)))

    def duty(self, name: str) -> HookDuty:
        return next(row for row in self.rows(HookDuty) if row.name == name)

    def follow(self) -> None:
        """The schedule looks what the settings ask for."""
        follow_configuration(self.database, self.now)

    def work(self) -> None:
        """The schedule looks, and a worker does what is due, until nothing is."""
        enqueue_due_duties(self.database, self.queue, self.now)  # type: ignore[arg-type]
        while self.queue.asked:
            site_id, name = self.queue.asked.pop(0)
            while attending.attend(self.worker, site_id, name, self.now):
                pass

    def attend(self, name: str) -> None:
        """A duty is due, and done."""
        with self.database.writing(self.site_id) as session:
            duties.make_due(session, name, self.now)
        attending.attend(self.worker, self.site_id, name, self.now)

    def register(self) -> None:
        """What the settings ask for is asked of Jira."""
        self.follow()
        self.work()

    def settle(self) -> None:
        """Everything is delivered and worked off."""
        self.delivered()
        self.work()
        assert [message for message in self.rows(InboxMessage) if message.taken_at is None] == []
