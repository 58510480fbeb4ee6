"""A company's actions at work: the real engine and the real client, against a mock Sage 300.

What our ledgers know is read from Sage 300 by `Bench.read`, as its streams would. A pass is run as a worker runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import event, select, update

from plugin.integrations.sage300_jira.actions.ledgers import Ledgers
from plugin.integrations.sage300_jira.actions.means import Means
from plugin.integrations.sage300_jira.actions.settings import ActionSettings
from plugin.integrations.sage300_jira.actions.source import WishSource
from plugin.integrations.sage300_jira.actions.target import ActionTarget
from plugin.integrations.sage300_jira.actions.wish import action_key
from plugin.integrations.sage300_jira.actions.wishes import Answer, Asked, wish
from plugin.store.database import Database
from plugin.store.models import Connection, Counterfoil, Integration, LedgerEntry, Site, Stream
from plugin.sync import ledger
from plugin.sync.circuit_rows import FREELY
from plugin.sync.circuits import JIRA, Needs, of_connection
from plugin.sync.companions import Alone
from plugin.sync.lease import Lease
from plugin.sync.progress import Calls, Progress
from plugin.sync.run import Ending, Line, Pass
from sage_adapters.address import AddressPolicy
from sage_adapters.records import DocumentKey, to_json
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.invoices import list_batches, read_batch
from sage_adapters.sage300.posted import list_posted_documents
from sage_adapters.sage300.vendors import list_vendors
from tests.integrations.office import COMPANY, PASSWORD, USER, System

ADA, BOB, CAROL = "ada-account", "bob-account", "carol-account"
NAMES = {ADA: "Ada", BOB: "Bob", CAROL: "Carol"}
EVERYBODY = [ADA, BOB, CAROL]
SETTINGS = {
    "approve": {"users": EVERYBODY, "post": True, "batch": "when-all-approved"},
    "pay": {"users": EVERYBODY, "bank": "SEATAC", "ready": True, "post": True},
}
PAYMENTS = "APPaymentAndAdjustmentBatches"
Json = dict[str, Any]


class Died(BaseException):
    """The process ends here, as far as the ledger can tell."""


@dataclass
class Fate:
    """Ends the worker at one of its steps: a request to Sage 300 or a commit, before or after it."""

    at: int = 0
    """The step, counted from 1; 0 lets it live."""
    after: bool = False
    steps: int = 0
    seen: list[str] = field(default_factory=list)

    def meet(self, what: str, step: Callable[[], Any]) -> Any:
        self.steps += 1
        self.seen.append(what)
        last = self.steps == self.at
        if last and not self.after:
            raise Died(what)
        answer = step()
        if last:
            raise Died(what)
        return answer


class MortalTransport:
    """A client's transport while the worker lives."""

    def __init__(self, transport: Any, fate: Fate) -> None:
        self._transport = transport
        self._fate = fate

    def send(self, method: str, url: str, **more: Any) -> Any:
        path = url.partition("/-/")[2].partition("?")[0]
        return self._fate.meet(f"{method} {path}", lambda: self._transport.send(method, url, **more))

    def close(self) -> None:
        self._transport.close()


