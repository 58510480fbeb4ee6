"""The measurements: each on a fresh stage, repeated, with the median of every figure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from scripts.benchmark.stage import NotMeasured, Stage, stage

AT_ONCE = 4
Measured = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Latency:
    """Seconds that each system takes to answer, on top of its work."""

    sage300: float = 0.0
    jira: float = 0.0

    @property
    def option(self) -> str:
        """As `--latency` of the mocks takes it; empty for none."""
        return f"sage300={self.sage300 * 1000:.0f}ms,jira={self.jira * 1000:.0f}ms" if self.jira else ""

    def __str__(self) -> str:
        return self.option or "no latency"


def side_by_side(invoices: int, latency: Latency, repeat: int, say: Say) -> Measured:
    """A first sync of `invoices`, polls after it, and the yardstick on the same mocks."""
    rounds = []
    for number in range(1, repeat + 1):
        say(f"{invoices:,} invoices, {latency}: measurement {number} of {repeat}")
        with stage(invoices, latency.option) as ready:
            rounds.append(_round(ready, invoices, latency))
    return {"latency": {"sage300": latency.sage300, "jira": latency.jira}, **_medians(rounds)}


def peak_memory(invoices: int, say: Say) -> Measured:
    """Of the process that makes the first pass."""
    say(f"{invoices:,} invoices, peak memory")
    with stage(invoices) as ready:
        done = _complete(ready.measure("one_pass"), invoices)
    return {"invoices": invoices, "peak_mb": done["peak_mb"], "seconds": done["seconds"]}


def _round(ready: Stage, invoices: int, latency: Latency) -> Measured:
    addresses = ready.systems.addresses

    def yardstick(at_once: int) -> Measured:
        words = addresses["sage300"], addresses["jira"], str(at_once)
        return _complete(ready.measure("yardstick", *words), invoices)

    found: Measured = {"first_sync": _complete(ready.measure("one_pass"), invoices)}
    found["yardstick_at_once"] = yardstick(AT_ONCE)
    if not latency.option:
        found["yardstick_one_by_one"] = yardstick(0)
        found["polls"] = _polls(ready)
    return found


def _polls(ready: Stage) -> Measured:
    """Polls until nothing is new, then measures polls beside the request that the last one made."""
    _complete(ready.measure("one_pass"), 0)
    sage300 = ready.systems.addresses["sage300"]
    journal = requests.get(f"{sage300}/__mock__/requests", timeout=60).json()
    last = (journal if isinstance(journal, list) else journal["requests"])[-1]
    return _complete(ready.measure("polls", f"{sage300}{last['path']}?{last['query']}"), 0)


def _complete(measured: Measured, invoices: int) -> Measured:
    """Refuses the figures of a run that has not done all of its work."""
    if measured["created"] != invoices or measured.get("state", "done") != "done":
        raise NotMeasured(f"{invoices:,} issues should have been created, but: {measured}")
    return measured


def _medians(rounds: Sequence[Measured]) -> Measured:
    """One figure in place of several, at every depth; texts are those of the first round."""
    first = rounds[0]
    return {
        name: _medians([each[name] for each in rounds])
        if isinstance(value, dict)
        else value
        if isinstance(value, str)
        else statistics.median(each[name] for each in rounds)
        for name, value in first.items()
    }
