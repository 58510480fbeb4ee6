"""A small application of the pages with the real Connect door, a site in it, and a queue that only takes notes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from plugin.integrations.connections import credentials_place
from plugin.integrations.registry import product_of
from plugin.integrations.setting_up import add_streams
from plugin.settings import Settings
from plugin.sites.caller import Caller
from plugin.sites.connect.qsh import query_hash
from plugin.sites.connect.routes import connect_door
from plugin.sites.connect.tenants import secret_place
from plugin.sites.parts import EXTENSION
from plugin.store import models
from plugin.store.database import Database
from plugin.store.models import Connection, Installation, Integration, LedgerEntry, Run, Site, Snapshot, Stream
from plugin.store.sealing import Seal
from plugin.web.delivery import Desk
from plugin.web.headers import protect_answers
from plugin.web.parts import WebParts
from plugin.web.shells.connect import connect_shell
from plugin.web.views import routes
from sage_adapters.records import DistributionLine, DocumentKey, DocumentType, Invoice, Money, to_json

SECRET = "a-shared-secret-of-this-site-0123456789"
PASSWORD = "canary-password-7Q"
BASE_URL = "http://127.0.0.1:8000"


class NotingQueue:
    """Takes down what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self.asked.append((name, *arguments))


class MemoryCache:
    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self._texts.get(key)

    def set(self, key: str, value: str, ttl: float) -> None:
        self._texts[key] = value


class Outcomes:
    def record(self, route: str, outcome: str) -> None:
        pass


class People:
    """What Jira would say of callers."""

    def __init__(self) -> None:
        self.administrators = {"admin"}
        self.visible_issues = {"10041"}
        self.asked_afresh: list[bool] = []

    def is_administrator(self, caller: Caller, *, afresh: bool) -> bool:
        self.asked_afresh.append(afresh)
        return caller.account_id in self.administrators

    def may_see_issue(self, caller: Caller, issue_id: str, *, afresh: bool) -> bool:
        self.asked_afresh.append(afresh)
        return issue_id in self.visible_issues


