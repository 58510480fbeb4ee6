"""`counterfoil audit`: the record of everything that moved."""

from __future__ import annotations

import sys

import click
from sqlalchemy import select

from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.models import Integration, Site, Stream
from plugin.sync import counterfoils


@click.group()
def audit() -> None:
    """Check the audit trail."""


@audit.command()
def verify() -> None:
    """Follow the chain of every stream; exit status 1 when an entry was changed, removed or exchanged."""
    database = Database.from_settings(Settings.from_environment())
    breaks = 0
    with database.reading_every_site() as session:
        streams = session.execute(
            select(Site.name, Integration.kind, Stream)
            .join(Integration, Integration.id == Stream.integration_id)
            .join(Site, Site.id == Stream.site_id)
            .order_by(Stream.id)
        ).all()
        for site, kind, stream in streams:
            for sentence in counterfoils.verify(session, stream):
                click.echo(f"{site}, {kind}, {stream.name}: {sentence}")
                breaks += 1
    click.echo(f"{len(streams)} chains checked, {breaks or 'no'} breaks found.")
    sys.exit(1 if breaks else 0)
