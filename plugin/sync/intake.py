"""The reading half: compares what the source shows with the ledger, and writes down what has to be delivered.

A page becomes durable in one transaction: its documents as pending entries, its units, the position behind it. From
then on the source is not needed any more, and the watermark may follow (DESIGN, promise 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from plugin.store.models import JsonObject, LedgerEntry, SourceUnit
from plugin.store.rows import Row, insert_rows, update_each, update_rows
from plugin.sync import ladder, ledger
from plugin.sync.counterfoils import Stub
from plugin.sync.documents import Document, Page, Unit
from plugin.sync.ledger import left_its_unit
from plugin.sync.ports import Source
from plugin.sync.turn import Turn

IN_FLIGHT = frozenset({"sending", "uncertain"})


@dataclass
class Tally:
    """What an intake has counted."""

    read: int = 0
    unchanged: int = 0
    unreadable: int = 0
    to_create: int = 0
    to_update: int = 0

    def count_new(self, document: Document) -> None:
        self.unreadable += document.trouble is not None
        self.to_create += document.trouble is None

    def count_changed(self, document: Document, entry: Any) -> None:
        self.unreadable += document.trouble is not None
        self.to_create += document.trouble is None and entry.target_id is None
        self.to_update += document.trouble is None and entry.target_id is not None


class Intake:
    """Takes pages of one stream into its ledger.

    `adrift`: a document may have left its unit in an earlier pass. `bookmark` writes down the position behind a page,
    in its transaction; by default in the stream's row.
    """

    def __init__(
        self,
        stream_id: int,
        source: Source,
        *,
        adrift: bool = True,
        bookmark: Callable[[Turn, JsonObject], None] = lambda turn, position: turn.note(position=position),
    ) -> None:
        self._bookmark = bookmark
        self._stream_id = stream_id
        self._source = source
        self._adrift = adrift

    def take(self, turn: Turn, page: Page) -> Tally:
        """Record a page. The caller holds the lease in the same transaction."""
        now = datetime.now(UTC)
        known = self._known(turn.session, page)
        # A document that moved while its units were read is seen in both of them: it is where it was seen last.
        documents = {document.key: document for document in page.documents}
        tally = Tally(read=len(documents))
        new: list[Row] = []
        changed: list[Row] = []
        read_again: set[str] = set()
        for document in documents.values():
            entry = known.pop(document.key, None)
            if entry is None:
                new.append({"stream_id": self._stream_id, **_first_version(document, now)})
                tally.count_new(document)
            elif _says_the_same(entry, document):
                tally.unchanged += 1
                if entry.unit != document.unit:
                    changed.append({"id": entry.id, "unit": document.unit})
                continue
            elif document.trouble is not None and entry.state in IN_FLIGHT:
                read_again.add(document.unit)  # what became of the version that was sent must be known first
                tally.unchanged += 1
                continue
            else:
                changed.append({"id": entry.id, **_next_version(entry, document, now)})
                tally.count_changed(document, entry)
            turn.chain.add(*self._stubs(entry, document))
        insert_rows(turn.session, LedgerEntry, new)
        update_each(turn.session, LedgerEntry, changed)
        self._set_adrift(turn.session, documents.values(), known.values())
        self._remember(turn.session, [_unread(unit) if unit.key in read_again else unit for unit in page.units])
        if page.watermark is None and page.position is not None:  # a refreshed unit is no step of a pass
            self._bookmark(turn, page.position)
        return tally

    def _set_adrift(self, session: Session, documents: Iterable[Document], left: Iterable[Any]) -> None:
        """Notes which entries are no longer in the unit where they were."""
        # A unit with a document that cannot be read may still hold those that seem to have left it.
        in_doubt = {document.unit for document in documents if document.trouble is not None}
        ids = [entry.id for entry in left if entry.unit not in in_doubt]
        if ids:
            update_rows(session, LedgerEntry, ids, {"unit": None})
            self._adrift = True

    def note_gone(self, turn: Turn) -> Tally:
        """The source was read to its end: documents that left their unit and turned up in no other are gone."""
        tally = Tally()
        if not self._adrift:
            return tally
        now = datetime.now(UTC)
        entries = turn.session.scalars(
            select(LedgerEntry).where(LedgerEntry.stream_id == self._stream_id, left_its_unit()),
            execution_options={"yield_per": 500},
        )
        for some in entries.partitions():
            for entry in some:
                turn.chain.add(self._note_gone(turn.session, entry, now))
                tally.to_create += entry.state == "pending" and entry.target_id is None
                tally.to_update += entry.state == "pending" and entry.target_id is not None
            turn.session.flush()
        return tally

    def _note_gone(self, session: Session, entry: LedgerEntry, now: datetime) -> Stub:
        system = self._source.system
        if ledger.was_unreadable(entry) and entry.target_id is None:
            # It was mended, and is known by its own key now, or it was removed: no failure vanishes without a word.
            stub = Stub.of("cleared", entry, source=system, detail={"trouble": entry.trouble})
            session.delete(entry)
            return stub
        entry.gone_at = now
        entry.version += 1
        entry.content = self._source.gone(entry.content)
        unwanted = entry.state == "ignored" and entry.target_id is None
        if entry.state not in IN_FLIGHT and not unwanted:
            entry.state = "pending"
        return Stub.of("gone", entry, source=system, target=entry.target_key or "")

    def _known(self, session: Session, page: Page) -> dict[str, Any]:
        """By key: entries of the page's documents, and those we last saw in the page's units."""
        if not page.documents and not page.units:
            return {}
        mine = LedgerEntry.stream_id == self._stream_id
        by_key = LedgerEntry.document_key.in_([document.key for document in page.documents])
        by_unit = LedgerEntry.unit.in_([unit.key for unit in page.units])
        # Two look-ups, each by its own index: joined by OR, SQLite reads the whole stream.
        ids = union_all(select(LedgerEntry.id).where(mine, by_key), select(LedgerEntry.id).where(mine, by_unit))
        entries = session.execute(select(*KNOWN_COLUMNS).where(LedgerEntry.id.in_(ids)))
        return {entry.document_key: entry for entry in entries}

    def _remember(self, session: Session, units: Sequence[Unit]) -> None:
        if not units:
            return
        keys = [unit.key for unit in units]
        known = dict(
            session.execute(
                select(SourceUnit.key, SourceUnit.id).where(
                    SourceUnit.stream_id == self._stream_id, SourceUnit.key.in_(keys)
                )
            ).all()
        )
        rows = [
            {"key": unit.key, "signature": unit.signature, "open": unit.open, "read_on": unit.read_on} for unit in units
        ]
        insert_rows(
            session, SourceUnit, [{"stream_id": self._stream_id, **row} for row in rows if row["key"] not in known]
        )
        update_each(session, SourceUnit, [{"id": known[row["key"]], **row} for row in rows if row["key"] in known])

    def _stubs(self, entry: Any, document: Document) -> Iterator[Stub]:
        """What a new or changed document leaves behind at once; its arrival leaves the rest."""
        system = self._source.system
        if document.trouble is not None:
            detail: JsonObject = {"trouble": ladder.describe(document.trouble)}
            yield Stub.of("parked", document, source=system, outcome="refused", detail=detail)
        elif entry is not None:
            detail = {"changes": changes_between(entry.content, document.content)}
            yield Stub.of("changed" if entry.gone_at is None else "back", document, source=system, detail=detail)


KNOWN_COLUMNS = (
    LedgerEntry.id,
    LedgerEntry.document_key,
    LedgerEntry.unit,
    LedgerEntry.content,
    LedgerEntry.version,
    LedgerEntry.state,
    LedgerEntry.target_id,
    LedgerEntry.trouble,
    LedgerEntry.trouble_code,
    LedgerEntry.gone_at,
)


def changes_between(old: JsonObject, new: JsonObject) -> list[JsonObject]:
    """What differs, by the record's own attribute names; of nested lists only that they differ."""
    changes: list[JsonObject] = []
    for name in new.keys() | old.keys():
        before, after = old.get(name), new.get(name)
        if before != after:
            shown = {} if isinstance(before, list) or isinstance(after, list) else {"from": before, "to": after}
            changes.append({"attribute": name, **shown})
    return sorted(changes, key=lambda change: str(change["attribute"]))


