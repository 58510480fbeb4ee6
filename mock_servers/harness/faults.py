"""Troubles that a test or a rehearsal orders in advance, and that the next matching requests then meet."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS = {
    "status": "an error status with the vendor's own body",
    "html": "an HTML error page, as a web server or proxy in front of the vendor gives it",
    "slow": "the true reply, `seconds` late",
    "timeout": "no reply for `seconds`, then the connection drops; carried out unless `commits` is false",
    "reset": "the connection is reset before the request is carried out",
    "lost_reply": "the request is carried out, then the connection drops without a byte",
    "truncate": "the request is carried out, but only half of the reply arrives",
    "throttle": "the vendor's own refusal of too many requests",
}


@dataclass(slots=True)
class Fault:
    """One ordered trouble.

    `method` None matches every method; `path` is a regular expression searched in the path (without query).
    `after` requests are let through first; then `times` requests meet the trouble.
    `status` and `retry_after` (seconds) shape the kinds status, html and throttle; `seconds` is the length
    of slow (default 1) and timeout (default 60).
    """

    kind: str
    method: str | None = None
    path: re.Pattern[str] | None = None
    times: int = 1
    after: int = 0
    status: int | None = None
    retry_after: int | None = None
    seconds: float | None = None
    commits: bool = True

    @classmethod
    def parse(cls, order: Mapping[str, Any]) -> Fault:
        """A fault from the control API's form; ValueError with a sentence for people when it is malformed."""
        match = order.get("match") or {}
        unknown = set(order) - _ORDER_FIELDS | set(match) - {"method", "path"}
        if unknown:
            raise ValueError(f"A fault has no field {', '.join(sorted(unknown))}.")
        kind = order.get("kind")
        if kind not in KINDS:
            raise ValueError(f"A fault's kind is one of {', '.join(KINDS)}; this one says {kind!r}.")
        try:
            path = re.compile(match["path"]) if match.get("path") else None
        except re.error as wrong:
            raise ValueError(f"The path {match['path']!r} is not a regular expression: {wrong}.") from wrong
        method = match.get("method")
        return cls(
            kind=kind,
            method=method.upper() if method else None,
            path=path,
            times=int(order.get("times", 1)),
            after=int(order.get("after", 0)),
            status=None if order.get("status") is None else int(order["status"]),
            retry_after=None if order.get("retry_after") is None else int(order["retry_after"]),
            seconds=None if order.get("seconds") is None else float(order["seconds"]),
            commits=bool(order.get("commits", True)),
        )

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one that this fault is meant for."""
        return (self.method is None or self.method == method) and (
            self.path is None or self.path.search(path) is not None
        )

    def described(self) -> dict[str, Any]:
        """The fault as the control API shows it, with what is left of `times` and `after`."""
        return {
            "kind": self.kind,
            "match": {"method": self.method, "path": self.path.pattern if self.path else None},
            "times": self.times,
            "after": self.after,
            "status": self.status,
            "retry_after": self.retry_after,
            "seconds": self.seconds,
            "commits": self.commits,
        }


_ORDER_FIELDS = {"match", "kind", "times", "after", "status", "retry_after", "seconds", "commits"}


class FaultList:
    """The faults still to come, in the order in which they were given."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, kind: str, *, method: str | None = None, path: str | None = None, **rest: Any) -> None:
        """Orders one fault; `rest` are the other fields of `Fault`."""
        self.extend([{"kind": kind, "match": {"method": method, "path": path}, **rest}])

    def extend(self, orders: list[Mapping[str, Any]]) -> None:
        """Orders several faults at once, or none when one is malformed (ValueError)."""
        faults = [Fault.parse(order) for order in orders]
        with self._lock:
            self._faults.extend(faults)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, used up by it."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(method, path):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Calls off every fault."""
        with self._lock:
            self._faults.clear()

    def remaining(self) -> list[dict[str, Any]]:
        """What is still to come."""
        with self._lock:
            return [fault.described() for fault in self._faults]
