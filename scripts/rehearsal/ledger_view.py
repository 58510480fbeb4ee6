"""A look into the app's own database while it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select

from plugin.integrations.hooks import duties
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.models import LedgerEntry, Run, Site, Stream
from scripts.rehearsal.processes import Systems

INVOICES, ORDERS, RECEIPTS, VENDORS = "invoices", "orders", "receipts", "vendors"
POSTED, PAYMENTS, POSTINGS, ACTIONS, OUTCOMES = "posted", "payments", "postings", "actions", "outcomes"


class LedgerView:
    """Reads, and lets time pass."""

    def __init__(self, systems: Systems) -> None:
        self._database = Database.from_settings(Settings.from_environment(systems.environment()))

    def first_run(self, stream: str) -> Run | None:
        with self._database.reading_every_site() as session:
            runs = select(Run).join(Stream, Stream.id == Run.stream_id).where(Stream.name == stream)
            return session.scalars(runs.order_by(Run.id).limit(1)).first()

    def states(self, stream: str) -> Counter[str]:
        """How many documents are in each state."""
        counted = select(LedgerEntry.state, func.count().label("documents")).join(
            Stream, Stream.id == LedgerEntry.stream_id
        )
        with self._database.reading_every_site() as session:
            rows = session.execute(counted.where(Stream.name == stream).group_by(LedgerEntry.state))
            return Counter({row.state: row.documents for row in rows})

    def last_run(self, stream: str) -> Run | None:
        with self._database.reading_every_site() as session:
            runs = select(Run).join(Stream, Stream.id == Run.stream_id).where(Stream.name == stream)
            return session.scalars(runs.order_by(Run.id.desc()).limit(1)).first()

    def runs_after(self, run_id: int, stream: str) -> Sequence[Run]:
        with self._database.reading_every_site() as session:
            runs = select(Run).join(Stream, Stream.id == Run.stream_id).where(Stream.name == stream, Run.id > run_id)
            return session.scalars(runs.order_by(Run.id)).all()

    def totals(self) -> Mapping[str, Counter[str]]:
        """By stream, what all its runs together have created, updated, left unchanged and failed."""
        names = ("created", "updated", "unchanged", "failed")
        sums = [func.coalesce(func.sum(getattr(Run, name)), 0) for name in names]
        with self._database.reading_every_site() as session:
            rows = session.execute(
                select(Stream.name, *sums).join(Run, Run.stream_id == Stream.id, isouter=True).group_by(Stream.name)
            )
            return {name: Counter(dict(zip(names, counted, strict=True))) for name, *counted in rows}

    def stream_id(self, name: str) -> int:
        with self._database.reading_every_site() as session:
            return session.scalars(select(Stream.id).where(Stream.name == name)).one()

    def active_streams(self) -> list[str]:
        with self._database.reading_every_site() as session:
            return list(session.scalars(select(Stream.name).where(Stream.active).order_by(Stream.id)))

    def issue_key(self, stream: str, number: str, vendor: str | None = None) -> str | None:
        """Of the document with this number, once it has an issue."""
        named = Stream.name == stream, LedgerEntry.number == number, LedgerEntry.target_key.is_not(None)
        of_vendor = () if vendor is None else (LedgerEntry.vendor == vendor,)
        with self._database.reading_every_site() as session:
            mine = select(LedgerEntry.target_key).join(Stream, Stream.id == LedgerEntry.stream_id)
            return session.scalars(mine.where(*named, *of_vendor)).first()

    def heard_through(self) -> Mapping[tuple[str, str], str]:
        """By action and document number, how the wish for it came to us."""
        with self._database.reading_every_site() as session:
            actions = select(LedgerEntry).join(Stream, Stream.id == LedgerEntry.stream_id)
            entries = session.scalars(actions.where(Stream.name == ACTIONS))
            return {(entry.kind, entry.number): str(entry.content["via"]) for entry in entries}

    def come_round_to_sweeping(self) -> None:
        """Statuses that nobody told us of are looked for every few minutes: the time for it has come."""
        with self._database.reading_every_site() as session:
            site_id = session.scalars(select(Site.id)).one()
        with self._database.writing(site_id) as session:
            duties.make_due(session, duties.SWEEP, datetime.now(UTC))
