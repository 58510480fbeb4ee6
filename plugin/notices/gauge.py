"""Open notices as a metric, counted in the database whenever it is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from plugin.notices.conditions import CODES
from plugin.store.database import Database
from plugin.store.models import Notice, Site


class OpenNotices(Collector):
    """`counterfoil_open_notices{code}` of all sites that have not left; nothing while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterator[Metric]:
        yield _family()

    def collect(self) -> Iterator[Metric]:
        counted = (
            select(Notice.code, func.count())
            .join(Site, Site.id == Notice.site_id)
            .where(Notice.cleared_at.is_(None), Site.left_at.is_(None))
            .group_by(Notice.code)
        )
        try:
            with self._database.reading_every_site() as session:
                counts = dict(session.execute(counted).all())
        except SQLAlchemyError:
            return
        family = _family()
        for code in CODES:
            family.add_metric([code], counts.get(code, 0))
        yield family


def _family() -> GaugeMetricFamily:
    return GaugeMetricFamily("counterfoil_open_notices", "What administrators should look at now.", labels=["code"])
