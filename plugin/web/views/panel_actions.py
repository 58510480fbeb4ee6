"""Asking for something in the panel: what is offered, the figures before it is confirmed, and how far it is.

Looking at an issue is the right that these routes demand; who may do what is decided by the product's buttons, and by
its guards when it is carried out.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from plugin.integrations.panels import NotOffered, Offer, Pressed
from plugin.sites.refusals import Reason, Refused
from plugin.web.issue_document import Found, find
from plugin.web.visit import Flag, Fragment, NotThere, Visit

POLL, SLOW_POLL = 1500, 15000
SOON = timedelta(minutes=2)
"""After it was asked for; what takes longer is asked about less often."""


def deeds(visit: Visit) -> Fragment:
    """How far everything is, asked for as long as anything is under way."""
    with visit.reading() as session:
        found = find(visit, session)
        if found is None or found.record is None:
            raise NotThere()
        return Fragment.of("panel_deeds.html", "", **values(visit, found))


def confirm(visit: Visit) -> Fragment:
    """The figures, and what exactly will happen, before anything does."""
    with visit.reading() as session:
        found = find(visit, session)
        if found is None or found.record is None:
            raise NotThere()
        offer = _offer(visit, found, visit.parameters.get("action", ""))
        if offer is None:
            return Fragment.go("panel")
        return _confirmation(found, offer)


def press(visit: Visit) -> Fragment:
    """Confirmed: it is written down, and a worker does it. The same form pressed twice is the same wish."""
    if visit.account_id is None:
        raise Refused(Reason.NOT_SIGNED_IN)
    action, token, amount = (str(visit.form.get(name, "")) for name in ("action", "token", "amount"))
    pressed = Pressed(action, token, amount, visit.account_id, visit.now)
    with visit.writing() as session:
        found = find(visit, session)
        if found is None or found.record is None or found.panel.buttons is None:
            raise NotThere()
        try:
            stream_id = found.panel.buttons.press(found.sheet, pressed).id
        except NotOffered as refusal:
            session.rollback()
            return Fragment.go("panel", Flag("Nothing was done", str(refusal), "warning"))
    visit.parts.queue.run_stream(visit.site_id, stream_id)
    return Fragment.go("panel")


def values(visit: Visit, found: Found) -> dict[str, Any]:
    """What `panel_deeds.html` shows."""
    buttons = found.panel.buttons
    told = buttons.deeds(found.sheet) if buttons else []
    under_way = [each for each in told if each.under_way]
    soon = any(visit.now - each.at < SOON for each in under_way)
    return {
        "deeds": told,
        "offers": buttons.offers(found.sheet, visit.account_id) if buttons else [],
        "deeds_poll": (POLL if soon else SLOW_POLL) if under_way else None,
    }


def _offer(visit: Visit, found: Found, action: str) -> Offer | None:
    buttons = found.panel.buttons
    offers = buttons.offers(found.sheet, visit.account_id) if buttons else []
    return next((each for each in offers if each.action == action), None)


def _confirmation(found: Found, offer: Offer) -> Fragment:
    title = f"{offer.label}: {found.entry.number}"
    source = found.product.system.label
    return Fragment.of("panel_confirm.html", title, offer=offer, source=source, token=secrets.token_urlsafe(24))
