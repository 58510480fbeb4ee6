"""Projects, issue types, statuses, and the site's settings."""

from typing import Any

from mock_servers.jira.exceptions import JiraError, missing
from mock_servers.jira.projects import Project
from mock_servers.jira.rest.routing import Answer, Call, Route
from mock_servers.jira.workflow import CATEGORIES

BUILD = 100_300


def _visible(call: Call) -> list[Project]:
    return [
        project
        for project in call.site.projects.values()
        if not project.archived and call.site.may(call.actor, "BROWSE_PROJECTS", project)
    ]


def get_projects(call: Call) -> Answer:
    return Answer(200, [call.wire.project(project) | {"style": project.style} for project in _visible(call)])


def search_projects(call: Call) -> Answer:
    ids, keys, query = call.words("id"), call.words("keys"), (call.text("query") or "").casefold()
    found = [
        project
        for project in _visible(call)
        if (not ids or project.id in ids)
        and (not keys or project.key in keys)
        and (query in project.name.casefold() or query in project.key.casefold())
    ]
    found.sort(key=lambda project: project.key)
    expand = {"issueTypes", "lead", "description"} & set(call.words("expand"))

    def show(project: Project) -> dict[str, Any]:
        whole = call.wire.project(project, whole=True)
        return {name: whole[name] for name in whole if name in expand | _ALWAYS_IN_SEARCH}

    return Answer(200, call.page(found, show))


_ALWAYS_IN_SEARCH = {
    "self", "id", "key", "name", "projectTypeKey", "simplified", "style", "avatarUrls", "isPrivate", "expand",
}  # fmt: skip


def get_project(call: Call, project: str) -> Answer:
    return Answer(200, call.wire.project(call.site.visible_project(call.actor, project), whole=True))


def get_project_statuses(call: Call, project: str) -> Answer:
    found = call.site.visible_project(call.actor, project)
    shown = []
    for number in found.issue_types:
        kind = call.site.issue_types[number]
        statuses = [call.site.statuses[status] for status in found.workflows[number].statuses()]
        shown.append(
            {
                "self": f"{call.wire.root}/issuetype/{kind.id}",
                "id": kind.id,
                "name": kind.name,
                "subtask": kind.subtask,
                "statuses": [call.wire.status(status) for status in statuses],
            }
        )
    return Answer(200, shown)


def get_issue_types(call: Call) -> Answer:
    return Answer(200, [call.wire.issue_type(kind) for kind in call.site.issue_types.values()])


def get_project_issue_types(call: Call) -> Answer:
    project = call.site.visible_project(call.actor, str(call.number("projectId", 0)))
    return Answer(200, [call.wire.issue_type(call.site.issue_types[number]) for number in project.issue_types])


def get_type_schemes(call: Call) -> Answer:
    """Which issue type scheme each of the projects has; classic projects only."""
    call.check_administrator()
    wanted = call.words("projectId")
    if not wanted:
        raise JiraError(400, "The query parameter projectId is required.")
    shown = [
        {
            "issueTypeScheme": {
                "id": project.id,
                "name": f"{project.key}: Issue Type Scheme",
                "description": "",
                "defaultIssueTypeId": project.issue_types[0],
            },
            "projectIds": [project.id],
        }
        for project in call.site.projects.values()
        if project.id in wanted and project.style == "classic" and not project.deleted
    ]
    return Answer(200, call.page(shown, dict))


def get_statuses(call: Call) -> Answer:
    return Answer(200, [call.wire.status(status) for status in call.site.statuses.values()])


def get_status(call: Call, status: str) -> Answer:
    found = next((s for s in call.site.statuses.values() if status in (s.id, s.name)), None)
    if found is None:
        raise missing(f"The status '{status}' does not exist.")
    return Answer(200, call.wire.status(found))


def get_status_categories(call: Call) -> Answer:
    shown = [
        {
            "self": f"{call.wire.root}/statuscategory/{number}",
            "id": number,
            "key": key,
            "colorName": colour,
            "name": name,
        }
        for key, (number, name, colour) in CATEGORIES.items()
    ]
    return Answer(200, shown)


def get_resolutions(call: Call) -> Answer:
    return Answer(200, [call.wire.resolution(choice) for choice in call.site.resolutions.values()])


def get_server_info(call: Call) -> Answer:
    site = call.site
    shown: dict[str, Any] = {
        "baseUrl": site.base_url,
        "displayUrl": site.display_url,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": BUILD,
        "buildDate": call.wire.stamp(site.now().replace(hour=0, minute=0, second=0, microsecond=0)),
        "serverTime": call.wire.stamp(site.now()),
        "serverTimeZone": str(site.time_zone),
        "scmInfo": "mock",
        "serverTitle": site.name,
    }
    return Answer(200, shown)


def get_application_properties(call: Call) -> Answer:
    call.check_administrator()
    wanted = call.text("key")
    settings = call.site.application_properties
    shown = [
        {"id": key, "key": key, "value": value, "name": key, "type": "string"}
        for key, value in settings.items()
        if wanted in (None, key)
    ]
    if wanted is not None:
        if not shown:
            raise missing(f"The application property '{wanted}' does not exist.")
        return Answer(200, shown[0])
    return Answer(200, shown)


ROUTES = (
    Route("GET", "/project", get_projects, "READ"),
    Route("GET", "/project/search", search_projects, "READ"),
    Route("GET", "/project/<project>", get_project, "READ"),
    Route("GET", "/project/<project>/statuses", get_project_statuses, "READ"),
    Route("GET", "/issuetype", get_issue_types, "READ"),
    Route("GET", "/issuetype/project", get_project_issue_types, "READ"),
    Route("GET", "/issuetypescheme/project", get_type_schemes, "ADMIN"),
    Route("GET", "/status", get_statuses, "READ"),
    Route("GET", "/status/<status>", get_status, "READ"),
    Route("GET", "/statuscategory", get_status_categories, "READ"),
    Route("GET", "/resolution", get_resolutions, "READ"),
    Route("GET", "/serverInfo", get_server_info, "READ", anonymous=True),
    Route("GET", "/application-properties", get_application_properties, "ADMIN"),
)
