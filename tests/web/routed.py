"""An integration whose invoices are routed, selected and acted upon, with what Jira offers for it already read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select

from plugin.integrations import registry
from plugin.integrations.into_jira import IntoJira
from plugin.integrations.products import StreamDescription
from plugin.integrations.sage300_jira import PRODUCT
from plugin.integrations.sage300_jira.subjects import INVOICE_SUBJECTS
from plugin.store.models import Connection, Integration, Snapshot, Stream
from sage_adapters.records import DocumentKey, Vendor, to_json

PLACE = {
    "project_id": "10000", "project_key": "AP", "project_name": "Accounts payable",
    "issue_type_id": "10005", "issue_type_name": "Invoice",
}  # fmt: skip
TEAM = {
    "project_id": "10001", "project_key": "TEAM", "project_name": "A team",
    "issue_type_id": "10005", "issue_type_name": "Invoice",
}  # fmt: skip
STATES = ("Open", "Posted", "Paid")
STATUSES = [{"id": "1", "name": "To do"}, {"id": "3", "name": "Approved"}, {"id": "5", "name": "To pay"}]


class Wishes:
    documents = "invoices"

    def statuses(self, stream: Stream) -> Mapping[str, str]:
        return {}

    def take(self, *told: Any) -> None: ...


@dataclass
class Routed:
    """The house, and the hands of its administrator."""

    house: Any
    integration: int

    @property
    def where(self) -> str:
        return f"integration={self.integration}"

    def stream(self, name: str = "invoices") -> Stream:
        return next(each for each in self.house.rows(Stream) if each.name == name)

    def settle(self, **settings: Any) -> None:
        """Changes settings of the invoices' stream."""
        row = self.stream()
        self._change(row, settings={**row.settings, **settings})

    def unplace(self) -> None:
        self._change(self.stream(), settings={})

    def offer(self, subject: str, *choices: Mapping[str, Any], **values: Any) -> None:
        body = {"choices": list(choices)}
        row = {"subject": subject, "body": body, "state": "read", "read_at": self.house.now}
        self.house.add(Snapshot(**{**row, **values}))

    @property
    def stream_description(self) -> StreamDescription:
        return registry.PRODUCTS[PRODUCT.kind].stream("invoices")

    def refresh(self, subject: str, body: dict[str, Any]) -> None:
        """A worker has read this anew."""
        with self.house.parts.database.writing(self.house.site_id) as session:
            row = session.scalars(select(Snapshot).where(Snapshot.subject == subject)).one()
            row.state, row.body, row.read_at = "read", body, self.house.now

    def document(self, invoice: Any, **values: Any) -> int:
        """With its vendor's record, as companions complete it."""
        key = DocumentKey("sage300", "SAMLTD", invoice.vendor_number, "vendor", invoice.vendor_number)
        vendor = Vendor(key, invoice.vendor_number, invoice.vendor_name, group="TRADE")
        content = {**to_json(invoice), "vendor_record": to_json(vendor), **values.pop("content", {})}
        entry: int = self.house.entry(self.stream().id, invoice, content=content, **values)
        return entry

    def _change(self, row: Any, **values: Any) -> None:
        with self.house.parts.database.writing(self.house.site_id) as session:
            kept = session.get(type(row), row.id)
            for name, value in values.items():
                setattr(kept, name, value)


@pytest.fixture
def routed(house: Any, monkeypatch: pytest.MonkeyPatch) -> Routed:
    monkeypatch.setitem(registry.PRODUCTS, PRODUCT.kind, replace(PRODUCT, streams=(_invoices(), _actions())))
    house.connection()
    integration = house.add(
        Integration(kind=PRODUCT.kind, connection_id=house.row(Connection).id, settings={}, created_at=house.now)
    )
    place = {"integration_id": integration, "active": True, "started_at": house.now}
    house.add(Stream(name="invoices", settings=PLACE, mapping={"amount": "customfield_10012"}, **place))
    house.add(Stream(name="actions", integration_id=integration))
    house.projects()
    return Routed(house, integration)


def _invoices() -> StreamDescription:
    target = PRODUCT.main.into_jira
    assert target is not None
    into_jira: IntoJira = replace(target, subjects=INVOICE_SUBJECTS, states=STATES, linked_to="invoices")
    return replace(PRODUCT.main, name="invoices", target=into_jira, companions=StreamDescription.companions, follows={})


def _actions() -> StreamDescription:
    return replace(PRODUCT.main, name="actions", document="action", documents="actions", wishes=Wishes())
