"""Sweeps: a stream gone through as a whole, beside its watermark, and what they found."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.models.base import JsonObject, SiteOwned, Table


class Sweep(SiteOwned, Table):
    """One backfill, dry run or reconciliation of a stream, or as much of it as is done."""

    __tablename__ = "sweeps"
    __table_args__ = (Index("ix_sweeps_stream_started", "stream_id", "started_at"),)

    stream_id: Mapped[int] = mapped_column(ForeignKey("streams.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    """`backfill`, `dry-run` or `reconciliation`."""
    state: Mapped[str] = mapped_column(String(16))
    """`running`, `paused` (by a person), `stopped` (by a trouble: it goes on by itself), `done` or `cancelled`."""
    since: Mapped[date | None]
    """The date from which documents are looked at; None for all."""
    position: Mapped[JsonObject | None]
    """Where the next slice goes on."""
    expected: Mapped[int | None]
    """Documents to go through, as far as is known."""
    read: Mapped[int] = mapped_column(default=0)
    counts: Mapped[JsonObject] = mapped_column(default=dict)
    """How many documents by verdict."""
    actor: Mapped[str]
    """Who asked for it: `counterfoil` for a nightly one, or the account id of a person."""
    started_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When its next slice may begin; None when there is none."""
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[JsonObject | None]


class Finding(SiteOwned, Table):
    """What a dry run or a reconciliation has found about one document."""

    __tablename__ = "findings"
    __table_args__ = (
        Index("ix_findings_sweep_verdict", "sweep_id", "verdict", "id"),
        Index("ix_findings_sweep_document", "sweep_id", "document_key"),
        Index("ix_findings_sweep_vendor", "sweep_id", "vendor"),
    )

    sweep_id: Mapped[int] = mapped_column(ForeignKey("sweeps.id", ondelete="CASCADE"))
    document_key: Mapped[str]
    unit: Mapped[str | None] = mapped_column(String(64))
    """Where the source has it."""
    number: Mapped[str]
    vendor: Mapped[str]
    vendor_name: Mapped[str]
    period: Mapped[str] = mapped_column(String(7))
    """Year and month of the document's date, `2026-11`; empty without one."""
    currency: Mapped[str] = mapped_column(String(3))
    source_amount: Mapped[Decimal | None]
    """None where the source does not have it."""
    target_amount: Mapped[Decimal | None]
    """None where the target does not have it, or does not show an amount."""
    target_id: Mapped[str | None] = mapped_column(String(64))
    target_key: Mapped[str | None] = mapped_column(String(64))
    verdict: Mapped[str] = mapped_column(String(16))
    """Dry run: `create`, `update`, `link`, `refused`. Reconciliation: `same`, `missing`, `different`, `extra`, `twice`,
    `waiting`."""
    changes: Mapped[list[JsonObject]] = mapped_column(default=list)
    """For each field that differs: `field`, `from` (as the target shows it) and `to`."""
    trouble: Mapped[JsonObject | None]
    """Why it would be refused, or is not there."""
    repaired_at: Mapped[datetime | None]
