"""What was measured as tables for people, and held against the aims."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from scripts.benchmark.measuring import AT_ONCE, Latency

HANDFUL = 10
PER_CALL = 50
ROWS = {
    "first_sync": "Counterfoil, first sync",
    "yardstick_at_once": f"bare requests, {AT_ONCE} in flight a side",
    "yardstick_one_by_one": "bare requests, one by one",
}


@dataclass(frozen=True)
class Aim:
    """`most` is what it may come to."""

    what: str
    measured: float
    most: float
    met: bool


def aims(measured: dict[str, Any]) -> list[Aim]:
    return [Aim(what, value, most, value <= most) for what, value, most in _figures(measured)]


def _figures(measured: dict[str, Any]) -> Iterator[tuple[str, float, float]]:
    for run in measured["runs"]:
        latency = Latency(**run["latency"])
        done = run["first_sync"]
        fewest = math.ceil(measured["invoices"] / PER_CALL)
        yield f"Jira requests, {latency}", done["requests"]["jira"], fewest + HANDFUL
        if latency.option:
            slower = max(done["requests"][system] * run["latency"][system] for system in run["latency"])
            yield "seconds, of the slower side's calls in fours", done["seconds"] / (slower / AT_ONCE), 1.1
            yield "seconds, of the bare loop's", done["seconds"] / run["yardstick_at_once"]["seconds"], 1.1
        else:
            cpu = done["cpu_seconds"]
            yield "CPU, of the bare loop's, one by one", cpu / run["yardstick_one_by_one"]["cpu_seconds"], 4
            yield f"CPU, of the bare loop's, {AT_ONCE} in flight", cpu / run["yardstick_at_once"]["cpu_seconds"], 4
            yield "poll without news, of a warm GET", run["polls"]["poll_ms"] / run["polls"]["get_ms"], 3
            yield "requests of such a poll", sum(run["polls"]["requests"].values()), 1
    if "memory" in measured:
        few, many = measured["memory"]
        what = f"peak memory at {many['invoices']:,}, of that at {few['invoices']:,}"
        yield what, many["peak_mb"] / few["peak_mb"], 1.1


def show(measured: dict[str, Any]) -> None:
    console = Console(width=120)
    for run in measured["runs"]:
        console.print(_table(run, measured["invoices"], measured["repeat"]))
        if polls := run.get("polls"):
            asked = ", ".join(f"{count} to {system}" for system, count in polls["requests"].items())
            console.print(
                f"A poll without news: {polls['poll_ms']:.1f} ms, requests: {asked}. "
                f"The same request alone on a warm connection: {polls['get_ms']:.1f} ms.\n"
            )
    for each in measured.get("memory", ()):
        console.print(f"Peak memory at {each['invoices']:,} invoices: {each['peak_mb']:.0f} MB")
    table = Table("Aim", "measured", "at most", "", title="Aims", title_justify="left")
    for aim in measured["aims"]:
        met = "met" if aim["met"] else "missed"
        table.add_row(aim["what"], f"{aim['measured']:.4g}", f"{aim['most']:.4g}", met)
    console.print(table)


def _table(run: dict[str, Any], invoices: int, repeat: int) -> Table:
    title = f"{invoices:,} invoices, {Latency(**run['latency'])}, median of {repeat}"
    table = Table("", title=title, title_justify="left")
    for heading in ("seconds", "documents/s", "CPU s", "peak MB", "requests: Sage 300", "Jira"):
        table.add_column(heading, justify="right")
    for name, label in ROWS.items():
        if done := run.get(name):
            table.add_row(
                label,
                f"{done['seconds']:.2f}",
                f"{invoices / done['seconds']:,.0f}",
                f"{done['cpu_seconds']:.2f}",
                f"{done['peak_mb']:.0f}",
                f"{done['requests']['sage300']:.0f}",
                f"{done['requests']['jira']:.0f}",
            )
    return table
