"""How requests at the doors ended: counted for operators, and each refusal logged with its reason."""

from __future__ import annotations

import structlog
from flask import request
from prometheus_client import CollectorRegistry, Counter

from plugin.sites.parts import current_parts
from plugin.sites.refusals import Refused

ACCEPTED = "accepted"
IGNORED = "ignored"


class CountedOutcomes:
    """`Outcomes` as a Prometheus counter, in a registry that the application made."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counter = Counter(
            "counterfoil_door_requests",
            "Requests that had to prove where they come from, by how that ended.",
            ("route", "outcome"),
            registry=registry,
        )

    def record(self, route: str, outcome: str) -> None:
        self._counter.labels(route=route, outcome=outcome).inc()


def note(outcome: str) -> None:
    """Counts how the current request ended."""
    current_parts().outcomes.record(request.endpoint or "-", outcome)


def note_refusal(refusal: Refused) -> None:
    """Counts and logs that the current request is turned away. The URL stays out of the log: it may hold a token."""
    reason = refusal.reason.label
    note(reason)
    structlog.get_logger().warning("door.refused", route=request.endpoint, reason=reason, detail=refusal.detail or None)
