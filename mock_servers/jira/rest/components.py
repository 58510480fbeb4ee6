"""Components of projects, and the priorities that issues choose from."""

from typing import Any

from mock_servers.jira.exceptions import forbidden, invalid, missing
from mock_servers.jira.projects import Component
from mock_servers.jira.rest.routing import Answer, Call, Route


def get_components(call: Call, project: str) -> Answer:
    """All of a project, not paged."""
    return Answer(200, [call.wire.component(one, whole=True) for one in _visible(call, project)])


def get_components_paged(call: Call, project: str) -> Answer:
    query = (call.text("query") or "").casefold()
    found = [one for one in _visible(call, project) if query in f"{one.name} {one.description}".casefold()]

    def show(component: Component) -> dict[str, Any]:
        count = sum(component.id in issue.fields.get("components", ()) for issue in call.site.issues.values())
        return call.wire.component(component, whole=True) | {"issueCount": count}

    return Answer(200, call.page(found, show))


def get_component(call: Call, number: str) -> Answer:
    return Answer(200, call.wire.component(_component(call, number), whole=True))


def create_component(call: Call) -> Answer:
    body = call.body
    project = call.site.visible_project(call.actor, str(body.get("project") or ""))
    if not call.site.may(call.actor, "ADMINISTER_PROJECTS", project):
        raise forbidden("You do not have permission to administer this project.")
    made = call.site.create_component(project, str(body.get("name") or ""), str(body.get("description") or ""))
    return Answer(201, call.wire.component(made, whole=True))


def delete_component(call: Call, number: str) -> Answer:
    component = _component(call, number)
    if not call.site.may(call.actor, "ADMINISTER_PROJECTS", call.site.projects[component.project_id]):
        raise forbidden("You do not have permission to administer this project.")
    call.site.delete_component(component)
    return Answer(204)


def _visible(call: Call, project: str) -> list[Component]:
    return call.site.components_of(call.site.visible_project(call.actor, project))


def _component(call: Call, number: str) -> Component:
    found = call.site.components.get(number)
    if found is None or not call.site.may(call.actor, "BROWSE_PROJECTS", call.site.projects[found.project_id]):
        raise missing(f"The component with id {number} does not exist.")
    return found


def get_priorities(call: Call) -> Answer:
    return Answer(200, [call.wire.priority(choice) for choice in call.site.priorities.values()])


def search_priorities(call: Call) -> Answer:
    """By `id` and part of the name; every project has all of them here."""
    ids, name = call.words("id"), (call.text("priorityName") or "").casefold()
    unknown = [number for number in call.words("projectId") if number not in call.site.projects]
    if unknown:
        raise invalid(projectId=f"The project with id {unknown[0]} does not exist.")
    found = [
        choice
        for choice in call.site.priorities.values()
        if (not ids or choice.id in ids) and name in choice.name.casefold()
    ]
    return Answer(200, call.page(found, call.wire.priority))


ROUTES = (
    Route("GET", "/project/<project>/components", get_components, "READ"),
    Route("GET", "/project/<project>/component", get_components_paged, "READ"),
    Route("POST", "/component", create_component, "PROJECT_ADMIN"),
    Route("GET", "/component/<number>", get_component, "READ"),
    Route("DELETE", "/component/<number>", delete_component, "PROJECT_ADMIN"),
    Route("GET", "/priority", get_priorities, "READ"),
    Route("GET", "/priority/search", search_priorities, "READ"),
)
