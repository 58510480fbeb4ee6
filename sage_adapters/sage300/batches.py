"""What A/P batches of invoices and of payments have in common: their headers, and where and how they are posted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sage_adapters.errors import RecordTrouble
from sage_adapters.sage300.bodies import Body
from sage_adapters.sage300.client import Entry, Key, Sage300Client
from sage_adapters.sage300.filters import Filter, all_of, where
from sage_adapters.sage300.schemas import BatchHeaderSchema, load, selected

OPEN = "Open"
READY_TO_POST = "ReadyToPost"
POST_IN_PROGRESS = "PostInProgress"
POSTED = "Posted"
DELETED = "Deleted"
"""The states of a batch in Sage's own words; the spelling of POST_IN_PROGRESS and DELETED is (assumed)."""


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """What a batch says about itself; `status` is Sage's own word (Open, ReadyToPost, Posted, …)."""

    number: int
    batch_date: date | None
    description: str
    status: str
    batch_type: str
    entries: int
    total: Decimal
    last_entry: int
    last_edited: date | None
    errors: int
    posting_sequence: int
    source: str

    @classmethod
    def of_unreadable(cls, number: int) -> BatchHeader:
        """Stands for a header of which only the number makes sense: reading its batch tells what is wrong."""
        return cls(number, None, "", "", "", 0, Decimal(0), 0, None, 0, 0, "")

    def signature(self) -> str:
        """Changes whenever the header does.

        An equal signature proves nothing near `last_edited`, which has no time: a second edit on the same day
        that leaves count and total alone does not show. Read such batches again until that day is over.
        """
        parts = "\x1f".join(str(getattr(self, field.name)) for field in fields(self))
        return sha256(parts.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class BatchKind:
    """One of the two resources that hold batches.

    `name` is for sentences, `entries` the property that holds a batch's entries, `selector` the first part of its key
    where it has two. `posts` is the process that posts such batches, `one_range` how it is told not to post all of
    them, `first_and_last` its names for the range: they differ (contract sage300, section 4).
    """

    name: str
    resource: str
    entries: str
    selector: str
    posts: str
    one_range: tuple[tuple[str, str], ...]
    first_and_last: tuple[str, str]

    def key(self, number: int) -> Key:
        """A batch's key: its number, after its selector where there is one."""
        return {"BatchSelector": self.selector, "BatchNumber": number} if self.selector else number

    def posting_of(self, number: int) -> Body:
        """What the posting process is sent so that it posts this batch and no other."""
        return dict(self.one_range) | dict.fromkeys(self.first_and_last, number)

    def headers(self, client: Sage300Client, chosen: Filter | None) -> Iterator[BatchHeader]:
        """Headers without their entries; one that cannot be read is given by its number."""
        ours = where("BatchSelector", "eq", self.selector) if self.selector else None
        chosen = all_of(ours, chosen)
        for entry in client.entries("AP", self.resource, where=chosen, select=selected(BatchHeaderSchema)):
            try:
                yield self.header(entry)
            except RecordTrouble:
                if not isinstance(entry.get("BatchNumber"), int):
                    raise
                yield BatchHeader.of_unreadable(entry["BatchNumber"])

    def header(self, entry: Mapping[str, Any]) -> BatchHeader:
        """The header in a batch. RecordTrouble when it cannot be read."""
        return BatchHeader(**load(BatchHeaderSchema, entry, f"{self.name} {entry.get('BatchNumber', '?')}"))

    def header_of(self, client: Sage300Client, number: int) -> BatchHeader:
        """A batch's header as it is now, without its entries. RecordTrouble if the batch is gone."""
        found = next(self.headers(client, where("BatchNumber", "eq", number)), None)
        if found is None:
            raise RecordTrouble(
                f"Sage 300 company {client.company} was asked for {self.name} {number}.",
                "It has no batch of that number.",
                "It was deleted or renumbered in Sage 300.",
                "sage300.record-not-found",
            )
        return found

    def entries_in(self, batch: Entry) -> Iterator[tuple[str, Entry]]:
        """The entries of a batch, each with its place for sentences.

        An entry that posting refused stays in its batch and names the one in which it goes on: it is left out.
        """
        for position, given in enumerate(batch.get(self.entries) or (), start=1):
            entry = given if isinstance(given, dict) else {}
            if not entry.get("ErrorBatch"):
                place = f"Entry {entry.get('EntryNumber', position)} of {self.name} {batch.get('BatchNumber', '?')}"
                yield place, entry


INVOICE_BATCHES = BatchKind(
    name="AP invoice batch",
    resource="APInvoiceBatches",
    entries="Invoices",
    selector="",
    posts="APPostInvoices",
    one_range=(("ProcessAllBatches", "Donotpostallbatches"),),
    first_and_last=("FromBatch", "ToBatch"),
)
PAYMENT_BATCHES = BatchKind(
    name="AP payment batch",
    resource="APPaymentAndAdjustmentBatches",
    entries="PaymentsAdjustments",
    selector="PY",
    posts="APPostPaymentsAndAdjustments",
    one_range=(("BatchType", "PY"), ("PostAllBatches", "Donotpostallbatches")),
    first_and_last=("PostBatchFrom", "PostBatchTo"),
)


def edited_or_unposted(edited_since: date | None, not_posted: bool, number_above: int | None) -> Filter | None:
    """Batches edited on or after a day *or*, with `not_posted`, neither posted nor deleted; above a number."""
    edited = where("DateLastEdited", "ge", edited_since) if edited_since else None
    unposted = where("BatchStatus", "ne", POSTED) & where("BatchStatus", "ne", DELETED) if not_posted else None
    above = where("BatchNumber", "gt", number_above) if number_above is not None else None
    return all_of(edited | unposted if edited and unposted else edited or unposted, above)
