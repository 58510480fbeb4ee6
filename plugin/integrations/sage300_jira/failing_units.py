"""Units that a source cannot give, told apart from a source that gives nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from plugin.sync.documents import Document, Page, Unit
from sage_adapters.errors import RecordTrouble, TransientTrouble

Read = tuple[Page, TransientTrouble | None]
"""A unit, or what stands for it when the server failed on it, with that trouble."""


def told_apart(reads: Iterable[Read], lenient: bool) -> Iterator[Page]:
    """Raises the first trouble. When `lenient`, only when two units in a row have met one: then it is the server's;
    else the one unit is shown as unreadable, and stops nobody."""
    held: Page | None = None
    for page, trouble in reads:
        if trouble is not None and (held is not None or not lenient):
            raise trouble
        if held is not None:
            yield held
        held = page if trouble is not None else None
        if trouble is None:
            yield page
    if held is not None:
        yield held


def standing_for(unit: str, document: Document) -> Page:
    """A unit of which nothing but `document`, which tells the trouble, is known. It counts as open, so that every poll
    tries it again."""
    return Page((document,), (Unit(unit, "", open=True, read_on=datetime.now(UTC).date()),))


def as_record(trouble: TransientTrouble) -> RecordTrouble:
    return RecordTrouble(trouble.tried, trouble.got, trouble.remedy, trouble.code)
