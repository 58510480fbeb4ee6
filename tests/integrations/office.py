"""The product at work in this process, and the people around it.

Everything is real: the application on a port of its own, SQLite made by the migrations, Valkey, RQ jobs; Sage 300 and
Jira are the mocks, over HTTP. Only the worker is not a process: after each press of a button it empties the queue
here, so that a test goes on when the work is done, without waiting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import requests
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mock_servers.harness.httpserver import MockHTTPServer
from mock_servers.jira import JiraMock
from mock_servers.sage300 import Sage300Mock
from plugin.integrations.sage300_jira import PRODUCT
from plugin.jobs.pace import PREFIX
from plugin.store.models import AppPause, Circuit, LedgerEntry, Run, Site, Stream
from scripts.rehearsal.administrator import Administrator, Screen
from tests.integrations.running_app import App

USER, PASSWORD, COMPANY = "counterfoil", "rehearsal", "SAMLTD"
INVOICES = "invoices"
Json = dict[str, Any]


@dataclass
class System:
    """One mock, and what people there can do."""

    served: MockHTTPServer

    @property
    def url(self) -> str:
        return self.served.url

    @property
    def mock(self) -> Any:
        return self.served.mock

    def act(self, kind: str, action: str, /, **order: Any) -> Json:
        """What a person there does, by the control API."""
        address = f"{self.url}/__mock__/documents/{kind}"
        answer = requests.post(address, json={"action": action, **order}, timeout=30)
        assert answer.ok, answer.text
        told: Json = answer.json()
        return told

    def turn(self, **knobs: Any) -> None:
        with self.mock.lock:
            self.mock.turn(knobs)

    def fault(self, kind: str, method: str | None = None, path: str | None = None, **rest: Any) -> None:
        self.mock.faults.add(kind, method=method, path=path, **rest)

    def recover(self) -> None:
        self.mock.faults.clear()

    @property
    def now(self) -> int:
        """A point in the journal, for `journal(since=...)`."""
        count: int = self.mock.journal.count
        return count

    def journal(self, method: str | None = None, path: str = "", since: int = 0) -> list[Json]:
        """The requests of a method whose path holds this expression, the oldest first."""
        return [
            entry
            for entry in self.mock.journal.entries(since)
            if method in (None, entry["method"]) and re.search(path, entry["path"])
        ]


class Ada(Administrator):
    """The administrator; work that she asks for is done at once."""

    def __init__(self, jira: str, app: App) -> None:
        super().__init__(jira, app.url)
        self._worker = app

    def act(self, route: str, form: Mapping[str, str] | None = None) -> Screen:
        screen = super().act(route, dict(form or {}))
        self._worker.work()
        return screen


@dataclass
class Office:
    """One Jira site that uses the application, and a company's Sage 300."""

    app: App
    jira: System
    sage: System
    company: str = COMPANY
    connection: int = field(default=0, init=False)
    integration: int = field(default=0, init=False)
    neighbours: bool = field(default=False, init=False)
    """Whether the streams run that start with the one of invoices."""

    @cached_property
    def ada(self) -> Ada:
        return Ada(self.jira.url, self.app)

    def sage_address(self) -> str:
        return f"{self.sage.url}/Sage300WebApi"

    def credentials(self, **changed: str) -> Json:
        """The connection's form, as Ada fills it in."""
        form = {
            "address": self.sage_address(), "company": self.company, "user": USER, "password": PASSWORD,
            "certificate": "", "concurrency": "4", "batch_link": "",
        }  # fmt: skip
        return {**form, **changed}

    def install(self) -> None:
        self.ada.install()

    def connect(self) -> None:
        """Installs the app and connects Sage 300, which passes its test."""
        self.install()
        self.connection = self.ada.connect_sage300(self.sage_address(), self.company, USER, PASSWORD)

    def set_up(self) -> None:
        """All of the administrator's steps; the last one starts the first run, which is done when this returns."""
        self.connect()
        self.choose_place()
        self.ada.map_as_suggested(self.integration)
        self.start()

    def choose_place(self) -> None:
        self.integration = self.ada.choose_place(self.connection, "Accounts payable", "Invoice")

    def start(self, **changed: str) -> None:
        """Starts the integration; later it saves the schedule anew. `changed` are entries of the form."""
        if not self.neighbours:
            self._pause_before_they_start()
        self.ada.start(self.integration, 5, **changed)

    def _pause_before_they_start(self) -> None:
        alone = [each.name for each in PRODUCT.streams if each.starts_by_itself]
        with self.app.database.writing(self.site_id) as session:
            session.execute(update(Stream).where(Stream.name.in_(alone)).values(started_at=datetime.now(UTC)))

    def map(self, **attributes: str) -> None:
        """Changes the choice for these attributes, each to a field's id."""
        route = f"mapping/area?integration={self.integration}"
        page = self.ada.wait_for(route)
        chosen = {name: next((v for v, _, on in page.options(name) if on), "") for name in page.selects()}
        saved = self.ada.act(f"mapping/save?integration={self.integration}", {**chosen, **attributes})
        assert saved.redirect, saved.words

    def map_description(self, field: str) -> None:
        """Maps Sage 300's description to the field of this name, which is put on the screen first."""
        self.jira.act("field", "show", field=field)
        self.ada.act(f"mapping/read?integration={self.integration}")
        self.map(description=self.field_id(field))

    def field_id(self, name: str) -> str:
        fields = self.jira.mock.state("fields")["fields"]
        return next(str(field["id"]) for field in fields if field["name"] == name)

    def sync(self, name: str = INVOICES) -> Run:
        """*Sync now*, until it is done."""
        self.ada.sync_now(self.stream(name).id)
        return self.last_run(name)

    def poll(self, name: str = INVOICES) -> Run:
        """The time of all streams has come: the scheduler runs them."""
        self.make_due()
        self.app.poll(looks=6 if self.neighbours else 1)  # what one of them brings, others have been waiting for
        return self.last_run(name)

    def make_due(self) -> None:
        """The stream's time has come, and that of the systems which it waits for."""
        now = datetime.now(UTC)
        with self.app.database.writing(self.site_id) as session:
            session.execute(delete(AppPause))
            self.app.redis.delete(*self.app.redis.keys(f"{PREFIX}*"), "nothing")
            session.execute(update(Circuit).where(Circuit.opened_at.is_not(None)).values(next_try_at=now))
            session.execute(update(Stream).values(due_at=now).execution_options(synchronize_session=False))

    def page(self, route: str) -> str:
        """The words of a page."""
        return self.ada.look(route).words

    @property
    def site_id(self) -> int:
        with self.app.database.reading_every_site() as session:
            return session.scalars(select(Site.id).where(Site.base_url == self.jira.url)).one()

    @contextmanager
    def rows(self) -> Iterator[Session]:
        with self.app.database.reading(self.site_id) as session:
            yield session

    def stream(self, name: str = INVOICES) -> Stream:
        with self.rows() as session:
            return session.scalars(select(Stream).where(Stream.name == name)).one()

    def last_run(self, name: str = INVOICES) -> Run:
        with self.rows() as session:
            runs = select(Run).join(Stream, Stream.id == Run.stream_id).where(Stream.name == name)
            return session.scalars(runs.order_by(Run.id.desc()).limit(1)).one()

    def entries(self, name: str = INVOICES) -> list[LedgerEntry]:
        with self.rows() as session:
            mine = select(LedgerEntry).join(Stream, Stream.id == LedgerEntry.stream_id).where(Stream.name == name)
            return list(session.scalars(mine.order_by(LedgerEntry.id)))

    def entry_of(self, number: str, vendor: str | None = None, name: str = INVOICES) -> LedgerEntry:
        """The ledger's entry of a document number."""
        found = [each for each in self.entries(name) if each.number == number and vendor in (None, each.vendor)]
        assert len(found) == 1, f"{len(found)} entries of {number}"
        return found[0]

    def issues(self) -> list[Json]:
        """All issues of the site, as the control API shows them."""
        with self.jira.mock.lock:
            shown: list[Json] = self.jira.mock.state("issues")["issues"]
        return shown

    def issue_of(self, number: str, vendor: str | None = None) -> Json:
        """The issue whose field *Invoice number* is this one."""
        found = [
            issue
            for issue in self.issues()
            if issue["fields"].get("Invoice number") == number and vendor in (None, issue["fields"]["Vendor number"])
        ]
        assert len(found) == 1, f"{len(found)} issues of {number}"
        return found[0]

    def invoice(self, number: str, vendor: str = "1200", amount: str = "100.00", **more: Any) -> Json:
        """A clerk enters an invoice, by default into a new batch; returns it as Sage 300 shows it."""
        return self.sage.act("invoice", "enter", vendor=vendor, number=number, amount=amount, **self._of(more))

    def clerk(self, kind: str, action: str, /, **order: Any) -> Json:
        """What else a clerk does in this company."""
        return self.sage.act(kind, action, **self._of(order))

    def describe_at_length(self, number: str, batch: int) -> None:
        """Gives the first entry of a batch a longer text than Sage 300's screens allow, as an import can."""
        with self.sage.mock.lock:
            books = self.sage.mock.companies[self.company].invoice_batches
            draft = books.find((batch,)).copy()
            entry = draft.details("Invoices")[0]
            assert entry["DocumentNumber"] == number
            entry["InvoiceDescription"] = "x" * 300
            books.store(draft)

    def live_long_ago(self, days: int = 5) -> None:
        """Sage 300's books are of some days ago, so that no batch could have been edited since it was read."""
        self.sage.mock.clock.advance(-days * 86_400)
        with self.sage.mock.lock:
            self.sage.mock.seed(1)

    def _of(self, order: Json) -> Json:
        return {"company": self.company, **order}


def jira_site(served: MockHTTPServer) -> System:
    """A mock Jira that knows where it is."""
    assert isinstance(served.mock, JiraMock)
    served.mock.settle_address(served.url)
    return System(served)


def sage300(served: MockHTTPServer) -> System:
    assert isinstance(served.mock, Sage300Mock)
    return System(served)
