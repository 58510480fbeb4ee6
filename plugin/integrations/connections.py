"""Opening a connection: from its row, with the seal broken for as long as the client lives."""

from __future__ import annotations

import json
from pathlib import Path

from plugin.settings import Settings
from plugin.store.models import Connection
from plugin.store.sealing import Place, Seal
from sage_adapters.address import AddressPolicy
from sage_adapters.errors import ConfigurationTrouble
from sage_adapters.http import RequestLog
from sage_adapters.sage300.client import Sage300Client

CALLS_AT_ONCE = 4


def address_policy(settings: Settings) -> AddressPolicy:
    return AddressPolicy(settings.allow_private_addresses, settings.allow_plain_http)


def credentials_place(site_id: int, connection_id: int) -> Place:
    """Where a connection's credentials are sealed: a JSON object of `user` and `password`."""
    return Place(site=str(site_id), owner=f"connection:{connection_id}", field="credentials")


def calls_at_once(connection: Connection) -> int:
    return int(connection.settings.get("concurrency") or CALLS_AT_ONCE)


def open_sage300(
    settings: Settings, seal: Seal, connection: Connection, request_log: RequestLog | None = None
) -> Sage300Client:
    """Raises ConfigurationTrouble when the credentials are missing or do not open."""
    if connection.credentials is None:
        raise ConfigurationTrouble(
            f"The connection {connection.name} was about to be used.",
            "No user and password are stored for it.",
            "Open the connection in Counterfoil's settings and enter them.",
            "connection.no-credentials",
        )
    opened = json.loads(seal.open(connection.credentials, credentials_place(connection.site_id, connection.id)))
    return Sage300Client(
        connection.base_url,
        connection.company,
        opened["user"],
        opened["password"],
        policy=address_policy(settings),
        ca_bundle=_certificate_file(settings.data_folder, connection),
        request_log=request_log,
        concurrency=calls_at_once(connection),
    )


def _certificate_file(data_folder: Path, connection: Connection) -> str | None:
    """The connection's own certificate as a file, since TLS libraries read nothing else."""
    certificate = connection.settings.get("certificate")
    if not certificate:
        return None
    path = data_folder / "certificates" / f"connection-{connection.id}.pem"
    if not path.exists() or path.read_text() != certificate:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(certificate)
    return str(path)
