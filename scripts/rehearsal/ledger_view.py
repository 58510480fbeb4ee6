"""A look into the app's own database while it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import func, select

from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.models import Run, Stream
from scripts.rehearsal.processes import Systems


class LedgerView:
    """Reads only."""

    def __init__(self, systems: Systems) -> None:
        self._database = Database.from_settings(Settings.from_environment(systems.environment()))

    def last_run(self) -> Run | None:
        with self._database.reading_every_site() as session:
            return session.scalars(select(Run).order_by(Run.id.desc()).limit(1)).first()

    def runs_after(self, run_id: int) -> Sequence[Run]:
        with self._database.reading_every_site() as session:
            return session.scalars(select(Run).where(Run.id > run_id).order_by(Run.id)).all()

    def totals(self) -> Counter[str]:
        """What all runs together have created, updated, left unchanged and failed."""
        names = ("created", "updated", "unchanged", "failed")
        with self._database.reading_every_site() as session:
            sums = session.execute(select(*(func.coalesce(func.sum(getattr(Run, name)), 0) for name in names))).one()
        return Counter(dict(zip(names, sums, strict=True)))

    def stream_id(self) -> int:
        with self._database.reading_every_site() as session:
            return session.scalars(select(Stream.id)).one()
