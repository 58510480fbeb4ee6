"""A page that shows one module of an app: general, admin, project and configuration pages."""

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from mock_servers.jira.connect import modules
from mock_servers.jira.connect.conditions import Place, shown
from mock_servers.jira.connect.frames import FULL_PAGES, Frame, frame
from mock_servers.jira.pages import apps
from mock_servers.jira.pages.board import project_pages
from mock_servers.jira.pages.rendering import page
from mock_servers.jira.pages.visit import Visit

ADMIN_PAGES = frozenset({"adminPages", "configurePage", "postInstallPage"})


def show(visit: Visit, app_key: str, module_key: str) -> Response:
    """The query may name the place, `issue.key` or `project.key`, and `ac.*` variables."""
    place = place_of(visit)
    found = find_frame(visit, app_key, module_key, place)
    if found is None or found.kind not in FULL_PAGES:
        raise NotFound(f"The app {app_key} has no page {module_key}, or it is disabled or not shown to you here.")
    if found.kind in ADMIN_PAGES:
        apps.admit(visit)
        return page(visit, "admin_page.html", title=found.title, frame=found, **apps.admin_links(visit))
    links = project_pages(visit, place.project) if place.project else []
    return page(visit, "general_page.html", title=found.title, frame=found, project=place.project, project_pages=links)


def place_of(visit: Visit) -> Place:
    """The place that the query names, as far as the reader may see it. JiraError 404 otherwise."""
    query, site = visit.request.args, visit.site
    name = query.get("issue.key") or query.get("issue.id")
    issue = site.visible_issue(visit.account_id, name) if name else None
    wanted = query.get("project.key") or query.get("project.id")
    project = site.project_of(issue) if issue else None
    if project is None and wanted:
        project = site.visible_project(visit.account_id, wanted)
    custom = {name.removeprefix("ac."): value for name, value in query.items() if name.startswith("ac.")}
    return visit.place(project, issue, custom)


def find_frame(visit: Visit, app_key: str, module_key: str, place: Place) -> Frame | None:
    """The frame of a module of an enabled app whose conditions hold here."""
    app = visit.site.installed_apps.get(app_key)
    found = modules.find(app.descriptor, module_key) if app and app.enabled else None
    if app is None or found is None or not shown(found[1], place):
        return None
    return frame(app, *found, place, visit.origin, visit.mock.token_time())
