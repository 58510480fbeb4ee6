"""The passes that the systematic run goes through, and the state before each."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import update

from mock_servers import jira
from mock_servers.harness import serve
from mock_servers.jira import JiraMock
from mock_servers.sage300 import Sage300Mock, Seed
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.models import LedgerEntry
from scripts.rehearsal.comparison import COMPANY
from scripts.rehearsal.processes import free_port
from scripts.storm.crew import Crew
from scripts.storm.databases import Store
from scripts.storm.forking import serving
from scripts.storm.ledger import Ledger
from scripts.storm.stage import POLL_MINUTES, Stage, prepare, set_up

DOCUMENTS, PER_BATCH = 60, 20
"""More than fit into one bulk creation."""
NEVER = 3600.0
"""Seconds of index lag: whoever asks Jira's search for what was lost finds nothing."""
ONE_HOUR = 3600
UNCERTAIN_WAIT_SECONDS = 0.1
RUN = "import sys; from plugin.jobs.tasks import run_stream; run_stream(*map(int, sys.argv[1:]), 'schedule')"


@dataclass
class Scene:
    """A state of mocks and database before a pass. Mocks are not being served between points."""

    name: str
    stage: Stage
    store: Store
    sage300: Sage300Mock
    jira: JiraMock
    site_id: int
    stream_id: int
    _numbers: Iterator[int]

    @property
    def log(self) -> Path:
        """Of all runs."""
        return self.stage.log_of("runs")

    @contextmanager
    def opened(self) -> Iterator[dict[str, str]]:
        """Mocks and database as before the pass, for one use; yields the app's settings."""
        url = self.store.copied(f"copy_{next(self._numbers)}").url
        with serving(self._serve, self.stage.log_of("mocks")):
            yield {**self.stage.environment(), "DATABASE_URL": url}

    def database(self, environment: dict[str, str]) -> Database:
        return Database.from_settings(Settings.from_environment(environment))

    def run(self, **settings: object) -> None:
        """The pass itself, undisturbed: the state after it is that of the next scene."""
        environment = self.stage.environment() | {f"COUNTERFOIL_{name}": str(value) for name, value in settings.items()}
        with served(self.stage, self.sage300, self.jira):
            words = [sys.executable, "-c", RUN, str(self.site_id), str(self.stream_id)]
            subprocess.run(words, env=environment, check=True, capture_output=True)

    def _serve(self) -> list[object]:
        ports = (int(self.stage.addresses[name].rpartition(":")[2]) for name in ("sage300", "jira"))
        return [serve(mock, port=port) for mock, port in zip((self.sage300, self.jira), ports, strict=True)]


def scenes(stage: Stage, store: Store) -> Iterator[Scene]:
    """One after the other; each begins where the one before would have ended undisturbed."""
    stage.settings["COUNTERFOIL_UNCERTAIN_WAIT_SECONDS"] = str(UNCERTAIN_WAIT_SECONDS)
    stage.settings["COUNTERFOIL_SLICE_SECONDS"] = str(ONE_HOUR)
    sage300 = Sage300Mock(seeded=Seed(invoices=DOCUMENTS, per_batch=PER_BATCH))
    site = jira.create()
    stage.addresses |= {name: f"http://127.0.0.1:{free_port()}" for name in ("sage300", "jira")}
    site.settle_address(stage.addresses["jira"])
    scene = Scene("creations", stage, store, sage300, site, *_set_up(stage, sage300, site), count(1))
    site.turn({"index_lag": NEVER})
    yield scene
    scene.run()
    _change(sage300)
    scene.name = "changes"
    yield scene
    scene.run()
    _lose_replies(scene)
    scene.name = "lost replies"
    yield scene


@contextmanager
def served(stage: Stage, *mocks: Any) -> Iterator[None]:
    """By threads of this process, which are gone at the end."""
    with ExitStack() as running:
        for mock in mocks:
            running.enter_context(serve(mock, port=int(stage.addresses[mock.name].rpartition(":")[2])))
        yield
    while threading.active_count() > 1:
        time.sleep(0.01)


