"""The tables. Each row belongs to one site; `database.py` refuses a query that does not say which."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from plugin.store.columns import ExactDecimal, Instant

JsonObject = dict[str, Any]


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: Instant,
        Decimal: ExactDecimal,
        JsonObject: JSON(none_as_null=True),
        list[str]: JSON,
        str: String(255),
    }

    id: Mapped[int] = mapped_column(primary_key=True)


class Site(Table):
    """One Jira site. It stays when the app leaves, until `delete_after`."""

    __tablename__ = "sites"

    name: Mapped[str]
    base_url: Mapped[str]
    """Where its REST API is."""
    display_url: Mapped[str]
    """What its people see: the base URL or a custom domain."""
    cloud_id: Mapped[str | None]
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    delete_after: Mapped[datetime | None]


class SiteOwned:
    """Mixin of every table whose rows belong to one site.

    Large tables have no index on the site alone: SQLite prefers it to the stream's, and reads all that a site has.
    """

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))


class Installation(SiteOwned, Table):
    """One door of a site, with the credentials that Jira gave us for it."""

    __tablename__ = "installations"
    __table_args__ = (UniqueConstraint("door", "external_id"), Index("ix_installations_site_id", "site_id"))

    door: Mapped[str] = mapped_column(String(16))
    """`connect`; later also `forge`, `oauth`, `token`."""
    external_id: Mapped[str]
    """Who the site is at that door: Connect's clientKey."""
    state: Mapped[str] = mapped_column(String(16))
    """`installed`, `enabled`, `disabled` or `uninstalled`."""
    secret: Mapped[str | None] = mapped_column(Text)
    """Sealed shared secret."""
    previous_secret: Mapped[str | None] = mapped_column(Text)
    previous_secret_until: Mapped[datetime | None]
    """Until when tokens signed with the replaced secret are taken (contract jira-connect, section 2)."""
    oauth_client_id: Mapped[str | None]
    installation_ari: Mapped[str | None]
    updated_at: Mapped[datetime]


class Connection(SiteOwned, Table):
    """One outside system of a site: address, settings, sealed credentials, and how it is doing."""

    __tablename__ = "connections"
    __table_args__ = (Index("ix_connections_site_id", "site_id"),)

    system: Mapped[str] = mapped_column(String(32))
    name: Mapped[str]
    base_url: Mapped[str] = mapped_column(String(500))
    company: Mapped[str]
    settings: Mapped[JsonObject] = mapped_column(default=dict)
    """`concurrency` (calls in flight at once), `certificate` (a CA bundle in PEM)."""
    credentials: Mapped[str | None] = mapped_column(Text)
    """A sealed JSON object, e.g. of `user` and `password`."""
    state: Mapped[str] = mapped_column(String(16), default="unchecked")
    """`unchecked`, `checking`, `ok` or `trouble`."""
    trouble: Mapped[JsonObject | None]
    findings: Mapped[JsonObject | None]
    """What the last check learnt: release, companies, rights, warnings."""
    checked_at: Mapped[datetime | None]


class Integration(SiteOwned, Table):
    """One of our products set up on a site: where its documents come from and how they look where they go."""

    __tablename__ = "integrations"
    __table_args__ = (Index("ix_integrations_site_id", "site_id"),)

    kind: Mapped[str] = mapped_column(String(32))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    settings: Mapped[JsonObject] = mapped_column(default=dict)
    """For Jira: `project_id`, `project_key`, `project_name`, `issue_type_id`, `issue_type_name`."""
    mapping: Mapped[JsonObject] = mapped_column(default=dict)
    """Attribute name -> Jira field id."""
    mapping_version: Mapped[int] = mapped_column(default=1)
    """Rises with each change of settings or mapping, so that documents are compared anew."""
    created_at: Mapped[datetime]


class Stream(SiteOwned, Table):
    """One kind of record in one direction: its schedule, how far it has read, and who works on it now."""

    __tablename__ = "streams"
    __table_args__ = (UniqueConstraint("integration_id", "name"), Index("ix_streams_site_id", "site_id"))

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(32))
    interval_seconds: Mapped[int] = mapped_column(default=300)
    active: Mapped[bool] = mapped_column(default=False)
    """False until it is configured, and while somebody has paused it."""
    watermark: Mapped[JsonObject | None]
    """How far it has read; moves with the ledger only."""
    position: Mapped[JsonObject | None]
    """Where an unfinished pass goes on."""
    mapped_version: Mapped[int] = mapped_column(default=0)
    """The mapping version with which every document of the ledger was last compared."""
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    trouble: Mapped[JsonObject | None]
    """Why it stands still: tried, got, remedy, code; None while all is well."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Transient troubles in a row."""
    chain_length: Mapped[int] = mapped_column(default=0)
    chain_hash: Mapped[str | None] = mapped_column(String(64))
    """Of its last counterfoil, so that the removal of the last ones is noticed too."""


