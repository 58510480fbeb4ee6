"""The systematic run over all scenes, and its line."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from typing import Any

from scripts.storm import acts
from scripts.storm.databases import Store
from scripts.storm.every_point import cover
from scripts.storm.random_run import say
from scripts.storm.stage import Stage
from scripts.storm.verdict import OF_BOTH_SYSTEMS

MUST_BE_ZERO = (*OF_BOTH_SYSTEMS, "refused", "parked", "chain_breaks", "unsettled")
SHOWN = ("documents", "wishes", "approved", "paid", "payments", "batches_by_us", "linked", "comments", "postings")
SHOWN_AT_MOST = 40


def run(stage: Stage, store: Store, every: int, only: Collection[str] = ()) -> dict[str, Any]:
    """Each `every`th point, all of them with 1; of all scenes, or of those that are named."""
    began = time.monotonic()
    points: dict[str, dict[str, int]] = {}
    not_reached: list[str] = []
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for scene in acts.scenes(stage, store):
        if only and scene.name not in only:
            continue
        coverage = cover(scene, every)
        say(f"{scene.name}: {coverage.covered.total()} points, {len(coverage.wrong)} things wrong")
        points[scene.name] = dict(sorted(coverage.covered.items()))
        not_reached += [f"{scene.name}, {point}" for point in coverage.not_reached]
        counts.update(coverage.counts)
        wrong += coverage.wrong
    for sentence in wrong[:SHOWN_AT_MOST]:
        say(f"WRONG: {sentence}")
    for sentence in not_reached:
        say(f"Not reached: {sentence}")
    return {
        "seconds": round(time.monotonic() - began, 1),
        "points": points,
        "covered": sum(sum(kinds.values()) for kinds in points.values()),
        "not_reached": len(not_reached),
        **{name: counts[name] for name in SHOWN},
        **{name: counts[name] for name in MUST_BE_ZERO},
        "ok": not any(counts[name] for name in MUST_BE_ZERO) and not not_reached,
    }
