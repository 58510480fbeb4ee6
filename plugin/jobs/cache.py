"""A short memory that all processes share. It may forget at any time, and does while Redis is away."""

from __future__ import annotations

from redis import Redis
from redis.exceptions import RedisError

PREFIX = "counterfoil:cache:"


class RedisCache:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def get(self, key: str) -> str | None:
        try:
            found = self._redis.get(PREFIX + key)
        except RedisError:
            return None
        return found.decode() if isinstance(found, bytes) else None

    def set(self, key: str, value: str, ttl: float) -> None:
        """`ttl` in seconds."""
        try:
            self._redis.set(PREFIX + key, value, px=max(1, int(ttl * 1000)))
        except RedisError:
            return
