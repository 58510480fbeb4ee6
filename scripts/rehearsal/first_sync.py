"""Setting up the demo, and watching its first run."""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scripts.rehearsal.administrator import Administrator
from scripts.rehearsal.ledger_view import LedgerView
from scripts.rehearsal.processes import Systems

USER, PASSWORD = "counterfoil", "rehearsal"
COMPANY = "SAMLTD"
POLL_MINUTES = 1
PATIENCE_SECONDS = 1800


def set_up(administrator: Administrator, systems: Systems) -> None:
    """Install, connect, choose where issues go, map, start: the steps of the admin page in their order."""
    _say("Installing the app into Jira by its descriptor")
    administrator.install()
    _say("Connecting Sage 300")
    address = f"{systems.addresses['sage300']}/Sage300WebApi"
    connection = administrator.connect_sage300(address, COMPANY, USER, PASSWORD)
    _say("Choosing the project, creating and mapping the fields")
    integration = administrator.choose_place(connection, "Accounts payable", "Invoice")
    administrator.map_as_suggested(integration)
    _say("Starting")
    administrator.start(integration, POLL_MINUTES)


def watch_first_run(systems: Systems) -> None:
    """A progress bar in a terminal, plain lines elsewhere; returns when the first run has ended."""
    view = LedgerView(systems)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("Invoices to issues", total=None)
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            run = view.last_run()
            if run is not None:
                bar.update(task, total=run.expected, completed=run.created + run.updated)
                if run.finished_at is not None:
                    break
            time.sleep(0.3)
    if run is None or run.finished_at is None:
        raise TimeoutError("the first run has not ended")
    _say(f"{run.read} documents read, {run.created} issues created, {run.failed} failed")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
