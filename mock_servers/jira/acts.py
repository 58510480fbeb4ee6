"""What people do in the site: on issues, and to the configuration that a sync depends on.

| type | action | fields |
|---|---|---|
| issue | create | project, issue_type, summary, fields |
| issue | comment | key, text |
| issue | edit | key, and any of summary, description (text), fields (as in REST) |
| issue | transition | key, and transition (name or id) or to (status name) |
| issue | delete | key |
| field | create | name, type, searcher |
| field | remove, trash, restore | field |
| field | rename | field, name |
| field | hide, show | field, screen (id, default: all / the default screen) |
| field | change_type | field, type |
| field | require, unrequire | field, project |
| field | narrow | field, projects (only there from now on) |
| project | archive, unarchive, delete, restore | project |
| project | grant, revoke | project, permission, group |
| user | deactivate, activate | email |
| screen | add, remove | screen, field |

`as` names the person by first name or e-mail (default Nora for issues). A `field` is an id or a name.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mock_servers.harness import ControlRefused
from mock_servers.jira import adf
from mock_servers.jira.field_types import PREFIX
from mock_servers.jira.fields import Field
from mock_servers.jira.issues import Issue
from mock_servers.jira.models import JiraSite
from mock_servers.jira.projects import Project
from mock_servers.jira.screens import DEFAULT_SCREEN, Screen
from mock_servers.jira.state import issue_row
from mock_servers.jira.users import User

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

Order = dict[str, Any]
Json = dict[str, Any]


def act(mock: "JiraMock", type: str, order: Order) -> Json:
    """Carries one out; the document as it is then. Raises ControlRefused, or JiraError where Jira has its own rule."""
    actions = _ACTIONS.get(type)
    if actions is None:
        raise ControlRefused(f"People change these in Jira: app, {', '.join(_ACTIONS)}; not {type}.")
    action = actions.get(str(order.get("action")))
    if action is None:
        raise ControlRefused(f"The action on a {type} is one of {', '.join(actions)}; not {order.get('action')!r}.")
    return action(mock.site, order)


def _wanted(order: Order, name: str) -> Any:
    if order.get(name) in (None, ""):
        raise ControlRefused(f"This action needs {name!r}.")
    return order[name]


def _person(site: JiraSite, order: Order) -> User:
    named = str(order.get("as", "Nora")).casefold()
    for user in site.users.values():
        if named in (user.email.casefold(), user.name.casefold(), user.name.split()[0].casefold(), user.account_id):
            return user
    raise ControlRefused(f"There is no user {order.get('as')}.")


def _issue(site: JiraSite, order: Order) -> Issue:
    issue = site.find_issue(str(_wanted(order, "key")))
    if issue is None:
        raise ControlRefused(f"There is no issue {order['key']}.")
    return issue


def _field(site: JiraSite, order: Order) -> Field:
    named = str(_wanted(order, "field"))
    field = site.fields.get(named) or next((f for f in site.fields.values() if f.name == named), None)
    if field is None:
        raise ControlRefused(f"There is no field {named}.")
    return field


def _project(site: JiraSite, order: Order) -> Project:
    project = site.find_project(str(_wanted(order, "project")))
    if project is None:
        raise ControlRefused(f"There is no project {order['project']}.")
    return project


def _create_issue(site: JiraSite, order: Order) -> Json:
    fields = {
        "project": {"key": _wanted(order, "project")},
        "issuetype": {"name": order.get("issue_type", "Task")},
        "summary": _wanted(order, "summary"),
        **order.get("fields", {}),
    }
    return issue_row(site, site.create_issue(_person(site, order).account_id, {"fields": fields}))


def _comment(site: JiraSite, order: Order) -> Json:
    issue = _issue(site, order)
    site.add_comment(_person(site, order).account_id, issue, adf.document(str(_wanted(order, "text"))))
    return issue_row(site, issue)


def _edit(site: JiraSite, order: Order) -> Json:
    issue, fields = _issue(site, order), dict(order.get("fields", {}))
    if "summary" in order:
        fields["summary"] = order["summary"]
    if "description" in order:
        fields["description"] = adf.document(str(order["description"]))
    site.edit_issue(_person(site, order).account_id, issue, {"fields": fields})
    return issue_row(site, issue)


def _transition(site: JiraSite, order: Order) -> Json:
    issue, person = _issue(site, order), _person(site, order)
    available = site.available_transitions(person.account_id, issue)
    named, to = str(order.get("transition")), order.get("to")
    for transition in available:
        if named in (transition.id, transition.name) or to == site.statuses[transition.target].name:
            site.transition_issue(person.account_id, issue, {"transition": {"id": transition.id}})
            return issue_row(site, issue)
    names = ", ".join(transition.name for transition in available) or "none"
    raise ControlRefused(f"{issue.key} cannot take that transition now; available: {names}.")


def _delete(site: JiraSite, order: Order) -> Json:
    issue = _issue(site, order)
    actor = _person(site, {"as": "Ada", **order})
    shown = issue_row(site, issue)
    site.delete_issue(actor.account_id, issue, with_subtasks=True)
    return shown


def _shown_field(field: Field, site: JiraSite) -> Json:
    screens = [screen.id for screen in site.screens.values() if screen.shows(field.id)]
    return {"id": field.id, "name": field.name, "kind": field.kind, "trashed": field.trashed, "screens": screens}


def _create_field(site: JiraSite, order: Order) -> Json:
    kind, searcher = str(order.get("type", "textfield")), order.get("searcher", "textsearcher")
    field = site.create_field(str(_wanted(order, "name")), PREFIX + kind, PREFIX + searcher if searcher else None)
    return _shown_field(field, site)


def _on_field(change: Callable[[JiraSite, Field, Order], None]) -> Callable[[JiraSite, Order], Json]:
    def carry_out(site: JiraSite, order: Order) -> Json:
        field = _field(site, order)
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
    field.name = str(_wanted(order, "name"))


def _set_trashed(trashed: bool) -> Callable[[JiraSite, Field, Order], None]:
    def change(_: JiraSite, field: Field, __: Order) -> None:
        field.trashed = trashed

    return change


def _narrow(site: JiraSite, field: Field, order: Order) -> None:
    projects = {_project(site, {"project": key}).id for key in _wanted(order, "projects")}
    for context in field.contexts:
        context.project_ids = set(projects)


def _screen(site: JiraSite, order: Order) -> Screen:
    screen = site.screens.get(int(_wanted(order, "screen")))
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
        project = _project(site, order)
        setattr(project, name, value)
        return _shown_project(project)

    return carry_out


def _permit(granted: bool) -> Callable[[JiraSite, Order], Json]:
    def carry_out(site: JiraSite, order: Order) -> Json:
        project = _project(site, order)
        groups = project.permissions.get(str(_wanted(order, "permission")))
        if groups is None:
            raise ControlRefused(f"There is no project permission {order['permission']}.")
        (groups.add if granted else groups.discard)(str(_wanted(order, "group")))
        return _shown_project(project) | {"permission": order["permission"], "groups": sorted(groups)}

    return carry_out


def _set_active(active: bool) -> Callable[[JiraSite, Order], Json]:
    def carry_out(site: JiraSite, order: Order) -> Json:
        user = _person(site, {"as": _wanted(order, "email")})
        user.active = active
        return {"email": user.email, "active": user.active}

    return carry_out


_ACTIONS: dict[str, dict[str, Callable[[JiraSite, Order], Json]]] = {
    "issue": {
        "create": _create_issue,
        "comment": _comment,
        "edit": _edit,
        "transition": _transition,
        "delete": _delete,
    },
    "field": {
        "create": _create_field,
        "remove": _on_field(lambda site, field, _: site.remove_field(field)),
        "trash": _on_field(_set_trashed(True)),
        "restore": _on_field(_set_trashed(False)),
        "rename": _on_field(_rename),
        "hide": _on_field(_hide),
        "show": _on_field(_show),
        "change_type": _on_field(lambda site, field, order: site.change_field_type(field, str(_wanted(order, "type")))),
        "require": _on_field(lambda site, field, order: _project(site, order).required.add(field.id)),
        "unrequire": _on_field(lambda site, field, order: _project(site, order).required.discard(field.id)),
        "narrow": _on_field(_narrow),
    },
    "project": {
        "archive": _mark_project("archived", True),
        "unarchive": _mark_project("archived", False),
        "delete": _mark_project("deleted", True),
        "restore": _mark_project("deleted", False),
        "grant": _permit(True),
        "revoke": _permit(False),
    },
    "user": {"deactivate": _set_active(False), "activate": _set_active(True)},
    "screen": {
        "add": _on_field(_show),
        "remove": _on_field(_hide),
    },
}
