"""A source and a target in memory, obeying the ports' contracts, with the failures that outside systems have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from plugin.store.database import Database
from plugin.store.models import Connection, Counterfoil, Integration, LedgerEntry, Run, Site, Stream
from plugin.sync import ledger
from plugin.sync.circuit_rows import FREELY, Admission
from plugin.sync.circuits import JIRA, Needs, of_connection
from plugin.sync.companions import Alone, Companions
from plugin.sync.documents import (
    Change,
    Delivery,
    Document,
    Found,
    Marked,
    Outcome,
    Page,
    Payload,
    Refused,
    Settled,
    Sight,
    Unit,
)
from plugin.sync.following import Followed
from plugin.sync.lease import Lease
from plugin.sync.ports import Memory
from plugin.sync.progress import Calls, Progress
from plugin.sync.run import Ending, Line, Pass
from sage_adapters.errors import RecordTrouble, TransientTrouble, Trouble


def trouble(kind: type[Trouble], code: str = "test.trouble", **more: Any) -> Trouble:
    return kind(tried="Trying something.", got="It went wrong.", remedy="Mend it.", code=code, **more)


@dataclass
class Books:
    """The source: batches of documents. A document's content is `{"amount": ..., "status": ...}`."""

    batches: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    system: str = "books"
    reads: list[str] = field(default_factory=list)
    fails_at: str | None = None
    unreadable: set[str] = field(default_factory=set)
    known_by_place: bool = False
    """An unreadable document cannot even tell its number."""
    seen: list[tuple[Any, Any]] = field(default_factory=list)

    def enter(self, batch: str, *numbers: str, amount: str = "10.00") -> None:
        for number in numbers:
            self.batches.setdefault(batch, {})[number] = {"amount": amount, "status": "Open", "lines": []}

    def fill(self, documents: int, per_batch: int = 10) -> None:
        for number in range(documents):
            self.enter(f"{number // per_batch:04}", f"INV-{number:05}")

    def read(self, watermark: Any, position: Any, memory: Memory, *, lenient: bool) -> Iterator[Page]:
        self.seen.append((watermark, position))
        after = position["batch"] if position else ""
        known = memory.units(list(self.batches))
        for key in sorted(self.batches):
            unit = self._unit(key)
            if key <= after or known.get(key) == unit:
                continue
            if key == self.fails_at:
                raise trouble(TransientTrouble)
            page = self.read_unit(key)
            yield Page(
                page.documents, page.units, position={"batch": key}, expected=sum(map(len, self.batches.values()))
            )
        yield Page((), (), watermark={"until": max(self.batches, default="")})

    def read_unit(self, key: str) -> Page:
        self.reads.append(key)
        documents = [self._document(key, number) for number in self.batches.get(key, {})]
        return Page(documents, [self._unit(key)])

    def everything(self, since: date | None, position: Any) -> Iterator[Page]:
        after = position["batch"] if position else ""
        for key in sorted(self.batches):
            if key > after:
                page = self.read_unit(key)
                yield Page(
                    page.documents, page.units, position={"batch": key}, expected=sum(map(len, self.batches.values()))
                )

    def from_day(self, day: date) -> dict[str, Any]:
        return {"until": day.isoformat()}

    def gone(self, content: dict[str, Any]) -> dict[str, Any]:
        return {**content, "status": "gone"}

    def _unit(self, key: str) -> Unit:
        return Unit(key, str(hash(str(self.batches.get(key)) + str(self.unreadable)))[:60], True, date(2026, 1, 1))

    def _document(self, batch: str, number: str) -> Document:
        content = dict(self.batches[batch][number])
        bad = number in self.unreadable
        return Document(
            key=f"books:{number}" if not (bad and self.known_by_place) else f"books:place:{batch}",
            unit=batch,
            content={"raw": "?"} if bad else content,
            kind="invoice",
            number="" if bad and self.known_by_place else number,
            vendor="V1",
            vendor_name="Vendor One",
            amount=Decimal(content["amount"]),
            currency="GBP",
            document_date=date(2026, 1, 2),
            trouble=trouble(RecordTrouble, "books.unreadable") if bad else None,  # type: ignore[arg-type]
        )


