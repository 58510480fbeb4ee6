"""Sage 300 as a system to connect: opening a company's Web API, and *Test connection*."""

from __future__ import annotations

from plugin.integrations.connections import (
    address_policy,
    calls_at_once,
    certificate_file,
    connection_gate,
    open_credentials,
)
from plugin.integrations.parts import Parts
from plugin.integrations.products import Examination, System
from plugin.store.models import Connection, JsonObject
from sage_adapters.http import RequestLog
from sage_adapters.sage300.banks import list_banks
from sage_adapters.sage300.check import Finding, check_connection
from sage_adapters.sage300.client import SYSTEM, Sage300Client

MODULES = ("AP",)
"""Without these nothing can be done."""
OPTIONAL_MODULES = ("PO", "GL", "BK", "CS")
"""Without these some of it cannot: *Test connection* says what."""


def open_sage300(parts: Parts, connection: Connection, request_log: RequestLog | None = None) -> Sage300Client:
    """Raises ConfigurationTrouble when the credentials are missing or do not open."""
    credentials = open_credentials(parts.seal, connection)
    return Sage300Client(
        connection.base_url,
        connection.company,
        credentials["user"],
        credentials["password"],
        policy=address_policy(parts.settings),
        ca_bundle=certificate_file(parts.settings.data_folder, connection),
        request_log=request_log,
        gate=connection_gate(parts, connection),
        concurrency=calls_at_once(connection),
    )


def examine(parts: Parts, connection: Connection) -> Examination:
    with open_sage300(parts, connection) as client:
        found = check_connection(client, MODULES, optional=OPTIONAL_MODULES)
    return Examination(
        release=found.release.said if found.release else None,
        facts=[_said(each) for each in found.findings if each.severity == "fact"],
        warnings=[_said(each) for each in found.findings if each.severity == "warning"],
        problem=next((_problem(each) for each in found.findings if each.severity == "problem"), None),
    )


def _said(finding: Finding) -> str:
    return f"{finding.sentence} {finding.remedy}".strip()


def _problem(finding: Finding) -> JsonObject:
    return {
        "kind": "configuration",
        "code": finding.code,
        "tried": "Testing the connection.",
        "got": finding.sentence,
        "remedy": finding.remedy,
    }


def banks(parts: Parts, connection: Connection) -> list[tuple[str, str]]:
    """Those in use: code, and name with currency."""
    with open_sage300(parts, connection) as client:
        return [(each.code, f"{each.name} {each.currency}".strip()) for each in list_banks(client) if each.active]


SAGE_300 = System(SYSTEM, "Sage 300", examine, banks)
