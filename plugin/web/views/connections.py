"""Connections: which Sage 300 companies are connected, how they are doing, and the form to change them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plugin.integrations.connections import CALLS_AT_ONCE, CALLS_PER_MINUTE, calls_at_once, credentials_place
from plugin.store.models import Circuit, Connection, Integration
from plugin.store.sealing import SealBroken
from plugin.sync.circuits import of_connection
from plugin.web import forms, marks, standstill
from plugin.web.frame import framed
from plugin.web.visit import Fragment, NotThere, Visit

CHECK_POLL = 1000
OPTIONAL = ("certificate", "batch_link", CALLS_PER_MINUTE)
"""Settings of a connection that need not be there."""


def index(visit: Visit) -> Fragment:
    with visit.reading() as session:
        connections = session.scalars(select(Connection).order_by(Connection.id)).all()
        return framed(
            session,
            "connections.html",
            "Connections",
            "connections",
            connections=connections,
            marks=marks,
            standstills=standstill.of_site(session, visit.now),
        )


def edit(visit: Visit) -> Fragment:
    """The form: empty, or of the connection `id`."""
    with visit.reading() as session:
        if not visit.parameters.get("id"):
            return _form(visit, session, None, {"concurrency": str(CALLS_AT_ONCE)}, {})
        connection = _found(visit, session)
        return _form(visit, session, connection, _stored(visit, connection), {})


def save(visit: Visit) -> Fragment:
    """Stores the form and asks for a test. What is wrong is said at its field, and nothing typed is lost."""
    reading = forms.read(forms.ConnectionForm(), visit.form)
    with visit.writing() as session:
        connection = _found(visit, session) if visit.parameters.get("id") else None
        problems = {
            **_other_company(session, reading, connection),
            **_without_password(reading, connection, visit),
            **reading.problems,
        }
        if problems:
            return _form(visit, session, connection, reading.typed, problems)
        connection = connection or _new(session)
        _fill(connection, reading.values)
        session.flush()
        _seal_credentials(visit, connection, reading.values)
        connection_id = connection.id
    return _test(visit, connection_id)


def test(visit: Visit) -> Fragment:
    with visit.writing() as session:
        connection = _found(visit, session)
        connection.state = "checking"
        connection_id = connection.id
    return _test(visit, connection_id)


def result(visit: Visit) -> Fragment:
    """What a test found, or that it is still going on; asked for again and again until it has ended."""
    with visit.reading() as session:
        connection = _found(visit, session)
        return Fragment.of("connection_result.html", "", **_outcome(visit, session, connection))


def remove(visit: Visit) -> Fragment:
    """Only a connection that nothing uses can be removed."""
    with visit.writing() as session:
        connection = _found(visit, session)
        if session.scalars(select(Integration.id).where(Integration.connection_id == connection.id).limit(1)).first():
            raise NotThere("This connection is in use by an integration and cannot be removed.")
        session.execute(delete(Circuit).where(Circuit.subject == of_connection(connection.id)))
        session.delete(connection)
    return Fragment.go("connections")


def _test(visit: Visit, connection_id: int) -> Fragment:
    visit.parts.queue.check_connection(visit.site_id, connection_id)
    return Fragment.go(f"connection?id={connection_id}&{visit.asked_now}")


def _found(visit: Visit, session: Session) -> Connection:
    connection = session.scalars(select(Connection).where(Connection.id == visit.number("id"))).one_or_none()
    if connection is None or connection.system != "sage300":
        raise NotThere()
    return connection


def _new(session: Session) -> Connection:
    connection = Connection(system="sage300", settings={})
    session.add(connection)
    return connection


def _fill(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.base_url = _base_address(values["address"])
    connection.company = values["company"].upper()
    connection.name = f"Sage 300 ({connection.company})"
    optional = {name: values[name] for name in OPTIONAL if values[name]}
    kept = {name: value for name, value in connection.settings.items() if name not in OPTIONAL}
    connection.settings = {**kept, **optional, "concurrency": values["concurrency"]}
    connection.credentials_expire_on = values["expires_on"]
    connection.state = "checking"
    connection.trouble = None


def _base_address(address: str) -> str:
    """People paste the address of a resource as well; the part before its version is the Web API's."""
    return address.partition("/v1.0")[0].rstrip("/")


