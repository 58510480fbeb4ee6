"""Jira's three independent limits (contract jira-rest, section 4), on the mock's clock.

Burst and quota are off until a knob turns them on; the limit of writes per issue always holds.
"""

import re
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mock_servers.harness.clock import Clock
from mock_servers.jira.apps import Caller
from mock_servers.jira.exceptions import JiraError

GLOBAL_QUOTA = "jira-quota-global-based"
TENANT_QUOTA = "jira-quota-tenant-based"
BURST = "jira-burst-based"
PER_ISSUE = "jira-per-issue-on-write"
REASONS = (GLOBAL_QUOTA, TENANT_QUOTA, BURST, PER_ISSUE)
ISSUE_WINDOWS = ((20, 2.0), (100, 30.0))
USUAL_BURSTS = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
_NEAR = 0.8


@dataclass(slots=True)
class SlidingWindow:
    """At most `limit` events of one key within `seconds`. Memory is bounded by the events of one window."""

    limit: int
    seconds: float
    events: deque[tuple[datetime, str]] = field(default_factory=deque)
    counts: Counter[str] = field(default_factory=Counter)

    def wait(self, key: str, now: datetime) -> float:
        """Seconds until an event of this key fits; 0 when it does now."""
        while self.events and self.events[0][0] <= now - timedelta(seconds=self.seconds):
            _, old = self.events.popleft()
            self.counts[old] -= 1
            if not self.counts[old]:
                del self.counts[old]
        if self.counts[key] < self.limit:
            return 0.0
        oldest = next(at for at, event in self.events if event == key)
        return max((oldest - now).total_seconds() + self.seconds, 0.1)

    def add(self, key: str, now: datetime) -> None:
        self.events.append((now, key))
        self.counts[key] += 1


def throttled(
    reason: str, retry_after: int | None, *, limit: int = 0, reset: datetime | None = None, beta: bool = False
) -> JiraError:
    """429 with Jira's headers; `retry_after` None leaves that header out, as a gateway may."""
    prefix = "Beta-" if beta else ""
    headers = {"RateLimit-Reason": reason, "X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": "0"}
    if reset is not None:
        headers["X-RateLimit-Reset"] = f"{reset.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
    if retry_after is not None:
        headers[f"{prefix}Retry-After"] = str(retry_after)
    return JiraError(429, "Rate limit exceeded.", headers=headers)


class RateLimits:
    """What is counted and refused. `burst` maps methods to calls a second and endpoint; `quota` is points an hour.

    With `announce_only` the quota is not enforced and its headers carry the prefix `Beta-`.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.burst: dict[str, int] = {}
        self.quota: int | None = None
        self.announce_only = False
        self.retry_after_given = True
        self._burst_windows: dict[str, SlidingWindow] = {}
        self._issue_windows = [SlidingWindow(limit, seconds) for limit, seconds in ISSUE_WINDOWS]
        self._hour = datetime.min.replace(tzinfo=UTC)
        self._points = 0

    def admit(self, method: str, endpoint: str, caller: Caller) -> None:
        """Counts a call before it is carried out. Raises JiraError 429."""
        now = self._clock.now()
        limit = self.burst.get(method)
        if limit is not None:
            window = self._burst_windows.setdefault(method, SlidingWindow(limit, 1.0))
            window.limit = limit
            self._refuse_when_full([window], endpoint, now, BURST)
            window.add(endpoint, now)
        if self.quota is not None and caller.app_key is not None and not self.announce_only:
            self._new_hour(now)
            if self._points >= self.quota:
                reset = self._hour + timedelta(hours=1)
                seconds = int((reset - now).total_seconds()) + 1
                given = seconds if self.retry_after_given else None
                raise throttled(GLOBAL_QUOTA, given, limit=self.quota, reset=reset)

    def admit_issue_write(self, issue_id: str) -> None:
        """Counts a write to one issue. Raises JiraError 429."""
        now = self._clock.now()
        self._refuse_when_full(self._issue_windows, issue_id, now, PER_ISSUE)
        for window in self._issue_windows:
            window.add(issue_id, now)

    def charge(self, caller: Caller, points: int) -> dict[str, str]:
        """Takes points off an app's quota after a call; the headers that tell it."""
        if self.quota is None or caller.app_key is None:
            return {}
        now = self._clock.now()
        self._new_hour(now)
        self._points += points
        left = max(self.quota - self._points, 0)
        reset = int((self._hour + timedelta(hours=1) - now).total_seconds()) + 1
        prefix = "Beta-" if self.announce_only else ""
        headers = {f"{prefix}RateLimit-Policy": f'"global-app-quota";q={self.quota};w=3600'}
        if self._points >= self.quota * _NEAR:
            headers[f"{prefix}RateLimit"] = f'"global-app-quota";r={left};t={reset}'
            headers[f"{prefix}X-RateLimit-NearLimit"] = "true"
        return headers

    def _new_hour(self, now: datetime) -> None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._points = hour, 0

    def _refuse_when_full(self, windows: list[SlidingWindow], key: str, now: datetime, reason: str) -> None:
        wait, limit = max((window.wait(key, now), window.limit) for window in windows)
        if wait:
            seconds = int(wait) + 1
            given = seconds if self.retry_after_given else None
            raise throttled(reason, given, limit=limit, reset=now + timedelta(seconds=seconds))


def endpoint_of(rule: str) -> str:
    """The name under which calls of one route are counted."""
    return re.sub(r"<[^>]+>", "*", rule)