def _says_the_same(entry: Any, document: Document) -> bool:
    unreadable = ledger.was_unreadable(entry)
    if document.trouble is not None:
        return unreadable and bool(entry.trouble_code == document.trouble.code)
    return bool(entry.content == document.content and entry.gone_at is None and not unreadable)


def _unread(unit: Unit) -> Unit:
    """As one that is read again in the next pass, whatever the source says of it."""
    return replace(unit, open=True, signature="")


def _first_version(document: Document, now: datetime) -> Row:
    return {**_columns(document, now), **_state(document, now), "document_key": document.key}


def _next_version(entry: Any, document: Document, now: datetime) -> Row:
    """A newer version replaces whatever waits: only the last state of a document matters to its target.

    While an older version is on its way, or its outcome unknown, only the content changes: the rise of `version`
    lets the settlement see that there is more to deliver. Of an unreadable one the last good content is kept.
    """
    if document.trouble is not None:
        return {"unit": document.unit, **_state(document, now)}
    row = {**_columns(document, now), "gone_at": None, "version": entry.version + 1}
    return row if entry.state in IN_FLIGHT else {**row, **_state(document, now)}


def _columns(document: Document, now: datetime) -> Row:
    return {
        "unit": document.unit,
        "content": document.content,
        "kind": document.kind,
        "number": document.number,
        "vendor": document.vendor,
        "vendor_name": document.vendor_name,
        "amount": document.amount,
        "currency": document.currency,
        "document_date": document.document_date,
        "belongs_to": document.belongs_to or None,
        "read_at": now,
    }


def _state(document: Document, now: datetime) -> Row:
    if document.trouble is None:
        return {
            "state": "pending", "tries": 0, "next_try_at": None,
            "trouble": None, "trouble_code": None, "failing_since": None,
        }  # fmt: skip
    return {
        "state": "unreadable", "tries": 0, "next_try_at": None, "trouble": ladder.describe(document.trouble),
        "trouble_code": document.trouble.code, "failing_since": now,
    }  # fmt: skip


class LedgerMemory:
    """What the ledger knows of the source's units, in sessions of its own: the source reads ahead in other threads."""

    def __init__(self, open_session: Callable[[], AbstractContextManager[Session]], stream_id: int) -> None:
        self._open_session = open_session
        self._stream_id = stream_id

    def units(self, keys: Sequence[str]) -> Mapping[str, Unit]:
        with self._open_session() as session:
            rows = session.scalars(
                select(SourceUnit).where(SourceUnit.stream_id == self._stream_id, SourceUnit.key.in_(keys))
            )
            return {row.key: Unit(row.key, row.signature, row.open, row.read_on) for row in rows}

    def open_units(self) -> Sequence[str]:
        with self._open_session() as session:
            return session.scalars(
                select(SourceUnit.key).where(SourceUnit.stream_id == self._stream_id, SourceUnit.open)
            ).all()
