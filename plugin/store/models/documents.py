"""What is known of the documents of a stream: the ledger, the units they are read in, and their counterfoils."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.models.base import JsonObject, SiteOwned, Table


class LedgerEntry(SiteOwned, Table):
    """One document of one stream: what it says, where it landed, in which state it is.

    States: `pending` (to be delivered, nothing sent), `sending` (the intent: a delivery may have begun),
    `uncertain` (sent, reply lost: the target is asked), `settled` (the target has it), `parked` (the target refused
    it), `unreadable` (the source's own record makes no sense), both with the reason in `trouble`, `ignored` (a
    person said that a parked one shall stay so; a newer version is tried all the same), and `left-out` (the stream's
    selection leaves it out).
    """

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("stream_id", "document_key"),
        Index("ix_ledger_stream_state", "stream_id", "state", "id"),
        Index("ix_ledger_stream_unit", "stream_id", "unit"),
        Index("ix_ledger_target", "target_id"),
        Index("ix_ledger_vendor", "stream_id", "vendor_name", "vendor"),
        Index("ix_ledger_vendor_number", "stream_id", "vendor"),
        Index("ix_ledger_belongs_to", "stream_id", "belongs_to"),
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
    belongs_to: Mapped[str | None]
    """What it is part of: of a receipt or an invoice the order's number, of a payment the document key of what it
    pays."""
    closed: Mapped[bool] = mapped_column(default=False)
    """Its business is over (paid, complete), so that it no longer follows what changes around it."""
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
    tries: Mapped[int] = mapped_column(default=0)
    """How often its sending has ended without an answer about it since it last arrived."""
    next_try_at: Mapped[datetime | None]
    """When the target is asked about an uncertain one, and before which a pending one is not sent again."""
    corrections: Mapped[JsonObject] = mapped_column(default=dict)
    """What a person has set for this one document. By attribute: `instead_of`, `value`, `reason`, `by`, `at`; it holds
    while the source still says `instead_of`."""
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
        # All that a search asks about, in the order in which it is shown: a rare word is looked for in this alone.
        Index(
            "ix_counterfoils_search",
            "stream_id", "at", "sequence", "action", "actor", "vendor", "document_key", "site_id",
        ),
        Index(
            "ix_counterfoils_people", "stream_id", "actor", "site_id",
            sqlite_where=text("actor <> 'counterfoil'"), postgresql_where=text("actor <> 'counterfoil'"),
        ),
    )  # fmt: skip

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
