"""`python -m mock_servers`: starts the mocks on loopback, says where they are, and stops on Ctrl-C or SIGTERM."""

from __future__ import annotations

import json
import re
import signal
import threading
from contextlib import ExitStack
from pathlib import Path

import click

from mock_servers.harness import RunningMock, collector, serve
from mock_servers.registry import FACTORIES, Options, Planned, plan

_LATENCY = re.compile(r"(?P<name>[\w-]+)=(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s)")
_PORT = re.compile(r"(?P<name>[\w-]+)=(?P<number>\d+)")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", help=f"The mocks to start, parted by commas. All: {','.join(FACTORIES)}.")
@click.option("--port", "ports", multiple=True, metavar="NAME=N", help="The port of one mock; else a free one.")
@click.option("--latency", default="", metavar="NAME=TIME,…", help="Delay of every reply, as sage300=120ms,jira=1s.")
@click.option("--seed", default=1, show_default=True, help="Seed of the sample data.")
@click.option("--seed-csv", type=click.Path(path_type=Path), help="Payables to fill Sage 300 with.")
@click.option("--generate-invoices", default=0, metavar="N", help="Fill Sage 300 with N generated invoices.")
@click.option(
    "--per-batch", default=50, show_default=True, type=click.IntRange(1), help="Invoices per generated batch."
)
@click.option("--page-size", default=100, show_default=True, help="Rows per page of Sage 300.")
@click.option("--release", default="2022.2", show_default=True, help="Release of Sage 300: 2020, 2021 or 2022.2.")
@click.option("--jira-sites", default=1, show_default=True, type=click.IntRange(1), help="How many Jira sites.")
@click.option("--addresses-file", type=click.Path(path_type=Path), help="Gets {name: address} once all are ready.")
def main(only: str | None, ports: tuple[str, ...], latency: str, addresses_file: Path | None, **rest: object) -> None:
    """Starts the mock vendors on loopback."""
    try:
        names = [name.strip() for name in only.split(",")] if only else list(FACTORIES)
        options = Options(latency=_latencies(latency), **rest)  # type: ignore[arg-type]
        planned = plan(names, options)
        chosen = _ports(ports, planned)
    except ValueError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as running:
        addresses = {one.label: running.enter_context(_start(one, chosen.get(one.label, 0))).url for one in planned}
        collector.spare_what_is_kept()
        _announce(planned, addresses)
        if addresses_file is not None:
            _write(addresses_file, addresses)
        stop.wait()


def _start(one: Planned, port: int) -> RunningMock:
    try:
        started = serve(one.mock, port=port)
    except OSError as wrong:
        raise click.ClickException(
            f"The mock {one.label} cannot use port {port}: {wrong.strerror}. Leave --port out to get a free one."
        ) from wrong
    if one.when_served is not None:
        one.when_served(started)
    return started


def _announce(planned: list[Planned], addresses: dict[str, str]) -> None:
    for one in planned:
        click.echo(f"{one.label:10} {addresses[one.label]}   for people: {addresses[one.label]}/__mock__/")
    for one in planned:
        click.echo(f"\nAssumed in {one.label}:")
        for sentence in one.mock.assumptions():
            click.echo(f"  - {sentence}")
    click.echo("\nCtrl-C stops them.")


def _write(path: Path, addresses: dict[str, str]) -> None:
    """Writes the file in one step, so that a script that waits for it never reads half of it."""
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(json.dumps(addresses), "utf-8")
    draft.replace(path)


def _latencies(text: str) -> dict[str, float]:
    latencies: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _LATENCY.fullmatch(part)
        if found is None:
            raise ValueError(f"The latency {part!r} is not of the form sage300=120ms.")
        latencies[found["name"]] = float(found["number"]) / (1000 if found["unit"] == "ms" else 1)
    return latencies


def _ports(texts: tuple[str, ...], planned: list[Planned]) -> dict[str, int]:
    labels = [one.label for one in planned]
    ports: dict[str, int] = {}
    for text in texts:
        found = _PORT.fullmatch(text)
        if found is None or int(found["number"]) > 65535:
            raise ValueError(f"The port {text!r} is not of the form sage300=8300.")
        if found["name"] not in labels:
            raise ValueError(f"No mock {found['name']} is started; started are {', '.join(labels)}.")
        ports[found["name"]] = int(found["number"])
    return ports


if __name__ == "__main__":
    main()
