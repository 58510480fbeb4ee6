"""Streams and their runs."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.models.base import JsonObject, SiteOwned, Table


class Stream(SiteOwned, Table):
    """One kind of record in one direction: its schedule, how far it has read, and who works on it now."""

    __tablename__ = "streams"
    __table_args__ = (UniqueConstraint("integration_id", "name"), Index("ix_streams_site_id", "site_id"))

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(32))
    interval_seconds: Mapped[int] = mapped_column(default=300)
    settings: Mapped[JsonObject] = mapped_column(default=dict)
    """What an administrator has decided about it. Into Jira: `project_id`, `project_key`, `project_name`,
    `issue_type_id`, `issue_type_name`, `mapped_fields`, `defaults`, `templates`, `selection`, `rules`, `statuses`."""
    mapping: Mapped[JsonObject] = mapped_column(default=dict)
    """Attribute name -> Jira field id."""
    mapping_version: Mapped[int] = mapped_column(default=1)
    """Rises with each change of settings or mapping, so that documents are compared anew."""
    followed: Mapped[JsonObject] = mapped_column(default=dict)
    """By id of a stream whose documents are told together with ours: its last counterfoil that we have looked at."""
    started_at: Mapped[datetime | None]
    """When it was first started; None while it is only being set up."""
    active: Mapped[bool] = mapped_column(default=False)
    """False until it is started, and while somebody has paused it."""
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
    failing_since: Mapped[datetime | None]
    """When the trouble that it has now, or the first of a row, began."""
    reached_at: Mapped[datetime | None]
    """When a pass last got to the end without trouble, or since when one is waited for: started or resumed."""
    since: Mapped[date | None]
    """Documents are read from this date on; None for all that the source has."""
    look_first: Mapped[bool] = mapped_column(default=True)
    """Ask the target for a document before it is made there: from the start, and after a restored backup, it may have
    documents that the ledger does not know. Until a pass has left none that is still to be made."""
    reconcile_nightly: Mapped[bool] = mapped_column(default=True)
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