class Run(SiteOwned, Table):
    """One pass of a stream."""

    __tablename__ = "runs"
    __table_args__ = (Index("ix_runs_stream_started", "stream_id", "started_at"),)

    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id", ondelete="CASCADE"))
    trigger: Mapped[str] = mapped_column(String(16))
    """`schedule` or `person`."""
    state: Mapped[str] = mapped_column(String(16))
    """`running`, `waiting` (gave its worker back, goes on by itself), `done` or `stopped` (see trouble)."""
    started_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    """When it last got somewhere."""
    finished_at: Mapped[datetime | None]
    expected: Mapped[int | None]
    """Documents to read in this pass, as far as is known."""
    read: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    calls: Mapped[JsonObject] = mapped_column(default=dict)
    """Requests per system."""
    trouble: Mapped[JsonObject | None]


class LedgerEntry(SiteOwned, Table):
    """One document of one stream: what it says, where it landed, in which state it is.

    States: `pending` (to be delivered, nothing sent), `sending` (the intent: a delivery may have begun),
    `uncertain` (sent, reply lost: the target is asked), `settled` (the target has it), `parked` (the target refused
    it) and `unreadable` (the source's own record makes no sense), both with the reason in `trouble`.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("stream_id", "document_key"),
        Index("ix_ledger_stream_state", "stream_id", "state", "id"),
        Index("ix_ledger_stream_unit", "stream_id", "unit"),
        Index("ix_ledger_target", "target_id"),
    )

    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id", ondelete="CASCADE"))
    document_key: Mapped[str]
    unit: Mapped[str | None] = mapped_column(String(64))
    """The container that the source reads as a whole, e.g. a batch."""
    content: Mapped[JsonObject]
    """The record as last read, in our own terms."""
    kind: Mapped[str] = mapped_column(String(32))
    number: Mapped[str]
    vendor: Mapped[str]
    vendor_name: Mapped[str]
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    document_date: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    """Rises with each change of `content`."""
    gone_at: Mapped[datetime | None]
    """When the source no longer had it."""
    state: Mapped[str] = mapped_column(String(12))
    payload_hash: Mapped[str | None] = mapped_column(String(64))
    """Of what the target has; None before the first delivery."""
    sending_after: Mapped[int | None]
    """The last counterfoil of the stream when its intent was written down. No clock: workers' clocks differ."""
    target_id: Mapped[str | None] = mapped_column(String(64))
    target_key: Mapped[str | None] = mapped_column(String(64))
    next_try_at: Mapped[datetime | None]
    """When the target is asked about an uncertain one."""
    trouble: Mapped[JsonObject | None]
    trouble_code: Mapped[str | None] = mapped_column(String(80))
    failing_since: Mapped[datetime | None]
    read_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class SourceUnit(SiteOwned, Table):
    """What we last saw of a container in the source, so that only changed ones are read again."""

    __tablename__ = "source_units"
    __table_args__ = (UniqueConstraint("stream_id", "key"),)

    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str]
    """Of the container's header, as the source's reader defines it."""
    open: Mapped[bool]
    """True while the source can still change it."""
    read_on: Mapped[date]
    """The source's business date when it was read."""


class Counterfoil(SiteOwned, Table):
    """One append-only audit entry, chained by hash within its stream."""

    __tablename__ = "counterfoils"
    __table_args__ = (
        UniqueConstraint("stream_id", "sequence"),
        Index("ix_counterfoils_document", "stream_id", "document_key"),
    )

    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id", ondelete="CASCADE"))
    sequence: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    """Who: `counterfoil`, or the account id of a person."""
    action: Mapped[str] = mapped_column(String(32))
    document_key: Mapped[str]
    vendor: Mapped[str]
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    accounts: Mapped[list[str]]
    source: Mapped[str]
    target: Mapped[str]
    outcome: Mapped[str] = mapped_column(String(32))
    detail: Mapped[JsonObject]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class Snapshot(SiteOwned, Table):
    """Something large that a page needs from Jira, as a worker last read it: pages never wait for Jira."""

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("site_id", "subject"),)

    subject: Mapped[str]
    """`projects`, or `fields:{project id}:{issue type id}`."""
    body: Mapped[JsonObject]
    state: Mapped[str] = mapped_column(String(16))
    """`reading` or `read`."""
    trouble: Mapped[JsonObject | None]
    read_at: Mapped[datetime | None]
