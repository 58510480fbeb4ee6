"""The source of actions: there is nothing to read. They are entered by wishes.py, whenever somebody wishes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from plugin.integrations.parts import Parts
from plugin.store.models import Connection, Stream
from plugin.sync.documents import JsonObject, Page
from plugin.sync.ports import Memory
from sage_adapters.http import RequestLog


def open_source(parts: Parts, stream: Stream, connection: Connection, request_log: RequestLog) -> WishSource:
    return WishSource()


class WishSource:
    """What people ask for in Jira."""

    system = "jira"

    def read(
        self, watermark: JsonObject | None, position: JsonObject | None, memory: Memory, *, lenient: bool
    ) -> Iterator[Page]:
        yield Page((), (), watermark={})

    def read_unit(self, key: str) -> Page:
        return Page((), ())

    def everything(self, since: date | None, position: JsonObject | None) -> Iterator[Page]:
        return iter(())

    def from_day(self, day: date) -> JsonObject:
        return {}

    def gone(self, content: JsonObject) -> JsonObject:
        return content
