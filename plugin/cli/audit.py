"""`counterfoil audit`: the record of everything that moved."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import BinaryIO

import click
from sqlalchemy import select

from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.models import Integration, Site, Stream
from plugin.sync import audit_export, counterfoils
from plugin.sync.audit_search import Wanted

FORMATS = {"csv": audit_export.as_csv, "jsonl": audit_export.as_json_lines}
DAY = click.DateTime(["%Y-%m-%d"])
LAST_DAY = datetime(9999, 12, 31)  # noqa: DTZ001 - as typed, without a zone


@click.group()
def audit() -> None:
    """Check and export the audit trail."""


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


@audit.command()
@click.option("--site", help="Name, address or number of the site. May be left out where there is only one.")
@click.option("--since", type=DAY, help="The first day, in UTC.")
@click.option("--until", type=DAY, help="The last day, in UTC.")
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="csv", show_default=True)
@click.argument("file", type=click.File("wb"))
def export(site: str | None, since: datetime | None, until: datetime | None, form: str, file: BinaryIO) -> None:
    """Write the audit trail of a site into FILE; - is the standard output."""
    database = Database.from_settings(Settings.from_environment())
    wanted = Wanted(
        since=since.replace(tzinfo=UTC) if since else None,
        until=until.replace(tzinfo=UTC) + timedelta(days=1) if until and until < LAST_DAY else None,
    )
    pieces = FORMATS[form](partial(database.reading, _site(database, site)), wanted)
    file.write(b"")  # makes it even where nothing is found
    for piece in pieces:
        file.write(piece)


def _site(database: Database, meant: str | None) -> int:
    """The one that is meant. Raises click.UsageError when that is none, or could be several."""
    with database.reading_every_site() as session:
        sites = session.scalars(select(Site).order_by(Site.id)).all()
    found = sites if meant is None else [each for each in sites if meant.rstrip("/") in _called(each)]
    if len(found) == 1:
        return found[0].id
    trouble = "No site is called so" if not found else "It could be several sites"
    raise click.UsageError(f"{trouble}. Give --site one of these numbers:\n{_list(sites)}")


def _called(site: Site) -> tuple[str, ...]:
    return str(site.id), site.name, site.base_url, site.display_url


def _list(sites: Sequence[Site]) -> str:
    return "\n".join(f"  {site.id}  {site.name}  {site.display_url}" for site in sites) or "  (there is no site)"
