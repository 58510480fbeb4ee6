"""Circuits as they are written down. A healthy site has no row at all: a poll costs one look that finds nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, delete, literal, null, select, union_all, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.store.database import site_of
from plugin.store.models import AppPause, Circuit, Integration, JsonObject, Stream
from plugin.store.rows import table_of
from plugin.sync import ladder
from plugin.sync.circuits import (
    CLOSED,
    PROBE,
    Contact,
    Kept,
    Needs,
    State,
    barred_until,
    connection_in,
    every_site_until,
    state_after,
)
from sage_adapters.errors import Trouble

Row = TypeVar("Row", Circuit, AppPause)


def kept_of_site(session: Session, now: datetime) -> Sequence[Kept]:
    """What is kept that concerns the session's site: its circuits, and pauses of the whole app."""
    rows = session.connection().execute(_OF_SITE, {"site": site_of(session), "now": now})
    return [_kept(row) for row in rows]


def kept_by_site(session: Session, now: datetime, sites: Collection[int]) -> Mapping[int, Sequence[Kept]]:
    """The same for several sites, in a session over all of them."""
    rows = session.connection().execute(_OF_SITES, {"sites": list(sites), "now": now}).all()
    everywhere = [_kept(row) for row in rows if row.site_id is None]
    own: dict[int, list[Kept]] = {site_id: list(everywhere) for site_id in sites}
    for row in rows:
        if row.site_id is not None:
            own[row.site_id].append(_kept(row))
    return own


@dataclass(frozen=True)
class Change:
    """A change of state, for the log: the name of the event, and what there is to say of it."""

    event: str
    facts: JsonObject


@dataclass(frozen=True)
class Admission:
    """A pass may begin. It knows what was kept of the systems it needs, and which of them it is to try."""

    kept: Sequence[Kept] = ()
    probed: frozenset[str] = frozenset()

    def conclude(self, session: Session, contact: Contact, interval: timedelta, now: datetime) -> list[Change]:
        """Writes down what a pass has found out about one system, if that changes anything."""
        if contact.trouble is None and not any(each.subject == contact.subject for each in self.kept):
            return []
        judge = partial(state_after, contact=contact, probed=contact.subject in self.probed, now=now, interval=interval)
        changes = _pause_every_site(session, contact.subject, contact.trouble, now)
        row = session.scalars(select(Circuit).where(Circuit.subject == contact.subject).with_for_update()).one_or_none()
        if row is None and judge(CLOSED) == CLOSED:
            return changes
        row = row or _new(session, Circuit(subject=contact.subject), Circuit.subject == contact.subject)
        before = State(row.failures, row.opened_at, row.next_try_at)
        after = judge(before)
        if after != before:
            _write(session, row, after, contact, now)
            changes += _change(contact, before, after)
        return changes


FREELY = Admission()


def admit(session: Session, kept: Sequence[Kept], needs: Needs, now: datetime) -> Admission | None:
    """Whether a pass may begin. None when it has to wait, or another one is just trying: then what this transaction
    has written must be taken back."""
    mine = sorted((each for each in kept if each.subject in needs), key=lambda each: each.subject)
    if barred_until(mine, needs, now):
        return None
    tried = [each for each in mine if each.state.open]
    if not all(_claimed(session, each, now) for each in tried):
        return None
    return Admission(mine, frozenset(each.subject for each in tried))


def try_now(session: Session, subject: str, now: datetime) -> Sequence[int]:
    """A person, or a test that has succeeded, wants it to be tried at once. Returns the streams that need it; they
    are due by that. None where nothing is to be tried."""
    hurried = session.execute(
        update(Circuit)
        .where(Circuit.subject == subject, Circuit.opened_at.is_not(None))
        .values(next_try_at=now)
        .returning(Circuit.id)
        .execution_options(synchronize_session=False)
    )
    if hurried.first() is None:
        return ()
    _make_due(session, subject, now)
    return session.scalars(_needing(subject).order_by(Stream.id)).all()


def forget_over(session: Session, now: datetime) -> Sequence[str]:
    """Systems whose pause for all sites has just ended."""
    return session.scalars(delete(AppPause).where(AppPause.until <= now).returning(AppPause.system)).all()


