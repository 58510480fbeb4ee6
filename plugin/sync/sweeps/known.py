"""A page of the source beside what the ledger has of its documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import LedgerEntry
from plugin.store.rows import Row
from plugin.sync import ledger
from plugin.sync.companions import Companions, Completed
from plugin.sync.documents import Change, Delivery, Document, JsonObject, Payload
from plugin.sync.ports import Target
from sage_adapters.errors import RecordTrouble
from sage_adapters.records import DocumentKey

Reading = Callable[[], AbstractContextManager[Session]]
"""Opens a session for reading: none is held while the target is asked."""
COLUMNS = (
    *ledger.DELIVERED_COLUMNS, LedgerEntry.state, LedgerEntry.gone_at, LedgerEntry.trouble,
    LedgerEntry.number, LedgerEntry.vendor_name, LedgerEntry.document_date, LedgerEntry.closed,
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """A document as it is told, and its row of COLUMNS, if it has one. `payload`, or why there is none."""

    told: Completed
    entry: Any
    payload: Payload | None
    trouble: RecordTrouble | None

    @property
    def left_out(self) -> bool:
        """The stream does not want it, and the target does not have it."""
        return self.told.left_out and (self.entry is None or self.entry.target_id is None)


@dataclass(frozen=True)
class Ours:
    """Our own side of a comparison: what a stream knows, and would say, of documents."""

    stream_id: int
    target: Target
    companions: Companions
    reading: Reading

    def of(self, documents: Sequence[Document]) -> dict[str, Known]:
        """By document key. What could not be understood says nothing that others could complete, or leave out."""
        readable = [document for document in documents if document.trouble is None]
        with self.reading() as session:
            entries = self.entries(session, [document.key for document in documents])
            completed = self.companions.complete(session, readable)
        told = {document.key: each for document, each in zip(readable, completed, strict=True)}
        known = {}
        for document in documents:
            entry, each = entries.get(document.key), told.get(document.key) or Completed(document.content)
            known[document.key] = Known(each, entry, *self._payload(document, each, entry))
        return known

    def entries(self, session: Session, keys: Sequence[str]) -> dict[str, Any]:
        """By document key: rows of COLUMNS."""
        rows = session.execute(
            select(*COLUMNS).where(LedgerEntry.stream_id == self.stream_id, LedgerEntry.document_key.in_(keys))
        )
        return {row.document_key: row for row in rows}

    def _payload(self, document: Document, told: Completed, entry: Any) -> tuple[Payload | None, RecordTrouble | None]:
        if document.trouble is not None:
            return None, document.trouble
        try:
            return self.target.payload(told.content, entry.corrections if entry else {}), None
        except RecordTrouble as trouble:
            return None, trouble


def delivery_of(document: Document, known: Known, payload: Payload) -> Delivery:
    """The document as it would be delivered now."""
    entry = known.entry
    return Delivery(
        entry_id=entry.id if entry else 0,
        version=entry.version if entry else 0,
        document_key=document.key,
        content=known.told.content,
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
