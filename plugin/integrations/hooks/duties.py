"""The rows of a site's duties: when each is due, who is at it, how far it has got.

A job only names site and duty. Whoever takes the lease does it; a lost job is made up for, because the schedule finds a
duty that nobody has concluded due again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.sites.connect.tenants import DOOR, USABLE_STATES
from plugin.store.models import HookDuty, InboxMessage, Installation, JsonObject, Site

DRAIN, KEEP, MISSED, SWEEP = "drain", "keep", "missed", "sweep"
GRACE = timedelta(seconds=30)
"""After a job was queued it is not queued again for so long."""
LEASE = timedelta(minutes=15)
"""A worker that has not concluded by then is taken for dead. If it is not, both do the same: nothing comes of that."""


@dataclass(frozen=True)
class Held:
    """A duty that this worker has taken up."""

    duty_id: int
    until: datetime
    tries: int
    position: JsonObject


@dataclass(frozen=True)
class Done:
    """It came to its end, or gives its worker back: when it is due again, None for when somebody asks; what is to be
    remembered of how far it has got."""

    due_at: datetime | None
    position: JsonObject | None = None


def ask(session: Session, name: str, now: datetime) -> bool:
    """Whether a job is to be queued for it; False while one is queued already, or somebody is at it.

    `session` is one of a site. Many ask at the same time when Jira delivers many events.
    """
    free = or_(HookDuty.due_at.is_(None), HookDuty.due_at <= now)
    if _moved(session, (HookDuty.name == name) & free, due_at=now + GRACE):
        return True
    known = session.scalars(select(HookDuty.id).where(HookDuty.name == name)).first()
    return known is None and _begun(session, HookDuty(name=name, due_at=now + GRACE))


def make_due(session: Session, name: str, now: datetime, position: JsonObject | None = None) -> None:
    """The schedule finds it with its next look. `position` is added to what it knows of how far it has got."""
    duty = session.scalars(select(HookDuty).where(HookDuty.name == name).with_for_update()).one_or_none()
    if duty is None:
        _begun(session, HookDuty(name=name, due_at=now, position=position or {}))
        return
    duty.due_at, duty.position = now, {**duty.position, **(position or {})}


def hasten(session: Session, name: str, now: datetime) -> None:
    """Makes it due, where there is such a duty at all."""
    _moved(session, (HookDuty.name == name) & HookDuty.due_at.is_not(None), due_at=now)


def position(session: Session, name: str) -> JsonObject:
    """How far it has got; nothing where there is no such duty."""
    return session.scalars(select(HookDuty.position).where(HookDuty.name == name)).one_or_none() or {}


def remember(session: Session, name: str, position: JsonObject) -> None:
    """Adds to what it knows of how far it has got, whatever comes of the rest."""
    duty = session.scalars(select(HookDuty).where(HookDuty.name == name).with_for_update()).one()
    duty.position = {**duty.position, **position}


def claim(session: Session, name: str, due_at: datetime, now: datetime) -> bool:
    """For a scheduler that found it due; False when another was first."""
    return _moved(session, (HookDuty.name == name) & (HookDuty.due_at == due_at), due_at=now + GRACE)


def due(session: Session, now: datetime) -> list[tuple[int, str, datetime]]:
    """Site, name and when, of all that are due where the app is in use; `session` is one over all
    sites."""
    free = or_(HookDuty.lease_until.is_(None), HookDuty.lease_until < now)
    rows = session.execute(
        select(HookDuty.site_id, HookDuty.name, HookDuty.due_at)
        .join(Installation, Installation.site_id == HookDuty.site_id)
        .where(HookDuty.due_at <= now, free, Installation.door == DOOR, Installation.state.in_(USABLE_STATES))
        .order_by(HookDuty.due_at)
    )
    return [(row.site_id, row.name, row.due_at) for row in rows]


def sites_left_waiting(session: Session, now: datetime) -> list[int]:
    """Where messages wait though nobody is to work them off: their asking was lost. One over all sites."""
    idle = select(HookDuty.id).where(
        HookDuty.site_id == InboxMessage.site_id, HookDuty.name == DRAIN, HookDuty.due_at.is_not(None)
    )
    waiting = InboxMessage.taken_at.is_(None) & (InboxMessage.received_at < now - GRACE)
    sites = select(InboxMessage.site_id).join(Site, Site.id == InboxMessage.site_id)
    return list(session.scalars(sites.where(waiting, Site.left_at.is_(None), ~idle.exists()).distinct()))


def take(session: Session, name: str, now: datetime) -> Held | None:
    """None while another worker is at it, or where there is no such duty. If this one dies, it is due when its lease
    ends."""
    until = now + LEASE
    row = session.execute(
        update(HookDuty)
        .where(HookDuty.name == name, or_(HookDuty.lease_until.is_(None), HookDuty.lease_until < now))
        .values(lease_until=until, due_at=until)
        .returning(HookDuty.id, HookDuty.tries, HookDuty.position)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Held(row.id, until, row.tries, row.position) if row else None


def conclude(
    session: Session,
    held: Held,
    due_at: datetime | None,
    *,
    done_at: datetime | None = None,
    tries: int = 0,
    trouble: JsonObject | None = None,
    position: JsonObject | None = None,
) -> None:
    """Gives it back, to be done again at `due_at`; at once where somebody has made it due meanwhile.

    `done_at` when it came to its end; `position` is added to what it knows.
    """
    duty = session.scalars(
        select(HookDuty).where(HookDuty.id == held.duty_id, HookDuty.lease_until == held.until).with_for_update()
    ).one_or_none()
    if duty is None:
        return  # taken for dead, and another worker is at it
    if duty.due_at == held.until:
        duty.due_at = due_at
    duty.lease_until, duty.tries, duty.trouble = None, tries, trouble
    duty.done_at = done_at or duty.done_at
    duty.position = {**duty.position, **(position or {})}


def _moved(session: Session, where: ColumnElement[bool], **values: object) -> bool:
    changed = update(HookDuty).where(where).values(**values).returning(HookDuty.id)
    return bool(session.scalars(changed.execution_options(synchronize_session=False)).all())


def _begun(session: Session, duty: HookDuty) -> bool:
    try:
        with session.begin_nested():
            session.add(duty)
    except IntegrityError:
        return False  # somebody else was first
    return True