@dataclass
class Bench:
    """One integration whose actions lead to the company SAMLTD."""

    database: Database
    sage: System
    site_id: int
    streams: dict[str, int]
    integration_id: int
    connection_id: int
    groups: dict[str, set[str]] = field(default_factory=dict)
    fate: Fate = field(default_factory=Fate)
    uncertain_wait: float = 0.0
    asks_for_groups: Callable[[str], set[str]] | None = None
    _wishes: Iterator[int] = field(default_factory=count)

    # What people do

    def invoice(self, number: str, vendor: str = "1200", amount: str = "100.00", **more: Any) -> Json:
        """A clerk enters it, and our ledgers read it."""
        entered = self.clerk("invoice", "enter", vendor=vendor, number=number, amount=amount, **more)
        self.read()
        return entered

    def posted(self, number: str, **more: Any) -> Json:
        entered = self.invoice(number, **more)
        self.post(entered["batch"])
        return entered

    def post(self, batch: int) -> None:
        """A clerk sets an invoice batch ready, and posts it after the pause."""
        self.clerk("invoice_batch", "ready", number=batch)
        self.sage.mock.clock.advance(4)
        self.clerk("invoice_batch", "post", number=batch)
        self.read()

    def clerk(self, kind: str, action: str, /, **order: Any) -> Json:
        return self.sage.act(kind, action, company=COMPANY, **order)

    def wish(
        self,
        action: Any,
        number: str,
        by: str = ADA,
        *,
        vendor: str = "1200",
        kind: str = "invoice",
        via: str = "transition",
        wish_id: str | None = None,
        at: datetime | None = None,
        amount: str | None = None,
        stream: str = "actions",
    ) -> Answer:
        asked = Asked(
            action=action,
            document_key=key_of(number, vendor, kind),
            issue_id="10001",
            issue_key="AP-1",
            actor=by,
            actor_name=NAMES[by],
            at=at or datetime.now(UTC),
            via=via,
            id=wish_id or f"wish-{next(self._wishes)}",
            amount=amount,
        )
        with self.database.writing(self.site_id) as session:
            found = session.scalars(select(Stream).where(Stream.id == self.streams[stream])).one()
            return wish(session, found, asked)

    def decide(self, **changed: Any) -> None:
        """An administrator changes settings, as in `decide(pay={"up_to": "50.00 USD"})`."""
        with self.database.writing(self.site_id) as session:
            stream = session.scalars(select(Stream).where(Stream.id == self.streams["actions"])).one()
            merged = {
                name: {**stream.settings.get(name, {}), **value} if isinstance(value, dict) else value
                for name, value in changed.items()
            }
            stream.settings = {**stream.settings, **merged}

    # What workers do

    def target(self, stream: str = "actions") -> ActionTarget:
        client = self.client()
        client._transport = MortalTransport(client._transport, self.fate)  # type: ignore[assignment]
        ledgers = Ledgers(self.database, self.site_id, self.integration_id, self.streams[stream])
        groups = self.asks_for_groups or (lambda account: self.groups.get(account, set()))
        return ActionTarget(Means(client, ActionSettings.of(self.stream(stream).settings), ledgers, groups))

    def pass_(self, stream: str = "actions") -> Ending:
        lease_of = self.streams[stream]
        with self.database.writing(self.site_id) as session:
            lease = Lease.take(session, lease_of)
            assert lease is not None, "another worker holds the stream"
            progress = Progress.go_on(session, lease_of, "schedule", Calls())
            standing = ledger.standing(session, lease_of)
        line = self.line(stream)
        with self.mortal():
            return Pass(self.database, line, lease, progress, standing, FREELY).run()

    def line(self, stream: str = "actions") -> Line:
        row = self.stream(stream)
        return Line(
            site_id=self.site_id,
            stream_id=row.id,
            needs=Needs(JIRA, of_connection(self.connection_id)),
            source=WishSource(),
            target=self.target(stream),
            companions=Alone(),
            followed=(),
            watermark=row.watermark,
            position=row.position,
            mapping_version=0,
            mapped_version=0,
            interval=timedelta(seconds=300),
            attempts=row.attempts,
            writers=1,
            uncertain_wait=timedelta(seconds=self.uncertain_wait),
            slice=timedelta(seconds=60),
            look_first=row.look_first,
        )

    def work(self, most: int = 12) -> None:
        """Passes until nothing is left to do, with Sage 300's pauses over in between."""
        for _ in range(most):
            self.time_passes()
            self.pass_()
            if not self.unfinished():
                return
        raise AssertionError(f"still unfinished: {self.states()}")

    def time_passes(self) -> None:
        """Sage 300's pause is over, and so is whatever an entry waits for."""
        self.sage.mock.clock.advance(4)
        past = datetime.now(UTC) - timedelta(seconds=1)
        with self.database.writing(self.site_id) as session:
            waits = update(LedgerEntry).where(LedgerEntry.next_try_at.is_not(None))
            session.execute(waits.values(next_try_at=past).execution_options(synchronize_session=False))

    def unfinished(self) -> bool:
        return any(state in ("pending", "sending", "uncertain") for state in self.states().values())

    def die(self) -> None:
        """The worker is gone: its lease runs out."""
        with self.database.writing(self.site_id) as session:
            past = datetime.now(UTC) - timedelta(seconds=1)
            session.execute(update(Stream).values(lease_until=past).execution_options(synchronize_session=False))

    def live_through(self, fate: Fate) -> None:
        """A worker meets its fate, and others go on until all is done."""
        self.fate = fate
        for _ in range(12):
            self.time_passes()
            try:
                self.pass_()
            except Died:
                self.die()
                continue
            if not self.unfinished():
                break
        self.fate = Fate()
        if self.unfinished():
            self.work()

    @contextmanager
    def mortal(self) -> Iterator[None]:
        """Commits of this thread and its helpers count as steps."""

        def commit(connection: Any) -> None:
            if connection.get_execution_options().get("counterfoil_writing"):
                self.fate.meet("commit", lambda: None)

        event.listen(self.database.engine, "commit", commit)
        try:
            yield
        finally:
            event.remove(self.database.engine, "commit", commit)

    # What our ledgers say

    def read(self) -> None:
        """Our ledgers hold what Sage 300 says now."""
        with self.client() as client:
            for header in list_batches(client):
                for invoice in read_batch(client, header.number).invoices:
                    self._keep("invoices", to_json(invoice), invoice.key)
            for posted in list_posted_documents(client):
                self._keep("posted", to_json(posted), posted.key)  # type: ignore[arg-type, union-attr]
            for vendor in list_vendors(client):
                self._keep("vendors", to_json(vendor), vendor.key)  # type: ignore[arg-type, union-attr]

    def _keep(self, stream: str, content: Json, key: DocumentKey) -> None:
        with self.database.writing(self.site_id) as session:
            mine = (LedgerEntry.stream_id == self.streams[stream], LedgerEntry.document_key == str(key))
            entry = session.scalars(select(LedgerEntry).where(*mine)).one_or_none()
            if entry is None:
                entry = LedgerEntry(
                    stream_id=self.streams[stream], document_key=str(key), unit="1", kind=key.kind, number=key.number,
                    vendor=key.vendor, vendor_name="", amount=Decimal(0), currency="", state="settled", content={},
                    read_at=datetime.now(UTC),
                )  # fmt: skip
                session.add(entry)
            if entry.content != content:
                entry.content, entry.read_at = content, datetime.now(UTC)

    def stream(self, name: str = "actions") -> Stream:
        with self.database.reading(self.site_id) as session:
            return session.scalars(select(Stream).where(Stream.id == self.streams[name])).one()

    def entry(self, action: Any, number: str, vendor: str = "1200") -> LedgerEntry:
        with self.database.reading(self.site_id) as session:
            mine = (
                LedgerEntry.stream_id == self.streams["actions"],
                LedgerEntry.document_key == action_key(action, key_of(number, vendor)),
            )
            return session.scalars(select(LedgerEntry).where(*mine)).one()

    def states(self) -> dict[str, str]:
        with self.database.reading(self.site_id) as session:
            mine = select(LedgerEntry).where(LedgerEntry.stream_id == self.streams["actions"])
            return {f"{entry.kind} {entry.number}": entry.state for entry in session.scalars(mine)}

    def outcome(self, action: Any, number: str) -> Json:
        """What came of it; it is settled."""
        entry = self.entry(action, number)
        assert entry.state == "settled", (entry.state, entry.trouble)
        outcome: Json = entry.content["outcome"]
        return outcome

    def refusal(self, action: Any, number: str, vendor: str = "1200") -> Json:
        entry = self.entry(action, number, vendor)
        assert entry.state == "parked", (entry.state, entry.content.get("outcome"))
        assert entry.trouble is not None
        return dict(entry.trouble)

    def told(self, action: Any, number: str) -> list[str]:
        """The counterfoils of an action."""
        with self.database.reading(self.site_id) as session:
            key = action_key(action, key_of(number))
            rows = select(Counterfoil).where(Counterfoil.document_key == key).order_by(Counterfoil.sequence)
            return [row.action for row in session.scalars(rows)]

    # What Sage 300 says

    def client(self) -> Sage300Client:
        policy = AddressPolicy(allow_private=True, allow_plain_http=True)
        return Sage300Client(f"{self.sage.url}/Sage300WebApi", COMPANY, USER, PASSWORD, policy=policy)

    def shown(self, kind: str) -> list[Json]:
        with self.sage.mock.lock:
            found: list[Json] = self.sage.mock.state(kind)[kind]
        return [each for each in found if each["company"] == COMPANY]

    def batch(self, number: int) -> Json:
        return next(each for each in self.shown("invoice_batches") if each["number"] == number)

    def payment_batches(self) -> list[Json]:
        return self.shown("payment_batches")

    def open_amount(self, number: str, vendor: str = "1200") -> Decimal:
        (found,) = (
            each for each in self.shown("posted_documents") if (each["vendor"], each["number"]) == (vendor, number)
        )
        return Decimal(found["due"])

    def posted_payments(self, number: str) -> list[Json]:
        """Payments in the books that were applied to this document."""
        return [
            each
            for each in self.shown("payments")
            if each["status"] == "Posted"
            and not each["error_batch"]
            and any(one["number"] == number for one in each["applied"])
        ]

    def assert_paid_once(self, number: str) -> None:
        """Nothing of it is open, one payment in the books pays it, and no other batch is about to."""
        assert self.open_amount(number) == 0
        assert len(self.posted_payments(number)) == 1
        batches = {each["batch"] for each in self.shown("payments") if each["applied"][0]["number"] == number}
        assert len(batches) == 1
        assert self.entry("pay", number).state == "settled"


