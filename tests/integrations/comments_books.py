"""The desk where postings are told: invoices are entered, posted and read; what is told of them is under test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from mock_servers import jira
from mock_servers.sage300 import Sage300Mock, Seed
from plugin.integrations.own_ledger import LedgerSource, OwnLedger, begins
from plugin.integrations.sage300_jira.postings import Postings
from plugin.integrations.sage300_jira.postings_comment import PostingComments
from plugin.integrations.sage300_jira.postings_journal import Journals
from plugin.store.database import Database
from plugin.store.models import LedgerEntry, SourceUnit
from plugin.sync import failures
from plugin.sync.documents import TARGET_GONE
from plugin.sync.run import Ending
from tests.contract.checked_jira import checked_jira
from tests.integrations.comments_desk import Desk
from tests.integrations.office import USER, jira_site, sage300

READS_AT_ONCE = 2
LIVES = 4711
"""A stream of the same site, in another integration."""


class Books(Desk):
    """Invoices, their issues, and the postings that are told on these."""

    reader: str = USER
    """The user by whom Counterfoil reads the general ledger."""

    def tell(self, target: Any = None) -> Ending:
        stream = self.stream("postings")
        invoices = OwnLedger(self.database, self.site_id, self.streams["invoices"])
        told = OwnLedger(self.database, self.site_id, stream.id)
        retelling = Postings(invoices, told, Journals(self.sage_client(self.reader), READS_AT_ONCE))
        source = LedgerSource("sage300", invoices, retelling, begins(stream))
        return self.pass_("postings", source, target or self.target())

    def target(self, **options: Any) -> Any:
        return self.comments_target("postings", PostingComments(), **options)

    def post(self, batch: int) -> None:
        self.clerk("invoice_batch", "ready", number=batch)
        self.sage.mock.clock.advance(10)
        self.clerk("invoice_batch", "post", number=batch)

    def posted(self, number: str, **more: Any) -> str:
        """Enters, reads and posts an invoice, and reads that too; the key of its issue."""
        batch = self.enter(number, **more)["batch"]
        self.poll_invoices()
        self.post(batch)
        self.poll_invoices()
        return self.issues.keys[number]

    def make_anew(self, number: str) -> None:
        """A person decides that an invoice whose issue was deleted gets a new one."""
        mine = (LedgerEntry.number == number) & (LedgerEntry.stream_id == self.streams["invoices"])
        with self.writing() as session:
            session.execute(update(LedgerEntry).where(mine).values(state="parked", trouble_code=TARGET_GONE))
        failures.replay(self.writing, mine, failures.Decision("ada"))
        self.poll_invoices()

    def late_journal(self) -> None:
        """The general ledger is told of what was posted, and posts it."""
        with self.sage.mock.lock:
            company = next(iter(self.sage.mock.companies.values()))
            batch = company.ledger_transfer.create_batch()
            company.journal_batches.post(batch["BatchNumber"], batch["BatchNumber"])

    def time_passes(self, by: timedelta) -> None:
        """What waits has waited for so much longer."""
        with self.writing() as session:
            for unit in session.query(SourceUnit).filter(
                SourceUnit.stream_id == self.streams["postings"], SourceUnit.open
            ):
                since, until = (datetime.fromisoformat(text) - by for text in unit.signature.split())
                unit.signature = f"{since.isoformat()} {until.isoformat()}"

    def ledger_reads(self, since: int = 0) -> int:
        return len(self.sage.journal("GET", "GLPostedTransactions", since))


@contextmanager
def open_books(database: Database, serve_mock: Callable[..., Any]) -> Iterator[Books]:
    site = serve_mock(jira.create())
    with checked_jira(site):
        books = Books(database, jira_site(site), sage300(serve_mock(Sage300Mock(seeded=Seed(invoices=1)))))
        books.set_up("invoices", "postings")
        books.clerk("vendor", "enter", number="1200", name="Chloride Systems")
        yield books
