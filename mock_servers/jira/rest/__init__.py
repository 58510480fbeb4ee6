"""The REST API: who calls, whether they may, and which view answers.

`dispatch` is for callers whose identity is known already, such as the browser's AP.request.
"""

import base64
import hmac
import json
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Request, Response

from mock_servers.jira import connect
from mock_servers.jira.apps import Caller
from mock_servers.jira.exceptions import JiraError, forbidden, problem, unauthorized
from mock_servers.jira.rest.routing import Answer, Call, Route
from mock_servers.jira.rest.urls import URLS

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

ANONYMOUS = Caller(None)


def respond(mock: "JiraMock", request: Request) -> Response:
    """Answers a REST request by what its Authorization header says. Takes the mock's lock."""
    with mock.lock:
        try:
            caller = authenticate(mock, request)
        except JiraError as refused:
            return rendered_error(refused)
        return dispatch(mock, request, caller)


def dispatch(mock: "JiraMock", request: Request, caller: Caller) -> Response:
    """Answers a REST request of `caller`, within the app scopes it carries. Takes the mock's lock."""
    with mock.lock:
        try:
            route, values = _route(request)
            _check_caller(route, request, caller)
            mock.limits.admit(route.method, route.rule, caller)
            mock.site.trace = request.headers.get("X-Atlassian-Webhook-Trace")
            answer = route.view(Call(mock, request, caller), **values)
        except JiraError as refused:
            return rendered_error(refused)
        finally:
            mock.site.trace = None
        return _rendered(answer, mock.limits.charge(caller, answer.points))


def authenticate(mock: "JiraMock", request: Request) -> Caller:
    """Basic e-mail and API token, or an app's JWT; nothing makes an anonymous caller. Raises JiraError 401."""
    header = request.headers.get("Authorization")
    if header is None:
        return ANONYMOUS
    scheme, _, rest = header.partition(" ")
    if scheme == "JWT":
        return connect.authenticate(mock, request)
    if scheme.lower() != "basic":
        raise unauthorized()
    return Caller(_basic_account(mock, rest))


def rendered_error(error: JiraError) -> Response:
    """An error on the wire."""
    return Response(json.dumps(error.body), error.status, headers=error.headers, mimetype=error.mimetype)


def _basic_account(mock: "JiraMock", encoded: str) -> str:
    try:
        email, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError as wrong:
        raise unauthorized() from wrong
    user = mock.site.user_by_email(email)
    expected = user.api_token if user else ""
    if user is None or not expected or not user.active or not hmac.compare_digest(expected.encode(), token.encode()):
        raise unauthorized()
    return user.account_id


def _route(request: Request) -> tuple[Route, dict[str, str]]:
    try:
        route, values = URLS.bind("jira").match(request.path, method=request.method)
    except MethodNotAllowed as wrong:
        detail = f"Method '{request.method}' is not supported."
        raise problem(405, "Method Not Allowed", detail, request.path) from wrong
    except HTTPException as wrong:
        detail = f"No static resource {request.path.lstrip('/')}."
        raise problem(404, "Not Found", detail, request.path) from wrong
    return route, dict(values)


def _check_caller(route: Route, request: Request, caller: Caller) -> None:
    if caller.anonymous and not route.anonymous:
        raise unauthorized()
    if caller.scopes is not None and route.scope not in caller.scopes:
        raise forbidden(f"The app {caller.app_key} does not have the scope that this resource requires: {route.scope}.")
    if request.method == "GET" and request.get_data():
        raise forbidden("A GET request must not have a body.")


def _rendered(answer: Answer, headers: dict[str, str]) -> Response:
    if answer.raw is not None:
        return answer.raw
    if answer.body is None:
        response = Response(status=answer.status, headers=answer.headers)
        response.headers.pop("Content-Type", None)
    else:
        body = json.dumps(answer.body, separators=(",", ":"), ensure_ascii=False)
        response = Response(body, answer.status, headers=answer.headers, content_type="application/json;charset=UTF-8")
    response.headers.update(headers)
    return response
