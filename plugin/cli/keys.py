"""`counterfoil keys`: the keys that seal stored credentials."""

from __future__ import annotations

import base64
import secrets

import click
from sqlalchemy import select

from plugin.integrations.connections import credentials_place
from plugin.notices.sending import secret_place as recipient_place
from plugin.settings import Settings
from plugin.sites.admin_webhook import secret_place as admin_webhook_place
from plugin.sites.connect.tenants import secret_place
from plugin.store.database import Database
from plugin.store.models import AdminWebhook, Connection, Installation, Recipient
from plugin.store.sealing import KEY_BYTES, Place, Seal


@click.group()
def keys() -> None:
    """Make and rotate sealing keys."""


@keys.command()
@click.argument("name")
def new(name: str) -> None:
    """Print a fresh key called NAME, to be put in front of the others in COUNTERFOIL_KEYS."""
    click.echo(f"{name}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}")


@keys.command()
def reseal() -> None:
    """Seal everything with the first key. Afterwards the older keys can be taken away."""
    settings = Settings.from_environment()
    seal = Seal.from_settings(settings)
    resealed = 0
    with Database.from_settings(settings).writing_every_site() as session:
        for connection in session.scalars(select(Connection)):
            place = credentials_place(connection.site_id, connection.id)
            resealed += _reseal(seal, connection, "credentials", place)
        for installation in session.scalars(select(Installation)):
            place = secret_place(installation.external_id)
            resealed += _reseal(seal, installation, "secret", place)
            resealed += _reseal(seal, installation, "previous_secret", place)
        for hook in session.scalars(select(AdminWebhook)):
            resealed += _reseal(seal, hook, "secret", admin_webhook_place(hook.site_id))
            resealed += _reseal(seal, hook, "previous_secret", admin_webhook_place(hook.site_id))
        for recipient in session.scalars(select(Recipient)):
            resealed += _reseal(seal, recipient, "secret", recipient_place(recipient.site_id, recipient.id))
    click.echo(f"{resealed} secrets were sealed anew with the key {seal.current}.")


def _reseal(seal: Seal, row: AdminWebhook | Connection | Installation | Recipient, column: str, place: Place) -> int:
    sealed = getattr(row, column)
    if sealed is None or seal.is_current(sealed):
        return 0
    setattr(row, column, seal.seal(seal.open(sealed, place), place))
    return 1
