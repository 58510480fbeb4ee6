"""Streams that comment on issues, run by the engine between real books and a mock Jira.

Invoices are read from a mock Sage 300 by their own source; their issues are opened by a person, as an integration's
mapping is no matter here. What is told about them is under test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from requests.auth import HTTPBasicAuth
from sqlalchemy import select, update

from plugin.integrations.issue_comments import IssueComments, Telling
from plugin.integrations.issues import Owner
from plugin.integrations.sage300_jira.batches import BatchSource
from plugin.integrations.sage300_jira.invoices import InvoiceBatches
from plugin.jira.client import JiraClient
from plugin.store.database import Database
from plugin.store.models import Connection, Counterfoil, Integration, LedgerEntry, Site, Stream
from plugin.sync import ledger
from plugin.sync.circuits import JIRA, Needs, of_connection
from plugin.sync.companions import Alone
from plugin.sync.documents import Delivery, Found, Outcome, Payload, Settled
from plugin.sync.lease import Lease
from plugin.sync.ports import Source, Target
from plugin.sync.progress import Calls, Progress
from plugin.sync.run import Ending, Line, Pass
from sage_adapters.address import AddressPolicy
from sage_adapters.sage300.client import Sage300Client
from tests.integrations.office import COMPANY, PASSWORD, USER, System

POLICY = AddressPolicy(allow_private=True)
Json = dict[str, Any]


class Died(BaseException):
    """The process ends here, as far as the ledger can tell."""


@dataclass
class Desk:
    """One integration of a site: its streams by name, and what people see of them."""

    database: Database
    jira: System
    sage: System
    site_id: int = 0
    integration_id: int = 0
    connection_id: int = 0
    streams: dict[str, int] = field(default_factory=dict)

    @cached_property
    def issues(self) -> OpenedByHand:
        return OpenedByHand(self.jira)

    def set_up(self, *names: str) -> None:
        now = datetime.now(UTC)
        with self.database.writing_every_site() as session:
            site = Site(name="Acme", base_url=self.jira.url, display_url=self.jira.url, created_at=now)
            session.add(site)
            session.flush()
            of_site = {"site_id": site.id}
            connection = Connection(**of_site, system="sage300", name="Books", base_url=self.sage.url, company=COMPANY)
            session.add(connection)
            session.flush()
            integration = Integration(**of_site, kind="sage300_jira", connection_id=connection.id, created_at=now)
            session.add(integration)
            session.flush()
            self.site_id, self.integration_id, self.connection_id = site.id, integration.id, connection.id
            for name in names:
                row = Stream(**of_site, integration_id=integration.id, name=name, active=True, due_at=now)
                row.started_at, row.look_first = now, False
                session.add(row)
                session.flush()
                self.streams[name] = row.id

    def pass_(self, name: str, source: Source, target: Target) -> Ending:
        """One pass of a stream, as a worker runs it."""
        stream_id = self.streams[name]
        with self.database.writing(self.site_id) as session:
            lease = Lease.take(session, stream_id)
            assert lease is not None, "another worker holds the stream"
            progress = Progress.go_on(session, stream_id, "schedule", Calls())
            standing = ledger.standing(session, stream_id)
        return Pass(self.database, self._line(name, source, target), lease, progress, standing).run()

    def die(self, name: str) -> None:
        """The worker is gone: its lease runs out."""
        self.change(name, lease_until=datetime.now(UTC) - timedelta(seconds=1))

    def change(self, name: str, **values: object) -> None:
        """Columns of a stream's row."""
        with self.database.writing(self.site_id) as session:
            session.execute(update(Stream).where(Stream.id == self.streams[name]).values(**values))

    def stream(self, name: str) -> Stream:
        with self.database.reading(self.site_id) as session:
            return session.get_one(Stream, self.streams[name])

    def entries(self, name: str) -> Sequence[LedgerEntry]:
        mine = select(LedgerEntry).where(LedgerEntry.stream_id == self.streams[name]).order_by(LedgerEntry.id)
        with self.database.reading(self.site_id) as session:
            return session.scalars(mine).all()

    def only(self, name: str) -> LedgerEntry:
        (entry,) = self.entries(name)
        return entry

    def actions(self, name: str) -> list[str]:
        """What the counterfoils of a stream tell, in order."""
        mine = select(Counterfoil.action).where(Counterfoil.stream_id == self.streams[name])
        with self.database.reading(self.site_id) as session:
            return list(session.scalars(mine.order_by(Counterfoil.sequence)))

    def writing(self) -> AbstractContextManager[Any]:
        return self.database.writing(self.site_id)

    def comments_target(
        self, name: str, telling: Telling, other_streams: Sequence[int] = (), look_first: bool = False
    ) -> IssueComments:
        owner = Owner(self.streams[name], lambda: [*self.streams.values(), *other_streams], look_first)
        return IssueComments(self.jira_client(), telling, owner)

    def jira_client(self, person: str = "ada") -> JiraClient:
        auth = HTTPBasicAuth(f"{person}@example.com", f"{person}-token")
        return JiraClient(self.jira.url, auth, policy=POLICY, timeout=(5.0, 20.0))

    def sage_client(self, user: str = USER) -> Sage300Client:
        return Sage300Client(f"{self.sage.url}/Sage300WebApi", COMPANY, user, PASSWORD, policy=POLICY)

    def issue(self, key: str) -> Json:
        with self.jira.mock.lock:
            issues: list[Json] = self.jira.mock.state("issues")["issues"]
        return next(issue for issue in issues if issue["key"] == key)

    def thread(self, key: str) -> list[str]:
        """The words of an issue's comments, the oldest first."""
        return [comment["body"] for comment in self.issue(key)["comments"]]

    def clerk(self, kind: str, action: str, /, **order: Any) -> Json:
        return self.sage.act(kind, action, company=COMPANY, **order)

    def poll_invoices(self) -> None:
        self.pass_("invoices", BatchSource(InvoiceBatches(self.sage_client()), 2), self.issues)

    def enter(self, number: str, **more: Any) -> Json:
        order = {"amount": "100.00", **({} if "lines" not in more else {"amount": None}), **more}
        given = {name: value for name, value in order.items() if value is not None}
        return self.clerk("invoice", "enter", vendor="1200", number=number, **given)

    def _line(self, name: str, source: Source, target: Target) -> Line:
        stream = self.stream(name)
        return Line(
            site_id=self.site_id,
            stream_id=stream.id,
            needs=Needs(of_connection(self.connection_id), JIRA),
            source=source,
            target=target,
            companions=Alone(),
            followed=(),
            watermark=stream.watermark,
            position=stream.position,
            mapping_version=stream.mapping_version,
            mapped_version=stream.mapped_version,
            interval=timedelta(seconds=300),
            attempts=stream.attempts,
            writers=2,
            uncertain_wait=timedelta(),
            slice=timedelta(seconds=60),
            look_first=stream.look_first,
        )


