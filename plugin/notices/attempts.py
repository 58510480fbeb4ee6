"""Attempts to send what is in the outbox, by any number of workers.

An attempt is noted before it is made; one whose worker was killed is taken for lost after LONGEST_ATTEMPT, and the
message sent again. So it arrives at least once, and whoever gets it twice tells by its delivery id.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session, aliased

from plugin.notices.outbox import CLEARED, GIVEN_UP, PERHAPS_TOLD, RAISED, SENT, TEST, WAITING
from plugin.store.models import JsonObject, Message, Notice, Recipient, Site
from sage_adapters.errors import Trouble, UncertainOutcome

LONGEST_ATTEMPT = timedelta(minutes=5)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Attempt:
    """A message that this worker, and no other, is to send now."""

    message_id: int
    recipient_id: int
    kind: str
    address: str = field(repr=False)
    sealed_secret: str | None = field(repr=False)
    body: JsonObject
    delivery_id: str
    number: int
    perhaps_told: bool
    """Whether an earlier attempt may have arrived."""


def sites_with_messages(session: Session, now: datetime) -> list[int]:
    """Where something is due. `session` is one over all sites."""
    due = select(Message.site_id).join(Site, Site.id == Message.site_id).where(_is_due(now)).distinct()
    return list(session.scalars(due))


def begin(session: Session, now: datetime, without: Collection[int]) -> Attempt | None:
    """The oldest message that is due, except for the recipients `without`; an all-clear waits for what it clears."""
    earlier = aliased(Message)
    before = select(earlier.id).where(
        earlier.notice_id == Message.notice_id,
        earlier.recipient_id == Message.recipient_id,
        earlier.id < Message.id,
        earlier.state == WAITING,
    )
    found = session.execute(
        select(Message, Recipient)
        .join(Recipient, Recipient.id == Message.recipient_id)
        .join(Site, Site.id == Message.site_id)
        .where(_is_due(now), Message.recipient_id.not_in(without), ~before.exists())
        .order_by(Message.id)
        .limit(1)
        .with_for_update(of=Message, skip_locked=True)
    ).first()
    if found is None:
        return None
    message, recipient = found
    attempt = Attempt(
        message_id=message.id,
        recipient_id=recipient.id,
        kind=recipient.kind,
        address=recipient.address,
        sealed_secret=recipient.secret,
        body=message.body,
        delivery_id=message.delivery_id,
        number=message.attempts + 1,
        perhaps_told=message.perhaps_told,
    )
    message.attempts = attempt.number
    message.perhaps_told = True
    message.next_try_at = now + LONGEST_ATTEMPT
    return attempt


def arrived(session: Session, attempt: Attempt, now: datetime) -> None:
    session.execute(
        update(Message).where(Message.id == attempt.message_id).values(state=SENT, next_try_at=None, perhaps_told=True)
    )
    session.execute(update(Recipient).where(Recipient.id == attempt.recipient_id).values(told_at=now, trouble=None))


def failed(session: Session, attempt: Attempt, trouble: Trouble, now: datetime) -> None:
    """Another attempt comes later, for GIVE_UP_AFTER; a test has only one."""
    described = {"tried": trouble.tried, "got": trouble.got, "remedy": trouble.remedy, "code": trouble.code}
    session.execute(update(Recipient).where(Recipient.id == attempt.recipient_id).values(trouble=described))
    notice = session.scalars(
        select(Notice)
        .join(Message, Message.notice_id == Notice.id)
        .where(Message.id == attempt.message_id)
        .with_for_update(of=Notice)  # before the message is read: the notice may be about to be cleared
    ).first()
    message = session.scalars(
        select(Message).where(
            Message.id == attempt.message_id, Message.state == WAITING, Message.attempts == attempt.number
        )
    ).one_or_none()
    if message is None:
        return  # removed, or taken for lost and taken over by another worker
    message.perhaps_told = attempt.perhaps_told or isinstance(trouble, UncertainOutcome)
    message.next_try_at = now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempt.number - 1, 10))
    if message.event == TEST or message.next_try_at > message.written_at + GIVE_UP_AFTER:
        message.state, message.next_try_at = GIVEN_UP, None
    if notice is not None and not message.perhaps_told:
        _drop_if_over(session, notice, message)


def _drop_if_over(session: Session, notice: Notice, message: Message) -> None:
    """What was cleared, or said again more pressingly, while the attempt was under way is not told any more."""
    if message.event != RAISED or not (notice.cleared_at or notice.stage > message.stage):
        return
    session.delete(message)
    session.flush()
    mine = (Message.notice_id == notice.id) & (Message.recipient_id == message.recipient_id)
    told = select(Message.id).where(mine, Message.event == RAISED, PERHAPS_TOLD).limit(1)
    if session.scalars(told).first() is None:
        session.execute(delete(Message).where(mine, Message.event == CLEARED))


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(Message.state == WAITING, Message.next_try_at <= now, Site.left_at.is_(None))
