"""Which address shows which page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequest, Forbidden, HTTPException
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from mock_servers.jira.exceptions import JiraError
from mock_servers.jira.pages import apps, board, bridge, issue, module_page
from mock_servers.jira.pages.rendering import page
from mock_servers.jira.pages.visit import ANONYMOUS, THEMES, Visit

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock


def respond(mock: JiraMock, request: Request) -> Response:
    """The page at this address; errors are pages too, or JSON where the bridge asks. Takes the mock's lock."""
    with mock.lock:
        return _answer(Visit(mock, request))


def _answer(visit: Visit) -> Response:
    request = visit.request
    try:
        _refuse_forged_forms(request)
        name, values = _ROUTES.bind_to_environ(request.environ).match()
        return _VIEWS[name](visit, **values)
    except RequestRedirect as elsewhere:
        return redirect(elsewhere.new_url, 308)
    except HTTPException as wrong:
        return _trouble(visit, wrong.code or 500, wrong.description or str(wrong))
    except JiraError as wrong:
        return _trouble(visit, wrong.status, str(wrong))


def _refuse_forged_forms(request: Request) -> None:
    """Jira checks that a form was its own; browsers say where a form came from."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin and origin != request.host_url.rstrip("/"):
        raise Forbidden(f"XSRF check failed: this form came from {origin}.")


def _trouble(visit: Visit, status: int, sentence: str) -> Response:
    if visit.request.path.startswith(_FOR_BRIDGE):
        return Response(json.dumps({"error": sentence}), status=status, mimetype="application/json")
    return page(visit, "trouble.html", title="Something is in the way", status=status, sentence=sentence)


def _choose_user(visit: Visit) -> Response:
    chosen = visit.request.form.get("account", ANONYMOUS)
    if chosen != ANONYMOUS and chosen not in visit.site.users:
        raise BadRequest("There is no such person on this site.")
    response = redirect(_back(visit), 303)
    visit.remember(response, "user", chosen)
    return response


def _choose_theme(visit: Visit) -> Response:
    chosen = visit.request.form.get("theme", "")
    if chosen not in THEMES:
        raise BadRequest("A theme is light or dark.")
    response = Response(status=204)
    visit.remember(response, "theme", chosen)
    return response


def _back(visit: Visit) -> str:
    target = visit.request.form.get("back", "/")
    return target if target.startswith("/") and not target.startswith("//") else "/"


def _ordered(view: Callable[[Visit, dict[str, Any]], Response]) -> Callable[[Visit], Response]:
    """A view that takes the JSON object in the request's body."""

    def answer(visit: Visit) -> Response:
        order = visit.request.get_json()
        if not isinstance(order, dict):
            raise BadRequest("The body must be a JSON object.")
        return view(visit, order)

    return answer


_FOR_BRIDGE = "/connect-host/"
_ROUTES = Map(
    [
        Rule("/", endpoint="home", methods=["GET"]),
        Rule("/jira/projects", endpoint="projects", methods=["GET"]),
        Rule("/jira/core/projects/<key>/board", endpoint="board", methods=["GET"]),
        Rule("/browse/<key>", endpoint="issue", methods=["GET"]),
        Rule(f"/browse/<key>/<any({','.join(issue.CHANGES)}):what>", endpoint="change", methods=["POST"]),
        Rule("/plugins/servlet/upm", endpoint="apps", methods=["GET"]),
        Rule("/plugins/servlet/upm/install", endpoint="install", methods=["POST"]),
        Rule("/plugins/servlet/upm/<key>/<any(enable,disable,uninstall):action>", endpoint="app_act", methods=["POST"]),
        Rule("/plugins/servlet/ac/<app_key>/<module_key>", endpoint="module", methods=["GET"]),
        Rule("/session/user", endpoint="user", methods=["POST"]),
        Rule("/session/theme", endpoint="theme", methods=["POST"]),
        Rule("/connect-host/context-token", endpoint="token", methods=["POST"]),
        Rule("/connect-host/request", endpoint="request", methods=["POST"]),
        Rule("/connect-host/frame", endpoint="frame", methods=["GET"]),
        Rule("/atlassian-connect/all.js", endpoint="script", methods=["GET"]),
        Rule("/atlassian-connect/all-debug.js", endpoint="script", methods=["GET"]),
        Rule("/atlassian-connect/<path:name>", endpoint="theme_file", methods=["GET"]),
        Rule("/static/<path:name>", endpoint="static", methods=["GET"]),
    ]
)
_VIEWS: dict[str, Callable[..., Response]] = {
    "home": lambda _: redirect("/jira/projects"),
    "projects": board.projects,
    "board": board.board,
    "issue": issue.show,
    "change": issue.change,
    "apps": apps.manage,
    "install": apps.install,
    "app_act": apps.act,
    "module": module_page.show,
    "user": _choose_user,
    "theme": _choose_theme,
    "token": _ordered(bridge.context_token_for),
    "request": _ordered(bridge.rest_request),
    "frame": bridge.frame_for,
    "script": bridge.app_script,
    "theme_file": bridge.theme_file,
    "static": bridge.static_file,
}
