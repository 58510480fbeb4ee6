"""The overview: how each integration stands; before there is one, the way to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.products import Product
from plugin.integrations.registry import PRODUCTS, SYSTEMS, product_from
from plugin.store.models import Connection, Integration, Stream
from plugin.web import marks, standing, standstill
from plugin.web.frame import framed, open_notices
from plugin.web.standing import IntegrationStanding
from plugin.web.standstill import Standstill
from plugin.web.visit import Fragment, Visit

RUNNING_POLL = 1500
IDLE_POLL = 15000


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        standings = standing.of_site(session, visit.now)
        if not any(each.streams for each in standings):
            steps = _steps(session, standings)
            return framed(session, "first_steps.html", "Welcome to Counterfoil", "overview", **steps)
        return framed(session, "overview.html", "Counterfoil", "overview", **_figures(visit, session, standings))


def live(visit: Visit) -> Fragment:
    """The parts of the overview that move while a run goes on."""
    with visit.reading() as session:
        figures = _figures(visit, session, standing.of_site(session, visit.now))
        frame: dict[str, Any] = {
            "failures": standing.parked_documents(session),
            "notices": open_notices(session),
            "tab": "",
        }
        return Fragment.of("overview_parts.html", "", **frame, **figures)


def _figures(visit: Visit, session: Session, standings: Sequence[IntegrationStanding]) -> dict[str, Any]:
    streams = [stream for each in standings for stream in each.streams]
    standstills = standstill.of_site(session, visit.now)
    left_alone = standstill.waiting_streams(standstills, standings)
    busy = any(stream.running for stream in streams) or _awaited(visit, standings)
    return {
        "standings": standings,
        "standstills": standstills,
        "left_alone": left_alone,
        "told": {id_ for each in streams if (id_ := each.stream.id) in left_alone and _told(each.stream, standstills)},
        "marks": marks,
        "now": visit.now,
        "in_step": sum(each.in_step for each in standings),
        "poll": RUNNING_POLL if busy else IDLE_POLL,
        "asked": visit.parameters.get("asked", "") if visit.asked else "",
        "awaited": _awaited(visit, standings),
    }


def _told(stream: Stream, standstills: Sequence[Standstill]) -> bool:
    """Whether what a stream waits for says as much as its own trouble: a setting to be mended is always shown."""
    own = stream.trouble or {}
    return own.get("kind") != "configuration" or own["code"] in [each.trouble["code"] for each in standstills]


def _awaited(visit: Visit, standings: Sequence[IntegrationStanding]) -> bool:
    """True until the run that the visitor asked for has begun."""
    if visit.asked is None or visit.waited_long():
        return False
    runs = [stream.run for each in standings for stream in each.streams if stream.run]
    return not any(run.moved_at >= visit.asked for run in runs)


@dataclass(frozen=True)
class Step:
    """One step of the way: `state` is done, current or "" (still to come)."""

    title: str
    text: str
    state: str
    route: str = ""
    button: str = ""
    acts: bool = False
    connection: Connection | None = None


def _steps(session: Session, standings: Sequence[IntegrationStanding]) -> dict[str, Any]:
    sources = select(Connection).where(Connection.system.in_(SYSTEMS)).order_by(Connection.id)
    connection = session.scalars(sources).first()
    product = (connection and product_from(connection)) or next(iter(PRODUCTS.values()))
    integration = standings[0].integration if standings else None
    done = [
        connection is not None and (connection.state == "ok" or integration is not None),
        integration is not None,
        standings != [] and bool(standings[0].main.mapping),
        False,
    ]
    current = done.index(False)
    told = zip(_words(product), _links(product, connection, integration), strict=True)
    steps = [
        Step(*words, state="done" if done[index] else "current" if index == current else "", **link)
        for index, (words, link) in enumerate(told)
    ]
    return {"steps": steps, "source": product.system.label, "described": product.main}


def _words(product: Product) -> Sequence[tuple[str, str]]:
    source, described = product.system.label, product.main
    return (
        (
            f"Connect {source}",
            "Give the address of its Web API, the company and a user. Counterfoil tests them at once.",
        ),
        ("Choose where issues go", f"A Jira project, and the issue type for {described.documents}."),
        (
            "Map fields",
            "Say which Jira field takes vendor, amount, due date and so on. Missing fields are made for you.",
        ),
        (
            "Start",
            f"Every {described.document} becomes an issue. From then on, Counterfoil keeps them in step with {source}.",
        ),
    )


def _links(product: Product, connection: Connection | None, integration: Integration | None) -> list[dict[str, Any]]:
    words = f"Connect {product.system.label}"
    first: dict[str, Any] = {"route": "connection", "button": words, "connection": connection}
    if connection is not None:
        first = {"route": f"connection?id={connection.id}", "button": "Open the connection", "connection": connection}
    if integration is None:
        second = {"route": f"target/open?connection={connection.id}" if connection else "", "acts": True}
        return [first, {**second, "button": "Choose a project"}, {}, {}]
    each = f"integration={integration.id}"
    return [
        first,
        {"route": f"target/open?{each}", "button": "Change", "acts": True},
        {"route": f"mapping?{each}", "button": "Map fields"},
        {"route": f"schedule?{each}", "button": "Start"},
    ]
