"""The invoice panel on an issue: answered from our own store, without asking a vendor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.integrations.products import Product, StreamDescription
from plugin.integrations.registry import product_of
from plugin.store.models import Connection, Integration, LedgerEntry, Run, Stream
from plugin.web import marks, timeline
from plugin.web.marks import Mark
from plugin.web.visit import Fragment, NotThere, Visit
from sage_adapters.records import DocumentType, Invoice, InvoiceStatus, from_json

LINES = 50
REFRESH_POLL = 1000


@dataclass(frozen=True)
class Found:
    """The document behind an issue, and where it comes from."""

    entry: LedgerEntry
    connection: Connection
    product: Product
    stream: StreamDescription


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        found = _find(visit, session)
        if found is None:
            return Fragment.of("panel_stranger.html", "Invoice")
        invoice = _invoice(found.entry)
        values = _standing(visit, session, found)
        if invoice is None:
            return Fragment.of("panel_unreadable.html", found.entry.number, **values)
        return Fragment.of("panel.html", found.entry.number, **values, **_document(visit, invoice, found))


def refresh(visit: Visit) -> Fragment:
    with visit.reading() as session:
        found = _find(visit, session)
        if found is None:
            raise NotThere("This issue does not stand for an invoice.")
        entry_id = found.entry.id
    visit.parts.queue.refresh_document(visit.site_id, entry_id)
    every = "&lines=all" if visit.parameters.get("lines") == "all" else ""
    return Fragment.go(f"panel?{visit.asked_now}{every}")


def _find(visit: Visit, session: Session) -> Found | None:
    row = session.execute(
        select(LedgerEntry, Stream.name, Integration, Connection)
        .join(Stream, Stream.id == LedgerEntry.stream_id)
        .join(Integration, Integration.id == Stream.integration_id)
        .join(Connection, Connection.id == Integration.connection_id)
        .where(LedgerEntry.target_id == visit.issue_id)
        .order_by(LedgerEntry.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    entry, stream, integration, connection = row
    product = product_of(integration)
    return Found(entry, connection, product, product.stream(stream))


def _invoice(entry: LedgerEntry) -> Invoice | None:
    """None for a document that was kept although it could not be understood."""
    try:
        record = from_json("invoice", entry.content)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    return record if isinstance(record, Invoice) else None


def _standing(visit: Visit, session: Session, found: Found) -> dict[str, Any]:
    """What is known about the document besides its content."""
    entry = found.entry
    checked_at = _checked_at(session, entry)
    refreshing = visit.asked is not None and checked_at < visit.asked
    return {
        "entry": entry,
        "source": found.product.system.label,
        "history": timeline.of_document(session, entry, found.product, found.stream),
        "checked_at": checked_at,
        "refreshing": refreshing and not visit.waited_long(),
        "overdue_refresh": refreshing and visit.waited_long(),
        "stream_trouble": session.scalars(select(Stream.trouble).where(Stream.id == entry.stream_id)).one(),
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


def _document(visit: Visit, invoice: Invoice, found: Found) -> dict[str, Any]:
    today = visit.now.date()
    gone = found.entry.gone_at is not None
    overdue = (today - invoice.due_date).days if invoice.due_date and _is_owed(invoice, gone) else 0
    lines = invoice.lines if visit.parameters.get("lines") == "all" else invoice.lines[:LINES]
    return {
        "invoice": invoice,
        "currency": invoice.currency,
        "sign": 1 if invoice.document_type.raises_debt else -1,
        "status": _gone_from(found.product) if gone else marks.of_document(invoice.status),
        "kind": "" if invoice.document_type is DocumentType.INVOICE else invoice.document_type.value,
        "overdue": max(0, overdue),
        "lines": lines,
        "more": len(invoice.lines) - len(lines),
        "batch_link": found.stream.link(found.connection, found.entry.content),
    }


def _gone_from(product: Product) -> Mark:
    return Mark(f"Deleted in {product.system.label}", "bad")


def _is_owed(invoice: Invoice, gone: bool) -> bool:
    return invoice.document_type.raises_debt and not gone and invoice.status != InvoiceStatus.DELETED
