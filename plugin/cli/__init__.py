"""The `counterfoil` command: a file per group, loaded when it is called."""

from __future__ import annotations

import sys
from importlib import import_module

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from sage_adapters.errors import Trouble

COMMANDS = {
    "serve": "plugin.cli.serve:serve",
    "web": "plugin.cli.serve:web",
    "worker": "plugin.cli.serve:worker",
    "scheduler": "plugin.cli.serve:scheduler",
    "queue": "plugin.cli.serve:queue",
    "database": "plugin.cli.database:database",
    "keys": "plugin.cli.keys:keys",
    "audit": "plugin.cli.audit:audit",
}


class LazyGroup(click.Group):
    """Imports a command's file when it is needed, so that `counterfoil --help` stays quick."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="counterfoil")
def counterfoil() -> None:
    """Accounts payable in Jira. Settings are environment variables, listed in docs/operators.md."""


def main() -> None:
    """The console script: a trouble becomes three sentences and exit status 1, never a stack trace."""
    try:
        counterfoil()
    except Trouble as trouble:
        click.echo(str(trouble), err=True)
    except (OperationalError, ProgrammingError) as error:
        click.echo(f"The database could not be used: {error.orig}. Run `counterfoil database upgrade` first.", err=True)
    else:
        return
    sys.exit(1)
