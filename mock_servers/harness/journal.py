"""What was asked of a mock: every request counted, the latest kept, and shown without the secrets in them."""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

ENTRIES_KEPT = 5_000
BODIES_KEPT = 1_000
BODY_LIMIT = 256 * 1024

_NEVER_KEPT = "jwt|token|access_token|refresh_token|id_token|client_secret|password|sharedSecret|devKey|sessionId"
_SECRET_IN_QUERY = re.compile(rf"(?i)\b({_NEVER_KEPT})=[^&]*")
_SECRET_IN_JSON = re.compile(rf'(?i)"({_NEVER_KEPT})"\s*:\s*"(?:[^"\\]|\\.)*"')


@dataclass(slots=True)
class Entry:
    """One request. `status` is None when no reply was sent, `body` when it is no longer kept."""

    n: int
    method: str
    path: str
    query: str
    status: int | None
    ms: float
    auth: str | None
    fault: str | None
    body: bytes | None


class Journal:
    """The requests of one mock, bounded in memory: all are counted, the last ones are kept."""

    def __init__(self, entries_kept: int = ENTRIES_KEPT, bodies_kept: int = BODIES_KEPT) -> None:
        self._entries: deque[Entry] = deque(maxlen=entries_kept)
        self._with_body: deque[Entry] = deque()
        self._bodies_kept = bodies_kept
        self._totals: Counter[str] = Counter()
        self._count = 0
        self._lock = threading.Lock()

    def record(
        self,
        *,
        method: str,
        path: str,
        route: str,
        query: str,
        status: int | None,
        ms: float,
        authorization: str | None,
        fault: str | None,
        body: bytes,
    ) -> None:
        """Notes one request under `route`, its path with the keys left out."""
        with self._lock:
            self._count += 1
            self._totals[f"{method} {route}"] += 1
            entry = Entry(
                n=self._count,
                method=method,
                path=path,
                query=query,
                status=status,
                ms=round(ms, 2),
                auth=(authorization.split(None, 1)[0] if authorization else None),
                fault=fault,
                body=body[:BODY_LIMIT],
            )
            self._entries.append(entry)
            if body:
                self._keep_body(entry)

    def _keep_body(self, entry: Entry) -> None:
        self._with_body.append(entry)
        if len(self._with_body) > self._bodies_kept:
            self._with_body.popleft().body = None

    def entries(self, since: int = 0) -> list[dict[str, Any]]:
        """The kept requests numbered above `since`, oldest first."""
        with self._lock:
            wanted = [entry for entry in self._entries if entry.n > since]
        # Secrets are looked for only in what is shown: looking costs more than many a request.
        return [_without_secrets(entry) for entry in wanted]

    def totals(self) -> dict[str, int]:
        """How many requests there were per method and route, all of them, kept or not."""
        with self._lock:
            return dict(sorted(self._totals.items()))

    @property
    def count(self) -> int:
        """How many requests there were."""
        return self._count

    def clear(self) -> None:
        """Forgets everything and counts from one again."""
        with self._lock:
            self._entries.clear()
            self._with_body.clear()
            self._totals.clear()
            self._count = 0


def _without_secrets(entry: Entry) -> dict[str, Any]:
    text = None if entry.body is None else entry.body.decode("utf-8", "replace")
    shown = None if text is None else _SECRET_IN_QUERY.sub(r"\1=…", _SECRET_IN_JSON.sub(r'"\1": "…"', text))
    return {**asdict(entry), "query": _SECRET_IN_QUERY.sub(r"\1=…", entry.query), "body": shown}
