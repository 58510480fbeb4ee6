"""Opening what a site connects: its Jira, and of every connection the credentials and certificate, with the seal
broken for as long as the client lives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from plugin.integrations.parts import Pace, Parts
from plugin.jira.client import JiraClient
from plugin.settings import Settings
from plugin.sites.doors import open_jira
from plugin.store.models import Connection
from plugin.store.sealing import Place, Seal
from plugin.sync.circuits import JIRA, of_connection
from sage_adapters.address import AddressPolicy
from sage_adapters.errors import ConfigurationTrouble
from sage_adapters.http import Gate, RequestLog

CALLS_AT_ONCE = 4
CALLS_PER_MINUTE = "calls_per_minute"
"""Setting of a connection: how many requests all workers together may send; no limit without it."""


def address_policy(settings: Settings) -> AddressPolicy:
    return AddressPolicy(settings.allow_private_addresses, settings.allow_plain_http)


def open_jira_client(parts: Parts, site_id: int, request_log: RequestLog | None = None) -> JiraClient:
    """The site's Jira, by the door it opened to us."""
    door = open_jira(parts.database, parts.seal, parts.settings, site_id)
    return JiraClient(
        door.base_url,
        door.auth,
        policy=address_policy(parts.settings),
        request_log=request_log,
        gate=_jira_gate(parts, site_id),
    )


def _jira_gate(parts: Parts, site_id: int) -> Gate | None:
    """Its bucket holds one second's calls: Jira counts by the second (contract jira-rest, section 4)."""
    rate = parts.settings.jira_calls_per_second
    if not rate or not parts.pacing:
        return None
    pace = Pace(rate, max(1.0, rate), f"{rate:g} a second", "The operator of Counterfoil can change this pace.")
    return parts.pacing.gate(f"{site_id}:{JIRA}", "Jira", pace)


def connection_gate(parts: Parts, connection: Connection) -> Gate | None:
    """Its bucket holds half a minute's calls, so that a pass that begins with a full one gets somewhere."""
    rate = connection.settings.get(CALLS_PER_MINUTE)
    if not rate or not parts.pacing:
        return None
    pace = Pace(rate / 60, rate / 2, f"{rate} a minute", "Raise Requests a minute on its connection to go faster.")
    return parts.pacing.gate(f"{connection.site_id}:{of_connection(connection.id)}", connection.name, pace)


def credentials_place(site_id: int, connection_id: int) -> Place:
    """Where a connection's credentials are sealed: a JSON object, e.g. of `user` and `password`."""
    return Place(site=str(site_id), owner=f"connection:{connection_id}", field="credentials")


def open_credentials(seal: Seal, connection: Connection) -> dict[str, Any]:
    """Raises ConfigurationTrouble when they are missing or do not open."""
    if connection.credentials is None:
        raise ConfigurationTrouble(
            f"The connection {connection.name} was about to be used.",
            "No user and password are stored for it.",
            "Open the connection in Counterfoil's settings and enter them.",
            "connection.no-credentials",
        )
    opened: dict[str, Any] = json.loads(
        seal.open(connection.credentials, credentials_place(connection.site_id, connection.id))
    )
    return opened


def calls_at_once(connection: Connection) -> int:
    return int(connection.settings.get("concurrency") or CALLS_AT_ONCE)


def certificate_file(data_folder: Path, connection: Connection) -> str | None:
    """The connection's own certificate as a file, since TLS libraries read nothing else."""
    certificate = connection.settings.get("certificate")
    if not certificate:
        return None
    path = data_folder / "certificates" / f"connection-{connection.id}.pem"
    if not path.exists() or path.read_text() != certificate:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(certificate)
    return str(path)
