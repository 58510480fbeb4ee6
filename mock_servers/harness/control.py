"""The control API of a mock, under /__mock__/ and for callers on the same machine only.

| call | does |
|---|---|
| `GET /` | the page for people |
| `GET /state[?type=]` | every document: `{type: [document, ...]}` |
| `POST /reset` `{"seed": n?}` | back to the start |
| `GET, POST /clock` `{"advance": seconds}` or `{"set": iso}` | `{"now": iso}` |
| `GET /requests[?since=n]` | `{"count": n, "totals": {route: n}, "requests": [...]}` |
| `GET, POST, DELETE /faults` | a list of faults still to come |
| `GET, POST /knobs` `{name: value}` | the settings that can be turned |
| `POST /documents/{type}` | does what a person there would do; the document |

A refusal is 400 (or 403, 404, 405) with `{"error": sentence}`.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from mock_servers.harness import page

if TYPE_CHECKING:
    from mock_servers.harness.mock import Mock


class ControlRefused(Exception):
    """A control request that cannot be carried out; the text is a sentence for people."""


def answer(mock: Mock, request: Request) -> Response:
    """The reply to one control request."""
    if not _is_loopback(request.remote_addr):
        return _refusal("The control API answers callers on this machine only.", 403)
    try:
        name, values = _ROUTES.bind("mock", path_info=request.path).match(method=request.method)
        return _CALLS[name](mock, request, **values)
    except HTTPException as wrong:
        return _refusal(f"There is no control call {request.method} {request.path}.", wrong.code or 404)
    except (ControlRefused, ValueError) as refused:
        return _refusal(str(refused), 400)
    except TypeError as wrong:
        return _refusal(f"The body does not have the form that this call takes: {wrong}.", 400)


def _page(mock: Mock, _: Request) -> Response:
    with mock.lock:
        return Response(page.render(mock), mimetype="text/html")


def _state(mock: Mock, request: Request) -> Response:
    with mock.lock:
        return _json(mock.state(request.args.get("type")))


def _reset(mock: Mock, request: Request) -> Response:
    seed = _body(request).get("seed")
    if seed is not None and not isinstance(seed, int):
        raise ControlRefused(f"A seed is a whole number, not {seed!r}.")
    mock.reset(seed)
    return _json({"now": mock.clock.now().isoformat()})


def _clock(mock: Mock, request: Request) -> Response:
    order = _body(request) if request.method == "POST" else {}
    if "advance" in order:
        mock.clock.advance(float(order["advance"]))
    elif "set" in order:
        mock.clock.set(datetime.fromisoformat(str(order["set"])))
    elif request.method == "POST":
        raise ControlRefused('The clock wants {"advance": seconds} or {"set": "2026-03-02T09:00:00+00:00"}.')
    return _json({"now": mock.clock.now().isoformat()})


def _requests(mock: Mock, request: Request) -> Response:
    journal = mock.journal
    since = request.args.get("since", default=0, type=int)
    return _json({"count": journal.count, "totals": journal.totals(), "requests": journal.entries(since)})


def _faults(mock: Mock, request: Request) -> Response:
    if request.method == "DELETE":
        mock.faults.clear()
    elif request.method == "POST":
        orders = _parsed(request)
        if not isinstance(orders, list) or not all(isinstance(order, dict) for order in orders):
            raise ControlRefused('Faults come as a list, such as [{"kind": "throttle", "times": 2}].')
        mock.faults.extend(orders)
    return _json(mock.faults.remaining())


def _knobs(mock: Mock, request: Request) -> Response:
    with mock.lock:
        if request.method == "POST":
            mock.turn(_body(request))
        return _json(mock.knobs())


def _documents(mock: Mock, request: Request, type: str) -> Response:
    with mock.lock:
        return _json(mock.act(type, _body(request)))


_ROUTES = Map(
    [
        Rule("/__mock__/", endpoint="page", methods=["GET"]),
        Rule("/__mock__/state", endpoint="state", methods=["GET"]),
        Rule("/__mock__/reset", endpoint="reset", methods=["POST"]),
        Rule("/__mock__/clock", endpoint="clock", methods=["GET", "POST"]),
        Rule("/__mock__/requests", endpoint="requests", methods=["GET"]),
        Rule("/__mock__/faults", endpoint="faults", methods=["GET", "POST", "DELETE"]),
        Rule("/__mock__/knobs", endpoint="knobs", methods=["GET", "POST"]),
        Rule("/__mock__/documents/<type>", endpoint="documents", methods=["POST"]),
    ],
    strict_slashes=False,
)
_CALLS: dict[str, Callable[..., Response]] = {
    "page": _page,
    "state": _state,
    "reset": _reset,
    "clock": _clock,
    "requests": _requests,
    "faults": _faults,
    "knobs": _knobs,
    "documents": _documents,
}


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def _parsed(request: Request) -> Any:
    try:
        return json.loads(request.get_data() or b"{}")
    except ValueError as wrong:
        raise ControlRefused(f"The body is not JSON: {wrong}.") from wrong


def _body(request: Request) -> dict[str, Any]:
    body = _parsed(request)
    if not isinstance(body, dict):
        raise ControlRefused("The body must be a JSON object.")
    return body


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False, default=str), mimetype="application/json")


def _refusal(sentence: str, status: int) -> Response:
    response = _json({"error": sentence})
    response.status_code = status
    return response
