"""What posting invoices and posting payments have in common: which batches go, and where failures are noted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mock_servers.harness import Clock
from mock_servers.sage300.collections import Collection, Key
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.invoices import POSTING_ERROR


class PostingLog:
    """Posting sequence numbers, and the messages about entries that could not be posted."""

    def __init__(self, clock: Clock) -> None:
        self.errors = Collection(POSTING_ERROR, clock)
        self._sequence = 0
        self._messages = 0

    def next_sequence(self) -> int:
        """The number of the next posting run."""
        self._sequence += 1
        return self._sequence

    def note(self, sequence: int, kind: str, entry: Record, document: str, reason: Sage300Error) -> None:
        """Keeps why an entry was not posted."""
        self._messages += 1
        self.errors.add(
            Record(
                POSTING_ERROR,
                {
                    "PostingSequenceNumber": sequence,
                    "SequenceNumber": self._messages,
                    "BatchType": kind,
                    "BatchNumber": entry["BatchNumber"],
                    "EntryNumber": entry["EntryNumber"],
                    "VendorNumber": entry["VendorNumber"],
                    "DocumentNumber": document,
                    "ErrorMessage": str(reason)[:250],
                },
            )
        )


class ReadyBatches:
    """Chooses the batches that a posting run takes.

    `pause` is how long a batch must have been ReadyToPost, as a client that posted sooner met a conflict (contract
    sage300, section 2). `locked` tells whether a batch is in use by somebody else.
    """

    def __init__(self, clock: Clock, pause: Callable[[], timedelta], locked: Callable[[Record], bool]) -> None:
        self._clock = clock
        self._pause = pause
        self._locked = locked

    def among(self, batches: list[Record], ready_since: dict[int, datetime]) -> list[Record]:
        """Those that are ReadyToPost; others are passed over (assumed). General when one cannot be posted now."""
        ready = [batch for batch in batches if batch["BatchStatus"] == "ReadyToPost"]
        for batch in ready:
            number = batch["BatchNumber"]
            if self._locked(batch):
                raise Sage300Error("locked", batch=number)
            since = ready_since.get(number)
            if since is not None and self._clock.now() - since < self._pause():
                raise Sage300Error("too-soon", batch=number)
        return ready


def in_progress(batches: Collection, chosen: list[Record]) -> list[Key]:
    """Marks the batches that a run has taken; their keys."""
    for batch in chosen:
        draft = batch.copy()
        draft["BatchStatus"] = "PostInProgress"
        batches.add(draft)
    return [batch.key() for batch in chosen]
