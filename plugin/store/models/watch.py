"""What is in trouble, and who has been told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.models.base import JsonObject, SiteOwned, Table


class Circuit(SiteOwned, Table):
    """A system of a site that is left alone for a while: its streams wait together."""

    __tablename__ = "circuits"
    __table_args__ = (UniqueConstraint("site_id", "subject"),)

    subject: Mapped[str] = mapped_column(String(64))
    """`jira`, or `connection:` and its id."""
    failures: Mapped[int] = mapped_column(default=0)
    """Troubles in a row."""
    opened_at: Mapped[datetime | None]
    """Since when nothing is sent there; None while the circuit is closed."""
    next_try_at: Mapped[datetime | None]
    trouble: Mapped[JsonObject | None]
    """The last one."""


class AppPause(Table):
    """A limit that all sites share, such as Jira's hourly quota of an app: nobody calls that system until it turns."""

    __tablename__ = "app_pauses"

    system: Mapped[str] = mapped_column(String(32), unique=True)
    until: Mapped[datetime]
    trouble: Mapped[JsonObject]


OPEN = text("cleared_at IS NULL")


class Notice(SiteOwned, Table):
    """Something an administrator should know of: raised once, cleared once. The database has one open notice for each
    subject and code."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("uq_notices_open", "site_id", "subject", "code", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    subject: Mapped[str] = mapped_column(String(64), index=True)
    """What it is about: `stream:3`, `connection:5`, `certificate:5` for that of a connection, or `webhooks`."""
    code: Mapped[str] = mapped_column(String(80))
    """`stale`, `credential-expires`, `failing` or `not-told`."""
    sentence: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)
    stage: Mapped[int] = mapped_column(default=0)
    """Rises when it presses more than before: it is told again then."""
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]


class Recipient(SiteOwned, Table):
    """Where notices are sent: a web address or an e-mail address of the site's choice."""

    __tablename__ = "recipients"

    kind: Mapped[str] = mapped_column(String(16))
    """`webhook` or `email`."""
    address: Mapped[str] = mapped_column(String(500))
    secret: Mapped[str | None] = mapped_column(Text)
    """Sealed: what a webhook's body is signed with."""
    trouble: Mapped[JsonObject | None]
    """Why the last message did not arrive."""
    told_at: Mapped[datetime | None]


class Message(SiteOwned, Table):
    """A notice, its all-clear or a test on its way to a recipient: written with what it tells, sent by a worker."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("notice_id", "recipient_id", "event", "stage"),)

    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"))
    """None for a test."""
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id", ondelete="CASCADE"))
    event: Mapped[str] = mapped_column(String(16))
    """`raised`, `cleared` or `test`."""
    stage: Mapped[int] = mapped_column(default=0)
    """The notice's when it was written."""
    body: Mapped[JsonObject]
    """What is told, the same at every attempt."""
    delivery_id: Mapped[str] = mapped_column(String(36))
    """The same at every attempt, so that a recipient can tell a repetition."""
    state: Mapped[str] = mapped_column(String(16))
    """`waiting`, `sent` or `given-up`."""
    perhaps_told: Mapped[bool] = mapped_column(default=False)
    """True while an attempt is under way, and after one of which nobody knows whether it arrived."""
    attempts: Mapped[int] = mapped_column(default=0)
    written_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    """When it is due; while an attempt is under way, when that one is taken for lost. None once it is settled."""
