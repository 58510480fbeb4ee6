"""A site with one connection and one stream, and hands to let time pass there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from plugin.notices import watch
from plugin.notices.sending import secret_place, send_messages
from plugin.settings import MailServer, Settings
from plugin.store.database import Database
from plugin.store.models import Connection, Integration, Message, Notice, Recipient, Run, Site, Stream
from plugin.store.sealing import Seal
from tests.notices.mail_server import RehearsalMailServer

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
SECRET = "canary-signing-secret-5T"
MAIL_PASSWORD = "canary-mail-password-9Z"


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@dataclass
class Office:
    """What is on the site, and what administrators and recipients would notice."""

    database: Database
    settings: Settings
    seal: Seal
    site_id: int
    connection_id: int
    stream_id: int
    now: datetime = field(default=NOON)

    def change(self, table: Any, **values: Any) -> None:
        with self.database.writing(self.site_id) as session:
            session.execute(update(table).values(**values).execution_options(synchronize_session=False))

    def add(self, row: Any) -> int:
        with self.database.writing(self.site_id) as session:
            session.add(row)
            session.flush()
            return int(row.id)

    def rows(self, table: Any) -> list[Any]:
        with self.database.reading(self.site_id) as session:
            return list(session.scalars(select(table).order_by(table.id)))

    def run(self, **values: Any) -> int:
        return self.add(Run(stream_id=self.stream_id, trigger="schedule", calls={}, **values))

    def webhook(self, address: str) -> int:
        recipient_id = self.add(Recipient(kind="webhook", address=address))
        with self.database.writing(self.site_id) as session:
            session.get_one(Recipient, recipient_id).secret = self.seal.seal(
                SECRET, secret_place(self.site_id, recipient_id)
            )
        return recipient_id

    def look(self, after: timedelta = timedelta()) -> None:
        self.now += after
        watch.look(self.database, self.settings, self.now)

    def send(self, after: timedelta = timedelta()) -> None:
        self.now += after
        send_messages(self.database, self.seal, self.settings, self.site_id, self.now)

    def open(self) -> list[tuple[str, str]]:
        """Subject and code of the notices that are open."""
        return [(each.subject, each.code) for each in self.rows(Notice) if each.cleared_at is None]

    def messages(self) -> list[tuple[str, str]]:
        return [(each.event, each.state) for each in self.rows(Message)]

    def stand_still(self) -> None:
        """The stream has not come to its end for an hour, though it is due every five minutes."""
        self.change(Stream, reached_at=self.now - minutes(60), due_at=self.now - minutes(55))

    def get_through(self) -> None:
        self.change(Stream, reached_at=self.now, due_at=self.now + minutes(5), trouble=None, failing_since=None)

    def stay_fresh(self) -> None:
        """The stream gets through all the time: the test is about something else."""
        self.change(Stream, reached_at=NOON + timedelta(days=1000), due_at=NOON + timedelta(days=1000))

    @property
    def stream_subject(self) -> str:
        return f"stream:{self.stream_id}"

    @property
    def connection_subject(self) -> str:
        return f"connection:{self.connection_id}"


@pytest.fixture
def office(database: Database, tmp_path: Any) -> Office:
    return make_office(database, tmp_path)


def make_office(database: Database, folder: Any) -> Office:
    settings = Settings.from_environment(
        {"COUNTERFOIL_DATA": str(folder), "COUNTERFOIL_ALLOW_PRIVATE_ADDRESSES": "yes"}
    )
    with database.writing_every_site() as session:
        ids = add_site(session, "acme")
    return Office(database, settings, Seal({"k1": bytes(32)}), *ids)


def add_site(session: Session, name: str) -> tuple[int, int, int]:
    """A site whose only stream got through at NOON: the ids of site, connection and stream."""
    address = f"https://{name}.atlassian.net"
    site = Site(name=name, base_url=address, display_url=address, created_at=NOON)
    session.add(site)
    session.flush()
    mine = {"site_id": site.id}
    connection = Connection(
        **mine, system="sage300", name="Sage 300 (SAMLTD)", base_url="https://sage.example", company="SAMLTD",
        settings={}, state="ok", checked_at=NOON - minutes(600),
    )  # fmt: skip
    session.add(connection)
    session.flush()
    integration = Integration(**mine, kind="sage300_jira", connection_id=connection.id, created_at=NOON)
    session.add(integration)
    session.flush()
    stream = Stream(**mine, integration_id=integration.id, name="invoices", active=True, interval_seconds=300)
    stream.due_at, stream.reached_at = NOON + minutes(5), NOON
    session.add(stream)
    session.flush()
    return site.id, connection.id, stream.id


@pytest.fixture
def mail_server() -> Iterator[RehearsalMailServer]:
    server = RehearsalMailServer()
    yield server
    server.stop()


@pytest.fixture
def mailing(office: Office, mail_server: RehearsalMailServer) -> Office:
    """The office with a mail server that wants a password, and one address to be told."""
    server = MailServer("127.0.0.1", mail_server.port, encrypted=False, user="counterfoil", password=MAIL_PASSWORD)
    office.settings = replace(office.settings, mail_server=server, mail_from="counterfoil@example.com")
    office.add(Recipient(kind="email", address="payables@example.com"))
    return office


def everything_stored(office: Office) -> str:
    """All rows of the tables around notices, as text."""
    rows = [row for table in (Notice, Message, Recipient) for row in office.rows(table)]
    return json.dumps([{k: str(v) for k, v in vars(row).items()} for row in rows])
