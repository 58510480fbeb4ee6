"""`scripts/demo`: starts everything, sets it up as a person would, and shows where to look; or checks it."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import time
from pathlib import Path

import click
import requests

from scripts.rehearsal.administrator import Administrator, SetUpFailed
from scripts.rehearsal.check import check
from scripts.rehearsal.first_sync import PASSWORD, USER, set_up, watch_first_run
from scripts.rehearsal.papers import buy
from scripts.rehearsal.processes import DidNotStart, Systems
from scripts.rehearsal.scene import Scene
from scripts.rehearsal.showing import what_to_try
from scripts.rehearsal.waiting import NotSo


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--bare", is_flag=True, help="Start everything, but install and configure nothing.")
@click.option("--check", "checking", is_flag=True, help="Run by itself, compare both sides, print JSON and stop.")
@click.option("--seed-csv", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Payables for Sage 300.")
@click.option("--latency", default="", metavar="NAME=TIME,…", help="Delay of replies, as sage300=120ms,jira=250ms.")
def main(bare: bool, checking: bool, seed_csv: Path | None, latency: str) -> None:
    """Rehearse Counterfoil on this machine, with mock vendors around it. Everything is on loopback."""
    options = [
        *(["--seed-csv", str(seed_csv.absolute())] if seed_csv else []),
        *(["--latency", latency] if latency else []),
    ]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)  # also where a shell started us with Ctrl-C ignored
    systems = Systems.in_a_new_folder()
    failed = True
    try:
        systems.start_mocks(options)
        systems.start_app()
        if checking:
            failed = not check(systems)
        else:
            if bare:
                _tell_how_to_begin(systems)
            else:
                _set_up_and_show(systems)
            failed = _wait(systems)
    except KeyboardInterrupt:
        failed = False
    except (DidNotStart, SetUpFailed, NotSo, TimeoutError, RuntimeError, requests.RequestException) as trouble:
        click.echo(f"\n{trouble}", err=True)
        if checking:
            print(json.dumps({"ok": False, "error": str(trouble)}), flush=True)
    finally:
        click.echo("Stopping …", err=True)
        systems.stop()
        if failed:
            click.echo(f"Data and logs are kept in {systems.folder}", err=True)
        else:
            shutil.rmtree(systems.folder, ignore_errors=True)
    sys.exit(1 if failed else 0)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _set_up_and_show(systems: Systems) -> None:
    administrator = Administrator(systems.addresses["jira"], systems.addresses["app"])
    set_up(administrator, systems)
    watch_first_run(systems)
    click.echo("Buying something in Sage 300", err=True)
    bought = buy(Scene.of(systems, administrator))
    click.echo(f"\n{what_to_try(bought, systems.addresses)}\n")
    _tell_the_rest(systems)


def _tell_how_to_begin(systems: Systems) -> None:
    jira, sage300, app = (systems.addresses[name] for name in ("jira", "sage300", "app"))
    click.echo(f"\nInstall the app          {jira}/plugins/servlet/upm")
    click.echo(f"  with this descriptor   {app}/atlassian-connect.json")
    click.echo(f"Sage 300 to connect      {sage300}/Sage300WebApi, company SAMLTD, user {USER}, password {PASSWORD}")
    _tell_the_rest(systems)


def _tell_the_rest(systems: Systems) -> None:
    click.echo(f"Mock Jira, inside        {systems.addresses['jira']}/__mock__/")
    click.echo(f"Mock Sage 300, inside    {systems.addresses['sage300']}/__mock__/")
    click.echo("\nCtrl-C stops everything.")


def _wait(systems: Systems) -> bool:
    """Until Ctrl-C; True when a process ended by itself before."""
    while (ended := systems.ended()) is None:
        time.sleep(0.5)
    click.echo(f"{ended} has ended. Its last words:\n{systems.log_of(ended).read_text()[-2000:]}", err=True)
    return True


main()