@dataclass
class Board:
    """The target: issues by id. Hooks run inside a call: `before` nothing has happened yet, `after` everything has."""

    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    system: str = "board"
    creations_per_call: int = 50
    updates_per_call: int = 10
    calls: list[tuple[str, int]] = field(default_factory=list)
    asked_after: list[Mapping[str, str]] = field(default_factory=list)
    series: Sequence[str] = ("B",)
    before: Callable[[str, Sequence[Delivery]], None] = lambda *_: None
    after: Callable[[str, Sequence[Delivery]], None] = lambda *_: None
    refuses: set[str] = field(default_factory=set)
    checks: Callable[[], None] = lambda: None
    shows: str = "amount"

    def check(self) -> None:
        self.checks()

    def payload(self, content: Mapping[str, Any], corrections: Mapping[str, Any]) -> Payload:
        content = {**content, **{name: each["value"] for name, each in corrections.items()}}
        return Payload.of({self.shows: content[self.shows], "status": content["status"]})

    def create(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return self._write("create", deliveries)

    def update(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return self._write("update", deliveries)

    def find(self, deliveries: Sequence[Delivery], after: Mapping[str, str]) -> Mapping[str, Found]:
        self.asked_after.append(after)
        self.calls.append(("find", len(deliveries)))
        wanted = {delivery.document_key for delivery in deliveries}
        return {
            issue["document"]: Found(issue_id, f"B-{issue_id}", issue["hash"])
            for issue_id, issue in self.issues.items()
            if issue["document"] in wanted
        }

    def look(self, deliveries: Sequence[Delivery]) -> Mapping[str, Sight]:
        seen = {}
        for delivery in deliveries:
            issue_id = (delivery.target_id or "").removeprefix("B-")
            if issue := self.issues.get(issue_id):
                changes = [
                    Change(name, str(issue["fields"].get(name)), str(value))
                    for name, value in delivery.payload.fields.items()
                    if issue["fields"].get(name) != value
                ]
                seen[delivery.document_key] = Sight(
                    issue_id, f"B-{issue_id}", issue["document"], _amount(issue), changes
                )
        return seen

    def preview(self, payload: Payload) -> Sequence[Change]:
        return [Change(name, "", str(value)) for name, value in payload.fields.items()]

    def release(self, target_id: str) -> None:
        self.issues[target_id]["document"] = None

    def walk(self, after: str | None) -> Iterator[Sequence[Marked]]:
        numbers = sorted(map(int, self.issues))
        behind = [each for each in numbers if each > int((after or "B-0").removeprefix("B-"))]
        for start in range(0, len(behind), 20):
            yield [
                Marked(str(each), f"B-{each}", self.issues[str(each)]["document"], _amount(self.issues[str(each)]))
                for each in behind[start : start + 20]
                if self.issues[str(each)]["document"]
            ]

    def documents_ours(self) -> list[str]:
        return sorted(issue["document"] for issue in self.issues.values() if issue["document"])

    def documents(self) -> list[str]:
        return sorted(issue["document"] for issue in self.issues.values())

    def shown(self, number: str) -> dict[str, Any]:
        (issue,) = (each for each in self.issues.values() if each["document"] == f"books:{number}")
        return dict(issue["fields"])

    def _write(self, kind: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        self.calls.append((kind, len(deliveries)))
        self.before(kind, deliveries)
        outcomes: list[Outcome] = []
        for delivery in deliveries:
            if delivery.document_key.removeprefix("books:") in self.refuses:
                outcomes.append(Refused(trouble(RecordTrouble, "board.refused")))
                continue
            issue_id = delivery.target_id or str(len(self.issues) + 1)
            self.issues[issue_id] = {
                "document": delivery.document_key,
                "fields": dict(delivery.payload.fields),
                "hash": delivery.payload.hash,
            }
            outcomes.append(Settled(issue_id, f"B-{issue_id}"))
        self.after(kind, deliveries)
        return outcomes


def _amount(issue: Mapping[str, Any]) -> Decimal | None:
    shown = issue["fields"].get("amount")
    return Decimal(shown) if shown else None


@dataclass
class Bench:
    """One stream between Books and Board, and what can be seen of it."""

    database: Database
    site_id: int
    stream_id: int
    books: Books
    board: Board
    needs: Needs
    uncertain_wait: float = 0.0
    slice: float = 60.0
    mapping_version: int = 0
    companions: Companions = field(default_factory=Alone)
    followed: Sequence[Followed] = ()

    def pass_(self, admission: Admission = FREELY) -> Ending:
        """One pass, as a worker runs it."""
        with self.database.writing(self.site_id) as session:
            lease = Lease.take(session, self.stream_id)
            assert lease is not None, "another worker holds the stream"
            progress = Progress.go_on(session, self.stream_id, "schedule", Calls())
            standing = ledger.standing(session, self.stream_id)
        return Pass(self.database, self.line(), lease, progress, standing, admission).run()

    def line(self) -> Line:
        stream = self.stream()
        return Line(
            site_id=self.site_id,
            stream_id=self.stream_id,
            needs=self.needs,
            source=self.books,
            target=self.board,
            companions=self.companions,
            followed=self.followed,
            watermark=stream.watermark,
            position=stream.position,
            mapping_version=self.mapping_version,
            mapped_version=stream.mapped_version,
            interval=timedelta(seconds=300),
            attempts=stream.attempts,
            writers=4,
            uncertain_wait=timedelta(seconds=self.uncertain_wait),
            slice=timedelta(seconds=self.slice),
            look_first=stream.look_first,
        )

    def die(self) -> None:
        """The worker is gone: its lease runs out."""
        with self.database.writing(self.site_id) as session:
            session.get_one(Stream, self.stream_id).lease_until = datetime.now(UTC) - timedelta(seconds=1)

    def stream(self) -> Stream:
        with self.database.reading(self.site_id) as session:
            return session.scalars(select(Stream).where(Stream.id == self.stream_id)).one()

    def run(self) -> Run:
        with self.database.reading(self.site_id) as session:
            return session.scalars(select(Run).order_by(Run.id.desc())).first()  # type: ignore[return-value]

    def entry(self, number: str) -> LedgerEntry:
        with self.database.reading(self.site_id) as session:
            return session.scalars(select(LedgerEntry).where(LedgerEntry.number == number)).one()

    def states(self) -> dict[str, str]:
        with self.database.reading(self.site_id) as session:
            return {entry.number: entry.state for entry in session.scalars(select(LedgerEntry))}

    def actions(self, number: str) -> list[str]:
        with self.database.reading(self.site_id) as session:
            rows = session.scalars(
                select(Counterfoil).where(Counterfoil.document_key == f"books:{number}").order_by(Counterfoil.sequence)
            )
            return [row.action for row in rows]


@pytest.fixture
def bench(database: Database) -> Bench:
    return make_bench(database)


def make_bench(database: Database) -> Bench:
    """A site with one stream, which has not run yet."""
    now = datetime.now(UTC)
    with database.writing_every_site() as session:
        site = Site(name="Acme", base_url="https://acme.example", display_url="https://acme.example", created_at=now)
        session.add(site)
        session.flush()
        owner = {"site_id": site.id}
        connection = Connection(**owner, system="books", name="Books", base_url="https://books.example", company="C")
        session.add(connection)
        session.flush()
        integration = Integration(**owner, kind="sage300_jira", connection_id=connection.id, created_at=now)
        session.add(integration)
        session.flush()
        stream = Stream(**owner, integration_id=integration.id, name="invoices", active=True, due_at=now)
        session.add(stream)
        session.flush()
        return Bench(database, site.id, stream.id, Books(), Board(), Needs(of_connection(connection.id), JIRA))