def _other_company(session: Session, reading: forms.Reading, connection: Connection | None) -> dict[str, str]:
    """Batch numbers begin anew in each company: the documents of one would be taken for those of the other."""
    if reading.problems or connection is None or reading.values["company"].upper() == connection.company:
        return {}
    if not session.scalars(select(Integration.id).where(Integration.connection_id == connection.id).limit(1)).first():
        return {}
    return {"company": f"Issues stand for documents of {connection.company}. Add a connection for another company."}


def _without_password(reading: forms.Reading, connection: Connection | None, visit: Visit) -> dict[str, str]:
    """A stored password is only for the user and the server for which it was entered: never sent to another."""
    if reading.problems or reading.values.get("password") or (connection is None):
        return {}
    stored = _stored(visit, connection)
    if not stored["password_known"]:
        return {"password": "Enter the password again: the stored one cannot be read."}
    if _base_address(reading.values["address"]) != connection.base_url:
        return {"password": "Enter the password again, because the address has changed."}
    if reading.values["user"].upper() != stored["user"].upper():
        return {"password": "Enter the password of this user."}
    return {}


def _seal_credentials(visit: Visit, connection: Connection, values: Mapping[str, Any]) -> None:
    if connection.credentials and not values["password"]:
        return
    secret = json.dumps({"user": values["user"], "password": values["password"]})
    connection.credentials = visit.parts.seal.seal(secret, credentials_place(visit.site_id, connection.id))


def _stored(visit: Visit, connection: Connection) -> dict[str, Any]:
    """What the form shows of a connection: never its password."""
    user, known = "", False
    if connection.credentials:
        try:
            user = json.loads(
                visit.parts.seal.open(connection.credentials, credentials_place(visit.site_id, connection.id))
            )["user"]
            known = True
        except SealBroken:
            known = False
    return {
        "address": connection.base_url,
        "company": connection.company,
        "user": user,
        "password_known": known,
        "certificate": connection.settings.get("certificate", ""),
        "concurrency": str(calls_at_once(connection)),
        CALLS_PER_MINUTE: str(connection.settings.get(CALLS_PER_MINUTE, "")),
        "batch_link": connection.settings.get("batch_link", ""),
        "expires_on": (connection.credentials_expire_on or "") and str(connection.credentials_expire_on),
    }


def _form(
    visit: Visit,
    session: Session,
    connection: Connection | None,
    typed: Mapping[str, Any],
    problems: Mapping[str, str],
) -> Fragment:
    names = ("address", "company", "user", "certificate", "concurrency", CALLS_PER_MINUTE, "batch_link", "expires_on")
    left_alone = standstill.of_site(session, visit.now)
    return framed(
        session,
        "connection.html",
        connection.name if connection else "Connect Sage 300",
        "connections",
        value={name: typed.get(name, "") for name in names},
        problems=problems,
        standstills=[each for each in left_alone if connection and each.connection_id == connection.id],
        now=visit.now,
        password_known=bool(connection and _stored(visit, connection)["password_known"]),
        **_outcome(visit, session, connection),
    )


def _outcome(visit: Visit, session: Session, connection: Connection | None) -> dict[str, Any]:
    integration = (
        connection
        and session.scalars(
            select(Integration).where(Integration.connection_id == connection.id).order_by(Integration.id)
        ).first()
    )
    return {
        "connection": connection,
        "integration": integration,
        "marks": marks,
        "slow": visit.waited_long(),
        "poll": CHECK_POLL,
        "asked": visit.parameters.get("asked", "") if visit.asked else "",
    }
