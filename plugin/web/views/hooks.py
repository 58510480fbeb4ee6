"""Webhooks: what Jira tells us of and until when, what is made up for, and the webhook that people set up by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.integrations.hooks import duties
from plugin.sites.admin_webhook import address_path, renew_secret
from plugin.store.models import AdminWebhook, HookDuty, InboxMessage, WebhookRegistration
from plugin.web.frame import framed
from plugin.web.marks import Mark
from plugin.web.visit import Fragment, Visit

POLL = 1500
PRESSING_DAYS = 7
WORDS = {
    "jira:issue_created": "issues created",
    "jira:issue_deleted": "deleted",
    "jira:issue_updated": "moved to another status",
    "comment_created": "comments added",
    "comment_updated": "changed",
    "comment_deleted": "deleted",
}
"""Events in the order in which they are told."""


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        return _page(visit, session)


def live(visit: Visit) -> Fragment:
    """The registrations alone, asked for again and again until a worker has been at them."""
    with visit.reading() as session:
        return Fragment.of("webhooks_list.html", "", **_registrations(visit, session))


def register(visit: Visit) -> Fragment:
    """*Register now*: a worker compares with Jira's list, and registers what is missing."""
    with visit.writing() as session:
        duties.make_due(session, duties.KEEP, visit.now)
    visit.parts.queue.attend(visit.site_id, duties.KEEP)
    return Fragment.go(f"webhooks?{visit.asked_now}")


def secret(visit: Visit) -> Fragment:
    """A new secret is shown in the answer, and never again."""
    with visit.writing() as session:
        made = renew_secret(session, visit.parts.seal, visit.site_id, visit.now)
        session.flush()
        return _page(visit, session, secret=made)


@dataclass(frozen=True)
class Standing:
    """How one project is listened to."""

    row: WebhookRegistration
    now: datetime

    @property
    def mark(self) -> Mark:
        expires = self.row.expires_at
        if self.row.jira_id is None:
            return Mark("Not registered", "bad" if self.row.trouble else "warn")
        if expires is not None and expires <= self.now:
            return Mark("Expired", "bad")
        return Mark("Ends soon", "warn") if self._days_left < PRESSING_DAYS else Mark("Registered", "ok")

    @property
    def events(self) -> str:
        return ", ".join(words for event, words in WORDS.items() if event in self.row.events)

    @property
    def _days_left(self) -> float:
        return (self.row.expires_at - self.now).total_seconds() / 86_400 if self.row.expires_at else PRESSING_DAYS


def _page(visit: Visit, session: Session, **values: str) -> Fragment:
    admin = session.scalars(select(AdminWebhook)).one_or_none()
    waiting, oldest = session.execute(
        select(func.count(), func.min(InboxMessage.received_at)).where(InboxMessage.taken_at.is_(None))
    ).one()
    failed = select(InboxMessage).where(InboxMessage.taken_at.is_not(None), InboxMessage.trouble.is_not(None))
    return framed(
        session,
        "webhooks.html",
        "Webhooks",
        "webhooks",
        admin=admin,
        address=visit.parts.settings.base_url + address_path(admin.token) if admin else "",
        waiting=waiting,
        oldest=oldest,
        in_vain=session.scalars(failed.order_by(InboxMessage.id.desc()).limit(1)).first(),
        duties={row.name: row for row in session.scalars(select(HookDuty))},
        **{"secret": "", **values},
        **_registrations(visit, session),
    )


def _registrations(visit: Visit, session: Session) -> dict[str, Any]:
    keep = session.scalars(select(HookDuty).where(HookDuty.name == duties.KEEP)).one_or_none()
    rows = session.scalars(select(WebhookRegistration).order_by(WebhookRegistration.project_key))
    awaited = visit.asked is not None and not _was_kept(keep, visit.asked, visit.now)
    return {
        "standings": [Standing(row, visit.now) for row in rows],
        "keep": keep,
        "awaited": awaited,
        "slow": awaited and visit.waited_long(),
        "asked": visit.parameters.get("asked", "") if visit.asked else "",
        "poll": POLL,
        "now": visit.now,
    }


def _was_kept(keep: HookDuty | None, asked: datetime, now: datetime) -> bool:
    """Whether a worker has been at it since: it came to its end, or is put off for a trouble."""
    if keep is None or keep.lease_until is not None or (keep.due_at is not None and keep.due_at <= now):
        return False
    return keep.trouble is not None or (keep.done_at is not None and keep.done_at >= asked)
