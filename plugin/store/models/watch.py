"""What is in trouble, and who has been told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
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


class Notice(SiteOwned, Table):
    """Something an administrator should know of: raised once, cleared once."""

    __tablename__ = "notices"

    subject: Mapped[str] = mapped_column(String(64), index=True)
    """What it is about, e.g. `stream:3` or `connection:5`."""
    code: Mapped[str] = mapped_column(String(80))
    """`stale`, `credential-expires` or `failing`."""
    sentence: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)
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
    """A notice, or its all-clear, on its way to a recipient."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("notice_id", "recipient_id", "cleared"),)

    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipients.id", ondelete="CASCADE"))
    cleared: Mapped[bool]
    """True for the all-clear."""
    state: Mapped[str] = mapped_column(String(16))
    """`waiting`, `sent` or `given-up`."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