@dataclass
class House:
    """The application, and hands to put rows into its database."""

    app: Flask
    parts: WebParts
    queue: NotingQueue
    people: People
    site_id: int
    base: str = BASE_URL
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def open(self, path: str, account: str = "admin", **query: str) -> Any:
        """The first GET of an iframe, signed as Jira does."""
        text = "&".join(f"{name}={value}" for name, value in query.items())
        token = self.token(qsh=query_hash("GET", path, text), sub=account, context={})
        return self.client.get(f"{path}?{text}{'&' if text else ''}jwt={token}")

    def ask(
        self, route: str, form: dict[str, str] | None = None, account: str = "admin", issue: str | None = None
    ) -> Any:
        """What the page's script sends."""
        context = {"jira": {"issue": {"id": issue, "key": "AP-41"}}} if issue else {"jira": {}}
        token = self.token(qsh="context-qsh", sub=account, context=context)
        return self.client.post(
            "/connect/view", json={"route": route, "form": form}, headers={"Authorization": f"JWT {token}"}
        )

    def html(self, route: str, form: dict[str, str] | None = None, **who: str) -> str:
        answer = self.ask(route, form, **who)
        assert answer.status_code == 200, answer.json
        assert isinstance(answer.json["html"], str)
        return str(answer.json["html"])

    def token(self, **claims: Any) -> str:
        now = int(time.time())
        return jwt.encode({"iss": "client-1", "iat": now, "exp": now + 600, **claims}, SECRET, "HS256")

    def add(self, row: Any) -> int:
        with self.parts.database.writing(self.site_id) as session:
            session.add(row)
            session.flush()
            return int(row.id)

    def row(self, table: Any) -> Any:
        """The only row of a table on this site."""
        with self.parts.database.reading(self.site_id) as session:
            return session.scalars(select(table)).one()

    def rows(self, table: Any) -> list[Any]:
        with self.parts.database.reading(self.site_id) as session:
            return list(session.scalars(select(table)))

    def change(self, table: Any, **values: Any) -> None:
        with self.parts.database.writing(self.site_id) as session:
            for row in session.scalars(select(table)):
                for name, value in values.items():
                    setattr(row, name, value)

    def connection(self, **values: Any) -> int:
        connection_id = self.add(
            Connection(
                **{
                    "system": "sage300", "name": "Sage 300 (SAMLTD)", "base_url": "https://sage.example/Sage300WebApi",
                    "company": "SAMLTD", "settings": {}, "state": "ok", "checked_at": self.now, **values,
                }
            )
        )  # fmt: skip
        secret = json.dumps({"user": "COUNTERFOIL", "password": PASSWORD})
        sealed = self.parts.seal.seal(secret, credentials_place(self.site_id, connection_id))
        with self.parts.database.writing(self.site_id) as session:
            session.scalars(select(Connection).where(Connection.id == connection_id)).one().credentials = sealed
        return connection_id

    def integration(self, connection_id: int | None = None, **values: Any) -> int:
        settings = {
            "project_id": "10000", "project_key": "AP", "project_name": "Accounts payable",
            "issue_type_id": "10005", "issue_type_name": "Invoice",
        }  # fmt: skip
        """With rows for the streams of its product; settings and mapping are the main one's."""
        decided = {"settings": settings, "mapping": {"amount": "customfield_10012"}}
        decided |= {name: values.pop(name) for name in (*decided, "mapping_version") if name in values}
        row = {"kind": "sage300_jira", "connection_id": connection_id or self.connection(), "created_at": self.now}
        with self.parts.database.writing(self.site_id) as session:
            integration = Integration(**{**row, **values})
            session.add(integration)
            session.flush()
            add_streams(session, integration)
            main = product_of(integration).main.name
            mine = Stream.integration_id == integration.id, Stream.name == main
            stream = session.scalars(select(Stream).where(*mine)).one()
            for name, value in decided.items():
                setattr(stream, name, value)
            return integration.id

    def stream(self, **values: Any) -> int:
        """A started one."""
        row = {"interval_seconds": 300, "active": True, "due_at": self.now + timedelta(minutes=4)}
        row["started_at"] = self.now - timedelta(days=1)
        integration_id = values.pop("integration_id", None) or self.integration()
        name = values.pop("name", "invoices")
        with self.parts.database.writing(self.site_id) as session:
            mine = Stream.integration_id == integration_id, Stream.name == name
            stream = session.scalars(select(Stream).where(*mine)).one()
            for column, value in {**row, **values}.items():
                setattr(stream, column, value)
            return stream.id

    def main(self, name: str = "invoices") -> Stream:
        """The only stream of that name on this site."""
        with self.parts.database.reading(self.site_id) as session:
            return session.scalars(select(Stream).where(Stream.name == name)).one()

    def run(self, stream_id: int, **values: Any) -> int:
        begun = self.now - timedelta(minutes=1)
        row = {
            "trigger": "schedule", "state": "done", "started_at": begun, "moved_at": begun,
            "finished_at": begun + timedelta(seconds=2), "read": 0, "created": 0, "updated": 0, "unchanged": 0,
            "failed": 0, "calls": {"sage300": 1},
        }  # fmt: skip
        return self.add(Run(**{**row, "stream_id": stream_id, **values}))

    def entry(self, stream_id: int, invoice: Invoice | None = None, **values: Any) -> int:
        record = invoice or make_invoice()
        row = {
            "document_key": str(record.key), "unit": record.batch, "content": to_json(record), "kind": record.key.kind,
            "number": record.invoice_number, "vendor": record.vendor_number, "vendor_name": record.vendor_name,
            "amount": record.signed_amount.amount, "currency": record.currency, "document_date": record.document_date,
            "state": "settled", "payload_hash": "0" * 64, "target_id": "10041", "target_key": "AP-41",
            "read_at": self.now - timedelta(minutes=2),
        }  # fmt: skip
        return self.add(LedgerEntry(**{**row, "stream_id": stream_id, **values}))

    def counterfoil(self, stream_id: int, sequence: int, action: str, **values: Any) -> int:
        row = {
            "stream_id": stream_id, "sequence": sequence, "at": self.now - timedelta(hours=5 - sequence),
            "actor": "counterfoil", "action": action, "document_key": str(make_invoice().key), "vendor": "S26051",
            "amount": Decimal(1), "currency": "GBP", "accounts": [], "source": "sage300", "target": "jira AP-41",
            "outcome": "done", "detail": {}, "previous_hash": "0" * 64, "hash": "1" * 64,
        }  # fmt: skip
        return self.add(models.Counterfoil(**{**row, **values}))

    def projects(self, **values: Any) -> int:
        types = [{"id": "10005", "name": "Invoice"}, {"id": "10001", "name": "Task"}]
        projects = [
            {"id": "10000", "key": "AP", "name": "Accounts payable", "team_managed": False, "issue_types": types},
            {"id": "10001", "key": "TEAM", "name": "A team", "team_managed": True, "issue_types": types[:1]},
        ]
        row = {"subject": "projects", "body": {"projects": projects}, "state": "read", "read_at": self.now}
        return self.add(Snapshot(**{**row, **values}))

    def fields(self, *entries: dict[str, Any], **values: Any) -> int:
        row = {"subject": "fields:10000:10005", "body": {"fields": list(entries)}, "state": "read", "read_at": self.now}
        return self.add(Snapshot(**{**row, **values}))


