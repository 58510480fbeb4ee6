"""The plugin manager's REST shape, with which build tools install apps (contract jira-connect, section 9, item 1)."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from mock_servers.jira.connect import lifecycle
from mock_servers.jira.connect.descriptor import DescriptorRefused

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

PREFIX = "/rest/plugins/1.0/"
INSTALL_TYPE = "application/vnd.atl.plugins.remote.install+json"


def respond(mock: JiraMock, request: Request) -> Response:
    """`GET /` gives a one-time token, `POST /?token=` installs, `GET /pending/{id}` polls, `DELETE /{key}-key`."""
    if not _is_administrator(mock, request):
        return _json({"message": "Only an administrator may manage apps. Sign in with e-mail and API token."}, 401)
    rest = request.path.removeprefix(PREFIX)
    if request.method == "GET" and not rest:
        return _listing(mock)
    if request.method == "POST" and not rest:
        return _install(mock, request)
    if request.method == "GET" and rest.startswith("pending/"):
        task = mock.connect_host.tasks.get(rest.removeprefix("pending/"))
        return _json(task) if task else _json({"message": "There is no such task."}, 404)
    if request.method == "DELETE" and rest.endswith("-key"):
        return _uninstall(mock, rest.removesuffix("-key"))
    return _json({"message": f"There is no {request.method} {request.path} in the plugin manager."}, 404)


def _is_administrator(mock: JiraMock, request: Request) -> bool:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return False
    try:
        email, _, token = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        return False
    user = mock.site.user_by_email(email)
    return (
        user is not None
        and bool(user.api_token)
        and secrets.compare_digest(user.api_token.encode(), token.encode())
        and mock.site.may_administer(user.account_id)
    )


def _listing(mock: JiraMock) -> Response:
    token = secrets.token_urlsafe(18)
    mock.connect_host.uploads.add(token)
    response = _json({"plugins": [_plugin(mock, key) for key in mock.site.installed_apps]})
    response.headers["upm-token"] = token
    return response


def _plugin(mock: JiraMock, key: str) -> dict[str, Any]:
    app = mock.site.installed_apps[key]
    return {
        "key": key,
        "name": app.descriptor.get("name", key),
        "enabled": app.enabled,
        "userInstalled": True,
        "remotable": True,
        "links": {"self": f"{PREFIX}{key}-key", "descriptor": mock.connect_host.descriptor_urls.get(key, "")},
    }


def _install(mock: JiraMock, request: Request) -> Response:
    token = request.args.get("token", "")
    if token not in mock.connect_host.uploads:
        return _json({"message": "The upm-token is missing, unknown or used."}, 403)
    if request.mimetype != INSTALL_TYPE:
        return _json({"message": f"The content type must be {INSTALL_TYPE}."}, 415)
    order = json.loads(request.get_data() or b"{}")
    mock.connect_host.uploads.discard(token)
    task_id = secrets.token_hex(8)
    link = f"{PREFIX}pending/{task_id}"
    task: dict[str, Any] = {"type": "INSTALL", "links": {"self": link}, "pingAfter": 100}
    try:
        app = lifecycle.install(mock, str(order.get("pluginUri", "")))
        task["status"] = {"done": True, "statusCode": 200, "contentType": "application/json", "key": app.key}
    except (DescriptorRefused, lifecycle.AppRefused) as refused:
        task["status"] = {"done": True, "statusCode": 400, "errorMessage": str(refused)}
    mock.connect_host.tasks[task_id] = task
    return _json({"links": {"self": link}, "pingAfter": 100, "status": {"done": False, "statusCode": 200}}, 202)


def _uninstall(mock: JiraMock, key: str) -> Response:
    try:
        lifecycle.uninstall(mock, key)
    except lifecycle.AppRefused as refused:
        return _json({"message": str(refused)}, 404)
    return Response(status=204)


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status=status, mimetype="application/json")
