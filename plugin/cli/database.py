"""`counterfoil database`: its tables."""

from __future__ import annotations

import click

from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.upgrade import is_current
from plugin.store.upgrade import upgrade as bring_up_to_date


@click.group()
def database() -> None:
    """Look after the database."""


@database.command()
def upgrade() -> None:
    """Bring the tables to the version of this program."""
    opened = Database.from_settings(Settings.from_environment())
    if is_current(opened):
        click.echo("The database is up to date.")
        return
    bring_up_to_date(opened)
    click.echo("The database was upgraded.")
