"""The random run: a storm over the whole demo, and the count of what it did and what it left."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.storm.clerk import Clerk
from scripts.storm.crew import Crew
from scripts.storm.databases import Store
from scripts.storm.lanes import Storm
from scripts.storm.ledger import Ledger
from scripts.storm.settling import settle
from scripts.storm.stage import POLL_MINUTES, Stage, mock_options, prepare, set_up
from scripts.storm.verdict import sound, verdict


@dataclass(frozen=True)
class Order:
    """What the command line says."""

    seconds: float
    seed: int
    workers: int
    documents: int
    seed_csv: Path | None


def run(order: Order, stage: Stage, store: Store) -> dict[str, Any]:
    """Everything that was started for it is stopped again; `stage.folder` and the database stay."""
    crew = Crew(stage, order.workers)
    try:
        stage.start_mocks(mock_options(order.documents, order.seed_csv))
        prepare(stage)
        crew.start()
        say("Setting the app up through its pages")
        administrator, integration = set_up(stage)
        ledger = Ledger(stage.database())
        clerk = Clerk(stage.addresses["sage300"])
        clerk.look()
        storm = Storm(order.seed, stage.addresses, crew, store, ledger, clerk, administrator)
        administrator.start(integration, POLL_MINUTES)
        ledger.poll_every_second()
        say(f"The storm lasts {order.seconds:g} seconds")
        began = time.monotonic()
        storm.rage(order.seconds)
        lasted = time.monotonic() - began
        say(f"{crew.kills.total()} kills, {storm.faults.total()} faults, {clerk.done.total()} edits. Settling")
        settled = settle(crew, ledger, administrator)
        counts, wrong = verdict(stage, ledger, administrator)
        ledger.dispose()
    finally:
        crew.stop()
        stage.stop()
    for sentence, times in storm.pages_failed.most_common():
        say(f"A page failed {times} times during the storm: {sentence}")
    for sentence in wrong:
        say(f"WRONG: {sentence}")
    return {
        **_deeds(storm, lasted),
        **counts,
        "seconds_to_settle": None if settled is None else round(settled, 1),
        "ok": settled is not None and sound(counts),
    }


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _deeds(storm: Storm, lasted: float) -> dict[str, Any]:
    return {
        "seconds": round(lasted, 1),
        "seed": storm.seed,
        "kills": storm.crew.kills.total(),
        "kills_by_victim": dict(storm.crew.kills),
        "faults": storm.faults.total(),
        "faults_by_kind": {kind: number for kind, number in sorted(storm.faults.items()) if number},
        "nuisances": dict(storm.nuisances),
        "ended_by_themselves": dict(storm.crew.ended_by_themselves),
        "pages_failed": storm.pages_failed.total(),
        "edits": storm.clerk.done.total() - storm.clerk.done["refused"],
    }
