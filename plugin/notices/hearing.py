"""Whether sites are told of what happens in their Jira: one condition for each site, however many projects it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.notices.conditions import HEARING, LASTING, Condition
from plugin.sites.connect.tenants import DOOR, USABLE_STATES
from plugin.store.models import Installation, Site, WebhookRegistration

ENDING = timedelta(days=7)
"""Renewed as they should be they never have less than three weeks left."""
SUBJECT = "webhooks"
MOST_NAMED = 5
_WAITS = "Until then status changes are found some minutes later, by looking."


def unheard(session: Session, now: datetime) -> list[Condition]:
    """Missing registrations, and those that end in ENDING; `session` is one over all sites."""
    rows = session.execute(
        select(
            WebhookRegistration.site_id,
            WebhookRegistration.project_key,
            WebhookRegistration.expires_at,
            WebhookRegistration.missing_since,
            WebhookRegistration.trouble,
        )
        .join(Site, Site.id == WebhookRegistration.site_id)
        .join(Installation, Installation.site_id == Site.id)
        .where(Site.left_at.is_(None), Installation.door == DOOR, Installation.state.in_(USABLE_STATES))
        .order_by(WebhookRegistration.site_id, WebhookRegistration.project_key)
    )
    of_site: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        of_site[row.site_id].append(row)
    return [condition for rows in of_site.values() if (condition := _condition(rows, now))]


def _condition(rows: Sequence[Any], now: datetime) -> Condition | None:
    """What is missing presses more than what ends soon."""
    missing = [(row, since) for row in rows if (since := _missing_since(row, now))]
    if missing:
        first, where = min(since for _, since in missing), _named(row for row, _ in missing)
        trouble = next((row.trouble for row, _ in missing if row.trouble), None) or {}
        return Condition(
            rows[0].site_id,
            SUBJECT,
            HEARING,
            f"Jira has not told Counterfoil since {_moment(first)} what happens in {where}: no webhook is registered. "
            f"{trouble.get('got', '')}".strip(),
            trouble.get("remedy") or f"Open Webhooks in Counterfoil and press Register now. {_WAITS}",
            stage=1,
            raises=now - first >= LASTING,
        )
    ending = [row for row in rows if row.expires_at and row.expires_at - now < ENDING]
    if not ending:
        return None
    first = min(row.expires_at for row in ending)
    return Condition(
        rows[0].site_id,
        SUBJECT,
        HEARING,
        f"The webhooks for {_named(ending)} end on {_moment(first)}, and could not be renewed for days.",
        "Open Webhooks in Counterfoil: it shows what Jira says. Then press Register now.",
    )


def _missing_since(row: Any, now: datetime) -> datetime | None:
    if row.missing_since:
        since: datetime = row.missing_since
        return since
    return row.expires_at if row.expires_at and row.expires_at <= now else None


def _named(rows: Any) -> str:
    keys = [row.project_key for row in rows]
    more = len(keys) - MOST_NAMED
    words = ", ".join(keys[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"the project{'s' if len(keys) > 1 else ''} {words}"


def _moment(instant: datetime) -> str:
    return f"{instant.day} {instant:%b %Y %H:%M} UTC"