def make_field(field_id: str, name: str, custom: str = "textfield", **values: Any) -> dict[str, Any]:
    return {
        "id": field_id, "name": name, "type": "string", "searchable": True, "project_id": None,
        "custom_type": f"com.atlassian.jira.plugin.system.customfieldtypes:{custom}",
        "on_create_screen": True, "required": False, "settable": True, **values,
    }  # fmt: skip


def make_invoice(**values: Any) -> Invoice:
    """A real-looking invoice; `lines` may be a number of lines to make."""
    lines = values.pop("lines", 2)
    currency = values.pop("currency", "GBP")
    number = values.pop("number", "CACP534")
    kind = values.get("document_type", DocumentType.INVOICE)
    record: dict[str, Any] = {
        "key": DocumentKey("sage300", "SAMLTD", "S26051", kind.slug, number),
        "document_type": kind,
        "vendor_name": "AHR Building Consultancy Limited",
        "amount": Money(Decimal("12109.00"), currency),
        "tax_total": Money(Decimal("2018.17"), currency),
        "total_before_tax": Money(Decimal("10090.83"), currency),
        "status": "Posted",
        "document_date": date(2021, 1, 8),
        "posting_date": date(2021, 1, 11),
        "due_date": date(2021, 2, 7),
        "po_number": "PO-2207",
        "batch": "58",
        "entry": "1",
        "terms": "Net 30",
        "tax_group": "VAT",
        "lines": tuple(
            DistributionLine(
                n + 1, f"23BN{4272 + n}", f"Consultant fees, phase {n + 1}",
                Money(Decimal("5045.42") if n == 0 else Decimal("5045.41"), currency), Money(Decimal(0), currency),
            )
            for n in range(lines)
        ),
    }  # fmt: skip
    return Invoice(**{**record, **values})


def make_trouble(code: str = "jira.text-too-long", kind: str = "record", **values: str) -> dict[str, str]:
    return {
        "code": code, "kind": kind, "tried": "Writing Vendor (customfield_10010).",
        "got": "The text has 300 characters, and Jira takes 255 in this field.",
        "remedy": "Map this attribute to a paragraph field, or shorten the text at its source.", **values,
    }  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"COUNTERFOIL_DATA": str(tmp_path), "COUNTERFOIL_BASE_URL": BASE_URL})


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    built = build_house(settings)
    yield built
    built.parts.database.dispose()


def build_house(settings: Settings) -> House:
    database, seal = Database.from_settings(settings), Seal({"k1": bytes(32)})
    models.Table.metadata.create_all(database.engine)
    queue, people = NotingQueue(), People()
    parts = WebParts(settings, database, seal, MemoryCache(), Outcomes(), queue)
    app = Flask("counterfoil", static_folder=None)
    app.extensions[EXTENSION] = parts
    app.register_blueprint(connect_door())
    app.register_blueprint(connect_shell(Desk(parts, routes(), people)))
    protect_answers(app)
    return House(app, parts, queue, people, _site(database, seal, "client-1"))


def _site(database: Database, seal: Seal, client_key: str) -> int:
    now = datetime.now(UTC)
    with database.writing_every_site() as session:
        address = "https://acme.atlassian.net"
        site = Site(name="acme", base_url=address, display_url=address, created_at=now)
        session.add(site)
        session.flush()
        secret = seal.seal(SECRET, secret_place(client_key))
        session.add(
            Installation(
                site_id=site.id, door="connect", external_id=client_key, state="enabled", secret=secret, updated_at=now
            )
        )
        return site.id


@pytest.fixture
def house_builder() -> Callable[[Settings], House]:
    return build_house


@pytest.fixture
def invoice() -> Callable[..., Invoice]:
    return make_invoice


@pytest.fixture
def trouble() -> Callable[..., dict[str, str]]:
    return make_trouble


@pytest.fixture
def jira_field() -> Callable[..., dict[str, Any]]:
    return make_field
