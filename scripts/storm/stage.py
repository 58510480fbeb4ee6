"""Where a storm takes place: the demo's systems, the app in single processes, secrets that can be recognised."""

from __future__ import annotations

import base64
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from plugin.settings import Settings
from plugin.sites.connect.tenants import secret_place
from plugin.store.database import Database
from plugin.store.models import Installation
from plugin.store.sealing import KEY_BYTES, Seal
from plugin.store.upgrade import upgrade
from scripts.rehearsal.administrator import Administrator
from scripts.rehearsal.comparison import COMPANY
from scripts.rehearsal.decisions import Action, allow_actions
from scripts.rehearsal.processes import Systems, free_port
from scripts.storm.databases import Postgresql, Sqlite, Store
from scripts.storm.moods import JIRA_ON_A_BAD_DAY, turn

USER = "COUNTERFOIL"
POLL_MINUTES = 1
UNCERTAIN_WAIT_SECONDS = 4
SLICE_SECONDS = 5
PER_BATCH = 20
PAGE_SIZE = 7
"""Rows per page of Sage 300: few, so that a list takes several calls."""
PROJECT, BANK = "Accounts payable", "SEATAC"
ISSUE_TYPES = {"": "Invoice", "orders": "Purchase order", "receipts": "Goods receipt"}
"""By stream, the main one first."""
ALSO_MAPPED: Mapping[str, Sequence[str]] = {
    "": ("paid_amount", "open_amount", "vendor_group", "vendor_terms"),
    "orders": ("vendor_terms",),
    "receipts": (),
}
APPROVERS, PAYERS = ("jira-users",), ("jira-administrators", "finance")
ACTIONS = {
    "approve": Action(", ".join(APPROVERS), "Approved", refused_status="Open"),
    "pay": Action(", ".join(PAYERS), "Paid", ticks=frozenset({"four_eyes", "ready", "post"}), bank=BANK),
}


@dataclass
class Stage(Systems):
    """The demo's systems with a database of choice and planted secrets."""

    settings: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        return {**super().environment(), **self.settings}

    def database(self) -> Database:
        return Database.from_settings(Settings.from_environment(self.environment()))


def new_stage(kind: str) -> tuple[Stage, Store]:
    """A folder, a migrated database, the addresses; nothing runs yet but the database."""
    stage = Stage(Path(tempfile.mkdtemp(prefix="counterfoil-storm-")))
    stage.secrets = _planted()
    store = _new_store(kind, stage.folder)
    stage.settings = {
        "DATABASE_URL": store.url,
        "COUNTERFOIL_KEYS": f"storm:{stage.secrets['key of the seal']}",
        "COUNTERFOIL_METRICS_TOKEN": stage.secrets["metrics token"],
        "COUNTERFOIL_UNCERTAIN_WAIT_SECONDS": str(UNCERTAIN_WAIT_SECONDS),
        "COUNTERFOIL_SLICE_SECONDS": str(SLICE_SECONDS),
    }
    stage.addresses["app"] = f"http://127.0.0.1:{free_port()}"
    return stage, store


def _new_store(kind: str, folder: Path) -> Store:
    return Postgresql(folder / "postgresql") if kind == "postgresql" else Sqlite(folder / "data")


def prepare(stage: Stage) -> None:
    """The mocks run: their users and moods, and our tables."""
    turn(stage.addresses["sage300"], {"users": {USER: {"password": stage.secrets["Sage 300 password"]}}})
    turn(stage.addresses["jira"], JIRA_ON_A_BAD_DAY)
    database = stage.database()
    upgrade(database)
    database.dispose()


def mock_options(documents: int, seed_csv: Path | None, latency: str) -> Sequence[str]:
    books = ["--seed-csv", str(seed_csv.absolute())] if seed_csv else ["--generate-invoices", str(documents)]
    late = ["--latency", latency] if latency else []
    return [*books, *late, "--per-batch", str(PER_BATCH), "--page-size", str(PAGE_SIZE)]


def set_up(stage: Stage) -> tuple[Administrator, int]:
    """What an administrator does, up to the mappings; returns the integration's id."""
    administrator = Administrator(stage.addresses["jira"], stage.addresses["app"])
    administrator.install()
    stage.secrets["shared secret of Connect"] = _shared_secret(stage)
    address = f"{stage.addresses['sage300']}/Sage300WebApi"
    connection = administrator.connect_sage300(address, COMPANY, USER, stage.secrets["Sage 300 password"])
    integration = administrator.choose_place(connection, PROJECT, ISSUE_TYPES[""])
    for stream, issue_type in ISSUE_TYPES.items():
        if stream:
            administrator.move_to(integration, PROJECT, issue_type, stream)
        administrator.map_as_suggested(integration, stream, ALSO_MAPPED[stream])
    return administrator, integration


def allow(administrator: Administrator, integration: int) -> None:
    """What people may do from Jira."""
    allow_actions(administrator, integration, ACTIONS)


def start(administrator: Administrator, integration: int) -> None:
    """All streams."""
    for stream in ISSUE_TYPES:
        administrator.start(integration, POLL_MINUTES, stream)


def _planted() -> dict[str, str]:
    """Sage 300 sends user and password in upper case."""
    password = f"CANARY{secrets.token_hex(12).upper()}"
    return {
        "Sage 300 password": password,
        "Basic authentication": base64.b64encode(f"{USER}:{password}".encode()).decode(),
        "key of the seal": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(),
        "metrics token": f"canary{secrets.token_hex(12)}",
    }


def _shared_secret(stage: Stage) -> str:
    """What Jira gave the app when it was installed."""
    database = stage.database()
    with database.reading_every_site() as session:
        installation = session.scalars(select(Installation)).one()
    database.dispose()
    seal = Seal.from_settings(Settings.from_environment(stage.environment()))
    return seal.open(installation.secret or "", secret_place(installation.external_id))
