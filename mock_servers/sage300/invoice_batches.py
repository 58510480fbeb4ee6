"""AP invoice batches: one POST makes one batch, all of it or nothing (contract sage300, sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from mock_servers.harness import Clock
from mock_servers.sage300.collections import Key, Numbered, merged
from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.invoice_entries import EntryRules, signed_total_of
from mock_servers.sage300.payload import Values
from mock_servers.sage300.schema import Record
from mock_servers.sage300.schemas.invoices import BATCH

STATUS_BY_CLIENTS = ("Open", "ReadyToPost")


class InvoiceBatches(Numbered):
    """The invoice batches of a company.

    `locked` tells whether a batch is in use by somebody else,
    `sets_ready` whether this release lets clients set ReadyToPost.
    """

    def __init__(
        self,
        clock: Clock,
        rules: EntryRules,
        locked: Callable[[Record], bool],
        sets_ready: Callable[[], bool],
    ) -> None:
        super().__init__(BATCH, clock)
        self.rules = rules
        self._locked = locked
        self._sets_ready = sets_ready
        self._documents: dict[tuple[str, str], int] = {}
        self.ready_since: dict[int, datetime] = {}

    def create(self, values: Values, user: str) -> Record:
        """A new batch with its entries. FieldInvalid for the first entry that cannot be; then nothing is kept."""
        batch = Record(BATCH, {"BatchDate": values.get("BatchDate") or self.clock.today()})
        self._apply(batch, values, user)
        batch["BatchNumber"] = self._last + 1
        return self.store(batch)

    def change(self, key: Key, values: Values, user: str) -> None:
        """Changes an open batch. General when it is locked or no longer open."""
        batch = self.find(key)
        self._check_changeable(batch, values)
        draft = batch.copy()
        self._apply(draft, values, user)
        self.store(draft)

    def set_by_hand(self, key: Key, status: str) -> Record:
        """What a person does on the batch list, in every release: sets a batch ready to post, or opens it again."""
        draft = self.find(key).copy()
        self._check_changeable(draft, {"BatchStatus": status})
        draft["BatchStatus"] = status
        return self.store(draft)

    def store(self, batch: Record) -> Record:
        """Numbers, totals and stores a batch. FieldInvalid when a document exists already elsewhere."""
        number = batch["BatchNumber"]
        documents = self._documents_in(batch)
        self._number(batch)
        batch["DateLastEdited"] = self.clock.today()
        self._forget_documents(number)
        self._documents.update(dict.fromkeys(documents, number))
        if batch["BatchStatus"] == "ReadyToPost":
            self.ready_since.setdefault(number, self.clock.now())
        else:
            self.ready_since.pop(number, None)
        return self.add(batch)

    def delete(self, number: int) -> Record:
        """What a person does in Sage: the entries go, the batch stays as Deleted."""
        draft = self.find((number,)).copy()
        self._check_changeable(draft, {})
        draft.fill({"Invoices": [], "BatchStatus": "Deleted"})
        return self.store(draft)

    def adopt(self, batch: Record) -> Record:
        """Puts in a batch that is complete already, as seeding does, and knows its documents from then on."""
        number = batch["BatchNumber"]
        for entry in batch.details("Invoices"):
            self._documents[(entry["VendorNumber"], entry["DocumentNumber"])] = number
        return self.add(batch)

    def release_documents(self, number: int, documents: list[tuple[str, str]]) -> None:
        """Forgets that these documents are in a batch, as they go to an error batch."""
        for document in documents:
            if self._documents.get(document) == number:
                del self._documents[document]

    def open_document_of(self, vendor: str) -> bool:
        """Whether a vendor has a document in a batch that is not posted."""
        return any(
            entry["VendorNumber"] == vendor
            for batch in self.records()
            if batch["BatchStatus"] not in ("Posted", "Deleted")
            for entry in batch.details("Invoices")
        )

    def _apply(self, batch: Record, values: Values, user: str) -> None:
        def insert(sent: Values) -> Record:
            return self.rules.new(sent, batch, user)

        for name, value in values.items():
            if name == "Invoices":
                batch[name] = merged(batch.details(name), value, insert, self.rules.change)
            elif name == "BatchStatus":
                self._set_status(batch, value)
            else:
                batch[name] = value

    def _set_status(self, batch: Record, status: str) -> None:
        if status not in STATUS_BY_CLIENTS or (status == "ReadyToPost" and not self._sets_ready()):
            raise Sage300Error("not-open", batch=batch["BatchNumber"], status=batch["BatchStatus"])
        batch["BatchStatus"] = status

    def _check_changeable(self, batch: Record, values: Values) -> None:
        number, status = batch["BatchNumber"], batch["BatchStatus"]
        if self._locked(batch):
            raise Sage300Error("locked", batch=number)
        # A ReadyToPost batch is view-only, but for being opened again (assumed).
        reopened = status == "ReadyToPost" and values.get("BatchStatus") == "Open"
        if status != "Open" and not reopened:
            raise Sage300Error("not-open", batch=number, status=status)
        if values.get("BatchStatus") == "ReadyToPost" and not batch.details("Invoices") and not values.get("Invoices"):
            raise Sage300Error("empty", batch=number)

    def _documents_in(self, batch: Record) -> list[tuple[str, str]]:
        documents: list[tuple[str, str]] = []
        for entry in batch.details("Invoices"):
            document = (entry["VendorNumber"], entry["DocumentNumber"])
            elsewhere = self._documents.get(document, batch["BatchNumber"]) != batch["BatchNumber"]
            if elsewhere or document in documents:
                raise Sage300Error("duplicate-document", vendor=document[0], document=document[1])
            documents.append(document)
        return documents

    def _forget_documents(self, number: int) -> None:
        before = self.get(number)
        if before is not None:
            documents = [(entry["VendorNumber"], entry["DocumentNumber"]) for entry in before.details("Invoices")]
            self.release_documents(number, documents)

    def _number(self, batch: Record) -> None:
        number, last = batch["BatchNumber"], batch["LastEntryNumber"]
        entries = batch.details("Invoices")
        for entry in entries:
            if not entry["EntryNumber"]:
                last += 1
                entry["EntryNumber"] = last
            set_keys(entry, number, entry["EntryNumber"])
        batch["LastEntryNumber"] = last
        batch["NumberOfEntries"] = len(entries)
        batch["BatchTotal"] = sum((signed_total_of(entry) for entry in entries), Decimal(0))


def set_keys(entry: Record, batch: int, number: int) -> None:
    """Writes an entry's keys on it and on its details."""
    entry.fill({"BatchNumber": batch, "EntryNumber": number})
    for name, prop in entry.schema.properties.items():
        if prop.details is not None:
            for detail in entry.values.get(name, ()):
                detail.fill({"BatchNumber": batch, "EntryNumber": number})
