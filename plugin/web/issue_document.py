"""The document behind the issue on which a page stands, and what it came by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from plugin.integrations.lines import completed, siblings_of
from plugin.integrations.panels import Panel, Sheet
from plugin.integrations.products import Product, StreamDescription
from plugin.integrations.registry import PRODUCTS, product_of
from plugin.jira.values import Value
from plugin.store.models import Connection, Integration, LedgerEntry, Stream
from plugin.web.visit import Visit
from sage_adapters.records import Record, from_json

_BROKEN = (KeyError, TypeError, ValueError, ArithmeticError)


@dataclass(frozen=True)
class Found:
    """A document that has an issue."""

    sheet: Sheet
    connection: Connection
    stream: Stream
    product: Product
    described: StreamDescription

    @property
    def entry(self) -> LedgerEntry:
        return self.sheet.entry

    @property
    def panel(self) -> Panel:
        return self.described.panel

    @cached_property
    def record(self) -> Record | None:
        """None for a document that was kept although it could not be understood."""
        try:
            return from_json(self.panel.record, self.entry.content)
        except _BROKEN:
            return None

    @cached_property
    def attributes(self) -> Mapping[str, Value]:
        """What the document can tell a Jira field, by name. Only of one that could be understood."""
        known = self.described.into_jira.attributes if self.described.into_jira else ()
        return {each.name: each.read(self.sheet.content) for each in known}

    @property
    def state(self) -> str:
        """What it has reached in its own system."""
        into_jira = self.described.into_jira
        state = into_jira.look.state(self.sheet.content) if into_jira else ""
        return state or str(self.sheet.content.get("status") or "")


def find(visit: Visit, session: Session) -> Found | None:
    row = session.execute(
        select(LedgerEntry, Stream, Integration, Connection)
        .join(Stream, Stream.id == LedgerEntry.stream_id)
        .join(Integration, Integration.id == Stream.integration_id)
        .join(Connection, Connection.id == Integration.connection_id)
        .where(LedgerEntry.target_id == visit.issue_id, _into_issues())
        .order_by(LedgerEntry.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    entry, stream, integration, connection = row
    content = completed(session, entry, integration, stream)
    sheet = Sheet(session, siblings_of(session, integration.id), entry, content)
    product = product_of(integration)
    return Found(sheet, connection, stream, product, product.stream(stream.name))


def _into_issues() -> ColumnElement[bool]:
    """The ids of other targets, e.g. of comments, may be the same numbers."""
    return or_(
        *(
            and_(
                Integration.kind == product.kind,
                Stream.name.in_([each.name for each in product.streams if each.into_jira]),
            )
            for product in PRODUCTS.values()
        )
    )
