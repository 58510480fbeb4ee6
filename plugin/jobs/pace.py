"""The pace at which all workers together call one system: a token bucket for each, kept in Redis.

A short wait is waited out by the calling thread. A longer one is told as Throttled, so that the stream goes back to
the schedule, and no worker sleeps. Without Redis calls go out unpaced: what the bucket keeps is courtesy, what the
system refuses is handled all the same.
"""

from __future__ import annotations

import threading
import time

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from plugin.integrations.parts import Pace
from sage_adapters.http import Gate

log = structlog.get_logger()

PREFIX = "counterfoil:pace:"
WAITED_OUT = 2.0
"""Seconds that a calling thread waits for its turn."""
REDIS_PATIENCE = 2.0

# A token bucket kept as one number: the moment at which it would be full again. A call moves it by one token's time.
#
# KEYS[1]  the bucket
# ARGV[1]  microseconds in which one token comes back
# ARGV[2]  microseconds in which an empty bucket fills up: its size
# ARGV[3]  microseconds that the caller is ready to wait
# Returns  {1, microseconds to wait}: the token is taken; or {0, microseconds until the bucket is full}: it is not
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0')) + ARGV[1]
local wait = math.max(0, full - now - ARGV[2])
if wait > tonumber(ARGV[3]) then
  return {0, full - ARGV[1] - now}
end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return {1, wait}
"""

# Empties a bucket, and lets it stay empty for a while.
#
# KEYS[1]  the bucket
# ARGV[1]  microseconds in which an empty bucket fills up: its size
# ARGV[2]  microseconds for which nobody gets a token
EMPTY = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full = math.max(now + ARGV[1] + ARGV[2], tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
"""


class RedisPacing:
    """Makes the gates of one process: `plugin.integrations.parts.Pacing`."""

    def __init__(self, address: str) -> None:
        """`address` of Redis; it is not called before a gate is."""
        limits = {"socket_connect_timeout": REDIS_PATIENCE, "socket_timeout": REDIS_PATIENCE}
        redis = Redis.from_url(address, retry=Retry(NoBackoff(), 0), **limits)
        self._take = redis.register_script(TAKE)
        self._empty = redis.register_script(EMPTY)
        self._unpaced = threading.Event()

    def gate(self, name: str, label: str, pace: Pace) -> Gate:
        return _Gate(self, name, label, pace)

    def take(self, name: str, pace: Pace) -> tuple[bool, float]:
        """Whether the caller may go, and after how many seconds; else in how many seconds the bucket is full."""
        if self._unpaced.is_set():
            return True, 0.0
        try:
            arguments = [_micro(1 / pace.per_second), _micro(pace.at_once / pace.per_second), _micro(WAITED_OUT)]
            taken, wait = self._take(keys=[PREFIX + name], args=arguments)
        except RedisError as error:
            self._go_on_unpaced(error)
            return True, 0.0
        return bool(taken), wait / 1_000_000

    def empty(self, name: str, pace: Pace, seconds: float) -> None:
        if self._unpaced.is_set():
            return
        try:
            self._empty(keys=[PREFIX + name], args=[_micro(pace.at_once / pace.per_second), _micro(seconds)])
        except RedisError as error:
            self._go_on_unpaced(error)

    def _go_on_unpaced(self, error: RedisError) -> None:
        """Until the job ends, which has a process of its own: not each call shall wait for a Redis that is away."""
        if not self._unpaced.is_set():
            self._unpaced.set()
            log.warning("pace.unkept", reason=type(error).__name__)


class _Gate:
    def __init__(self, pacing: RedisPacing, name: str, label: str, pace: Pace) -> None:
        self._pacing = pacing
        self._name = name
        self._label = label
        self._pace = pace

    def __call__(self) -> None:
        taken, wait = self._pacing.take(self._name, self._pace)
        if not taken:
            # To be tried again when the bucket is full: a pass that began with one token would get nowhere.
            raise self._pace.exceeded(self._label, wait)
        if wait:
            time.sleep(wait)

    def hold_back(self, seconds: float) -> None:
        self._pacing.empty(self._name, self._pace, seconds)


def _micro(seconds: float) -> int:
    return round(seconds * 1_000_000)
