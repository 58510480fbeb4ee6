"""Which stream a page about sweeps is about, and how its sweeps stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.integrations.products import StreamDescription
from plugin.integrations.registry import product_of
from plugin.store.models import Connection, Integration, LedgerEntry, Site, Stream, Sweep
from plugin.sync.sweeps.asking import BACKFILL, DRY_RUN, RECONCILIATION
from plugin.web.marks import Mark
from plugin.web.visit import NotThere, Visit

OVER = ("done", "cancelled")
EARLIER = 10
NAMES = {BACKFILL: "Backfill", DRY_RUN: "Dry run", RECONCILIATION: "Reconciliation"}
LABELS: Mapping[str, str] = {
    "create": "Create", "update": "Update", "link": "Link", "refused": "Refused", "missing": "Missing",
    "different": "Different", "extra": "Extra", "twice": "Twice", "waiting": "Waiting", "same": "Agree",
}  # fmt: skip
_COUNTED: Mapping[str, Sequence[tuple[str, str]]] = {
    BACKFILL: (("created", "new"), ("updated", "changed"), ("failed", "failed"), ("unchanged", "as before")),
    DRY_RUN: (("create", "to create"), ("update", "to update"), ("link", "to link"), ("refused", "refused")),
    RECONCILIATION: (
        ("same", "agree"), ("missing", "missing"), ("different", "different"), ("extra", "extra"), ("twice", "twice"),
        ("waiting", "on their way"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A stream with what people call it."""

    stream: Stream
    integration: Integration
    connection: Connection

    @property
    def label(self) -> str:
        return f"{self.connection.name} {self.described.documents}"

    @property
    def source(self) -> str:
        return product_of(self.integration).system.label

    @property
    def described(self) -> StreamDescription:
        return product_of(self.integration).stream(self.stream.name)


def places(session: Session) -> Sequence[Place]:
    """All streams of the site that are started and can be swept."""
    rows = session.execute(
        select(Stream, Integration, Connection)
        .join(Integration, Integration.id == Stream.integration_id)
        .join(Connection, Connection.id == Integration.connection_id)
        .where(Stream.started_at.is_not(None))
        .order_by(Stream.id)
    )
    return [place for place in (Place(*row) for row in rows) if place.described.since]


def chosen(visit: Visit, all_of_them: Sequence[Place]) -> Place:
    """The stream that the route names, or the first one; raises NotThere."""
    if "stream" not in visit.parameters and all_of_them:
        return all_of_them[0]
    wanted = visit.number("stream")
    return of_stream(wanted, all_of_them)


def of_stream(stream_id: int, all_of_them: Sequence[Place]) -> Place:
    found = next((each for each in all_of_them if each.stream.id == stream_id), None)
    if found is None:
        raise NotThere()
    return found


def sweep_of(visit: Visit, session: Session) -> Sweep:
    """The sweep that the route names; raises NotThere."""
    found = session.scalars(select(Sweep).where(Sweep.id == visit.number("sweep"))).one_or_none()
    if found is None:
        raise NotThere()
    return found


@dataclass(frozen=True)
class SweepStanding:
    """One sweep. `estimate` is what the ledger holds, for as long as the source has not told how much there is."""

    sweep: Sweep
    estimate: int | None

    @property
    def open(self) -> bool:
        return self.sweep.state not in OVER

    @property
    def moving(self) -> bool:
        """Whether the page should look again soon."""
        return self.sweep.state in ("running", "stopped")

    @property
    def expected(self) -> int | None:
        """Never less than was read, so that the bar is never fuller than full."""
        expected = self.sweep.expected
        return None if expected is None else max(expected, self.sweep.read)

    @property
    def in_target(self) -> bool:
        """The source was gone through: what the target has beyond it is looked for."""
        return (self.sweep.position or {}).get("side") == "target"

    @property
    def reached_in_target(self) -> str:
        return str((self.sweep.position or {}).get("at") or "") if self.in_target else ""

    @property
    def counted(self) -> str:
        """ "12 new, 3 changed"; "" as long as there is nothing to tell."""
        counts = self.sweep.counts
        told = [f"{counts[name]:,} {words}" for name, words in _COUNTED[self.sweep.kind] if counts.get(name)]
        if self.sweep.kind == DRY_RUN and (rest := self.sweep.read - sum(counts.values())) > 0:
            told.append(f"{rest:,} would stay as they are")
        return ", ".join(told)

    @property
    def mark(self) -> Mark:
        return _MARKS[self.sweep.state]


_MARKS = {
    "running": Mark("Running", "info"),
    "paused": Mark("Paused"),
    "stopped": Mark("Waiting", "warn"),
    "done": Mark("Done", "ok"),
    "cancelled": Mark("Cancelled"),
}


def latest(session: Session, stream_id: int, kind: str) -> SweepStanding | None:
    sweeps = recent(session, stream_id, kind, 1)
    if not sweeps:
        return None
    sweep = sweeps[0].sweep
    untold = sweep.state not in OVER and sweep.expected is None and sweep.since is None
    return SweepStanding(sweep, _documents(session, stream_id) if untold else None)


def recent(session: Session, stream_id: int, kind: str, limit: int = EARLIER) -> Sequence[SweepStanding]:
    """The latest first."""
    sweeps = select(Sweep).where(Sweep.stream_id == stream_id, Sweep.kind == kind).order_by(Sweep.id.desc())
    return [SweepStanding(each, None) for each in session.scalars(sweeps.limit(limit))]


def latest_result(session: Session, stream_id: int, kind: str) -> SweepStanding | None:
    """The latest one that is over."""
    return next((each for each in recent(session, stream_id, kind) if not each.open), None)


def _documents(session: Session, stream_id: int) -> int | None:
    return session.scalar(select(func.count()).where(LedgerEntry.stream_id == stream_id)) or None


def browse(visit: Visit, session: Session) -> str:
    """What an issue's key is put behind to get its address."""
    return session.scalars(select(Site.display_url).where(Site.id == visit.site_id)).one() + "/browse/"
