"""The random run: a storm over the whole demo, and the count of what it did and what it left."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.rehearsal.decisions import register_webhooks
from scripts.storm.agreement import Sight
from scripts.storm.buyer import Buyer
from scripts.storm.clerk import Clerk
from scripts.storm.crew import Crew
from scripts.storm.databases import Store
from scripts.storm.desk import Desk
from scripts.storm.lanes import Storm
from scripts.storm.ledger import Ledger
from scripts.storm.moods import JIRA_ON_A_BAD_DAY, webhooks
from scripts.storm.people import People
from scripts.storm.settling import Settling
from scripts.storm.stage import Stage, allow, mock_options, prepare, set_up, start
from scripts.storm.verdict import judge, sound, verdict


@dataclass(frozen=True)
class Order:
    """What the command line says."""

    seconds: float
    seed: int
    workers: int
    documents: int
    seed_csv: Path | None
    latency: str = ""


def run(order: Order, stage: Stage, store: Store) -> dict[str, Any]:
    """Everything that was started for it is stopped again; `stage.folder` and the database stay."""
    crew = Crew(stage, order.workers)
    try:
        stage.start_mocks(mock_options(order.documents, order.seed_csv, order.latency))
        prepare(stage)
        crew.start()
        say("Setting the app up through its pages")
        administrator, integration = set_up(stage)
        ledger = Ledger(stage.database())
        desk, people = Desk(stage.addresses["sage300"]), People(stage.addresses["jira"])
        clerk, buyer = Clerk(desk), Buyer(desk)
        clerk.look()
        before = Sight.of(stage.addresses)
        storm = Storm(order.seed, stage.addresses, crew, store, ledger, clerk, buyer, people, administrator)
        allow(administrator, integration)
        start(administrator, integration)
        register_webhooks(administrator)
        ledger.poll_every_second()
        say(f"The storm lasts {order.seconds:g} seconds")
        began = time.monotonic()
        storm.rage(order.seconds)
        lasted = time.monotonic() - began
        say(
            f"{crew.kills.total()} kills, {storm.faults.total()} faults, {desk.done.total()} edits, "
            f"{people.done.total()} moves. Settling"
        )
        settled = Settling(crew, ledger, administrator, float(str(JIRA_ON_A_BAD_DAY["index_lag"]))).wait()
        judged = judge(stage.addresses, before, desk.diary, denied=storm.faults["status"] > 0)
        counts, wrong = verdict(stage, ledger, administrator, judged)
        deeds = _deeds(storm, lasted)
        ledger.dispose()
    finally:
        crew.stop()
        stage.stop()
    for sentence, times in storm.pages_failed.most_common():
        say(f"A page failed {times} times during the storm: {sentence}")
    for sentence in wrong:
        say(f"WRONG: {sentence}")
    return {
        **deeds,
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
        "moods": dict(storm.moods),
        "webhooks": dict(webhooks(storm.addresses)),
        "edits": storm.clerk.desk.done.total() - storm.clerk.desk.done["refused"],
        "moves": storm.people.done.total() - storm.people.done["refused"],
    }
