"""Notices: what needs an administrator now and what did before, and who is told of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.notices import mail, outbox
from plugin.notices.sending import EMAIL, WEBHOOK, secret_place
from plugin.store.models import Message, Notice, Recipient, Site
from plugin.web import forms
from plugin.web.frame import framed
from plugin.web.marks import Mark
from plugin.web.visit import Flag, Fragment, NotThere, Visit

SHOWN = 50
MOST_RECIPIENTS = 10
GIVEN_UP_SHOWN = timedelta(days=30)
TEST_POLL = 1500


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        return _page(visit, session, {}, {})


def live(visit: Visit) -> Fragment:
    """The recipients alone, asked for again and again until a test has been sent."""
    with visit.reading() as session:
        return Fragment.of("notices_recipients.html", "", **_recipients(visit, session))


def add_webhook(visit: Visit) -> Fragment:
    """A secret that we make is shown in the answer, and never again."""
    reading = forms.read(forms.WebhookForm(), visit.form)
    with visit.writing() as session:
        if problems := reading.problems or _not_added(session, WEBHOOK, reading):
            return _page(visit, session, reading.typed, problems)
        chosen = reading.values["secret"]
        secret = chosen or secrets.token_urlsafe(32)
        recipient = _new(session, WEBHOOK, reading)
        recipient.secret = visit.parts.seal.seal(secret, secret_place(visit.site_id, recipient.id))
        session.flush()
        if not chosen:
            return _page(visit, session, {}, {}, secret=secret, secret_of=recipient.address)
    return Fragment.go("notices", _ADDED)


def add_email(visit: Visit) -> Fragment:
    reading = forms.read(forms.EmailForm(), visit.form)
    with visit.writing() as session:
        if problems := reading.problems or _not_added(session, EMAIL, reading):
            return _page(visit, session, reading.typed, problems)
        _new(session, EMAIL, reading)
    return Fragment.go("notices", _ADDED)


_ADDED = Flag("Added", "Send a test to see whether messages arrive.")


def test(visit: Visit) -> Fragment:
    with visit.writing() as session:
        recipient = _found(visit, session)
        site = session.scalars(select(Site.display_url).where(Site.id == visit.site_id)).one()
        outbox.tell_test(session, outbox.Letterhead(site, visit.parts.settings.app_key, visit.now), recipient.id)
    visit.parts.queue.send_messages(visit.site_id)
    return Fragment.go(f"notices?{visit.asked_now}")


def remove(visit: Visit) -> Fragment:
    """What was still to be sent there goes with it."""
    with visit.writing() as session:
        session.delete(_found(visit, session))
    return Fragment.go("notices", Flag("Removed", "Nothing is sent there any more."))


def _found(visit: Visit, session: Session) -> Recipient:
    recipient = session.scalars(select(Recipient).where(Recipient.id == visit.number("id"))).one_or_none()
    if recipient is None:
        raise NotThere()
    return recipient


def _not_added(session: Session, kind: str, reading: forms.Reading) -> dict[str, str]:
    field = _FIELDS[kind]
    present = [(each.kind, each.address) for each in session.scalars(select(Recipient))]
    if (kind, reading.values[field]) in present:
        return {field: "This one is in the list already."}
    if len(present) >= MOST_RECIPIENTS:
        return {field: f"There can be {MOST_RECIPIENTS} recipients. Remove one first, or use a mailing list."}
    return {}


_FIELDS = {WEBHOOK: "address", EMAIL: "email"}


def _new(session: Session, kind: str, reading: forms.Reading) -> Recipient:
    recipient = Recipient(kind=kind, address=reading.values[_FIELDS[kind]])
    session.add(recipient)
    session.flush()
    return recipient


@dataclass(frozen=True)
class Standing:
    """How messages reach one recipient."""

    recipient: Recipient
    waiting: int
    next_try_at: datetime | None
    given_up: int

    @property
    def mark(self) -> Mark:
        if self.recipient.trouble is not None:
            return Mark("Not arriving", "bad")
        if self.waiting:
            return Mark("Sending", "info")
        return Mark("Arriving", "ok") if self.recipient.told_at else Mark("Not tried yet")


def _page(
    visit: Visit, session: Session, typed: Mapping[str, str], problems: Mapping[str, str], **values: str
) -> Fragment:
    """`typed` and `problems` of the form that could not be taken; a secret is never among what is shown again."""
    history = select(Notice).where(Notice.cleared_at.is_not(None)).order_by(Notice.cleared_at.desc()).limit(SHOWN)
    return framed(
        session,
        "notices.html",
        "Notices",
        "notices",
        history=session.scalars(history).all(),
        shown=SHOWN,
        value={name: typed.get(name, "") for name in _FIELDS.values()},
        problems=problems,
        **{"secret": "", "secret_of": "", **values},
        **_recipients(visit, session),
    )


def _recipients(visit: Visit, session: Session) -> dict[str, Any]:
    tested = select(Message.id).where(Message.event == outbox.TEST, Message.state == outbox.WAITING).limit(1)
    awaited = visit.asked is not None and session.scalars(tested).first() is not None
    return {
        "standings": _standings(session, visit.now),
        "mail_is_set_up": mail.is_set_up(visit.parts.settings),
        "awaited": awaited,
        "slow": awaited and visit.waited_long(),
        "asked": visit.parameters.get("asked", "") if visit.asked else "",
        "poll": TEST_POLL,
        "now": visit.now,
    }


def _standings(session: Session, now: datetime) -> list[Standing]:
    counted = (
        select(Message.recipient_id, Message.state, func.count(), func.min(Message.next_try_at))
        .where(Message.state != outbox.SENT, Message.written_at > now - GIVEN_UP_SHOWN)
        .group_by(Message.recipient_id, Message.state)
    )
    found = {(recipient, state): (count, at) for recipient, state, count, at in session.execute(counted)}

    def standing(recipient: Recipient) -> Standing:
        waiting, next_try_at = found.get((recipient.id, outbox.WAITING), (0, None))
        given_up, _ = found.get((recipient.id, outbox.GIVEN_UP), (0, None))
        return Standing(recipient, waiting, next_try_at, given_up)

    return [standing(each) for each in session.scalars(select(Recipient).order_by(Recipient.id))]
