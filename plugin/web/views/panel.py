"""The panel on an issue, about the document behind it: answered from our own store, without asking another system."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.store.models import IssueTotals, LedgerEntry, Run, Site
from plugin.web import panel_figures, timeline
from plugin.web.chain import Shown
from plugin.web.issue_document import Found, find
from plugin.web.views import panel_actions
from plugin.web.visit import Fragment, NotThere, Visit

REFRESH_POLL = 1000
STRANGER = "This issue stands for no invoice, order or receipt."


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        found = find(visit, session)
        if found is None:
            return Fragment.of("panel_stranger.html", "Counterfoil", stranger=STRANGER)
        values = _standing(visit, session, found)
        if found.record is None:
            return Fragment.of("panel_unreadable.html", found.entry.number, **values)
        chain = found.panel.chain(found.sheet)
        template, figures = panel_figures.page(visit, found, found.record, chain)
        deeds = panel_actions.values(visit, found)
        shown = Shown.of(chain, _browse(visit, session))
        return Fragment.of(template, found.entry.number, **values, **figures, **deeds, shown=shown)


def refresh(visit: Visit) -> Fragment:
    with visit.reading() as session:
        found = find(visit, session)
        if found is None:
            raise NotThere(STRANGER)
        entry_id = found.entry.id
    visit.parts.queue.refresh_document(visit.site_id, entry_id)
    every = "&lines=all" if visit.parameters.get("lines") == "all" else ""
    return Fragment.go(f"panel?{visit.asked_now}{every}")


def _standing(visit: Visit, session: Session, found: Found) -> dict[str, Any]:
    """What is known about the document besides its content."""
    entry = found.entry
    checked_at = _checked_at(session, entry)
    refreshing = visit.asked is not None and checked_at < visit.asked
    return {
        "entry": entry,
        "source": found.product.system.label,
        "history": timeline.of_document(session, entry, found.product, found.described),
        "totals": session.scalars(select(IssueTotals).where(IssueTotals.issue_id == visit.issue_id)).one_or_none(),
        "checked_at": checked_at,
        "refreshing": refreshing and not visit.waited_long(),
        "overdue_refresh": refreshing and visit.waited_long(),
        "stream_trouble": found.stream.trouble,
        "poll": REFRESH_POLL,
        "asked": visit.parameters.get("asked", "") if visit.asked else "",
        "every_line": visit.parameters.get("lines") == "all",
    }


def _checked_at(session: Session, entry: LedgerEntry) -> datetime:
    """When it was last compared with the source: itself, or by a whole run that found nothing new in it."""
    last_run: datetime | None = session.scalar(
        select(func.max(Run.started_at)).where(Run.stream_id == entry.stream_id, Run.state == "done")
    )
    return max(entry.read_at, last_run) if last_run else entry.read_at


def _browse(visit: Visit, session: Session) -> str:
    """How the addresses of issues begin."""
    site = session.scalars(select(Site.display_url).where(Site.id == visit.site_id)).one()
    return f"{site}/browse/"
