"""Where webhooks arrive: verified before anything is read of them, kept before they are answered, worked off later."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import structlog
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from plugin.integrations.hooks import duties, inbox
from plugin.integrations.hooks.messages import told_by
from plugin.sites.admin_webhook import signing_site
from plugin.sites.connect.verification import delivering_site
from plugin.sites.outcomes import ACCEPTED, IGNORED, note
from plugin.sites.refusals import Reason, Refused
from plugin.web.parts import WebParts
from sage_adapters.errors import TransientTrouble

LARGEST_DELIVERY = 25 * 1024 * 1024
"""Jira sends no larger ones (contract jira-connect, section 6); a smaller limit would lose events for good."""
LONGEST_IDENTIFIER = 200
IDENTIFIER = "X-Atlassian-Webhook-Identifier"
TAKEN = ("", 204)

log = structlog.get_logger()


def webhook_door(parts: WebParts) -> Blueprint:
    """Refused is answered by the door of Connect, whose handler serves the whole application."""
    door = Blueprint("hooks", __name__)

    @door.post("/connect/webhooks/dynamic")
    def dynamic() -> ResponseReturnValue:
        return _take(parts, delivering_site(request), inbox.CONNECT, inbox.DYNAMIC)

    @door.post("/connect/webhooks/descriptor")
    def descriptor() -> ResponseReturnValue:
        return _take(parts, delivering_site(request), inbox.CONNECT, inbox.DESCRIPTOR)

    @door.post("/hooks/admin/<token>")
    def admin(token: str) -> ResponseReturnValue:
        return _take(parts, signing_site(token, request, parts, datetime.now(UTC)), inbox.ADMIN, inbox.ADMIN)

    @door.before_request
    def limit() -> None:
        request.max_content_length = LARGEST_DELIVERY

    @door.errorhandler(SQLAlchemyError)
    def database_is_away(error: SQLAlchemyError) -> ResponseReturnValue:
        """Jira tries again after 503, and after 401 never: what could not be checked must not look refused."""
        log.warning("hooks.database-away", reason=type(error).__name__)
        return jsonify(error="Not now", message="Counterfoil cannot keep this at the moment. Try again later."), 503

    return door


def _take(parts: WebParts, site_id: int, door: str, source: str) -> ResponseReturnValue:
    """The sender is the site's Jira: what it says is kept, once, and somebody is asked to look into it."""
    now, raw = datetime.now(UTC), request.get_data()
    try:
        told = told_by(json.loads(raw))
    except (ValueError, RecursionError):
        raise Refused(Reason.UNREADABLE_BODY, "It is no event in JSON.") from None
    delivery = inbox.Delivery(door, source, _identifier(raw), told)
    with parts.database.writing(site_id) as session:
        new = inbox.receive(session, delivery, now)
        asked = new and duties.ask(session, duties.DRAIN, now)
    note(ACCEPTED if new else IGNORED)
    if asked:
        _queue(parts, site_id)
    return TAKEN


def _identifier(raw: bytes) -> str:
    """The sender's, the same at every attempt. Without one the body stands for itself: it holds its time."""
    identifier = request.headers.get(IDENTIFIER, "").strip()
    if identifier.isascii() and identifier.isprintable() and 0 < len(identifier) <= LONGEST_IDENTIFIER:
        return identifier
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _queue(parts: WebParts, site_id: int) -> None:
    """The delivery is kept already: without the queue the schedule finds it."""
    try:
        parts.queue.attend(site_id, duties.DRAIN)
    except TransientTrouble:
        log.warning("hooks.queue-away", site=site_id)
