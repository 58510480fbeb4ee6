"""What operators and their tools ask: is it alive, is it ready, what does it count."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

Check = Callable[[], bool]


def operations(
    checks: dict[str, Check], registry: CollectorRegistry, counted: CollectorRegistry, metrics_token: str | None
) -> Blueprint:
    """`checks` by the name under which `/readyz` tells their result; `counted` asks the database, not this process."""
    blueprint = Blueprint("operations", __name__)

    @blueprint.get("/healthz")
    def healthz() -> ResponseReturnValue:
        """This process answers; nothing else is asked."""
        return jsonify(ok=True)

    @blueprint.get("/readyz")
    def readyz() -> ResponseReturnValue:
        """Everything that pages and Jira's calls need is there; 503 with what is not."""
        results = {name: _passes(check) for name, check in checks.items()}
        ready = all(results.values())
        return jsonify(ok=ready, checks=results), 200 if ready else 503

    @blueprint.get("/metrics")
    def metrics() -> ResponseReturnValue:
        """For Prometheus, with the operator's token; without one this address does not exist."""
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not metrics_token or not hmac.compare_digest(given.encode(), metrics_token.encode()):
            abort(404)
        told = generate_latest(_collected(registry)) + generate_latest(counted)
        return Response(told, content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _collected(registry: CollectorRegistry) -> CollectorRegistry:
    """The counts of all web processes where they keep them in files, else those of this one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return registry
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # the library's is untyped
    return together


def _passes(check: Check) -> bool:
    try:
        return check()
    except Exception:
        return False