@dataclass
class OpenedByHand:
    """A target: each document's issue is opened by a person, in the project AP."""

    jira: System
    system: str = "jira"
    creations_per_call: int = 50
    updates_per_call: int = 50
    series: Sequence[str] = ()
    keys: dict[str, str] = field(default_factory=dict)

    def check(self) -> None: ...

    def payload(self, content: Json, corrections: Json) -> Payload:
        return Payload.of({"key": content["key"], "status": content["status"]})

    def create(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return [self._open(delivery) for delivery in deliveries]

    def update(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return [Settled(each.target_id or "", each.target_key or "") for each in deliveries]

    def find(self, deliveries: Sequence[Delivery], after: Mapping[str, str]) -> Mapping[str, Found]:
        return {}

    def _open(self, delivery: Delivery) -> Outcome:
        number = delivery.document_key.rpartition(":")[2]
        issue = self.jira.act("issue", "create", project="AP", issue_type="Task", summary=number)
        self.keys[number] = issue["key"]
        return Settled(issue["id"], issue["key"])


class Interrupted:
    """A target during whose next creation, or update, something happens: before it, or when it is done already."""

    def __init__(self, target: Any, call: str, moment: str, what: Callable[[], None]) -> None:
        self._target = target
        self._call, self._moment, self._what = call, moment, what

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if name != self._call:
            return found

        def interrupted(deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
            self._call = ""
            if self._moment == "before":
                self._what()
            outcomes: Sequence[Outcome] = found(deliveries)
            if self._moment == "after":
                self._what()
            return outcomes

        return interrupted


def die() -> None:
    raise Died
