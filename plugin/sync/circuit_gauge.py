"""Open circuits as a metric, counted in the database whenever it is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from plugin.store.database import Database
from plugin.store.models import AppPause, Circuit, Connection, Site
from plugin.sync.circuits import JIRA, connection_in


class OpenCircuits(Collector):
    """`counterfoil_open_circuits{system}`, of all sites that have not left, and `counterfoil_app_paused{system}`.

    Systems that something is connected to are told with 0 too; while the database is away nothing is told.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterator[Metric]:
        yield _circuits()
        yield _pauses()

    def collect(self) -> Iterator[Metric]:
        try:
            with self._database.reading_every_site() as session:
                counts = _counted(session)
                paused = session.scalars(select(AppPause.system).where(AppPause.until > datetime.now(UTC))).all()
        except SQLAlchemyError:
            return
        circuits, pauses = _circuits(), _pauses()
        for system, count in sorted(counts.items()):
            circuits.add_metric([system], count)
            pauses.add_metric([system], int(system in paused))
        yield circuits
        yield pauses


def _counted(session: Session) -> Counter[str]:
    opened = select(Circuit.subject).join(Site, Site.id == Circuit.site_id)
    subjects = session.scalars(opened.where(Circuit.opened_at.is_not(None), Site.left_at.is_(None))).all()
    systems = {row.id: row.system for row in session.execute(select(Connection.id, Connection.system))}
    counts = Counter(dict.fromkeys([JIRA, *systems.values()], 0))
    for subject in subjects:
        connection_id = connection_in(subject)
        if connection_id is None or connection_id in systems:
            counts[JIRA if connection_id is None else systems[connection_id]] += 1
    return counts


def _circuits() -> GaugeMetricFamily:
    said = "Systems of sites that are left alone because they are in trouble."
    return GaugeMetricFamily("counterfoil_open_circuits", said, labels=["system"])


def _pauses() -> GaugeMetricFamily:
    said = "1 while no site calls a system, because a limit that all share is used up."
    return GaugeMetricFamily("counterfoil_app_paused", said, labels=["system"])
