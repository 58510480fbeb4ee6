"""The addresses of the Connect side that apps and scripts call: the key server and the plugin manager."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from mock_servers.jira.connect import plugin_manager

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

INSTALL_KEYS = "/install-keys/"
"""At the vendor a host of its own (contract jira-connect, section 2); apps must be told this address."""


def is_connect_path(path: str) -> bool:
    return path.startswith((INSTALL_KEYS, plugin_manager.PREFIX))


def respond(mock: JiraMock, request: Request) -> Response:
    """Answers a request whose path is one of this side's. Takes the mock's lock, and lets go while apps are called."""
    with mock.lock:
        return _answer(mock, request)


def _answer(mock: JiraMock, request: Request) -> Response:
    if request.path.startswith(plugin_manager.PREFIX):
        return plugin_manager.respond(mock, request)
    pem = mock.connect_host.keys.pem(request.path.removeprefix(INSTALL_KEYS))
    if request.method not in ("GET", "HEAD"):
        return Response(status=405)
    if pem is None:
        body = json.dumps({"message": "Key not found"})
        return Response(body, status=404, mimetype="application/json")
    return Response(pem, mimetype="application/x-pem-file", headers={"Cache-Control": "max-age=3600"})
