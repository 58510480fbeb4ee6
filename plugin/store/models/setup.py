"""What an administrator sets up: connections and integrations, and what pages need from Jira for it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.models.base import JsonObject, SiteOwned, Table


class Connection(SiteOwned, Table):
    """One outside system of a site: address, settings, sealed credentials, and how it is doing."""

    __tablename__ = "connections"
    __table_args__ = (Index("ix_connections_site_id", "site_id"),)

    system: Mapped[str] = mapped_column(String(32))
    name: Mapped[str]
    base_url: Mapped[str] = mapped_column(String(500))
    company: Mapped[str]
    settings: Mapped[JsonObject] = mapped_column(default=dict)
    """`concurrency` (calls in flight at once), `calls_per_minute` (of all workers together; no limit without it),
    `certificate` (a CA bundle in PEM)."""
    credentials: Mapped[str | None] = mapped_column(Text)
    """A sealed JSON object, e.g. of `user` and `password`."""
    credentials_expire_on: Mapped[date | None]
    """The last day on which they work, as far as is known."""
    state: Mapped[str] = mapped_column(String(16), default="unchecked")
    """`unchecked`, `checking`, `ok` or `trouble`."""
    trouble: Mapped[JsonObject | None]
    findings: Mapped[JsonObject | None]
    """What the last check learnt: release, companies, rights, warnings."""
    checked_at: Mapped[datetime | None]


class Integration(SiteOwned, Table):
    """One of our products set up on a site, reading from one connection."""

    __tablename__ = "integrations"
    __table_args__ = (Index("ix_integrations_site_id", "site_id"),)

    kind: Mapped[str] = mapped_column(String(32))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    settings: Mapped[JsonObject] = mapped_column(default=dict)
    """What concerns all its streams: `jira_calls_at_once`."""
    created_at: Mapped[datetime]


class Snapshot(SiteOwned, Table):
    """What a page shows of a worker's reading that takes its time, of Jira above all: pages never wait for it."""

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("site_id", "subject"),)

    subject: Mapped[str]
    """`projects`, `fields:{project id}:{issue type id}`, `comparison:{ledger entry id}`: a document beside an issue,
    or `chains`: how the last check of the audit trail ended."""
    body: Mapped[JsonObject]
    state: Mapped[str] = mapped_column(String(16))
    """`reading` or `read`."""
    trouble: Mapped[JsonObject | None]
    read_at: Mapped[datetime | None]
