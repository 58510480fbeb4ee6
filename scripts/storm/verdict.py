"""What a storm has left behind, as one object: the counts that must be zero, and which documents are concerned."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redis import Redis

from plugin.jobs.embedded import redis_url
from plugin.settings import Settings
from scripts.rehearsal.administrator import Administrator
from scripts.rehearsal.comparison import Difference, compare
from scripts.storm.canaries import Canaries
from scripts.storm.databases import rows
from scripts.storm.ledger import PARKED_STATES, Ledger
from scripts.storm.stage import Stage

MUST_BE_ZERO = ("lost", "duplicated", "different", "parked", "chain_breaks", "secrets_found")
SHOWN_AT_MOST = 40


def verdict(stage: Stage, ledger: Ledger, administrator: Administrator) -> tuple[dict[str, Any], list[str]]:
    """The counts, and sentences for what is wrong."""
    difference = compare(stage.addresses)
    parked = ledger.documents_in(*PARKED_STATES)
    breaks = broken_chains(stage.environment())
    secrets = _secrets(stage, administrator)
    counts = {**counted(difference), "parked": len(parked), "chain_breaks": len(breaks), "secrets_found": len(secrets)}
    waiting = [f"{each} is parked." for each in parked]
    return counts, [*difference.sentences, *waiting[:SHOWN_AT_MOST], *breaks, *secrets[:SHOWN_AT_MOST]]


def counted(difference: Difference) -> dict[str, int]:
    return {
        "documents": difference.source,
        "lost": len(difference.lost),
        "duplicated": len(difference.duplicated),
        "different": len(difference.different),
    }


def sound(counts: Mapping[str, Any]) -> bool:
    return not any(counts[name] for name in MUST_BE_ZERO)


def broken_chains(environment: Mapping[str, str]) -> list[str]:
    """What `counterfoil audit verify` has to say."""
    command = [sys.executable, "-m", "plugin.cli", "audit", "verify"]
    told = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)
    if told.returncode == 0:
        return []
    return (told.stdout + told.stderr).splitlines()[:SHOWN_AT_MOST] or ["counterfoil audit verify failed."]


def export(environment: Mapping[str, str], folder: Path) -> None:
    """The audit trail as operators take it away, in both forms: it is looked through with all else in the folder."""
    for form in ("csv", "jsonl"):
        command = [sys.executable, "-m", "plugin.cli", "audit", "export", "--format", form, f"{folder}/export.{form}"]
        subprocess.run(command, env=dict(environment), capture_output=True, check=True)


def _secrets(stage: Stage, administrator: Administrator) -> list[str]:
    canaries = Canaries(stage.secrets)
    redis = Redis.from_url(redis_url(Settings.from_environment(stage.environment())))
    found = canaries.in_queue(redis)
    redis.close()
    found += canaries.in_rows(rows(stage.settings["DATABASE_URL"]))
    found += canaries.on_pages(administrator, stage.addresses["app"], stage.secrets["metrics token"])
    export(stage.environment(), stage.folder)
    return found + canaries.in_files(stage.folder)
