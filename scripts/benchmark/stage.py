"""Where a measurement takes place: mocks with generated invoices, and an app that was set up and then stopped.

The app's own processes are gone before anything is measured, so that only the measured process works on the stream.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from sqlalchemy import select

from plugin.integrations.registry import product_of
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.models import Integration, Stream
from plugin.web.starting import begin
from scripts.rehearsal.administrator import Administrator
from scripts.rehearsal.first_sync import COMPANY, PASSWORD, USER
from scripts.rehearsal.processes import STOP_SECONDS, Systems

PER_BATCH = 50
ONE_HOUR = 3600


class NotMeasured(Exception):
    """A sentence for the person at the terminal."""


@dataclass(frozen=True)
class Stage:
    """Everything is ready for the first pass of the stream `stream_id`."""

    systems: Systems
    site_id: int
    stream_id: int

    def measure(self, program: str, *words: str) -> dict[str, Any]:
        """Runs a program of this package in a process of its own; what it prints as JSON on its last line."""
        done = subprocess.run(
            [sys.executable, "-m", f"scripts.benchmark.{program}", str(self.site_id), str(self.stream_id), *words],
            # Unpaced: what is measured is the work.
            env=self.systems.environment()
            | {"COUNTERFOIL_SLICE_SECONDS": str(ONE_HOUR), "COUNTERFOIL_JIRA_CALLS_PER_SECOND": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise NotMeasured(f"{program} failed:\n{done.stderr[-3000:]}")
        measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return measured


@contextmanager
def stage(invoices: int, latency: str = "") -> Iterator[Stage]:
    """Everything is stopped and removed at the end."""
    systems = Systems.in_a_new_folder()
    try:
        options = ["--generate-invoices", str(invoices), "--per-batch", str(PER_BATCH)]
        systems.start_mocks([*options, *(["--latency", latency] if latency else [])])
        _close_the_books(systems.addresses["sage300"])
        systems.start_app()
        integration_id = _set_up(systems)
        _stop_app(systems)
        yield Stage(systems, *_stream(systems, integration_id))
    finally:
        systems.stop()
        shutil.rmtree(systems.folder, ignore_errors=True)


def _close_the_books(sage300: str) -> None:
    """Posts what is open. Sage 300 tells no time of an edit, so a batch open today is read again by every poll of
    today, and a poll would never find nothing to do."""
    control = f"{sage300}/__mock__"
    batches = requests.get(f"{control}/state", params={"type": "invoice_batches"}, timeout=120).json()
    for batch in batches["invoice_batches"]:
        if batch["company"] == COMPANY and batch["status"] == "Open":
            for action in ("ready", "post"):
                order = {"action": action, "number": batch["number"]}
                requests.post(f"{control}/documents/invoice_batch", json=order, timeout=60).raise_for_status()


def _set_up(systems: Systems) -> int:
    administrator = Administrator(systems.addresses["jira"], systems.addresses["app"])
    administrator.install()
    address = f"{systems.addresses['sage300']}/Sage300WebApi"
    connection_id = administrator.connect_sage300(address, COMPANY, USER, PASSWORD)
    integration_id = administrator.choose_place(connection_id, "Accounts payable", "Invoice")
    administrator.map_as_suggested(integration_id)
    return integration_id


def _stop_app(systems: Systems) -> None:
    os.kill(systems.pid("app"), signal.SIGTERM)
    until = time.monotonic() + STOP_SECONDS
    while systems.ended() != "app":
        if time.monotonic() > until:
            raise NotMeasured("The app did not stop.")
        time.sleep(0.05)


def _stream(systems: Systems, integration_id: int) -> tuple[int, int]:
    """Site and stream. It is as saving a schedule leaves it, but nobody is there to run it; and all others are left
    as they were made, not started: what is measured is this one alone."""
    database = Database.from_settings(Settings.from_environment(systems.environment()))
    with database.writing_every_site() as session:
        integration = session.get_one(Integration, integration_id)
        main = product_of(integration).main.name
        stream = session.scalars(
            select(Stream).where(Stream.integration_id == integration_id, Stream.name == main)
        ).one()
        begin(stream, datetime.now(UTC))
        stream.interval_seconds = ONE_HOUR
        found = integration.site_id, stream.id
    database.dispose()
    return found
