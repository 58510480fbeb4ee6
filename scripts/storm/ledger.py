"""The app's database as the storm sees it: what is open, who works, and the little it may change there."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from plugin.store.database import Database
from plugin.store.models import LedgerEntry, Run, Stream
from scripts.storm.crew import alive

STREAM_SECONDS = 1
OPEN_STATES = ("pending", "sending", "uncertain")
PARKED_STATES = ("parked", "unreadable")


class Ledger:
    """Of the one stream that there is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stream(self) -> Stream | None:
        with self._database.reading_every_site() as session:
            return session.scalars(select(Stream)).one_or_none()

    def poll_every_second(self) -> None:
        """Pages know whole minutes only."""
        self._set(interval_seconds=STREAM_SECONDS)

    def idle_stream(self) -> int | None:
        """Its id when nobody holds its lease."""
        stream = self.stream()
        held = stream and stream.lease_until and stream.lease_until > datetime.now(UTC)
        return stream.id if stream and not held else None

    def end_lease_of_the_dead(self) -> None:
        """Half a minute early, so that a storm has time for many; a holder that lives keeps its lease."""
        stream = self.stream()
        if stream is not None and stream.lease_owner and not alive(int(stream.lease_owner.split(":")[1])):
            self.end_lease(stream)

    def end_lease(self, stream: Stream) -> None:
        """As if its time were over, unless it has changed hands."""
        ended = datetime.now(UTC) - timedelta(seconds=1)
        with self._database.writing_every_site() as session:
            session.execute(
                update(Stream)
                .where(Stream.id == stream.id, Stream.lease_owner == stream.lease_owner)
                .values(lease_until=ended)
                .execution_options(synchronize_session=False)
            )

    def states(self) -> Counter[str]:
        with self._database.reading_every_site() as session:
            counted = session.execute(select(LedgerEntry.state, func.count()).group_by(LedgerEntry.state)).all()
        return Counter({row[0]: row[1] for row in counted})

    def documents_in(self, *states: str) -> list[str]:
        """Their keys, with the code of their trouble."""
        with self._database.reading_every_site() as session:
            found = session.execute(
                select(LedgerEntry.document_key, LedgerEntry.trouble_code).where(LedgerEntry.state.in_(states))
            ).all()
        return [f"{key} ({code})" for key, code in found]

    def last_run(self) -> int:
        with self._database.reading_every_site() as session:
            return session.scalar(select(func.max(Run.id))) or 0

    def quiet_run_after(self, run_id: int) -> bool:
        """Whether a run begun after that one has read all and found nothing to do."""
        nothing = (Run.created == 0, Run.updated == 0, Run.failed == 0)
        with self._database.reading_every_site() as session:
            return session.scalar(select(Run.id).where(Run.id > run_id, Run.state == "done", *nothing)) is not None

    def dispose(self) -> None:
        self._database.dispose()

    def _set(self, **values: object) -> None:
        with self._database.writing_every_site() as session:
            session.execute(update(Stream).values(**values).execution_options(synchronize_session=False))
