"""`counterfoil database`: its tables."""

from __future__ import annotations

import click
from sqlalchemy import update

from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.models import Stream
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


@database.command()
def restored() -> None:
    """Say that the database was put back from a backup: what was delivered since then is found again, not made anew."""
    opened = Database.from_settings(Settings.from_environment())
    with opened.writing_every_site() as session:
        started = update(Stream).where(Stream.started_at.is_not(None)).values(look_first=True)
        streams = session.scalars(started.returning(Stream.id)).all()
    click.echo(f"{len(streams)} streams will look for each document before they make it.")
