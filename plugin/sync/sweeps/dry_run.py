"""What a pass over everything would write, without writing it: creations, updates and links, field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from plugin.store.models import Finding
from plugin.store.rows import Row, insert_rows
from plugin.sync import ladder
from plugin.sync.documents import TARGET_GONE, Delivery, Document, Found, JsonObject, Page, Payload, Sight
from plugin.sync.ports import Target
from plugin.sync.sweeps import known
from plugin.sync.sweeps.course import Step
from plugin.sync.sweeps.known import Reading
from sage_adapters.errors import RecordTrouble


class DryRun:
    """Looks at a page's documents, then writes down what it has seen."""

    def __init__(self, sweep_id: int, stream_id: int, target: Target, reading: Reading) -> None:
        self._sweep_id = sweep_id
        self._stream_id = stream_id
        self._target = target
        self._reading = reading

    def look(self, page: Page) -> list[Row]:
        """Findings about those documents that would not stay as they are. Asks the target, changes nothing there."""
        with self._reading() as session:
            entries = known.entries_of(session, self._stream_id, [document.key for document in page.documents])
            newest = known.newest_made(session, self._stream_id)
        rows: list[Row] = []
        new: list[tuple[Document, Delivery]] = []
        changed: list[tuple[Document, Delivery]] = []
        for document in page.documents:
            entry = entries.get(document.key)
            payload = self._payload(document, entry, rows)
            if payload is None:
                continue
            delivery = known.delivery_of(document, payload, entry)
            if delivery.target_id is None:
                new.append((document, delivery))
            elif entry is not None and payload.hash != entry.payload_hash:
                changed.append((document, delivery))
        rows += self._creations(new, self._find(new, newest))
        rows += self._updates(changed, self._target.look([delivery for _, delivery in changed]) if changed else {})
        return rows

    def write(self, step: Step, page: Page, rows: Sequence[Row]) -> None:
        insert_rows(step.session, Finding, rows)
        step.count(Counter(row["verdict"] for row in rows), read=len(page.documents))

    def _payload(self, document: Document, entry: Any, rows: list[Row]) -> Payload | None:
        """None, and a finding, for what cannot be read or said."""
        trouble = document.trouble
        try:
            if trouble is None:
                return self._target.payload(document.content, entry.corrections if entry else {})
        except RecordTrouble as met:
            trouble = met
        rows.append(known.finding(self._sweep_id, document, "refused", trouble=ladder.describe(trouble)))
        return None

    def _find(self, new: Sequence[tuple[Document, Delivery]], newest: str | None) -> Mapping[str, Found]:
        """What the target's index does not show yet is looked for only behind what we have made last."""
        return self._target.find([delivery for _, delivery in new], newest) if new else {}

    def _creations(self, new: Sequence[tuple[Document, Delivery]], there: Mapping[str, Found]) -> list[Row]:
        rows = []
        for document, delivery in new:
            found = there.get(document.key)
            changes = known.in_words(self._target.preview(delivery.payload))
            if found is None:
                rows.append(known.finding(self._sweep_id, document, "create", changes=changes))
                continue
            place = {"target_id": found.target_id, "target_key": found.target_key}
            rows.append(known.finding(self._sweep_id, document, "link", **place))
        return rows

    def _updates(self, changed: Sequence[tuple[Document, Delivery]], sights: Mapping[str, Sight]) -> list[Row]:
        rows = []
        for document, delivery in changed:
            sight = sights.get(document.key)
            place = {"target_id": delivery.target_id, "target_key": delivery.target_key}
            if sight is None:
                rows.append(known.finding(self._sweep_id, document, "refused", trouble=_gone(delivery), **place))
            elif sight.changes:
                changes = known.in_words(sight.changes)
                rows.append(known.finding(self._sweep_id, document, "update", changes=changes, **place))
        return rows


def _gone(delivery: Delivery) -> JsonObject:
    return ladder.describe(
        RecordTrouble(
            f"Looking at {delivery.target_key}.",
            "It was deleted, or hidden from Counterfoil.",
            "The next change of the document will be listed under Failures, where it can be made anew.",
            TARGET_GONE,
        )
    )
