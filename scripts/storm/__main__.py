"""`scripts/chaos`: kills, faults, edits and locks over the running demo, and a count of what they did to documents."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import click
import requests

from scripts.rehearsal.administrator import SetUpFailed
from scripts.rehearsal.processes import DidNotStart
from scripts.storm import random_run, systematic_run
from scripts.storm.random_run import Order, say
from scripts.storm.stage import new_stage


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seconds", default=60.0, show_default=True, help="How long the storm lasts.")
@click.option("--seed", default=1, show_default=True, help="Decides what happens, in which order.")
@click.option("--workers", default=3, show_default=True, type=click.IntRange(1), help="Worker processes.")
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]), default="sqlite", show_default=True)
@click.option("--documents", default=300, show_default=True, type=click.IntRange(20), help="Generated invoices.")
@click.option("--seed-csv", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Payables instead.")
@click.option("--latency", default="", metavar="NAME=TIME,…", help="Delay of replies, as sage300=120ms,jira=250ms.")
@click.option("--systematic", is_flag=True, help="Instead, strike once at each call and commit.")
@click.option("--every", default=1, show_default=True, type=click.IntRange(1), help="Of those, only each Nth.")
@click.option("--scene", "scenes", multiple=True, help="Of those, only of this scene, as a run tells it.  [all]")
def main(database: str, systematic: bool, every: int, scenes: tuple[str, ...], seed: int, **rest: Any) -> None:
    """Let a bad night pass over Counterfoil on this machine, and see what became of documents, wishes and payments.

    The last line is JSON. Exit status 0 when every document is in Jira once and stands beside its order, nothing was
    paid or posted twice or unasked, every wish has its answer and every reason is true, nothing is told twice, and
    nothing was parked, unchained or given away. Everything is on loopback. What failed keeps its folder.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    stage, store = new_stage(database)
    result: dict[str, Any] = {"ok": False}
    try:
        if systematic:
            result = systematic_run.run(stage, store, every, scenes)
        else:
            result = random_run.run(Order(seed=seed, **rest), stage, store)
    except (DidNotStart, SetUpFailed, requests.RequestException) as trouble:
        result = {"ok": False, "seed": seed, "error": str(trouble)}
    except KeyboardInterrupt:
        say("Interrupted.")
    finally:
        store.stop()
        if result["ok"]:
            shutil.rmtree(stage.folder, ignore_errors=True)
        else:
            say(f"Data and logs are kept in {stage.folder}")
    print(json.dumps({**result, "database": database}), flush=True)
    sys.exit(0 if result["ok"] else 1)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


main()
