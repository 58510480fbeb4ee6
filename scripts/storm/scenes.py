"""What the systematic run goes through: states of both systems and of our database, and the work done from each."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import update

from mock_servers import jira
from mock_servers.harness import serve
from mock_servers.jira import JiraMock
from mock_servers.sage300 import Sage300Mock, Seed
from plugin.jobs.hooks import follow_configuration
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.models import LedgerEntry
from scripts.rehearsal.comparison import COMPANY
from scripts.rehearsal.processes import free_port
from scripts.storm.agreement import BOOKS, Sight
from scripts.storm.crew import Crew
from scripts.storm.databases import Store
from scripts.storm.forking import serving
from scripts.storm.ledger import Ledger
from scripts.storm.stage import Stage, allow, prepare, set_up, start
from scripts.storm.work import INVOICES_ALONE, Program

NEVER = 3600.0
"""Seconds of index lag: whoever asks Jira's search for what was lost finds nothing."""
ONE_HOUR = 3600
UNCERTAIN_WAIT_SECONDS = 0.1
DOCUMENTS, PER_BATCH = 60, 20
"""More than fit into one bulk creation."""
WORK = "import sys; from scripts.storm.work import Program; Program.of(sys.argv[1]).carry_out()"


@dataclass
class Scene:
    """A state of mocks and database before some work. Mocks are not being served between points."""

    stage: Stage
    store: Store
    sage300: Sage300Mock
    jira: JiraMock
    site_id: int
    streams: Mapping[str, int]
    name: str = ""
    program: Program = INVOICES_ALONE
    """At whose calls and commits a worker dies."""
    afterwards: Program = INVOICES_ALONE
    """What other workers do then, again and again until it is quiet."""
    before: Sight = field(default_factory=lambda: Sight({}, []))
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def log(self) -> Path:
        """Of all runs."""
        return self.stage.log_of("runs")

    def enter(self, name: str, program: Program, afterwards: Program | None = None) -> Scene:
        """Another scene, at the same place."""
        self.name, self.program, self.afterwards = name, program, afterwards or program
        return self

    @contextmanager
    def opened(self) -> Iterator[dict[str, str]]:
        """Mocks and database as before the work, for one use; yields the app's settings."""
        url = self.store.copied(f"copy_{next(self._numbers)}").url
        with serving(self._serve, self.stage.log_of("mocks")):
            yield {**self.stage.environment(), "DATABASE_URL": url}

    def database(self, environment: dict[str, str]) -> Database:
        return Database.from_settings(Settings.from_environment(environment))

    def run(self, program: Program | None = None, **settings: object) -> None:
        """The work itself, undisturbed: the state after it is that of the next scene."""
        environment = self.stage.environment() | {f"COUNTERFOIL_{name}": str(value) for name, value in settings.items()}
        with served(self.stage, self.sage300, self.jira):
            words = [sys.executable, "-c", WORK, (program or self.program).at(self.site_id, self.streams).said()]
            subprocess.run(words, env=environment, check=True, capture_output=True)

    def act(self, kind: str, action: str, **order: Any) -> dict[str, Any]:
        """What somebody does in Sage 300."""
        return self.sage300.act(kind, {"company": COMPANY, "action": action, **order})

    def move(self, issue: str, person: str, *transitions: str) -> None:
        """Somebody moves an issue in Jira; nobody hears of it."""
        for each in transitions:
            self.jira.act("issue", {"action": "transition", "key": issue, "transition": each, "as": person})

    def issue_of(self, number: str) -> dict[str, Any]:
        issues = self.jira.state("issues")["issues"]
        return next(each for each in issues if each["fields"].get("Invoice number") == number)

    def invoices(self) -> list[dict[str, Any]]:
        return [each for each in self.sage300.state("invoices")["invoices"] if each["company"] == COMPANY]

    def remember(self) -> None:
        """How things stood before anything was done in Jira."""
        books = {kind: [e for e in self.sage300.state(kind)[kind] if e["company"] == COMPANY] for kind in BOOKS}
        self.before = Sight(books, self.jira.state("issues")["issues"])

    def ask_now(self) -> None:
        """The time has come to ask about what is uncertain."""
        database = self.database(self.stage.environment())
        with database.writing(self.site_id) as session:
            asked = update(LedgerEntry).where(LedgerEntry.state == "uncertain").values(next_try_at=datetime.now(UTC))
            session.execute(asked.execution_options(synchronize_session=False))
        database.dispose()

    def _serve(self) -> list[object]:
        ports = (int(self.stage.addresses[name].rpartition(":")[2]) for name in ("sage300", "jira"))
        return [serve(mock, port=port) for mock, port in zip((self.sage300, self.jira), ports, strict=True)]


def first_scene(stage: Stage, store: Store) -> Scene:
    """All that an administrator does; when the streams are started nobody is there to run them."""
    stage.settings["COUNTERFOIL_UNCERTAIN_WAIT_SECONDS"] = str(UNCERTAIN_WAIT_SECONDS)
    stage.settings["COUNTERFOIL_SLICE_SECONDS"] = str(ONE_HOUR)
    sage300 = Sage300Mock(seeded=Seed(invoices=DOCUMENTS, per_batch=PER_BATCH))
    site = jira.create()
    stage.addresses |= {name: f"http://127.0.0.1:{free_port()}" for name in ("sage300", "jira")}
    site.settle_address(stage.addresses["jira"])
    site.turn({"webhook_drop": 1.0})  # delivering them takes threads, which a fork would not have
    scene = Scene(stage, store, sage300, site, *_set_up(stage, sage300, site))
    site.turn({"index_lag": NEVER})
    scene.remember()
    return scene


@contextmanager
def served(stage: Stage, *mocks: Any) -> Iterator[None]:
    """By threads of this process, which are gone at the end."""
    with ExitStack() as running:
        for mock in mocks:
            running.enter_context(serve(mock, port=int(stage.addresses[mock.name].rpartition(":")[2])))
        yield
    while threading.active_count() > 1:
        time.sleep(0.01)


def _set_up(stage: Stage, sage300: Sage300Mock, site: JiraMock) -> tuple[int, Mapping[str, int]]:
    """The site, and its streams by name."""
    crew = Crew(stage, workers=1)
    with served(stage, sage300, site):
        try:
            prepare(stage)
            crew.start(schedulers=False)
            administrator, integration = set_up(stage)
            allow(administrator, integration)
            crew.dismiss_workers()
            start(administrator, integration)
        finally:
            crew.stop()
    database = stage.database()
    follow_configuration(database, datetime.now(UTC))
    ledger = Ledger(database)
    streams = ledger.streams()
    ledger.dispose()
    return streams[0].site_id, {each.name: each.id for each in streams}
