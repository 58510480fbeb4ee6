"""Where issues are made: the project and the issue type of an integration."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.products import Product
from plugin.integrations.registry import product_from, product_of
from plugin.store.models import Connection, Integration, JsonObject
from plugin.web import forms, snapshots
from plugin.web.frame import framed
from plugin.web.setting_up import integration_of, stream_of
from plugin.web.visit import Fragment, NotThere, Visit


def open_(visit: Visit) -> Fragment:
    """Goes to the page, and asks for Jira's projects where they are not known or old."""
    with visit.writing() as session:
        _place(visit, session)
        stale = not snapshots.is_fresh(snapshots.find(session, snapshots.PROJECTS), visit.now)
        if stale:
            snapshots.begin(session, snapshots.PROJECTS)
    return _go(visit, read=stale)


def read_again(visit: Visit) -> Fragment:
    with visit.writing() as session:
        _place(visit, session)
        snapshots.begin(session, snapshots.PROJECTS)
    return _go(visit, read=True)


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
        integration = _integration(visit, session)
        _aim(integration, _settings(project, issue_type))
        session.flush()
        snapshots.begin(session, snapshots.subject_of(integration))
    snapshots.ask_for_fields(visit, integration)
    return Fragment.go(f"mapping?integration={integration.id}&{visit.asked_now}")


def _settings(project: snapshots.Choice, issue_type: snapshots.Choice) -> JsonObject:
    return {
        "project_id": project.id,
        "project_key": project.entry["key"],
        "project_name": project.entry["name"],
        "issue_type_id": issue_type.id,
        "issue_type_name": issue_type.entry["name"],
        "team_managed": bool(project.entry.get("team_managed")),
    }


def _aim(integration: Integration, settings: JsonObject) -> None:
    if all(integration.settings.get(name) == value for name, value in settings.items()):
        return
    if integration.id is not None:
        integration.mapping_version += 1
    integration.settings = {**integration.settings, **settings}


def _integration(visit: Visit, session: Session) -> Integration:
    place = _place(visit, session)
    if isinstance(place, Integration):
        return place
    integration = Integration(
        kind=_product(place).kind,
        connection_id=place.id,
        settings={},
        mapping={},
        mapping_version=1,
        created_at=visit.now,
    )
    session.add(integration)
    return integration


def _place(visit: Visit, session: Session) -> Connection | Integration:
    """The integration to be changed, or the connection for which one is to be made."""
    if visit.parameters.get("integration"):
        return integration_of(visit, session)
    connection_id = visit.number("connection")
    connection = session.scalars(select(Connection).where(Connection.id == connection_id)).one_or_none()
    if connection is None:
        raise NotThere()
    existing = session.scalars(select(Integration).where(Integration.connection_id == connection_id)).first()
    return existing or connection


def _product(place: Connection | Integration) -> Product:
    product = product_of(place) if isinstance(place, Integration) else product_from(place)
    if product is None:
        raise NotThere()
    return product


def _projects(session: Session) -> Any:
    return snapshots.projects(snapshots.find(session, snapshots.PROJECTS))


def _where(visit: Visit) -> str:
    name = "integration" if visit.parameters.get("integration") else "connection"
    return f"{name}={visit.number(name)}"


def _go(visit: Visit, *, read: bool) -> Fragment:
    if read:
        visit.parts.queue.read_projects(visit.site_id)
    return Fragment.go(f"target?{_where(visit)}&{visit.asked_now}")


def _page(visit: Visit, session: Session, typed: dict[str, str] | None, problems: dict[str, str]) -> Fragment:
    values = _values(visit, session, typed, problems)
    return framed(session, "target.html", "Where issues go", "overview", **values)


def _values(visit: Visit, session: Session, typed: dict[str, str] | None, problems: dict[str, str]) -> dict[str, Any]:
    place = _place(visit, session)
    product = _product(place)
    settings = place.settings if isinstance(place, Integration) else {}
    value = typed or {
        "project": settings.get("project_id", ""),
        "issue_type": settings.get("issue_type_id", ""),
    }
    snapshot = snapshots.find(session, snapshots.PROJECTS)
    projects = snapshots.projects(snapshot)
    project = snapshots.chosen(projects, value.get("project", ""))
    return {
        "source": product.system.label,
        "described": product.main,
        "snapshot": snapshot,
        "projects": projects,
        "project": project,
        "issue_types": snapshots.issue_types(project),
        "value": {"project": "", "issue_type": "", **value},
        "problems": problems,
        "started": isinstance(place, Integration) and stream_of(session, place) is not None,
        "where": _where(visit),
        "asked": visit.parameters.get("asked", "") if visit.asked else "",
        "slow": visit.waited_long(),
        "poll": snapshots.POLL,
    }
