"""What is wrong now, on every site that has not left: a few queries, however many sites there are.

| code                 | about                           | when                                                       |
|----------------------|---------------------------------|------------------------------------------------------------|
| `stale`              | `stream:3`                      | due, and for long neither read to the end nor moving       |
| `credential-expires` | `connection:5`, `certificate:5` | in EXPIRING_DAYS; again in PRESSING_DAYS and when past     |
| `failing`            | `connection:5`                  | its test or its streams have failed for LASTING            |
| `not-told`           | `webhooks`                      | webhooks are missing for LASTING or end soon (hearing.py)  |
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session

from plugin.notices.certificates import last_day
from plugin.store.models import Connection, Integration, JsonObject, Run, Site, Stream

STALE = "stale"
EXPIRES = "credential-expires"
FAILING = "failing"
HEARING = "not-told"
CODES = (STALE, EXPIRES, FAILING, HEARING)

INTERVALS_MISSED = 3
LEAST_STALE = timedelta(minutes=15)
LASTING = timedelta(minutes=15)
EXPIRING_DAYS = 14
PRESSING_DAYS = 3
PUT_OFF = timedelta(minutes=1)
"""The schedule moves `due_at` a little ahead whenever it enqueues a stream: nearer than this, it is due."""
FAILURES = ("transient", "configuration")
"""Kinds of trouble that mean that a connection fails; the others pass by themselves or concern a document."""


@dataclass(frozen=True)
class Condition:
    """Something that is wrong now."""

    site_id: int
    subject: str
    code: str
    sentence: str
    remedy: str
    stage: int = 0
    """Higher when it presses more."""
    raises: bool = True
    """False: it keeps a notice open, but is no reason to raise one."""

    @property
    def key(self) -> tuple[int, str, str]:
        return self.site_id, self.subject, self.code


def present(session: Session, now: datetime) -> list[Condition]:
    """`session` is one over all sites."""
    streams = list({row.id: row for row in session.execute(_streams())}.values())
    of_connection: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in streams:
        of_connection[row.connection_id].append(row)
    connections = session.execute(_connections()).all()
    return [
        *(each for row in streams if (each := _stale(row, now))),
        *(each for row in connections if (each := _failing(row, of_connection[row.id], now))),
        *(each for row in connections for each in _expiring(row, now.date())),
    ]


def _streams() -> Select[*tuple[Any, ...]]:
    """Active streams, each with its latest run: found by the index of runs, never by reading all of them."""
    latest = select(func.max(Run.started_at)).where(Run.stream_id == Stream.id).correlate(Stream).scalar_subquery()
    return (
        select(
            Stream.id,
            Stream.site_id,
            Stream.name,
            Stream.interval_seconds,
            Stream.due_at,
            Stream.trouble,
            Stream.failing_since,
            func.coalesce(Stream.reached_at, Integration.created_at).label("reached_at"),
            Integration.connection_id,
            Connection.name.label("connection"),
            Run.moved_at,
            Run.finished_at,
        )
        .join(Site, Site.id == Stream.site_id)
        .join(Integration, Integration.id == Stream.integration_id)
        .join(Connection, Connection.id == Integration.connection_id)
        .outerjoin(Run, and_(Run.stream_id == Stream.id, Run.started_at == latest))
        .where(Stream.active, Site.left_at.is_(None))
    )


def _connections() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Connection.id,
            Connection.site_id,
            Connection.name,
            Connection.state,
            Connection.trouble,
            Connection.checked_at,
            Connection.credentials_expire_on,
            Connection.settings["certificate"].as_string().label("certificate"),
        )
        .join(Site, Site.id == Connection.site_id)
        .where(Site.left_at.is_(None))
    )


def _stale(stream: Row[Any], now: datetime) -> Condition | None:
    """A long run that moves is not stale, however long ago the last one ended; one that waits as planned is not due."""
    limit = max(INTERVALS_MISSED * timedelta(seconds=stream.interval_seconds), LEAST_STALE)
    what, running = f"{stream.connection}, {stream.name}", stream.moved_at and stream.finished_at is None
    since = stream.moved_at if running else stream.reached_at
    waits_as_planned = not running and not stream.trouble and stream.due_at and stream.due_at > now + PUT_OFF
    if now - since <= limit or waits_as_planned:
        return None
    sentence = (
        f"{what}: a run is under way, but has not moved since {_moment(since)}."
        if running
        else f"{what}: not read to the end since {_moment(since)}, though it is due every "
        f"{_minutes(stream.interval_seconds)}."
    )
    trouble = stream.trouble or {}
    return Condition(
        stream.site_id,
        f"stream:{stream.id}",
        STALE,
        f"{sentence} {trouble.get('got', '')}".strip(),
        trouble.get("remedy") or "Ask the operator of Counterfoil whether scheduler and workers are running.",
        raises=trouble.get("kind") not in FAILURES,  # one cause, one notice: the connection is said to fail
    )


@dataclass(frozen=True)
class _Failure:
    since: datetime
    trouble: JsonObject


def _failing(connection: Row[Any], streams: Sequence[Row[Any]], now: datetime) -> Condition | None:
    failures = sorted(_failures(connection, streams), key=lambda each: each.since)
    if not failures:
        being_tested = connection.state == "checking"
        return Condition(*_about(connection), FAILING, "", "", raises=False) if being_tested else None
    first = failures[0]
    return Condition(
        *_about(connection),
        FAILING,
        f"{connection.name} has been failing since {_moment(first.since)}: {first.trouble.get('got', '')}",
        first.trouble.get("remedy", ""),
        raises=now - first.since >= LASTING,
    )


def _failures(connection: Row[Any], streams: Iterable[Row[Any]]) -> Iterator[_Failure]:
    """What fails now. A failed test is forgotten once a stream has got through since."""
    for stream in streams:
        if stream.trouble and stream.trouble.get("kind") in FAILURES:
            yield _Failure(stream.failing_since or stream.reached_at, stream.trouble)
    tested = connection.checked_at
    if connection.state != "trouble" or not connection.trouble or not tested:
        return
    if not any(stream.trouble is None and stream.reached_at > tested for stream in streams):
        yield _Failure(tested, connection.trouble)


def _expiring(connection: Row[Any], today: date) -> Iterator[Condition]:
    if last := connection.credentials_expire_on:
        remedy = "Renew them there, then open the connection and enter the new password and its date."
        yield from _expiry(*_about(connection), f"The credentials of {connection.name}", remedy, last, today)
    if connection.certificate and (last := last_day(connection.certificate)):
        remedy = "Get the renewed certificate from your authority and paste it on the connection, under More settings."
        subject = f"certificate:{connection.id}"
        what = f"The certificate stored for {connection.name}"
        yield from _expiry(connection.site_id, subject, what, remedy, last, today)


def _expiry(site_id: int, subject: str, what: str, remedy: str, last: date, today: date) -> Iterator[Condition]:
    left, verb = (last - today).days, "expires" if subject.startswith("certificate") else "expire"
    if left > EXPIRING_DAYS:
        return
    if left < 0:
        stage, sentence = 2, f"{what} expired on {_day(last)}."
    elif left <= PRESSING_DAYS:
        stage, sentence = 1, f"{what} {verb} on {_day(last)}: that is very soon."
    else:
        stage, sentence = 0, f"{what} {verb} on {_day(last)}."
    yield Condition(site_id, subject, EXPIRES, sentence, remedy, stage)


def _about(connection: Row[Any]) -> tuple[int, str]:
    return connection.site_id, f"connection:{connection.id}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _moment(instant: datetime) -> str:
    return f"{_day(instant)} {instant:%H:%M} UTC"


def _minutes(seconds: int) -> str:
    minutes = max(1, round(seconds / 60))
    return "minute" if minutes == 1 else f"{minutes} minutes"