def key_of(number: str, vendor: str = "1200", kind: str = "invoice") -> str:
    return str(DocumentKey("sage300", COMPANY, vendor, kind, number))


def make_bench(database: Database, sage: System) -> Bench:
    """A site with an integration, nobody's wishes yet, and a vendor 1200 in Sage 300."""
    sage.turn(post_too_soon=True)
    sage.act("vendor", "enter", company=COMPANY, number="1200", name="Chloride Systems", remit_to="", bank="SEATAC")
    now = datetime.now(UTC)
    with database.writing_every_site() as session:
        site = Site(name="Acme", base_url="https://acme.example", display_url="https://acme.example", created_at=now)
        session.add(site)
        session.flush()
        owner = {"site_id": site.id}
        address = f"{sage.url}/Sage300WebApi"
        connection = Connection(**owner, system="sage300", name="Sage", base_url=address, company=COMPANY)
        session.add(connection)
        session.flush()
        integration = Integration(**owner, kind="sage300_jira", connection_id=connection.id, created_at=now)
        session.add(integration)
        session.flush()
        streams = {}
        for name in ("invoices", "posted", "vendors", "actions"):
            stream = Stream(**owner, integration_id=integration.id, name=name, active=True, due_at=now)
            stream.settings = SETTINGS if name == "actions" else {}
            session.add(stream)
            session.flush()
            streams[name] = stream.id
        return Bench(database, sage, site.id, streams, integration.id, connection.id)
