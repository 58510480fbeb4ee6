"""What administrators do to fields, projects and screens; see `acts` for the words."""

from collections.abc import Callable

from mock_servers.harness import ControlRefused
from mock_servers.jira.acting import Json, Order, component_of, field_of, project_of, wanted
from mock_servers.jira.field_types import PREFIX
from mock_servers.jira.fields import Field
from mock_servers.jira.models import JiraSite
from mock_servers.jira.projects import Project
from mock_servers.jira.screens import DEFAULT_SCREEN, Screen

Act = Callable[[JiraSite, Order], Json]


def _shown_field(field: Field, site: JiraSite) -> Json:
    screens = [screen.id for screen in site.screens.values() if screen.shows(field.id)]
    return {"id": field.id, "name": field.name, "kind": field.kind, "trashed": field.trashed, "screens": screens}


def _create_field(site: JiraSite, order: Order) -> Json:
    kind, searcher = str(order.get("type", "textfield")), order.get("searcher", "textsearcher")
    field = site.create_field(str(wanted(order, "name")), PREFIX + kind, PREFIX + searcher if searcher else None)
    return _shown_field(field, site)


def _on_field(change: Callable[[JiraSite, Field, Order], None]) -> Callable[[JiraSite, Order], Json]:
    def carry_out(site: JiraSite, order: Order) -> Json:
        field = field_of(site, order)
        change(site, field, order)
        return _shown_field(field, site)

    return carry_out


def _show(site: JiraSite, field: Field, order: Order) -> None:
    screen = _screen(site, {"screen": DEFAULT_SCREEN, **order})
    if not screen.shows(field.id):
        site.show_on_screen(screen, screen.tabs[0], field)


def _hide(site: JiraSite, field: Field, order: Order) -> None:
    site.hide_from_screens(field, order.get("screen"))


def _rename(_: JiraSite, field: Field, order: Order) -> None:
    field.name = str(wanted(order, "name"))


def _set_trashed(trashed: bool) -> Callable[[JiraSite, Field, Order], None]:
    def change(_: JiraSite, field: Field, __: Order) -> None:
        field.trashed = trashed

    return change


def _narrow(site: JiraSite, field: Field, order: Order) -> None:
    projects = {project_of(site, {"project": key}).id for key in wanted(order, "projects")}
    for context in field.contexts:
        context.project_ids = set(projects)


def _screen(site: JiraSite, order: Order) -> Screen:
    screen = site.screens.get(int(wanted(order, "screen")))
    if screen is None:
        raise ControlRefused(f"There is no screen {order['screen']}.")
    return screen


def _shown_project(project: Project) -> Json:
    return {
        "key": project.key,
        "archived": project.archived,
        "deleted": project.deleted,
        "required": sorted(project.required),
    }


def _mark_project(name: str, value: bool) -> Callable[[JiraSite, Order], Json]:
    def carry_out(site: JiraSite, order: Order) -> Json:
        project = project_of(site, order)
        setattr(project, name, value)
        return _shown_project(project)

    return carry_out


def _permit(granted: bool) -> Callable[[JiraSite, Order], Json]:
    def carry_out(site: JiraSite, order: Order) -> Json:
        project = project_of(site, order)
        groups = project.permissions.get(str(wanted(order, "permission")))
        if groups is None:
            raise ControlRefused(f"There is no project permission {order['permission']}.")
        (groups.add if granted else groups.discard)(str(wanted(order, "group")))
        return _shown_project(project) | {"permission": order["permission"], "groups": sorted(groups)}

    return carry_out


def _create_component(site: JiraSite, order: Order) -> Json:
    made = site.create_component(project_of(site, order), str(wanted(order, "name")), str(order.get("description", "")))
    return {"id": made.id, "name": made.name, "project": order["project"]}


def _rename_component(site: JiraSite, order: Order) -> Json:
    component = component_of(site, order)
    component.name = str(wanted(order, "new_name"))
    return {"id": component.id, "name": component.name, "project": order["project"]}


def _delete_component(site: JiraSite, order: Order) -> Json:
    component = component_of(site, order)
    site.delete_component(component)
    return {"id": component.id, "name": component.name, "project": order["project"]}


FIELDS: dict[str, Act] = {
    "create": _create_field,
    "remove": _on_field(lambda site, field, _: site.remove_field(field)),
    "trash": _on_field(_set_trashed(True)),
    "restore": _on_field(_set_trashed(False)),
    "rename": _on_field(_rename),
    "hide": _on_field(_hide),
    "show": _on_field(_show),
    "change_type": _on_field(lambda site, field, order: site.change_field_type(field, str(wanted(order, "type")))),
    "require": _on_field(lambda site, field, order: project_of(site, order).required.add(field.id)),
    "unrequire": _on_field(lambda site, field, order: project_of(site, order).required.discard(field.id)),
    "narrow": _on_field(_narrow),
}
PROJECTS: dict[str, Act] = {
    "archive": _mark_project("archived", True),
    "unarchive": _mark_project("archived", False),
    "delete": _mark_project("deleted", True),
    "restore": _mark_project("deleted", False),
    "grant": _permit(True),
    "revoke": _permit(False),
}
SCREENS: dict[str, Act] = {"add": _on_field(_show), "remove": _on_field(_hide)}
COMPONENTS: dict[str, Act] = {
    "create": _create_component,
    "rename": _rename_component,
    "delete": _delete_component,
}