def _set_up(stage: Stage, sage300: Sage300Mock, site: JiraMock) -> tuple[int, int]:
    """Site and stream: all that an administrator does, but when the stream is started nobody is there to run it."""
    crew = Crew(stage, workers=1)
    with served(stage, sage300, site):
        try:
            prepare(stage)
            crew.start(schedulers=False)
            administrator, integration = set_up(stage)
            crew.dismiss_workers()
            administrator.start(integration, POLL_MINUTES)
        finally:
            crew.stop()
    ledger = Ledger(stage.database())
    stream = ledger.stream()
    ledger.dispose()
    if stream is None:
        raise RuntimeError("Starting the stream left no stream behind.")
    return stream.site_id, stream.id


def _change(sage300: Sage300Mock) -> None:
    """New, corrected, held, moved, renamed and deleted documents."""
    books = sage300.state("invoices")["invoices"]
    mine = [each for each in books if each["company"] == COMPANY]
    vendor, account = mine[0]["vendor"], mine[0]["lines"][0]["account"]

    def act(kind: str, action: str, document: dict[str, Any], **more: Any) -> None:
        sage300.act(kind, {"company": COMPANY, "action": action, **_named(document), **more})

    act("invoice", "edit", mine[0], amount="4321.09")
    act("invoice", "edit", mine[1], due_date="2030-01-31")
    act("invoice", "hold", mine[21])
    act("invoice", "move", mine[22], to_batch=mine[41]["batch"])
    act("invoice", "edit", mine[23], new_number="RENAMED-1")
    act("invoice", "delete", mine[42])
    for number in ("NEW-1", "NEW-2"):
        line = {"account": account, "amount": "100.55", "description": "Work on site"}
        act("invoice", "enter", {"vendor": vendor, "number": number}, lines=[line], batch=mine[0]["batch"])
    credit = {"account": account, "amount": "50.25", "description": "Returned goods"}
    act("credit_note", "enter", {"vendor": vendor, "number": "CREDIT-1"}, lines=[credit])


def _lose_replies(scene: Scene) -> None:
    """Two creations and a correction that Jira took, a creation that it never got, and no reply to any of them."""
    books = scene.sage300.state("invoices")["invoices"]
    first = next(each for each in books if each["company"] == COMPANY and each["number"] == "NEW-1")
    line = {"account": first["lines"][0]["account"], "amount": "77.00", "description": "Work on site"}

    def enter(*numbers: str) -> None:
        for number in numbers:
            order = {"vendor": first["vendor"], "number": number, "lines": [line], "batch": first["batch"]}
            scene.sage300.act("invoice", {"company": COMPANY, "action": "enter", **order})

    def run_into(kind: str, method: str, path: str) -> None:
        scene.jira.faults.add(kind, method=method, path=path)
        scene.run(UNCERTAIN_WAIT_SECONDS=ONE_HOUR)  # what is uncertain by then stays so
        if scene.jira.faults.remaining():
            raise RuntimeError(f"The fault {kind} was met by nobody.")

    enter("LOST-1", "LOST-2")
    run_into("lost_reply", "POST", r"/issue/bulk$")
    enter("NEVER-1")
    run_into("reset", "POST", r"/issue/bulk$")
    scene.sage300.act("invoice", {"company": COMPANY, "action": "edit", **_named(first), "amount": "99.99"})
    run_into("lost_reply", "PUT", r"/issue/[^/]+$")
    database = scene.database(scene.stage.environment())
    with database.writing(scene.site_id) as session:
        asked = update(LedgerEntry).where(LedgerEntry.state == "uncertain").values(next_try_at=datetime.now(UTC))
        session.execute(asked.execution_options(synchronize_session=False))
    database.dispose()


def _named(document: dict[str, Any]) -> dict[str, Any]:
    return {"vendor": document["vendor"], "number": document["number"]}
