"""Webhooks as metrics, counted in the database whenever they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from plugin.store.database import Database
from plugin.store.models import InboxMessage, Site, WebhookRegistration


class HeardWebhooks(Collector):
    """Of all sites that have not left; nothing while the database is away. The first one is told only where something
    is registered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterator[Metric]:
        yield from (_expires(), _missing(), _waiting())

    def collect(self) -> Iterator[Metric]:
        now = datetime.now(UTC)
        ends = func.min(WebhookRegistration.expires_at)
        of_sites = select(ends).join(Site, Site.id == WebhookRegistration.site_id).where(Site.left_at.is_(None))
        without = WebhookRegistration.jira_id.is_(None) | (WebhookRegistration.expires_at <= now)
        try:
            with self._database.reading_every_site() as session:
                first = session.scalar(of_sites.where(WebhookRegistration.jira_id.is_not(None)))
                missing = session.scalar(of_sites.with_only_columns(func.count()).where(without))
                mail = select(func.count()).select_from(InboxMessage).join(Site, Site.id == InboxMessage.site_id)
                waiting = session.scalar(mail.where(InboxMessage.taken_at.is_(None), Site.left_at.is_(None)))
        except SQLAlchemyError:
            return
        if first is not None:
            yield _expires((first - now).total_seconds())
        yield _missing(missing)
        yield _waiting(waiting)


def _expires(value: float | None = None) -> GaugeMetricFamily:
    said = "Seconds until the first registered webhook expires, unless it is renewed."
    return GaugeMetricFamily("counterfoil_webhook_expires_seconds", said, value=value)


def _missing(value: float | None = None) -> GaugeMetricFamily:
    said = "Projects of which Jira tells us nothing, because no webhook is registered."
    return GaugeMetricFamily("counterfoil_webhooks_missing", said, value=value)


def _waiting(value: float | None = None) -> GaugeMetricFamily:
    return GaugeMetricFamily("counterfoil_inbox_waiting", "Deliveries of webhooks that wait for a worker.", value=value)
