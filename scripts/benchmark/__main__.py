"""`scripts/bench`: measures a first sync, polls without news and peak memory, each beside its yardstick."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from scripts.benchmark.measuring import Latency, peak_memory, side_by_side
from scripts.benchmark.report import aims, show
from scripts.benchmark.stage import NotMeasured
from scripts.rehearsal.administrator import SetUpFailed
from scripts.rehearsal.processes import DidNotStart

INVOICES, FEW = 10_000, 1_000
FEWEST_FOR_MEMORY, MOST_FOR_MEMORY = 1_000, 100_000
LATENCIES = (Latency(), Latency(sage300=0.120, jira=0.250))


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help=f"{FEW:,} invoices instead of {INVOICES:,}.")
@click.option("--memory", is_flag=True, help=f"Also peak memory at {FEWEST_FOR_MEMORY:,} and {MOST_FOR_MEMORY:,}.")
@click.option("--repeat", default=3, show_default=True, type=click.IntRange(1), help="Medians of so many measurements.")
def main(quick: bool, memory: bool, repeat: int) -> None:
    """Measure Counterfoil on this machine, on loopback, against mock vendors.

    Every figure depends on the machine and on what else it does: read the ratios. The last line is JSON.
    """
    invoices = FEW if quick else INVOICES
    try:
        measured: dict[str, Any] = {
            "invoices": invoices,
            "repeat": repeat,
            "runs": [side_by_side(invoices, latency, repeat, _say) for latency in LATENCIES],
        }
        if memory:
            measured["memory"] = [peak_memory(each, _say) for each in (FEWEST_FOR_MEMORY, MOST_FOR_MEMORY)]
    except (NotMeasured, DidNotStart, SetUpFailed) as trouble:
        raise click.ClickException(str(trouble)) from trouble
    measured["aims"] = [vars(aim) for aim in aims(measured)]
    show(measured)
    print(json.dumps(measured))


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


main()
