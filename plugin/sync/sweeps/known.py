"""A page of the source beside what the ledger has of its documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import Counterfoil, LedgerEntry
from plugin.store.rows import Row
from plugin.sync import ledger
from plugin.sync.documents import Change, Delivery, Document, JsonObject, Payload
from sage_adapters.records import DocumentKey

Reading = Callable[[], AbstractContextManager[Session]]
"""Opens a session for reading: none is held while the target is asked."""
COLUMNS = (
    *ledger.DELIVERED_COLUMNS, LedgerEntry.state, LedgerEntry.gone_at, LedgerEntry.trouble,
    LedgerEntry.number, LedgerEntry.vendor_name, LedgerEntry.document_date,
)  # fmt: skip


def entries_of(session: Session, stream_id: int, keys: Sequence[str]) -> dict[str, Any]:
    """By document key: rows of COLUMNS."""
    rows = session.execute(
        select(*COLUMNS).where(LedgerEntry.stream_id == stream_id, LedgerEntry.document_key.in_(keys))
    )
    return {row.document_key: row for row in rows}


def newest_made(session: Session, stream_id: int) -> str | None:
    """Key of the document that the target has made last for the stream, as far as our counterfoils tell."""
    made = select(Counterfoil.target).where(Counterfoil.stream_id == stream_id, Counterfoil.action == "created")
    target = session.scalars(made.order_by(Counterfoil.sequence.desc()).limit(1)).first()
    return target.rpartition(" ")[2] if target else None


def delivery_of(document: Document, payload: Payload, entry: Any = None) -> Delivery:
    """The document as it would be delivered now; `entry` is its row of COLUMNS, if it has one."""
    return Delivery(
        entry_id=entry.id if entry else 0,
        version=entry.version if entry else 0,
        document_key=document.key,
        content=document.content,
        payload=payload,
        target_id=entry.target_id if entry else None,
        target_key=entry.target_key if entry else None,
        vendor=document.vendor,
        amount=document.amount,
        currency=document.currency,
        tries=0,
    )


def finding(sweep_id: int, document: Document, verdict: str, **values: object) -> Row:
    """A row of the table of findings about a document that the source has."""
    return {
        "sweep_id": sweep_id,
        "document_key": document.key,
        "unit": document.unit,
        "number": document.number,
        "vendor": document.vendor,
        "vendor_name": document.vendor_name,
        "period": _period(document.document_date),
        "currency": document.currency,
        "source_amount": document.amount,
        "target_amount": None,
        "target_id": None,
        "target_key": None,
        "verdict": verdict,
        "changes": [],
        "trouble": None,
        **values,
    }


def finding_without_source(sweep_id: int, verdict: str, document_key: str, **values: object) -> Row:
    """One about something in the target which the source, by that key, does not have or has elsewhere already."""
    try:
        key = DocumentKey.from_text(document_key)
        named = {"number": key.number, "vendor": key.vendor}
    except ValueError:
        named = {"number": document_key, "vendor": ""}
    nothing = Document(document_key, "", {}, "", named["number"], named["vendor"], "", Decimal(0), "", None)
    return {**finding(sweep_id, nothing, verdict), "unit": None, "source_amount": None, **values}


def called(entry: Any) -> Row:
    """What the ledger knows of a document, for a finding about something else that bears its name."""
    return {
        "number": entry.number,
        "vendor": entry.vendor,
        "vendor_name": entry.vendor_name,
        "currency": entry.currency,
        "period": _period(entry.document_date),
    }


def _period(day: date | None) -> str:
    return f"{day:%Y-%m}" if day else ""


def in_words(changes: Sequence[Change]) -> list[JsonObject]:
    return [{"field": each.field, "from": each.before, "to": each.after} for each in changes]
