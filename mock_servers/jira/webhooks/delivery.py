"""Delivering webhooks: in their own threads, retried in compressed time, with troubles that a rehearsal can order."""

import heapq
import itertools
import random
import threading
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import itemgetter
from time import monotonic

import requests

from mock_servers.harness.clock import Clock

RETRIES = 5
RETRIED = frozenset({408, 409, 425, 429})
RETRY_MINUTES = (5.0, 15.0)
KEPT = 5000
AT_ONCE = 8
FAILURES_KEPT = timedelta(hours=72)
LOOK_EVERY = 0.5  # seconds between looks whether the mock has been stopped

Sign = Callable[["Delivery"], dict[str, str]]


@dataclass(slots=True)
class Delivery:
    """One event on its way to one webhook. `attempts` holds the status of each try, None when none came back."""

    hook: str
    event: str
    issue_key: str
    url: str
    body: bytes
    flow: str
    sign: Sign = field(repr=False)
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    attempts: list[int | None] = field(default_factory=list)
    state: str = "waiting"
    failed_at: datetime | None = None
    app_key: str | None = None
    trace: str | None = None


@dataclass(slots=True)
class Mischief:
    """What goes wrong on purpose. Shares are chances from 0 to 1, `delay` and `reorder` are (most) seconds."""

    duplicate: float = 0.0
    drop: float = 0.0
    delay: float = 0.0
    reorder: float = 0.0
    without_field_id: bool = False
    without_issue: bool = False
    bad_signature: bool = False


class Deliveries:
    """The queue of deliveries and the threads that carry them out.

    `time_scale` is how much faster than at the vendor the waits between tries pass; `timeout` is in seconds.
    """

    def __init__(self, clock: Clock, seed: int, stopping: threading.Event) -> None:
        self.mischief = Mischief()
        self.time_scale = 1000.0
        self.timeout = 10.0
        self.log: deque[Delivery] = deque(maxlen=KEPT)
        self._clock = clock
        self._stopping = stopping
        self._dice = random.Random(seed)  # noqa: S311 - chance for rehearsal, not for secrets
        self._queue: list[tuple[float, int, Delivery]] = []
        self._counter = itertools.count()
        self._changed = threading.Condition()
        self._busy = 0
        self._closed = False
        self._thread: threading.Thread | None = None

    def send(self, delivery: Delivery) -> None:
        """Queues a delivery; returns at once."""
        mischief = self.mischief
        with self._changed:
            self.log.append(delivery)
            if self._dice.random() < mischief.drop:
                delivery.state = "dropped"
                return
            self._push(delivery, self._lateness())
            if self._dice.random() < mischief.duplicate:
                again = replace(delivery, attempts=[])
                self.log.append(again)
                self._push(again, self._lateness())
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="jira-webhooks", daemon=True)
                self._thread.start()

    def idle(self) -> bool:
        """Whether nothing is under way or waiting, retries included."""
        with self._changed:
            return not self._queue and not self._busy

    def wait_idle(self, seconds: float) -> bool:
        """Waits until all is delivered or given up; False when that takes longer than `seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._busy, seconds)

    def failed(self) -> list[Delivery]:
        """Deliveries given up after the last retry within the last 72 hours, the oldest first."""
        oldest = self._clock.now() - FAILURES_KEPT
        with self._changed:
            failures = [(found.failed_at, found) for found in self.log if found.failed_at is not None]
        return [delivery for at, delivery in sorted(failures, key=itemgetter(0)) if at > oldest]

    def close(self) -> None:
        """Ends the threads; what still waits is not delivered."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._changed.notify_all()

    def _lateness(self) -> float:
        return self.mischief.delay + self._dice.random() * self.mischief.reorder

    def _push(self, delivery: Delivery, seconds: float) -> None:
        heapq.heappush(self._queue, (monotonic() + seconds, next(self._counter), delivery))
        self._changed.notify_all()

    def _run(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="jira-webhook") as pool:
            while (delivery := self._next()) is not None:
                pool.submit(self._attempt, delivery)

    def _next(self) -> Delivery | None:
        with self._changed:
            while not self._closed and not self._stopping.is_set():
                wait = self._queue[0][0] - monotonic() if self._queue else LOOK_EVERY
                if wait <= 0:
                    self._busy += 1
                    return heapq.heappop(self._queue)[2]
                self._changed.wait(min(wait, LOOK_EVERY))
        return None

    def _attempt(self, delivery: Delivery) -> None:
        status = self._post(delivery)
        with self._changed:
            delivery.attempts.append(status)
            if status is not None and 200 <= status < 300:
                delivery.state = "delivered"
            elif status is not None and status not in RETRIED and status < 500:
                delivery.state = "refused"
            elif len(delivery.attempts) > RETRIES:
                delivery.state, delivery.failed_at = "failed", self._clock.now()
            elif not self._closed:
                delivery.state = "retrying"
                self._push(delivery, self._dice.uniform(*RETRY_MINUTES) * 60 / self.time_scale)
            self._busy -= 1
            self._changed.notify_all()

    def _post(self, delivery: Delivery) -> int | None:
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "User-Agent": "Atlassian Webhook HTTP Client",
            "X-Atlassian-Webhook-Identifier": delivery.identifier,
            "X-Atlassian-Webhook-Flow": delivery.flow,
            **delivery.sign(delivery),
        }
        if delivery.trace is not None:
            headers["X-Atlassian-Webhook-Trace"] = delivery.trace
        if delivery.attempts:
            headers["X-Atlassian-Webhook-Retry"] = str(len(delivery.attempts))
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.post(
                    delivery.url, data=delivery.body, headers=headers, timeout=self.timeout, allow_redirects=False
                )
                return answer.status_code
        except requests.RequestException:
            return None
