"""Screens, their tabs, and which screens a project uses."""

from typing import Any

from mock_servers.jira.exceptions import JiraError, invalid, missing
from mock_servers.jira.projects import Project, ScreenSet
from mock_servers.jira.rest.routing import Answer, Call, Route
from mock_servers.jira.screens import Screen, Tab


def get_screens(call: Call) -> Answer:
    call.check_administrator()
    ids, query = call.words("id"), (call.text("queryString") or "").casefold()
    found = [
        screen
        for screen in call.site.screens.values()
        if (not ids or str(screen.id) in ids) and query in screen.name.casefold()
    ]
    return Answer(200, call.page(found, _shown, default=100))


def _shown(screen: Screen) -> dict[str, Any]:
    return {"id": screen.id, "name": screen.name, "description": screen.description}


def get_tabs(call: Call, screen_id: str) -> Answer:
    call.check_administrator()
    return Answer(200, [{"id": tab.id, "name": tab.name} for tab in _screen(call, screen_id).tabs])


def get_tab_fields(call: Call, screen_id: str, tab_id: str) -> Answer:
    call.check_administrator()
    tab = _tab(_screen(call, screen_id), tab_id)
    known = [call.site.fields[field_id] for field_id in tab.field_ids if field_id in call.site.fields]
    return Answer(200, [{"id": field.id, "name": field.name} for field in known if not field.trashed])


def add_tab_field(call: Call, screen_id: str, tab_id: str) -> Answer:
    call.check_administrator()
    screen = _screen(call, screen_id)
    tab = _tab(screen, tab_id)
    field = call.site.fields.get(str(call.body.get("fieldId")))
    if field is None or field.trashed:
        raise invalid(fieldId=f"The field with id '{call.body.get('fieldId')}' does not exist.")
    call.site.show_on_screen(screen, tab, field)
    return Answer(200, {"id": field.id, "name": field.name})


def remove_tab_field(call: Call, screen_id: str, tab_id: str, field_id: str) -> Answer:
    call.check_administrator()
    tab = _tab(_screen(call, screen_id), tab_id)
    if field_id not in tab.field_ids:
        raise missing("The screen, tab or field was not found.")
    tab.field_ids.remove(field_id)
    return Answer(204)


def get_available_fields(call: Call, screen_id: str) -> Answer:
    call.check_administrator()
    screen = _screen(call, screen_id)
    return Answer(
        200,
        [
            {"id": field.id, "name": field.name}
            for field in call.site.fields.values()
            if field.orderable and not field.trashed and not screen.shows(field.id)
        ],
    )


def add_to_default(call: Call, field_id: str) -> Answer:
    """404 when the field is on the default screen already."""
    call.check_administrator()
    field = call.site.field_or_missing(field_id)
    screen, tab = call.site.default_tab()
    if screen.shows(field.id):
        raise missing(f"The field with id '{field.id}' already exists on the default screen.")
    call.site.show_on_screen(screen, tab, field)
    return Answer(200, {})


def get_screen_schemes(call: Call) -> Answer:
    """A screen scheme per set of screens in use: which screen serves create, edit and view."""
    call.check_administrator()
    ids = call.words("id")
    schemes = [scheme for scheme in _schemes(call) if not ids or str(scheme["id"]) in ids]
    return Answer(200, call.page(schemes, dict, default=25))


def get_type_screen_schemes(call: Call) -> Answer:
    """Which issue type screen scheme each of the projects has."""
    call.check_administrator()
    wanted = call.words("projectId")
    if not wanted:
        raise JiraError(400, "The query parameter projectId is required.")
    shown = [
        {"issueTypeScreenScheme": _type_scheme(project), "projectIds": [project.id]}
        for project in call.site.projects.values()
        if project.id in wanted and not project.deleted
    ]
    return Answer(200, call.page(shown, dict))


def get_type_screen_mappings(call: Call) -> Answer:
    """Which screen scheme serves an issue type, within an issue type screen scheme."""
    call.check_administrator()
    wanted = call.words("issueTypeScreenSchemeId")
    numbers = {_key(scheme): scheme["id"] for scheme in _schemes(call)}
    shown = [
        {
            "issueTypeScreenSchemeId": project.id,
            "issueTypeId": kind,
            "screenSchemeId": str(numbers[(screens.create, screens.edit, screens.view)]),
        }
        for project in call.site.projects.values()
        if not wanted or project.id in wanted
        for kind, screens in project.screens.items()
    ]
    return Answer(200, call.page(shown, dict))


def _schemes(call: Call) -> list[dict[str, Any]]:
    sets: dict[ScreenSet, str] = {}
    for project in call.site.projects.values():
        for screens in project.screens.values():
            sets.setdefault(screens, f"{project.key}: Screen Scheme")
    return [
        {
            "id": number,
            "name": name,
            "description": "",
            "screens": {"default": s.view, "create": s.create, "edit": s.edit, "view": s.view},
        }
        for number, (s, name) in enumerate(sets.items(), 10000)
    ]


def _key(scheme: dict[str, Any]) -> tuple[int, int, int]:
    screens = scheme["screens"]
    return screens["create"], screens["edit"], screens["view"]


def _type_scheme(project: Project) -> dict[str, Any]:
    return {"id": project.id, "name": f"{project.key}: Issue Type Screen Scheme", "description": ""}


def _screen(call: Call, screen_id: str) -> Screen:
    screen = call.site.screens.get(int(screen_id)) if screen_id.isdecimal() else None
    if screen is None:
        raise missing(f"The screen with id {screen_id} does not exist.")
    return screen


def _tab(screen: Screen, tab_id: str) -> Tab:
    tab = screen.tab(int(tab_id)) if tab_id.isdecimal() else None
    if tab is None:
        raise missing(f"The screen tab with id {tab_id} does not exist.")
    return tab


ROUTES = (
    Route("GET", "/screens", get_screens, "ADMIN"),
    Route("POST", "/screens/addToDefault/<field_id>", add_to_default, "ADMIN"),
    Route("GET", "/screens/<screen_id>/availableFields", get_available_fields, "ADMIN"),
    Route("GET", "/screens/<screen_id>/tabs", get_tabs, "ADMIN"),
    Route("GET", "/screens/<screen_id>/tabs/<tab_id>/fields", get_tab_fields, "ADMIN"),
    Route("POST", "/screens/<screen_id>/tabs/<tab_id>/fields", add_tab_field, "ADMIN"),
    Route("DELETE", "/screens/<screen_id>/tabs/<tab_id>/fields/<field_id>", remove_tab_field, "ADMIN"),
    Route("GET", "/screenscheme", get_screen_schemes, "ADMIN"),
    Route("GET", "/issuetypescreenscheme/project", get_type_screen_schemes, "ADMIN"),
    Route("GET", "/issuetypescreenscheme/mapping", get_type_screen_mappings, "ADMIN"),
)
