"""How the integrations of a site stand: documents, runs, what is behind, what waits for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from plugin.integrations.products import Product
from plugin.integrations.registry import product_of
from plugin.store.models import Connection, Integration, LedgerEntry, Run, Stream
from plugin.web.setting_up import Setup

DAYS = 14
SPARK_HEIGHT = 36
SEEN = 3
WAITING = LedgerEntry.state.in_(("parked", "unreadable"))
"""Documents that wait for a person."""


@dataclass(frozen=True)
class Bar:
    """One day of a spark, in the units of its drawing."""

    x: int
    y: int
    height: int
    failed: int
    """Height of the part at its foot that stands for failed documents."""


@dataclass
class StreamStanding:
    """One stream, its latest run, and its ledger in figures."""

    stream: Stream
    run: Run | None = None
    finished: Run | None = None
    """The latest run that came to its end without trouble."""
    counts: dict[str, int] = field(default_factory=dict)
    """Documents per ledger state."""
    days: list[tuple[int, int]] = field(default_factory=list)
    """Documents brought and failed per day, the oldest first."""

    @property
    def documents(self) -> int:
        return sum(self.counts.values())

    @property
    def parked(self) -> int:
        return self.counts.get("parked", 0) + self.counts.get("unreadable", 0)

    @property
    def running(self) -> bool:
        return self.run is not None and self.run.finished_at is None

    def behind(self, now: datetime) -> float | None:
        """Seconds since the source was last read to its end."""
        return None if self.finished is None else (now - self.finished.started_at).total_seconds()

    def seconds_left(self, now: datetime) -> float | None:
        """A guess for a running pass, from its pace so far."""
        run = self.run
        if run is None or not self.running or not run.expected or not run.read or run.read >= run.expected:
            return None
        return (now - run.started_at).total_seconds() / run.read * (run.expected - run.read)

    @property
    def bars(self) -> list[Bar]:
        highest = max((brought + failed for brought, failed in self.days), default=0)
        return [
            _bar(index, brought, failed, highest)
            for index, (brought, failed) in enumerate(self.days)
            if brought or failed
        ]


def _bar(index: int, brought: int, failed: int, highest: int) -> Bar:
    """Whatever there was is seen: no part is lower than SEEN."""
    scale = (SPARK_HEIGHT - 2 * SEEN) / highest
    bad = max(SEEN, round(failed * scale)) if failed else 0
    height = bad + (max(SEEN, round(brought * scale)) if brought else 0)
    return Bar(index * 10, SPARK_HEIGHT - height, height, bad)


@dataclass(frozen=True)
class IntegrationStanding:
    """One integration with where it reads from. `rows` are all its streams, `streams` those that are started."""

    integration: Integration
    connection: Connection
    rows: Sequence[Stream]
    streams: Sequence[StreamStanding]

    @property
    def product(self) -> Product:
        return product_of(self.integration)

    @property
    def main(self) -> Stream:
        return next(row for row in self.rows if row.name == self.product.main.name)

    @property
    def first(self) -> StreamStanding | None:
        """How the main stream stands; None until it is started."""
        return next((each for each in self.streams if each.stream is self.main), None)

    @property
    def acts(self) -> bool:
        """Whether people can act in its source from Jira."""
        names = {row.name for row in self.rows}
        return any(each.wishes and each.name in names for each in self.product.streams)

    @property
    def in_step(self) -> int:
        """How many issues say what their documents say."""
        issues = (each for each in self.streams if self.product.stream(each.stream.name).into_jira)
        return sum(each.counts.get("settled", 0) for each in issues)

    @property
    def others(self) -> Sequence[Setup]:
        """Those streams besides the main one whose documents can become issues."""
        setups = (Setup(row, self.integration) for row in self.rows if row is not self.main)
        return [each for each in setups if each.described.into_jira]


def of_site(session: Session, now: datetime) -> list[IntegrationStanding]:
    """All integrations, in the order in which they were set up; a fixed number of queries."""
    connections = {row.id: row for row in session.scalars(select(Connection))}
    rows = session.scalars(select(Stream).order_by(Stream.id)).all()
    standings = {row.id: StreamStanding(row) for row in rows if row.started_at}
    if standings:
        _add_runs(session, standings)
        _add_counts(session, standings)
        _add_days(session, standings, now)
    return [
        IntegrationStanding(
            row,
            connections[row.connection_id],
            [each for each in rows if each.integration_id == row.id],
            [standing for standing in standings.values() if standing.stream.integration_id == row.id],
        )
        for row in session.scalars(select(Integration).order_by(Integration.id))
    ]


def parked_documents(session: Session) -> int:
    return session.scalar(select(func.count(LedgerEntry.id)).where(WAITING)) or 0


def _add_runs(session: Session, standings: Mapping[int, StreamStanding]) -> None:
    latest = select(func.max(Run.id)).where(Run.stream_id.in_(standings)).group_by(Run.stream_id)
    for run in session.scalars(select(Run).where(Run.id.in_(latest))):
        standings[run.stream_id].run = run
    for run in session.scalars(select(Run).where(Run.id.in_(latest.where(Run.state == "done")))):
        standings[run.stream_id].finished = run


def _add_counts(session: Session, standings: Mapping[int, StreamStanding]) -> None:
    for stream_id, state, count in session.execute(
        select(LedgerEntry.stream_id, LedgerEntry.state, func.count())
        .where(LedgerEntry.stream_id.in_(standings))
        .group_by(LedgerEntry.stream_id, LedgerEntry.state)
    ):
        standings[stream_id].counts[state] = count


def _add_days(session: Session, standings: Mapping[int, StreamStanding], now: datetime) -> None:
    """From the runs: their rows are few, while the ledger may hold millions. A day is 24 hours back from now."""
    bounds = [now - timedelta(days=DAYS - index) for index in range(DAYS + 1)]
    brought = Run.created + Run.updated
    columns = [
        func.coalesce(func.sum(case(((Run.started_at > start) & (Run.started_at <= end), figure), else_=0)), 0)
        for start, end in pairwise(bounds)
        for figure in (brought, Run.failed)
    ]
    rows = session.execute(
        select(Run.stream_id, *columns)
        .where(Run.stream_id.in_(standings), Run.started_at > bounds[0])
        .group_by(Run.stream_id)
    )
    for stream_id, *sums in rows:
        standings[stream_id].days = list(zip(sums[::2], sums[1::2], strict=True))
