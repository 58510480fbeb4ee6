"""The Connect door's own addresses: the descriptor and the four lifecycle messages; and how a refusal is answered."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from plugin.sites.connect import lifecycle
from plugin.sites.connect.descriptor import descriptor
from plugin.sites.connect.verification import has_token, lifecycle_claims, site_claims
from plugin.sites.outcomes import ACCEPTED, IGNORED, note, note_refusal
from plugin.sites.parts import current_parts
from plugin.sites.refusals import Reason, Refused

LARGEST_MESSAGE = 64 * 1024
NO_CONTENT = ("", 204)


def connect_door() -> Blueprint:
    """Its refusal handler serves the whole application."""
    door = Blueprint("connect", __name__, template_folder="templates")
    door.get("/atlassian-connect.json")(serve_descriptor)
    door.post("/connect/installed")(installed)
    door.post("/connect/enabled")(enabled)
    door.post("/connect/disabled")(disabled)
    door.post("/connect/uninstalled")(uninstalled)
    door.app_errorhandler(Refused)(answer_refusal)
    return door


def serve_descriptor() -> ResponseReturnValue:
    return jsonify(descriptor(current_parts().settings))


def installed() -> ResponseReturnValue:
    """Only 200 and 204 let Jira go on with the installation."""
    claims = lifecycle_claims(request)
    lifecycle.install(_message("installed", claims.client_key), current_parts())
    note(ACCEPTED)
    return NO_CONTENT


def uninstalled() -> ResponseReturnValue:
    claims = lifecycle_claims(request)
    lifecycle.uninstall(_message("uninstalled", claims.client_key).client_key, current_parts())
    note(ACCEPTED)
    return NO_CONTENT


def enabled() -> ResponseReturnValue:
    return _switch("enabled")


def disabled() -> ResponseReturnValue:
    """A late one may come without a token (AC-2561): it proves nothing, so it changes nothing."""
    if not has_token(request):
        note(IGNORED)
        return NO_CONTENT
    return _switch("disabled")


def answer_refusal(refusal: Refused) -> Response:
    """A short page for people, JSON for programs; the reason goes to the log and into the counts."""
    reason = refusal.reason
    note_refusal(refusal)
    best = request.accept_mimetypes.best_match(["application/json", "text/html"], default="application/json")
    if best == "text/html":
        response = make_response(render_template("connect/refused.html", reason=reason), reason.status)
    else:
        response = make_response(jsonify(reason=reason.label, message=reason.sentence), reason.status)
    if reason.status == 401:
        response.headers["WWW-Authenticate"] = "JWT"
    return response


def _switch(state: str) -> ResponseReturnValue:
    claims = site_claims(request)
    lifecycle.switch(_message(state, claims.client_key).client_key, state, current_parts())
    note(ACCEPTED)
    return NO_CONTENT


def _message(event: str, client_key: str) -> lifecycle.Message:
    """The body, read only after its token was verified, and bound to the token's site, to us and to this route."""
    request.max_content_length = LARGEST_MESSAGE
    message = lifecycle.read_message(request.get_json(silent=True))
    if message.client_key != client_key:
        raise Refused(Reason.OTHER_SITE)
    if message.app_key != current_parts().settings.app_key:
        raise Refused(Reason.OTHER_APP)
    if message.event != event:
        raise Refused(Reason.OTHER_EVENT)
    return message
