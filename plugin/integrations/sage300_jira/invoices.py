"""Reads AP documents (invoices, credit notes, debit notes, interest charges) out of their batches, posted or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from plugin.integrations.connections import calls_at_once
from plugin.integrations.parts import Parts
from plugin.integrations.sage300 import open_sage300
from plugin.integrations.sage300_jira.batches import BatchSource
from plugin.integrations.sage300_jira.invoice_documents import documents_of, unreadable
from plugin.store.models import Connection, Stream
from plugin.sync.documents import Document, JsonObject
from sage_adapters.errors import RecordTrouble
from sage_adapters.http import RequestLog
from sage_adapters.records import Rejected, to_json
from sage_adapters.sage300.batches import DELETED as BATCH_DELETED
from sage_adapters.sage300.batches import BatchHeader
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.invoices import list_batches, read_batch

DELETED = "Deleted in Sage 300"


def open_source(parts: Parts, stream: Stream, connection: Connection, request_log: RequestLog) -> BatchSource:
    return BatchSource(InvoiceBatches(open_sage300(parts, connection, request_log)), calls_at_once(connection))


def sample(parts: Parts, connection: Connection) -> JsonObject | None:
    """The first document of the first batch."""
    with open_sage300(parts, connection) as client:
        header = next(list_batches(client), None)
        invoices = read_batch(client, header.number).invoices if header else ()
    return to_json(invoices[0]) if invoices else None


class InvoiceBatches:
    """The invoice batches of one company."""

    def __init__(self, client: Sage300Client) -> None:
        self._client = client

    def headers(
        self, *, edited_since: date | None = None, not_posted: bool = False, number_above: int | None = None
    ) -> Iterator[BatchHeader]:
        return list_batches(self._client, edited_since=edited_since, not_posted=not_posted, number_above=number_above)

    def read(self, number: int) -> tuple[BatchHeader, Sequence[Document]]:
        batch = read_batch(self._client, number)
        return batch.header, list(documents_of(batch, self._client.company))

    def counts(self, header: BatchHeader) -> bool:
        """A document deserves an issue as soon as it is entered."""
        return header.status != BATCH_DELETED

    def unreadable(self, number: int, trouble: RecordTrouble) -> Document:
        return unreadable(Rejected("", trouble, {}), str(number), self._client.company, 0)

    def gone(self, content: JsonObject) -> JsonObject:
        return {**content, "status": DELETED}
