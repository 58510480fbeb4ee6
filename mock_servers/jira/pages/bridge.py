"""What the bridge in the page asks the mock for, and the bridge's own files.

Contract jira-connect, section 5. The script that apps load is Atlassian's `iframe.js`; two things in it are changed
when it is served: themes come from this mock rather than Atlassian's CDN, so that a machine without Internet shows
them, and AP.request gets the callbacks of its documented form, which functions cannot cross a frame for.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.security import safe_join
from werkzeug.test import EnvironBuilder
from werkzeug.utils import send_file
from werkzeug.wrappers import Request, Response

from mock_servers.jira import rest
from mock_servers.jira.apps import Caller, InstalledApp
from mock_servers.jira.connect.conditions import Place
from mock_servers.jira.connect.frames import context_of
from mock_servers.jira.connect.tokens import context_token
from mock_servers.jira.pages.module_page import find_frame, place_of
from mock_servers.jira.pages.visit import Visit

STATIC = Path(__file__).parent.parent / "static"
VENDOR = STATIC / "vendor" / "atlassian-connect"
CDN_IN_SCRIPT = '"https://" + CDN_DOMAIN'
ABSENT = "The browser files of the mock Jira are not installed. Run scripts/install-browser-files once."
_MIME = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def static_file(visit: Visit, name: str) -> Response:
    return _file(visit, STATIC, name)


def app_script(visit: Visit) -> Response:
    """`/atlassian-connect/all.js`."""
    try:
        script = (VENDOR / "iframe.js").read_text()
    except FileNotFoundError:
        raise NotFound(ABSENT) from None
    script = script.replace(CDN_IN_SCRIPT, json.dumps(f"{visit.origin}/atlassian-connect"))
    return _readable_by_apps(Response(script + (STATIC / "app-request.js").read_text(), mimetype="text/javascript"))


def theme_file(visit: Visit, name: str) -> Response:
    """`/atlassian-connect/themes/...` and the other styles that the app's script loads."""
    return _readable_by_apps(_file(visit, VENDOR, name))


def context_token_for(visit: Visit, order: dict[str, Any]) -> Response:
    """AP.context.getToken: a token for where the reader is, as far as the reader may see it."""
    app = _app(visit, order)
    context = context_of(_place(visit, order))
    return _json({"token": context_token(app, context, visit.account_id, visit.mock.token_time()), "context": context})


def frame_for(visit: Visit) -> Response:
    """The frame of a module that an app opens in a dialog; the query names app, module and place."""
    query = visit.request.args
    found = find_frame(visit, query.get("app", ""), query.get("module", ""), place_of(visit))
    if found is None:
        raise NotFound("The app has no such module, or it is not shown to you here.")
    return _json(found.extension(visit.origin) | {"title": found.title})


def rest_request(visit: Visit, order: dict[str, Any]) -> Response:
    """AP.request: a REST call as the reader, within the scopes of the app."""
    app = _app(visit, order)
    url = str(order.get("url", ""))
    if not url.startswith("/") or url.startswith("//"):
        raise Forbidden("AP.request takes a path of this site that starts with a slash, such as /rest/api/3/myself.")
    body = order.get("data")
    path, _, query = url.partition("?")
    environ = EnvironBuilder(
        method=str(order.get("type") or "GET").upper(),
        path=path,
        query_string=query,
        base_url=visit.request.host_url,
        data=body.encode() if isinstance(body, str) else None,
        content_type=order.get("contentType") or "application/json",
        headers=[("Accept", "application/json"), *dict(order.get("headers", {})).items()],
    ).get_environ()
    return rest.dispatch(visit.mock, Request(environ), Caller(visit.account_id, app.key, app.scopes))


def _app(visit: Visit, order: dict[str, Any]) -> InstalledApp:
    app = visit.site.installed_apps.get(str(order.get("addonKey")))
    if app is None or not app.enabled:
        raise NotFound("The app is not installed, or disabled.")
    return app


def _place(visit: Visit, order: dict[str, Any]) -> Place:
    variables = order.get("variables", {})
    issue = variables.get("issue.key")
    project = variables.get("project.key")
    found = visit.site.visible_issue(visit.account_id, issue) if issue else None
    if found is not None:
        return visit.place(visit.site.project_of(found), found)
    return visit.place(visit.site.visible_project(visit.account_id, project) if project else None)


def _file(visit: Visit, folder: Path, name: str) -> Response:
    path = safe_join(str(folder), name)
    if path is None or not Path(path).is_file():
        raise NotFound(ABSENT if folder == VENDOR or name.startswith("vendor/") else f"There is no file {name}.")
    return send_file(path, visit.request.environ, mimetype=_MIME.get(Path(path).suffix, "text/plain"), max_age=0)


def _readable_by_apps(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _json(value: Any) -> Response:
    return Response(json.dumps(value), mimetype="application/json", headers={"Cache-Control": "no-store"})
