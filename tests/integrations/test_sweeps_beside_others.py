"""Dry runs and reconciliations of documents that others take part in: selections, companions, what is no record."""

from __future__ import annotations

import pytest

from plugin.store.models import LedgerEntry, Stream
from tests.integrations.office import Office
from tests.integrations.purchasing import VENDOR, change, open_office
from tests.integrations.test_sweeps import begin, found
from tests.integrations.test_where_issues_land import decide


def spoil(office: Office, number: str) -> None:
    """An import has left an invoice that is no record."""
    entered = office.invoice(number)
    with office.sage.mock.lock:
        books = office.sage.mock.companies[office.company].invoice_batches
        draft = books.find((entered["batch"],)).copy()
        draft.details("Invoices")[0]["DocumentType"] = "Perhaps"
        books.store(draft)


@pytest.mark.parametrize(
    "condition",
    [
        {"on": "vendor", "how": "is", "values": ["1200"]},
        {"on": "amount", "how": "at-least", "values": ["1"]},
    ],
    ids=["by its vendor", "by an amount that it does not tell"],
)
def test_what_is_no_record_is_told_by_sweeps_whatever_takes_part(vendor: Office, condition: dict[str, object]) -> None:
    decide(vendor, selection=[condition])
    spoil(vendor, "BAD-1")
    vendor.poll()
    assert vendor.entry_of("BAD-1").state == "unreadable"
    proposed = begin(vendor, "dry-run")
    assert (proposed.state, proposed.counts) == ("done", {"refused": 1})
    compared = begin(vendor, "reconciliation")
    assert (compared.state, compared.counts.get("missing")) == ("done", 1)
    assert ("missing", "BAD-1") in found(vendor)


def test_what_has_changed_beside_a_document_since_the_last_run_waits_and_is_not_different(office: Office) -> None:
    open_office(office)
    office.invoice("INV-1")
    office.invoice("INV-2")
    office.poll()
    amount = office.field_id("Amount")
    office.clerk("vendor", "edit", number=VENDOR, name="Chloride Systems Ltd")
    change(office, Stream, Stream.name == "invoices", active=False)
    office.sync("vendors")
    begin(office, "reconciliation")
    assert [verdict for verdict, _ in found(office)] == ["waiting", "waiting"]
    office.ada.act(f"stream/resume?stream={office.stream().id}")
    office.jira.act("issue", "edit", key=office.issue_of("INV-1")["key"], fields={amount: 1.0})
    begin(office, "reconciliation")
    assert list(found(office)) == [("different", "INV-1")], "what people have changed is"


def test_what_is_over_keeps_the_name_under_which_its_vendor_was_paid(office: Office) -> None:
    open_office(office)
    office.invoice("INV-1")
    office.poll()
    change(office, LedgerEntry, LedgerEntry.number == "INV-1", closed=True)
    office.clerk("vendor", "edit", number=VENDOR, name="Chloride Systems Ltd")
    office.poll()
    assert begin(office, "dry-run").counts == {}
    assert set(begin(office, "reconciliation").counts) == {"same"}
    assert office.issue_of("INV-1")["fields"]["Vendor"] == "Chloride Systems"
