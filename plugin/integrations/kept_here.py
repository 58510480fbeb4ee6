"""Documents that go nowhere: master data and the like, which other documents are told together with.

Our own ledger is the target, so that they have what every document has: versions, counterfoils, a place in failures
and in the audit trail, and followers that are told when they change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from plugin.integrations.parts import Parts
from plugin.store.models import Connection, Integration, Stream
from plugin.sync.documents import Change, Delivery, Found, JsonObject, Marked, Outcome, Payload, Settled, Sight
from sage_adapters.http import RequestLog


class Kept:
    """Takes whatever comes. What it has is what the ledger has, so that nothing is ever lost or found here."""

    system = "counterfoil"
    creations_per_call = 200
    updates_per_call = 200
    series: Sequence[str] = ()

    def check(self) -> None:
        return None

    def payload(self, content: JsonObject, corrections: JsonObject) -> Payload:
        return Payload.of(content)

    def create(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return [Settled(_named(each), "") for each in deliveries]

    def update(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return self.create(deliveries)

    def find(self, deliveries: Sequence[Delivery], after: Mapping[str, str]) -> Mapping[str, Found]:
        return {each.document_key: Found(_named(each), "", each.payload.hash) for each in deliveries}

    def look(self, deliveries: Sequence[Delivery]) -> Mapping[str, Sight]:
        return {}

    def preview(self, payload: Payload) -> Sequence[Change]:
        return []

    def release(self, target_id: str) -> None:
        return None

    def walk(self, after: str | None) -> Iterator[Sequence[Marked]]:
        return iter(())


def _named(delivery: Delivery) -> str:
    """No bare number: those are issues."""
    return f"kept/{delivery.entry_id}"


class KeptHere:
    """Where the documents of such a stream go."""

    def open(
        self,
        parts: Parts,
        stream: Stream,
        integration: Integration,
        connection: Connection,
        request_log: RequestLog,
        *,
        look_first: bool = False,
    ) -> Kept:
        return Kept()

    def calls_at_once(self, integration: Integration) -> int:
        return 1
