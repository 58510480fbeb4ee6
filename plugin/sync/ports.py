"""What an integration gives the engine: a source to read from and a target to deliver to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from plugin.sync.documents import Change, Delivery, Found, JsonObject, Marked, Outcome, Page, Payload, Sight, Unit


class Memory(Protocol):
    """What the ledger knows of the source's units. Safe to call from the reading thread."""

    def units(self, keys: Sequence[str]) -> Mapping[str, Unit]:
        """Those of `keys` that were read before."""

    def open_units(self) -> Sequence[str]:
        """Keys of all units which the source could still change when they were last read."""


class Source(Protocol):
    """Reads one kind of record from one system."""

    system: str

    def read(
        self, watermark: JsonObject | None, position: JsonObject | None, memory: Memory, *, lenient: bool
    ) -> Iterator[Page]:
        """What is new or may have changed since `watermark`, going on at `position` where a pass was interrupted.

        Pages come in the source's order. The last one carries the new watermark. May read ahead in threads of its
        own. Raises any `Trouble` but UncertainOutcome. `lenient`: earlier passes have failed; a unit on which the
        source fails, while it serves the next one, is told as unreadable instead of stopping this pass too.
        """

    def read_unit(self, key: str) -> Page:
        """One unit anew, whatever is known of it. A unit that is gone gives a page without documents."""

    def everything(self, since: date | None, position: JsonObject | None) -> Iterator[Page]:
        """All that the source has from `since` on, whatever is known of it, going on at `position`.

        As `read`, but it looks at no watermark and gives none: its pages end with the last.
        """

    def from_day(self, day: date) -> JsonObject:
        """The watermark of a stream that shall not read what is older than `day`."""

    def gone(self, content: JsonObject) -> JsonObject:
        """How a document reads once the source no longer has it."""


class Target(Protocol):
    """Delivers documents to one system. Its methods are called from several threads at once."""

    system: str
    creations_per_call: int
    updates_per_call: int

    @property
    def series(self) -> Sequence[str]:
        """Where new documents are numbered one after the other: their visible keys are a series, a hyphen and a number.
        Empty where keys say nothing about what was made before."""

    def check(self) -> None:
        """Called once in a pass before the first delivery; raises ConfigurationTrouble when all would be refused."""

    def payload(self, content: JsonObject, corrections: JsonObject) -> Payload:
        """What the target shall say of a completed content; makes no call. Raises RecordTrouble where it cannot.

        `corrections` are the ledger entry's: by attribute, a value that a person has set for this one document.
        """

    def create(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """At most `creations_per_call` new documents in one call; an outcome for each, in order."""

    def update(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """At most `updates_per_call` known documents; writes what differs and nothing else."""

    def find(self, deliveries: Sequence[Delivery], after: Mapping[str, str]) -> Mapping[str, Found]:
        """By document key: those which the target has, looked up by our own key there and compared exactly.

        `after`, by series: the key of a document that the target had made before any of these was sent.
        What is left out of the answer is sent again: it must be missing for certain.
        """

    def look(self, deliveries: Sequence[Delivery]) -> Mapping[str, Sight]:
        """By document key: what the target shows of documents whose `target_id` (or visible key) is known.

        Changes nothing. What the target does not have, or hides from us, is left out.
        """

    def preview(self, payload: Payload) -> Sequence[Change]:
        """What a new document would say, in words; makes no call."""

    def release(self, target_id: str) -> None:
        """Takes our mark off something, so that it counts as nobody's; nothing else of it is touched."""

    def walk(self, after: str | None) -> Iterator[Sequence[Marked]]:
        """Pages of all that carries our mark there, in a stable order, behind the visible key `after`."""
