"""A refusal for too many requests, and how long Jira wants us to wait (contract jira-rest, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from plugin.jira.purpose import Purpose
from sage_adapters.errors import A_MOMENT, EVERY_SITE, ONE_DOCUMENT, Throttled

QUOTA_GLOBAL = EVERY_SITE
QUOTA_TENANT = "quota-tenant"
BURST = A_MOMENT
ISSUE_WRITES = ONE_DOCUMENT

BREAK_SECONDS = 2.0
"""After a burst, when Jira does not say how long (contract jira-rest, section 4)."""

_SCOPES = {
    "jira-quota-global-based": QUOTA_GLOBAL,
    "jira-quota-tenant-based": QUOTA_TENANT,
    "jira-burst-based": BURST,
    "jira-per-issue-on-write": ISSUE_WRITES,
}
_SAID = {
    QUOTA_GLOBAL: "the hourly quota of this app over all sites is used up",
    QUOTA_TENANT: "the hourly quota of this app on this site is used up",
    BURST: "too many requests came at once, from all apps of this site together",
    ISSUE_WRITES: "one issue was changed too often within seconds",
}


def throttled(headers: Mapping[str, str], purpose: Purpose) -> Throttled:
    """The trouble for an answer 429.

    Its scope is what must hold back: every call of the app on all sites (quota-global) or on this site
    (quota-tenant), calls to this site (burst, also when Jira gives no reason), or writes to one issue.
    """
    scope = _SCOPES.get(headers.get("RateLimit-Reason", "").strip().lower(), BURST)
    wait = _wait(headers, scope)
    return Throttled(
        tried=purpose.tried,
        got=f"Jira asked us to slow down: {_SAID[scope]}.",
        remedy="Nothing is lost; Counterfoil goes on by itself"
        + (f" in {wait:.0f} seconds." if wait is not None else " after a pause."),
        code=f"jira.throttled-{scope}",
        retry_after=wait,
        scope=scope,
    )


def _wait(headers: Mapping[str, str], scope: str) -> float | None:
    """Headers that begin with Beta- only announce limits of the future and are not read."""
    now = _date(headers.get("Date", "")) or datetime.now(UTC)
    told = headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return float(told)
    until = _date(told)
    if until is None and scope in (QUOTA_GLOBAL, QUOTA_TENANT):
        # A spent quota comes back at the top of the UTC hour.
        hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        until = _instant(headers.get("X-RateLimit-Reset", "")) or hour
    return max(0.0, (until - now).total_seconds()) if until else None


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
