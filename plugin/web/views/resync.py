"""Re-sync: one document read again from its source and written again to Jira, even when nothing has changed."""

from __future__ import annotations

from sqlalchemy import select

from plugin.store.models import LedgerEntry, Stream
from plugin.sync.failures import Decision
from plugin.sync.resync import resync as sync_again
from plugin.web.visit import Flag, Fragment, NotThere, Visit


def resync(visit: Visit) -> Fragment:
    """From the panel of its issue (`panel=yes`), or from its own page."""
    entry_id = visit.number("entry")
    with visit.writing() as session:
        if sync_again(session, entry_id, Decision(visit.account_id or "")) is None:
            raise NotThere()
        active = session.scalars(
            select(Stream.active)
            .join(LedgerEntry, LedgerEntry.stream_id == Stream.id)
            .where(LedgerEntry.id == entry_id)
        ).one()
    visit.parts.queue.refresh_document(visit.site_id, entry_id)
    body = "It is read and written again." if active else "Its stream is paused: it goes when that is resumed."
    back = "panel?" if visit.parameters.get("panel") == "yes" else f"failure?entry={entry_id}&"
    return Fragment.go(f"{back}{visit.asked_now}", Flag("Re-sync asked for", body, "info"))
