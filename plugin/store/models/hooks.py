"""What is known of a site's webhooks: what is registered, what has arrived, what has to be done about it and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.models.base import JsonObject, SiteOwned, Table

WAITING = text("taken_at IS NULL")


class WebhookRegistration(SiteOwned, Table):
    """One project whose changes Jira is to tell us of, and what Jira has registered for it."""

    __tablename__ = "webhook_registrations"
    __table_args__ = (UniqueConstraint("site_id", "project_key"),)

    project_key: Mapped[str]
    jql: Mapped[str] = mapped_column(String(500))
    events: Mapped[list[str]]
    jira_id: Mapped[int | None] = mapped_column(BigInteger)
    """None while nothing is registered."""
    expires_at: Mapped[datetime | None]
    refreshed_at: Mapped[datetime | None]
    """When its thirty days last began."""
    heard_at: Mapped[datetime | None]
    """When something was last delivered about the project."""
    missing_since: Mapped[datetime | None]
    """Since when nothing is registered; None while something is."""
    trouble: Mapped[JsonObject | None]
    """Why Jira did not take it."""


class InboxMessage(SiteOwned, Table):
    """A delivery whose sender was verified, to be worked off by a job. It stays for a while, so that a repetition is
    recognised."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("site_id", "door", "delivery_id"),
        Index("ix_inbox_waiting", "site_id", "id", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    door: Mapped[str] = mapped_column(String(16))
    """`connect` or `admin`: by which the sender proved itself."""
    delivery_id: Mapped[str]
    """The sender's, the same at every attempt."""
    source: Mapped[str] = mapped_column(String(16))
    """`dynamic`, `descriptor` or `admin`: the kind of webhook."""
    event: Mapped[str] = mapped_column(String(64))
    project_key: Mapped[str | None]
    issue_id: Mapped[str | None] = mapped_column(String(64))
    """None where the delivery does not say."""
    body: Mapped[JsonObject]
    """What is needed of it, and no words of people. Only a hint: Jira is asked how things stand."""
    received_at: Mapped[datetime] = mapped_column(index=True)
    taken_at: Mapped[datetime | None]
    """When it was worked off; None while it waits."""
    attempts: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[JsonObject | None]
    """Why the last attempt was in vain."""


class HookDuty(SiteOwned, Table):
    """Something to be done for a site's webhooks again and again, by one worker at a time."""

    __tablename__ = "hook_duties"
    __table_args__ = (UniqueConstraint("site_id", "name"),)

    name: Mapped[str] = mapped_column(String(16))
    """`drain` (work off the inbox), `keep` (compare registrations with Jira's), `missed` (fetch deliveries that failed)
    or `sweep` (look for status changes that nobody told us of)."""
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """None while there is nothing to do."""
    lease_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    """When it last came to its end."""
    tries: Mapped[int] = mapped_column(default=0)
    """In vain, in a row."""
    trouble: Mapped[JsonObject | None]
    position: Mapped[JsonObject] = mapped_column(default=dict)
    """How far it has got, in the words of the duty."""


class AdminWebhook(SiteOwned, Table):
    """The address and secret for a webhook that an administrator sets up in Jira by hand."""

    __tablename__ = "admin_webhooks"
    __table_args__ = (UniqueConstraint("site_id"), UniqueConstraint("token"))

    token: Mapped[str] = mapped_column(String(64))
    """Part of the address. It finds the site, and proves nothing."""
    secret: Mapped[str] = mapped_column(Text)
    """Sealed: what deliveries are signed with."""
    previous_secret: Mapped[str | None] = mapped_column(Text)
    previous_secret_until: Mapped[datetime | None]
    """Until when deliveries signed with the replaced secret are taken: a person enters the new one in Jira."""
    made_at: Mapped[datetime]
    """When the secret was made."""


class IssueTotals(SiteOwned, Table):
    """What people have said and worked on an issue of ours, as Jira had it when it was counted."""

    __tablename__ = "issue_totals"
    __table_args__ = (UniqueConstraint("site_id", "issue_id"),)

    issue_id: Mapped[str] = mapped_column(String(64))
    comments: Mapped[int] = mapped_column(default=0)
    """Without our own."""
    worklog_seconds: Mapped[int] = mapped_column(default=0)
    counted_at: Mapped[datetime]
