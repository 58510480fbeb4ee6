"""Our own ledger as a source: what another stream knows of its documents, in the order in which it learnt it.

The counterfoils of a stream have a gapless sequence, written under the lock of its row together with what they tell.
So the last one that was seen is a watermark behind which nothing can turn up: the entries that later ones are about
are all that can have changed. What an entry says is read with them or after them, never before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any, Protocol, Self

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from plugin.integrations.parts import Parts
from plugin.store.database import Database
from plugin.store.models import Counterfoil, JsonObject, LedgerEntry, Stream
from plugin.sync.documents import Page
from plugin.sync.ports import Memory

PORTION = 200

COLUMNS = (
    LedgerEntry.id, LedgerEntry.document_key, LedgerEntry.state, LedgerEntry.content, LedgerEntry.trouble,
    LedgerEntry.kind, LedgerEntry.number, LedgerEntry.vendor, LedgerEntry.vendor_name, LedgerEntry.amount,
    LedgerEntry.currency, LedgerEntry.document_date, LedgerEntry.target_id, LedgerEntry.target_key,
)  # fmt: skip


@dataclass(frozen=True)
class Portion:
    """Entries as they are now, as rows of COLUMNS, and how far they take us: the last counterfoil that was looked at,
    or the last id where the ledger is read from end to end."""

    entries: Sequence[Any]
    reached: int


class OwnLedger:
    """The ledger of one stream. Safe to use from any thread: every question has a session of its own."""

    def __init__(self, database: Database, site_id: int, stream_id: int) -> None:
        self._database = database
        self._site_id = site_id
        self._stream_id = stream_id

    @classmethod
    def beside(cls, parts: Parts, stream: Stream, name: str) -> Self:
        """That of the stream of this name in the same integration."""
        with parts.database.reading(stream.site_id) as session:
            sibling = select(Stream.id).where(Stream.integration_id == stream.integration_id, Stream.name == name)
            return cls(parts.database, stream.site_id, session.scalars(sibling).one())

    def changed(self, after: int) -> Iterator[Portion]:
        """What counterfoils behind `after` are about, each entry once in a portion, until there are no more."""
        found = PORTION
        while found == PORTION:
            with self._database.reading(self._site_id) as session:
                rows = session.execute(
                    select(Counterfoil.sequence, Counterfoil.document_key)
                    .where(Counterfoil.stream_id == self._stream_id, Counterfoil.sequence > after)
                    .order_by(Counterfoil.sequence)
                    .limit(PORTION)
                ).all()
                entries = self._rows(session, LedgerEntry.document_key.in_({row.document_key for row in rows}))
            found = len(rows)
            if rows:
                after = rows[-1].sequence
                yield Portion(entries, after)

    def everything(self, after: int) -> Iterator[Portion]:
        """All entries whose id is above `after`, in the order of their ids."""
        found = PORTION
        while found == PORTION:
            with self._database.reading(self._site_id) as session:
                entries = self._rows(session, LedgerEntry.id > after, PORTION)
            found = len(entries)
            if entries:
                after = entries[-1].id
                yield Portion(entries, after)

    def last_before(self, day: date) -> int:
        """The last counterfoil from before a day (of UTC), 0 if there is none."""
        older = (
            select(Counterfoil.sequence)
            .where(Counterfoil.stream_id == self._stream_id, Counterfoil.at < _beginning(day))
            .order_by(Counterfoil.at.desc(), Counterfoil.sequence.desc())
            .limit(1)
        )
        with self._database.reading(self._site_id) as session:
            return session.scalars(older).first() or 0

    def by_id(self, entry_ids: Collection[int]) -> Sequence[Any]:
        """Rows of COLUMNS, in the order of their ids; what is no longer there is left out."""
        with self._database.reading(self._site_id) as session:
            return self._rows(session, LedgerEntry.id.in_(entry_ids))

    def contents(self, document_keys: Collection[str]) -> Mapping[str, JsonObject]:
        """By document key, of those that it knows."""
        if not document_keys:
            return {}
        with self._database.reading(self._site_id) as session:
            rows = self._rows(session, LedgerEntry.document_key.in_(document_keys))
        return {row.document_key: row.content for row in rows}

    def became(self, document_keys: Collection[str], attribute: str, value: str, since: date) -> set[str]:
        """Which of these were seen to change, on that day (of UTC) or later, so that an attribute got this value."""
        if not document_keys:
            return set()
        seen = select(Counterfoil.document_key, Counterfoil.detail).where(
            Counterfoil.stream_id == self._stream_id,
            Counterfoil.document_key.in_(document_keys),
            Counterfoil.action == "changed",
            Counterfoil.at >= _beginning(since),
        )
        with self._database.reading(self._site_id) as session:
            rows = session.execute(seen).all()
        return {
            row.document_key
            for row in rows
            for change in row.detail.get("changes", ())
            if change["attribute"] == attribute and change.get("to") == value
        }

    def _rows(self, session: Session, chosen: ColumnElement[bool], limit: int | None = None) -> Sequence[Any]:
        mine = select(*COLUMNS).where(LedgerEntry.stream_id == self._stream_id, chosen)
        return session.execute(mine.order_by(LedgerEntry.id).limit(limit)).all()


class Retelling(Protocol):
    """What a stream makes of another stream's entries, which come as rows of COLUMNS. May raise a Trouble."""

    def retold(self, entries: Sequence[Any], begins: date, lenient: bool) -> Page:
        """Documents of those entries that concern it, leaving out what is older than the day on which it begins."""

    def again(self, memory: Memory, lenient: bool) -> Iterator[Page]:
        """What it has told already and waits to tell more of."""


class LedgerSource:
    """The ledger of one stream as the source of another. A unit is the id of an entry there.

    What happened before the day `begins` is not looked at.
    """

    def __init__(self, system: str, ledger: OwnLedger, retelling: Retelling, begins: date) -> None:
        """`system` is where its documents come from in the end."""
        self.system = system
        self._ledger = ledger
        self._retelling = retelling
        self._begins = begins

    def read(
        self, watermark: JsonObject | None, position: JsonObject | None, memory: Memory, *, lenient: bool
    ) -> Iterator[Page]:
        reached = self._reached(position or watermark)
        for portion in self._ledger.changed(reached):
            reached = portion.reached
            yield replace(
                self._retelling.retold(portion.entries, self._begins, lenient), position={"sequence": reached}
            )
        for page in self._retelling.again(memory, lenient):
            yield replace(page, position={"sequence": reached})
        yield Page((), (), watermark={"sequence": reached})

    def read_unit(self, key: str) -> Page:
        return self._retelling.retold(self._ledger.by_id([int(key)]), self._begins, lenient=False)

    def everything(self, since: date | None, position: JsonObject | None) -> Iterator[Page]:
        for portion in self._ledger.everything(position["entry"] if position else 0):
            page = self._retelling.retold(portion.entries, since or self._begins, lenient=False)
            yield replace(page, position={"entry": portion.reached})

    def from_day(self, day: date) -> JsonObject:
        return {"day": day.isoformat()}

    def gone(self, content: JsonObject) -> JsonObject:
        """What was told stays said: entries do not leave a ledger."""
        return content

    def _reached(self, known: JsonObject | None) -> int:
        if known and "sequence" in known:
            return int(known["sequence"])
        return self._ledger.last_before(date.fromisoformat(known["day"]) if known else self._begins)


def begins(stream: Stream) -> date:
    """The first day that a stream is about: the one it was told, else the one on which it was started (of UTC)."""
    return stream.since or (stream.started_at or datetime.now(UTC)).date()


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