def _write(session: Session, row: Circuit, after: State, contact: Contact, now: datetime) -> None:
    if after == CLOSED:
        was_open = row.opened_at is not None
        session.delete(row)
        session.flush()
        if was_open:
            _make_due(session, contact.subject, now)
        return
    row.failures, row.opened_at, row.next_try_at = after.failures, after.opened_at, after.next_try_at
    row.trouble = ladder.describe(contact.trouble) if contact.trouble else row.trouble


def _change(contact: Contact, before: State, after: State) -> list[Change]:
    facts = {"subject": contact.subject, "failures": after.failures}
    if contact.trouble and after.next_try_at:
        told = {**facts, "code": contact.trouble.code, "next_try_at": after.next_try_at.isoformat()}
        return [Change("circuit.stays-open" if before.open else "circuit.opened", told)]
    return [Change("circuit.closed", facts)] if before.open else []


def _pause_every_site(session: Session, system: str, trouble: Trouble | None, now: datetime) -> list[Change]:
    until = every_site_until(trouble, now)
    if trouble is None or until is None:
        return []
    mine = AppPause.system == system
    row = session.scalars(select(AppPause).where(mine).with_for_update()).one_or_none()
    begun = row is not None and row.until > now
    fresh = AppPause(system=system, until=until, trouble=ladder.describe(trouble))
    row = row or _new(session, fresh, mine)
    row.until, row.trouble = max(until, row.until), fresh.trouble
    return [] if begun else [Change("app.paused", {"system": system, "until": until.isoformat(), "code": trouble.code})]


def _new(session: Session, row: Row, mine: Any) -> Row:
    """Another pass may be writing the same row for the first time: then it is that one."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return session.scalars(select(type(row)).where(mine).with_for_update()).one()
    return row


def _claimed(session: Session, kept: Kept, now: datetime) -> bool:
    """For PROBE nobody else tries it."""
    claimed = session.execute(
        update(Circuit)
        .where(Circuit.subject == kept.subject, Circuit.next_try_at == kept.state.next_try_at)
        .values(next_try_at=now + PROBE)
        .returning(Circuit.id)
        .execution_options(synchronize_session=False)
    )
    return claimed.first() is not None


def _make_due(session: Session, subject: str, now: datetime) -> None:
    """Its streams that nobody works on. One whose row is locked is just being taken, or given back, by somebody."""
    waiting = _needing(subject).where(Stream.lease_owner.is_(None), Stream.due_at > now)
    session.execute(
        update(Stream)
        .where(Stream.id.in_(waiting.with_for_update(of=Stream, skip_locked=True)))
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )


def _needing(subject: str) -> Select[int]:
    """Ids of the active streams that need it: for Jira all of the site's."""
    streams = select(Stream.id).where(Stream.active)
    connection_id = connection_in(subject)
    if connection_id is None:
        return streams
    integration = Integration.id == Stream.integration_id
    return streams.join(Integration, integration).where(Integration.connection_id == connection_id)


def _kept(row: Any) -> Kept:
    return Kept(row.subject, State(row.failures, row.opened_at, row.next_try_at), for_every_site=row.site_id is None)


_CIRCUITS, _PAUSES = table_of(Circuit), AppPause.__table__
_NOW = bindparam("now", type_=_PAUSES.c.until.type)
_OWN = select(*(_CIRCUITS.c[name] for name in ("site_id", "subject", "failures", "opened_at", "next_try_at")))
_EVERYWHERE = select(null(), _PAUSES.c.system, literal(0), _PAUSES.c.until, _PAUSES.c.until).where(
    _PAUSES.c.until > _NOW
)
_OF_SITE = union_all(_OWN.where(_CIRCUITS.c.site_id == bindparam("site")), _EVERYWHERE)
_OF_SITES = union_all(
    _OWN.where(_CIRCUITS.c.site_id.in_(bindparam("sites", expanding=True)), _CIRCUITS.c.opened_at.is_not(None)),
    _EVERYWHERE,
)
"""Made once: every poll begins with one of them."""
