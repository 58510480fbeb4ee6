"""The Connect shell: pages in an iframe of Jira, and what they ask for (contract jira-connect, section 5)."""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from plugin.sites.connect.verification import context_caller, iframe_caller
from plugin.sites.outcomes import note_refusal
from plugin.sites.refusals import Refused
from plugin.web.delivery import Answer, Ask, Desk, apology, turned_away
from plugin.web.templating import render
from plugin.web.visit import Download

LARGEST_ASK = 256 * 1024
LONGEST_ROUTE = 4000
END_OF_FILE = b"\0"
"""The script takes it off. Behind a proxy that asks in HTTP/1.0, as nginx does unless told otherwise, a file that broke
off looks like one that has ended: without this byte a part of an audit trail would be saved as the whole."""
FOLDER = Path(__file__).parents[1] / "static"
A_YEAR = 365 * 24 * 60 * 60


def connect_shell(desk: Desk) -> Blueprint:
    """The pages `/connect/admin` and `/connect/panel`, `/connect/view` behind them, and their files."""
    shell = Blueprint("pages", __name__, static_folder=str(FOLDER), static_url_path="/assets")

    @shell.get("/connect/admin")
    def admin() -> ResponseReturnValue:
        return _page(desk, "overview")

    @shell.get("/connect/panel")
    def panel() -> ResponseReturnValue:
        return _page(desk, "panel")

    @shell.post("/connect/view")
    def view() -> ResponseReturnValue:
        result = _result(desk)
        if isinstance(result, Download):
            return _file(result)
        return jsonify(result.as_json()), result.status

    @shell.after_request
    def keep_files(response: Response) -> Response:
        # Their addresses change with their content, so browsers may keep them.
        if request.endpoint == "pages.static" and response.status_code == 200 and "v" in request.args:
            response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
        return response

    return shell


def _page(desk: Desk, route: str) -> Response:
    """The whole page with its first fragment. It is opened by a GET that can be repeated, so it never writes.

    Refused comes out when the request is not proven: the door's own page answers it.
    """
    answer = desk.open(iframe_caller(request), route)
    settings = desk.parts.settings
    html = render(
        "connect.html",
        fragment=answer.fragment,
        route=route,
        base_url=settings.base_url,
        script_url=settings.connect_script_url,
        version=_version(),
    )
    return make_response(html, answer.status)


def _result(desk: Desk) -> Answer | Download:
    request.max_content_length = LARGEST_ASK
    try:
        caller = context_caller(request)
        asked = _AskBody().load(request.get_json(silent=True) or {})
    except Refused as refusal:
        note_refusal(refusal)
        return turned_away(refusal)
    except ValidationError:
        return apology("This could not be understood", "Reload the page and try again.", 400)
    return desk.serve(caller, Ask(**asked))


def _file(download: Download) -> Response:
    """To be saved by the page's script: a link could not carry the context token, and the address must not."""
    response = Response(chain(download.content, (END_OF_FILE,)), content_type=download.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{download.name}"'
    return response


class _AskBody(Schema):
    class Meta:
        unknown = RAISE

    route = fields.String(required=True, validate=validate.Length(1, LONGEST_ROUTE))
    form: Any = fields.Dict(keys=fields.String(), values=fields.String(), load_default=None, allow_none=True)


@cache
def _version() -> str:
    """Changes with the content of script and style sheet."""
    content = b"".join(path.read_bytes() for path in sorted(FOLDER.iterdir()))
    return hashlib.sha256(content).hexdigest()[:12]
