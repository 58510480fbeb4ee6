"""What a storm has left behind, as one object: the counts that must be zero, and which documents are concerned."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redis import Redis

from plugin.jobs.embedded import redis_url
from plugin.settings import Settings
from scripts.rehearsal.administrator import Administrator
from scripts.storm.aftermath import Aftermath
from scripts.storm.agreement import Agreement, Sight, agree
from scripts.storm.answers import judge_answers, judge_comments
from scripts.storm.canaries import Canaries
from scripts.storm.databases import rows
from scripts.storm.desk import Diary
from scripts.storm.ledger import Ledger
from scripts.storm.payments import judge_approvals, judge_payments
from scripts.storm.stage import Stage
from scripts.storm.wishes import Jira

OF_BOTH_SYSTEMS = (
    "lost", "duplicated", "different", "unlinked", "linked_twice",
    "paid_twice", "overpaid", "paid_unasked", "posted_unasked",
    "unanswered", "untrue", "not_done", "told_otherwise", "told_twice", "postings_untold",
)  # fmt: skip
MUST_BE_ZERO = (*OF_BOTH_SYSTEMS, "parked", "chain_breaks", "secrets_found")
SHOWN_AT_MOST = 40
Judged = tuple[dict[str, Any], list[str]]
"""The counts, and sentences for what is wrong."""


def judge(addresses: Mapping[str, str], before: Sight, diary: Diary, *, denied: bool = False) -> Agreement:
    """What both systems hold against each other, and against what people did and asked for. Our own ledger is not
    asked. `denied`: Jira was made to answer 401 or 403 to some requests."""
    sight, jira = Sight.of(addresses), Jira(addresses["jira"])
    wishes = jira.wishes(sight)
    left = Aftermath(before, sight, wishes, jira.told(sight), diary, datetime.now(UTC).date().isoformat(), denied)
    result = agree(sight)
    result.add(judge_payments(sight, wishes))
    result.add(judge_approvals(before, sight, wishes, diary))
    result.add(judge_answers(left))
    result.add(judge_comments(left))
    return result


def verdict(stage: Stage, ledger: Ledger, administrator: Administrator, judged: Agreement) -> Judged:
    """With what our own side has to say: what is parked, whether its chains are whole, and no secret is told."""
    parked = ledger.parked()
    breaks = broken_chains(stage.environment())
    secrets = _secrets(stage, administrator)
    counts = {**judged.counts, "parked": len(parked), "chain_breaks": len(breaks), "secrets_found": len(secrets)}
    waiting = [f"{each} is parked." for each in parked]
    return complete(counts), [*judged.wrong, *waiting[:SHOWN_AT_MOST], *breaks, *secrets[:SHOWN_AT_MOST]]


def complete(counts: Mapping[str, int]) -> dict[str, int]:
    """With a number for each that must be zero."""
    return {**counts, **{name: counts.get(name, 0) for name in MUST_BE_ZERO}}


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
