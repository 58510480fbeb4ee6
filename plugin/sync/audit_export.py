"""Counterfoils as files: a table for people, and lines from which anybody can make the hashes anew.

Both are made portion by portion, so that their length does not matter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from urllib.parse import unquote

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import Counterfoil, Integration, JsonObject, LedgerEntry, Stream
from plugin.sync import audit_search
from plugin.sync.audit_search import OpenSession, Wanted
from plugin.sync.counterfoils import HASHED, OURSELVES, plain
from plugin.sync.spreadsheet import BYTE_ORDER_MARK, cell, rows_as_csv

COLUMNS = (
    "Stream", "Entry", "Instant (UTC)", "Action", "Actor", "Document", "Vendor", "Vendor name", "Amount", "Currency",
    "GL accounts", "From", "To", "Outcome", "Changes", "Trouble", "Reason", "Document key", "Hash",
)  # fmt: skip


@dataclass(frozen=True)
class Named:
    """What people call a document and its vendor."""

    number: str
    vendor_name: str


Documents = Mapping[tuple[int, str], Named]
"""By stream and key."""


def as_csv(open_session: OpenSession, wanted: Wanted) -> Iterator[bytes]:
    """For spreadsheets: a text that one would take for a formula has an apostrophe in front. Raises TooMany."""
    streams = _streams(open_session)
    portions = audit_search.in_order(open_session, wanted)
    head = rows_as_csv([COLUMNS])
    return chain(
        [(BYTE_ORDER_MARK + head).encode()],
        (rows_as_csv(_cells(_named(open_session, rows), rows, streams)).encode() for rows in portions),
    )


def as_json_lines(open_session: OpenSession, wanted: Wanted) -> Iterator[bytes]:
    """One object a line: the stream's name, all that the hash is made of just as it is hashed, and the hash.

    Raises TooMany.
    """
    streams = _streams(open_session)
    return (
        "".join(f"{_LINE.encode(_object(row, streams[row.stream_id]))}\n" for row in rows).encode()
        for rows in audit_search.in_order(open_session, wanted)
    )


_LINE = json.JSONEncoder(default=plain, ensure_ascii=False)


def _object(row: Counterfoil, stream: str) -> JsonObject:
    return {"stream": stream, **{name: getattr(row, name) for name in HASHED}, "hash": row.hash}


def _named(open_session: OpenSession, rows: Sequence[Counterfoil]) -> Documents:
    with open_session() as session:
        return documents_of(session, rows)


def _cells(documents: Documents, rows: Sequence[Counterfoil], streams: Mapping[int, str]) -> Iterator[Sequence[object]]:
    for row in rows:
        document = documents[row.stream_id, row.document_key]
        detail = row.detail
        yield (
            cell(streams[row.stream_id]), row.sequence, plain(row.at), cell(row.action),
            "Counterfoil" if row.actor == OURSELVES else cell(row.actor),
            cell(document.number), cell(row.vendor),
            cell(document.vendor_name), plain(row.amount), cell(row.currency),
            cell(" ".join(row.accounts)), cell(row.source), cell(row.target), cell(row.outcome),
            cell("; ".join(_change(each) for each in detail.get("changes") or ())),
            cell((detail.get("trouble") or {}).get("got", "")), cell(str(detail.get("reason") or "")),
            cell(row.document_key), row.hash,
        )  # fmt: skip


def documents_of(session: Session, rows: Sequence[Counterfoil]) -> Documents:
    """As the ledger has them. A few are not there any more: their number is in their key."""
    found = {(row.stream_id, row.document_key): Named(unquote(row.document_key.rpartition(":")[2]), "") for row in rows}
    for stream_id in {row.stream_id for row in rows}:
        keys = {row.document_key for row in rows if row.stream_id == stream_id}
        entries = session.execute(
            select(LedgerEntry.document_key, LedgerEntry.number, LedgerEntry.vendor_name).where(
                LedgerEntry.stream_id == stream_id, LedgerEntry.document_key.in_(keys)
            )
        )
        found.update({(stream_id, key): Named(number, vendor_name) for key, number, vendor_name in entries})
    return found


def _change(change: JsonObject) -> str:
    name = str(change.get("attribute", ""))
    if "from" not in change and "to" not in change:
        return f"{name} changed"
    return f"{name}: {_said(change.get('from'))} -> {_said(change.get('to'))}"


def _said(value: object) -> str:
    return "nothing" if value in (None, "") else str(value)


def _streams(open_session: OpenSession) -> Mapping[int, str]:
    with open_session() as session:
        rows = session.execute(
            select(Stream.id, Integration.kind, Stream.name).join(Integration, Integration.id == Stream.integration_id)
        ).all()
    return {stream_id: f"{kind} {name}" for stream_id, kind, name in rows}
