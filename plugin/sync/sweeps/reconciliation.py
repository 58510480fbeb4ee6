"""Both sides compared: first each document of the source with what the target shows of it, then what the target has
beyond that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import Finding
from plugin.store.rows import Row, insert_rows
from plugin.sync import ladder
from plugin.sync.documents import Delivery, Document, Marked, Page, Sight
from plugin.sync.sweeps import known
from plugin.sync.sweeps.course import Step
from plugin.sync.sweeps.known import Ours
from sage_adapters.errors import RecordTrouble

ON_ITS_WAY = frozenset({"pending", "sending", "uncertain"})


class Reconciliation:
    """Writes a finding for each document of the source, and for what only the target has."""

    def __init__(self, sweep_id: int, ours: Ours) -> None:
        self._sweep_id = sweep_id
        self._ours = ours

    def look(self, page: Page) -> list[Row]:
        """One finding for each document of the page that takes part. Asks the target, changes nothing there."""
        documents = list({document.key: document for document in page.documents}.values())
        ours = self._ours.of(documents)
        landed: list[Delivery] = []
        rows: list[Row] = []
        for document in documents:
            each = ours[document.key]
            if each.left_out:
                continue
            if each.entry is not None and each.entry.target_id and each.payload:
                landed.append(known.delivery_of(document, each, each.payload))
            else:
                rows.append(self._unseen(document, each.entry, each.trouble))
        sights = self._ours.target.look(landed) if landed else {}
        by_key = {document.key: document for document in documents}
        for delivery in landed:
            key = delivery.document_key
            rows.append(self._compared(by_key[key], ours[key].entry, delivery.payload.hash, sights.get(key)))
        return rows

    def write(self, step: Step, page: Page, rows: Sequence[Row]) -> None:
        insert_rows(step.session, Finding, rows)
        step.count(Counter(row["verdict"] for row in rows), read=len(page.documents))

    def compare_target(self, step: Step, page: Sequence[Marked]) -> None:
        """What the target has under our mark: one for each document, and none of a document that nobody knows."""
        keys = [marked.document_key for marked in page]
        seen = self._seen(step.session, keys)
        entries = self._ours.entries(step.session, keys)
        rows = []
        for marked in page:
            entry = entries.get(marked.document_key)
            place = {"target_id": marked.target_id, "target_key": marked.target_key, "target_amount": marked.amount}
            if entry is not None and entry.target_id not in (None, marked.target_id):
                place |= known.called(entry)
                rows.append(known.finding_without_source(self._sweep_id, "twice", marked.document_key, **place))
            elif entry is None and marked.document_key not in seen:
                rows.append(known.finding_without_source(self._sweep_id, "extra", marked.document_key, **place))
        insert_rows(step.session, Finding, rows)
        step.count(Counter(row["verdict"] for row in rows))

    def _unseen(self, document: Document, entry: Any, trouble: RecordTrouble | None) -> Row:
        """A document without anything in the target, or one that could not be said there."""
        because = ladder.describe(trouble) if trouble else entry.trouble if entry else None
        there = entry is not None and entry.target_id is not None
        on_its_way = entry is not None and entry.state in ON_ITS_WAY
        verdict = "different" if there else "waiting" if on_its_way else "missing"
        key = entry.target_key if entry else None
        return known.finding(self._sweep_id, document, verdict, target_key=key, trouble=because)

    def _compared(self, document: Document, entry: Any, wanted: str, sight: Sight | None) -> Row:
        """`wanted` is the hash of what the target would be told now."""
        if sight is None:
            return known.finding(self._sweep_id, document, "missing", target_key=entry.target_key)
        # What was changed since the last pass, in it or beside it, is not different, but on its way.
        beside = wanted != entry.payload_hash
        newer = entry.state in ON_ITS_WAY or entry.content != document.content
        # What is over keeps what was told of others when it was.
        over = beside and entry.closed and not newer
        verdict = "same" if over or not sight.changes else "waiting" if newer or beside else "different"
        return known.finding(
            self._sweep_id,
            document,
            verdict,
            target_amount=sight.amount,
            target_id=sight.target_id,
            target_key=sight.target_key,
            changes=known.in_words(sight.changes),
            trouble=entry.trouble,
        )

    def _seen(self, session: Session, keys: Sequence[str]) -> set[str]:
        found = select(Finding.document_key).where(Finding.sweep_id == self._sweep_id, Finding.document_key.in_(keys))
        return set(session.scalars(found))
