"""Receipts of Sage 300 as Jira issues, and how receipts and invoices find the issue of their order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mock_servers.jira import adf
from plugin.store.models import LedgerEntry, Stream
from tests.integrations.office import Office
from tests.integrations.purchasing import (
    ORDERS,
    RECEIPTS,
    ago,
    change,
    issue_about,
    issues_about,
    linked_to,
    order,
    receive,
    set_up_stream,
    stop_waiting,
)

RELEASES = ("2020", "2021", "2022.2")


@pytest.fixture
def neighbours() -> bool:
    return True


@pytest.fixture
def buying(vendor: Office) -> Office:
    """A running office whose orders and receipts become issues too."""
    set_up_stream(vendor, "orders")
    set_up_stream(vendor, "receipts")
    return vendor


@pytest.mark.parametrize("release", RELEASES)
def test_a_receipt_becomes_an_issue_that_is_linked_to_its_order(vendor: Office, release: str) -> None:
    vendor.sage.turn(release=release)
    set_up_stream(vendor, "orders")
    set_up_stream(vendor, "receipts")
    order(vendor, "PO-1", ("A1", "10", "25.00"))
    vendor.poll()
    receive(vendor, "RC-1", "PO-1", ("A1", "4"), date=ago(2), description="First delivery")
    vendor.poll()
    vendor.poll()
    issue = issue_about(vendor, "receipt:RC-1")
    fields = issue["fields"]
    assert issue["summary"] == "Chloride Systems · Receipt RC-1 · USD 100.00"
    assert (fields["Receipt number"], fields["PO number"], fields["Receipt date"]) == ("RC-1", "PO-1", ago(2))
    assert (fields["Vendor"], fields["Amount"]) == ("Chloride Systems", 100.0)
    assert linked_to(vendor, issue) == {issue_about(vendor, "purchase-order:PO-1")["key"]}
    text = adf.text_of(fields["description"])
    assert "Receipt RC-1 of" in text
    assert "against purchase order PO-1" in text
    assert "4 at 25.00" in text


def test_a_receipt_that_is_read_before_its_order_waits_and_is_linked_when_it_comes(buying: Office) -> None:
    buying.sage.fault("status", "GET", ORDERS, status=500, times=1000)
    order(buying, "PO-1")
    receive(buying, "RC-1", "PO-1")
    buying.poll()
    assert not issues_about(buying, "receipt:RC-1")
    assert buying.entry_of("RC-1", name="receipts").state == "pending"
    buying.sage.recover()
    buying.poll()
    buying.poll()
    (receipt,) = issues_about(buying, "receipt:RC-1")
    assert linked_to(buying, receipt) == {issue_about(buying, "purchase-order:PO-1")["key"]}


def test_a_receipt_waits_while_the_issue_of_its_order_is_on_its_way(buying: Office) -> None:
    order(buying, "PO-1")
    receive(buying, "RC-1", "PO-1")
    buying.jira.fault("status", "POST", "/issue/bulk$", status=503, times=1000)
    buying.poll()
    buying.jira.recover()
    buying.poll()
    buying.poll()
    assert issue_about(buying, "purchase-order:PO-1")["id"] < issue_about(buying, "receipt:RC-1")["id"]
    assert linked_to(buying, issue_about(buying, "receipt:RC-1"))


def test_an_order_that_jira_refuses_holds_up_no_receipt(buying: Office) -> None:
    order(buying, "PO-1")
    receive(buying, "RC-1", "PO-1", ("A1-103/0", "1"))
    buying.jira.fault("status", "POST", "/issue/bulk$", status=503, times=1000)
    buying.poll()
    buying.jira.recover()
    change(buying, LedgerEntry, LedgerEntry.number == "PO-1", state="parked")
    stop_waiting(buying)
    buying.poll()
    assert not linked_to(buying, issue_about(buying, "receipt:RC-1"))


def test_a_receipt_without_an_order_waits_for_nothing(buying: Office) -> None:
    buying.clerk("receipt", "receive", number="RC-1", vendor="1200", lines=[{"item": "A1", "quantity": "1"}])
    buying.poll()
    assert not linked_to(buying, issue_about(buying, "receipt:RC-1"))


def test_a_receipt_is_linked_to_an_order_that_takes_part_only_later(vendor: Office) -> None:
    set_up_stream(vendor, "receipts")
    order(vendor, "PO-1")
    receive(vendor, "RC-1", "PO-1")
    vendor.poll()
    assert not linked_to(vendor, issue_about(vendor, "receipt:RC-1"))
    set_up_stream(vendor, "orders")
    vendor.poll()
    vendor.poll()
    assert linked_to(vendor, issue_about(vendor, "receipt:RC-1")) == {issue_about(vendor, "purchase-order:PO-1")["key"]}


def test_a_receipt_entered_today_and_dated_last_month_is_found(buying: Office) -> None:
    order(buying, "PO-1", date=ago(90))
    receive(buying, "RC-1", "PO-1", ("A1-103/0", "1"))
    buying.poll()
    receive(buying, "RC-2", "PO-1", ("A1-103/0", "1"), date=ago(60))
    buying.poll()
    assert issue_about(buying, "receipt:RC-2")["fields"]["Receipt date"] == ago(60)


def test_a_look_that_finds_no_receipt_is_one_request_on_every_release(vendor: Office) -> None:
    vendor.sage.turn(release="2021")
    set_up_stream(vendor, "receipts")
    vendor.poll()
    since = vendor.sage.now
    vendor.poll()
    assert len(vendor.sage.journal("GET", RECEIPTS, since)) == 1


def test_an_upgrade_of_sage_300_moves_where_receipts_are_read(vendor: Office) -> None:
    vendor.sage.turn(release="2021")
    set_up_stream(vendor, "receipts")
    order(vendor, "PO-1")
    receive(vendor, "RC-1", "PO-1", ("A1-103/0", "1"))
    vendor.poll()
    vendor.sage.turn(release="2022.2")
    receive(vendor, "RC-2", "PO-1", ("A1-103/0", "1"))
    run = vendor.poll("receipts")
    assert (run.state, run.created) == ("done", 1)
    assert len(issues_about(vendor, "receipt:RC-2")) == 1


def test_an_invoice_is_linked_to_the_order_whose_number_somebody_typed_on_it(buying: Office) -> None:
    order(buying, "PO-1", ("A1", "10", "25.00"))
    buying.poll()
    buying.invoice("INV-1", po_number=" po-1 ", amount="120.00")
    buying.poll()
    buying.poll()
    ordered = issue_about(buying, "purchase-order:PO-1")
    assert linked_to(buying, buying.issue_of("INV-1")) == {ordered["key"]}


def test_what_is_billed_and_received_shows_on_the_order(buying: Office) -> None:
    order(buying, "PO-1", ("A1", "10", "25.00"))
    order(buying, "PO-2", ("A1", "10", "25.00"))
    buying.poll()
    receive(buying, "RC-1", "PO-1", ("A1", "4"))
    billed = buying.invoice("INV-1", po_number="PO-1", amount="100.00")["amount"]
    buying.poll()
    buying.poll()
    fields = issue_about(buying, "purchase-order:PO-1")["fields"]
    assert (fields["Received"], fields["Billed"]) == (100.0, float(billed))
    buying.clerk("invoice", "edit", vendor="1200", number="INV-1", po_number="PO-2")
    buying.poll()
    buying.poll()
    assert issue_about(buying, "purchase-order:PO-1")["fields"]["Billed"] == 0.0
    assert issue_about(buying, "purchase-order:PO-2")["fields"]["Billed"] == float(billed)


def test_an_invoice_with_a_number_that_is_no_order_does_not_wait_for_long(buying: Office) -> None:
    buying.invoice("INV-1", po_number="by telephone")
    buying.poll()
    stop_waiting(buying)
    buying.poll()
    stop_waiting(buying)
    buying.poll()
    assert buying.issue_of("INV-1")["fields"]["PO number"] == "by telephone"


def test_orders_that_cannot_be_read_for_hours_hold_up_no_invoice(buying: Office) -> None:
    buying.sage.fault("status", "GET", ORDERS, status=500, times=1000)
    buying.invoice("INV-1", po_number="PO-1")
    buying.poll()
    assert buying.entry_of("INV-1").state == "pending"
    two_hours_ago = datetime.now(UTC) - timedelta(hours=2)
    change(buying, Stream, Stream.name == "orders", failing_since=two_hours_ago)
    stop_waiting(buying)
    buying.poll()
    assert buying.issue_of("INV-1")


def test_a_new_invoice_lands_in_the_project_of_its_order(buying: Office) -> None:
    """And with the person who has the order."""
    order(buying, "PO-1")
    buying.poll()
    nora = next(user for user in buying.jira.mock.state("users")["users"] if user["name"] == "Nora Normal")
    key = issue_about(buying, "purchase-order:PO-1")["key"]
    buying.jira.act("issue", "edit", key=key, fields={"assignee": {"accountId": nora["account_id"]}})
    buying.invoice("INV-1", po_number="PO-1")
    buying.poll()
    assert buying.issue_of("INV-1")["fields"]["Assignee"] == "Nora Normal"
