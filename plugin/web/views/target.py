"""Where issues are made: the project and the issue type of a stream."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.products import Product
from plugin.integrations.registry import product_from, product_of
from plugin.integrations.setting_up import add_streams
from plugin.store.models import Connection, Integration, JsonObject, Stream
from plugin.web import forms, snapshots
from plugin.web.frame import framed
from plugin.web.setting_up import Setup, named, setup_of
from plugin.web.visit import Fragment, NotThere, Visit


def open_(visit: Visit) -> Fragment:
    """Goes to the page, and asks for Jira's projects where they are not known or old."""
    with visit.writing() as session:
        place = _place(visit, session)
        if isinstance(place, Setup):
            add_streams(session, place.integration)
        stale = not snapshots.is_fresh(snapshots.find(session, snapshots.PROJECTS), visit.now)
        if stale:
            snapshots.begin(session, snapshots.PROJECTS)
    return _go(visit, place, read=stale)


def read_again(visit: Visit) -> Fragment:
    with visit.writing() as session:
        place = _place(visit, session)
        snapshots.begin(session, snapshots.PROJECTS)
    return _go(visit, place, read=True)


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        return _page(visit, session, None, {})


def area(visit: Visit) -> Fragment:
    """The form alone, asked for until the projects are read."""
    with visit.reading() as session:
        return Fragment.of("target_area.html", "", **_values(visit, session, None, {}))


def types(visit: Visit) -> Fragment:
    """The issue types of the project just chosen."""
    with visit.reading() as session:
        typed = {name: str(visit.form.get(name, "")) for name in ("project", "issue_type")}
        return Fragment.of("target_types.html", "", **_values(visit, session, typed, {}))


def save(visit: Visit) -> Fragment:
    reading = forms.read(forms.TargetForm(), visit.form)
    with visit.writing() as session:
        problems = dict(reading.problems)
        project = snapshots.chosen(_projects(session), reading.typed.get("project", ""))
        issue_type = snapshots.chosen(snapshots.issue_types(project), reading.typed.get("issue_type", ""))
        if project is None:
            problems.setdefault("project", "Choose a project from the list.")
        elif issue_type is None:
            problems.setdefault("issue_type", "Choose an issue type of this project.")
        if problems or project is None or issue_type is None:
            return _page(visit, session, dict(reading.typed), problems)
        setup = _setup(visit, session)
        _aim(setup.stream, _settings(project, issue_type))
        snapshots.begin(session, snapshots.subject_of(setup.stream))
    snapshots.ask_for_fields(visit, setup.stream)
    return Fragment.go(f"mapping?{setup.where}&{visit.asked_now}")


def _settings(project: snapshots.Choice, issue_type: snapshots.Choice) -> JsonObject:
    return {
        "project_id": project.id,
        "project_key": project.entry["key"],
        "project_name": project.entry["name"],
        "issue_type_id": issue_type.id,
        "issue_type_name": issue_type.entry["name"],
        "team_managed": bool(project.entry.get("team_managed")),
    }


def _aim(stream: Stream, settings: JsonObject) -> None:
    if all(stream.settings.get(name) == value for name, value in settings.items()):
        return
    if stream.settings:
        stream.mapping_version += 1
    stream.settings = {**stream.settings, **settings}


def _setup(visit: Visit, session: Session) -> Setup:
    """What is to be changed, made now if there is nothing yet."""
    place = _place(visit, session)
    if isinstance(place, Setup):
        return place
    integration = Integration(kind=_product(place).kind, connection_id=place.id, settings={}, created_at=visit.now)
    session.add(integration)
    session.flush()
    add_streams(session, integration)
    return named(session, integration, product_of(integration).main.name)


def _place(visit: Visit, session: Session) -> Connection | Setup:
    """The stream to be changed, or the connection for which an integration is to be made."""
    if visit.parameters.get("integration"):
        return setup_of(visit, session)
    connection_id = visit.number("connection")
    connection = session.scalars(select(Connection).where(Connection.id == connection_id)).one_or_none()
    if connection is None:
        raise NotThere()
    existing = session.scalars(select(Integration).where(Integration.connection_id == connection_id)).first()
    return named(session, existing, product_of(existing).main.name) if existing else connection


def _product(place: Connection | Setup) -> Product:
    product = place.product if isinstance(place, Setup) else product_from(place)
    if product is None:
        raise NotThere()
    return product


def _projects(session: Session) -> Any:
    return snapshots.projects(snapshots.find(session, snapshots.PROJECTS))


def _where(place: Connection | Setup) -> str:
    return place.where if isinstance(place, Setup) else f"connection={place.id}"


def _go(visit: Visit, place: Connection | Setup, *, read: bool) -> Fragment:
    if read:
        visit.parts.queue.read_projects(visit.site_id)
    return Fragment.go(f"target?{_where(place)}&{visit.asked_now}")


def _page(visit: Visit, session: Session, typed: dict[str, str] | None, problems: dict[str, str]) -> Fragment:
    values = _values(visit, session, typed, problems)
    return framed(session, "target.html", "Where issues go", "overview", **values)


def _values(visit: Visit, session: Session, typed: dict[str, str] | None, problems: dict[str, str]) -> dict[str, Any]:
    place = _place(visit, session)
    product = _product(place)
    settings = place.stream.settings if isinstance(place, Setup) else {}
    value = typed or {
        "project": settings.get("project_id", ""),
        "issue_type": settings.get("issue_type_id", ""),
    }
    snapshot = snapshots.find(session, snapshots.PROJECTS)
    projects = snapshots.projects(snapshot)
    project = snapshots.chosen(projects, value.get("project", ""))
    return {
        "source": product.system.label,
        "described": place.described if isinstance(place, Setup) else product.main,
        "snapshot": snapshot,
        "projects": projects,
        "project": project,
        "issue_types": snapshots.issue_types(project),
        "value": {"project": "", "issue_type": "", **value},
        "problems": problems,
        "started": isinstance(place, Setup) and place.started,
        "where": _where(place),
        "asked": visit.parameters.get("asked", "") if visit.asked else "",
        "slow": visit.waited_long(),
        "poll": snapshots.POLL,
    }
