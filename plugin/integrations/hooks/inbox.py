"""The inbox: deliveries are kept before they are answered, each once, and worked off afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.integrations.hooks.messages import Told
from plugin.store.models import InboxMessage, JsonObject, WebhookRegistration

CONNECT, ADMIN = "connect", "admin"
"""Doors."""
DYNAMIC, DESCRIPTOR = "dynamic", "descriptor"
"""Kinds of webhook at the door of Connect; at the other one there is only its own."""
KEPT = timedelta(days=4)
"""Longer than the 72 hours for which Jira tells of deliveries that failed: one of those must not look new."""
BATCH = 100


@dataclass(frozen=True)
class Delivery:
    """What a verified sender has brought."""

    door: str
    source: str
    delivery_id: str
    told: Told


def receive(session: Session, delivery: Delivery, now: datetime) -> bool:
    """Keeps it; False for one that is there already. `session` is one of the sender's site."""
    message = InboxMessage(
        door=delivery.door,
        source=delivery.source,
        delivery_id=delivery.delivery_id,
        event=delivery.told.event,
        issue_id=delivery.told.issue_id,
        project_key=delivery.told.project_key,
        body=delivery.told.body,
        received_at=now,
    )
    try:
        with session.begin_nested():
            session.add(message)
    except IntegrityError:
        return False
    return True


def waiting(session: Session) -> Sequence[InboxMessage]:
    """The oldest ones that are to be worked off."""
    return session.scalars(
        select(InboxMessage).where(InboxMessage.taken_at.is_(None)).order_by(InboxMessage.id).limit(BATCH)
    ).all()


def is_empty(session: Session) -> bool:
    return session.scalars(select(InboxMessage.id).where(InboxMessage.taken_at.is_(None)).limit(1)).first() is None


def taken(session: Session, ids: Collection[int], now: datetime, trouble: JsonObject | None = None) -> None:
    """They are done with; `trouble` says why that was in vain."""
    _change(session, ids, taken_at=now, attempts=InboxMessage.attempts + 1, trouble=trouble)


def tried(session: Session, ids: Collection[int], trouble: JsonObject) -> None:
    """In vain; they wait on."""
    _change(session, ids, attempts=InboxMessage.attempts + 1, trouble=trouble)


def note_heard(session: Session, messages: Iterable[InboxMessage]) -> None:
    """Writes down at its registration when something about a project last came."""
    latest: dict[str, datetime] = {}
    for message in messages:
        if key := message.project_key:
            latest[key] = max(latest.get(key, message.received_at), message.received_at)
    for registration in session.scalars(select(WebhookRegistration).where(WebhookRegistration.project_key.in_(latest))):
        at = latest[registration.project_key]
        registration.heard_at = max(registration.heard_at or at, at)


def forget_old(session: Session, now: datetime) -> None:
    """Those that were worked off long ago; `session` is one over all sites."""
    old = InboxMessage.received_at < now - KEPT
    session.execute(
        delete(InboxMessage).where(old, InboxMessage.taken_at.is_not(None)).execution_options(synchronize_session=False)
    )


def _change(session: Session, ids: Collection[int], **values: object) -> None:
    if ids:
        session.execute(
            update(InboxMessage)
            .where(InboxMessage.id.in_(ids))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
