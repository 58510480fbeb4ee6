"""What a pass over everything would write, without writing it: creations, updates and links, field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from plugin.store.models import Finding
from plugin.store.rows import Row, insert_rows
from plugin.sync import ladder
from plugin.sync.counterfoils import newest_made
from plugin.sync.documents import TARGET_GONE, Delivery, Document, Found, JsonObject, Page, Payload, Sight
from plugin.sync.sweeps import known
from plugin.sync.sweeps.course import Step
from plugin.sync.sweeps.known import Ours
from sage_adapters.errors import RecordTrouble


class DryRun:
    """Looks at a page's documents, then writes down what it has seen."""

    def __init__(self, sweep_id: int, ours: Ours) -> None:
        self._sweep_id = sweep_id
        self._ours = ours
        self._target = ours.target

    def look(self, page: Page) -> list[Row]:
        """Findings about those documents that would not stay as they are. Asks the target, changes nothing there."""
        rows: list[Row] = []
        new: list[tuple[Document, Delivery]] = []
        changed: list[tuple[Document, Delivery]] = []
        ours = self._ours.of(page.documents)
        for document in page.documents:
            beside = ours[document.key]
            if beside.left_out:
                continue
            if beside.payload is None:
                told = ladder.describe(beside.trouble) if beside.trouble else None
                rows.append(known.finding(self._sweep_id, document, "refused", trouble=told))
                continue
            delivery = known.delivery_of(document, beside, beside.payload)
            if delivery.target_id is None:
                new.append((document, delivery))
            elif beside.entry is not None and _would_be_told(document, beside.entry, beside.payload):
                changed.append((document, delivery))
        rows += self._creations(new, self._find(new))
        rows += self._updates(changed, self._target.look([delivery for _, delivery in changed]) if changed else {})
        return rows

    def write(self, step: Step, page: Page, rows: Sequence[Row]) -> None:
        insert_rows(step.session, Finding, rows)
        step.count(Counter(row["verdict"] for row in rows), read=len(page.documents))

    def _find(self, new: Sequence[tuple[Document, Delivery]]) -> Mapping[str, Found]:
        """What the target's index does not show yet is looked for only behind what we have made last."""
        if not new:
            return {}
        with self._ours.reading() as session:
            newest = newest_made(session, self._ours.stream_id, self._target.system, self._target.series)
        return self._target.find([delivery for _, delivery in new], newest)

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


def _would_be_told(document: Document, entry: Any, payload: Payload) -> bool:
    """What is over follows nothing but its own record."""
    return payload.hash != entry.payload_hash and not (entry.closed and entry.content == document.content)


def _gone(delivery: Delivery) -> JsonObject:
    return ladder.describe(
        RecordTrouble(
            f"Looking at {delivery.target_key}.",
            "It was deleted, or hidden from Counterfoil.",
            "The next change of the document will be listed under Failures, where it can be made anew.",
            TARGET_GONE,
        )
    )
