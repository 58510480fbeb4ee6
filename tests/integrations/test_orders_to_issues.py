"""Purchase orders of Sage 300 as Jira issues: what a buyer sees in Jira after what happened in Sage 300."""

from __future__ import annotations

from math import ceil

import pytest

from mock_servers.jira import adf
from mock_servers.sage300 import Seed
from tests.integrations.conftest import Operate
from tests.integrations.office import COMPANY, Office
from tests.integrations.purchasing import (
    ORDERS,
    Json,
    ago,
    in_days,
    issue_about,
    issues_about,
    order,
    receive,
    set_up_stream,
    today,
)


@pytest.fixture
def neighbours() -> bool:
    return True


@pytest.fixture
def buying(vendor: Office) -> Office:
    """A running office whose orders become issues too."""
    set_up_stream(vendor, "orders")
    return vendor


def test_an_order_becomes_an_issue_is_received_and_completes(buying: Office) -> None:
    order(buying, "PO-1", ("A1", "10", "25.00"), ("B2", "4", "100.00"), expected=in_days(9), date=ago(1))
    buying.poll()
    issue = issue_about(buying, "purchase-order:PO-1")
    fields = issue["fields"]
    assert issue["summary"] == "Chloride Systems · Order PO-1 · USD 650.00"
    assert (fields["Vendor"], fields["Vendor number"], fields["PO number"]) == ("Chloride Systems", "1200", "PO-1")
    assert (fields["Amount"], fields["Currency"], fields["Sage 300 status"]) == (650.0, "USD", "Open")
    assert (fields["Order date"], fields["Expected on"]) == (ago(1), in_days(9))
    receive(buying, "RC-1", "PO-1", ("A1", "10"))
    buying.poll()
    fields = issue_about(buying, "purchase-order:PO-1")["fields"]
    assert (fields["Sage 300 status"], fields["Received"]) == ("Part received", 250.0)
    receive(buying, "RC-2", "PO-1")
    buying.poll()
    fields = issue_about(buying, "purchase-order:PO-1")["fields"]
    assert (fields["Sage 300 status"], fields["Received"]) == ("Complete", 650.0)


def test_the_description_tells_the_lines(buying: Office) -> None:
    order(buying, "PO-1", ("A1", "1000", "25.125"), ("B2", "4", "100.00"), description="For the new hall")
    buying.poll()
    described = issue_about(buying, "purchase-order:PO-1")["fields"]["description"]
    text = adf.text_of(described)
    assert "Purchase order PO-1 of" in text
    assert "For the new hall" in text
    assert "Total: USD 25,525.00" in text
    rows = [[adf.text_of(cell).strip() for cell in row["content"]] for row in _table(described)["content"]]
    assert rows == [
        ["Item", "Description", "Quantity and price", "Amount"],
        ["A1", "A1 for stock", "1,000 at 25.125", "25,125.00"],
        ["B2", "B2 for stock", "4 at 100.00", "400.00"],
    ]


def test_an_order_of_hundreds_of_lines_is_told_as_far_as_jira_takes_it_with_its_total(buying: Office) -> None:
    order(buying, "PO-1", *((f"ITEM-{n:03}", "1", "10.00") for n in range(400)))
    buying.poll()
    described = issue_about(buying, "purchase-order:PO-1")["fields"]["description"]
    assert 50 < len(_table(described)["content"]) < 400
    assert "Total: USD 4,000.00" in adf.text_of(described)
    assert "more lines, which the panel shows." in adf.text_of(described)


def test_a_change_of_an_open_order_is_noticed_although_nothing_tells_of_it(buying: Office) -> None:
    order(buying, "PO-1", date=ago(300))
    buying.poll()
    buying.clerk("purchase_order", "edit", number="PO-1", lines=[{"item": "A1-103/0", "quantity": 20}])
    buying.poll()
    assert issue_about(buying, "purchase-order:PO-1")["fields"]["Amount"] == 500.0


def test_an_order_entered_today_and_dated_last_year_is_found(buying: Office) -> None:
    order(buying, "PO-1")
    buying.poll()
    order(buying, "PO-2", date=ago(300))
    buying.poll()
    assert issue_about(buying, "purchase-order:PO-2")["fields"]["Order date"] == ago(300)


def test_an_order_dated_next_year_hides_none_that_comes_before_it(buying: Office) -> None:
    order(buying, "PO-1", date=in_days(30))
    buying.poll()
    assert buying.stream("orders").watermark is not None
    assert (buying.stream("orders").watermark or {})["newest"] == today().isoformat()


def test_a_deleted_order_is_noted_on_its_issue_and_the_issue_stays(buying: Office) -> None:
    order(buying, "PO-1")
    order(buying, "PO-2")
    buying.poll()
    buying.clerk("purchase_order", "delete", number="PO-1")
    buying.poll()
    assert issue_about(buying, "purchase-order:PO-1")["fields"]["Sage 300 status"] == "Deleted in Sage 300"
    assert issue_about(buying, "purchase-order:PO-2")["fields"]["Sage 300 status"] == "Open"


def test_a_complete_order_is_not_asked_for_again_once_it_is_old(buying: Office) -> None:
    order(buying, "PO-1", date=ago(60))
    receive(buying, "RC-1", "PO-1")
    order(buying, "PO-2")
    buying.poll()
    since = buying.sage.now
    buying.poll()
    (asked,) = buying.sage.journal("GET", ORDERS, since)
    assert "PurchaseOrderDate" in asked["query"]
    assert buying.last_run("orders").read == 1, "only what is dated lately"


@pytest.mark.parametrize("books", [Seed(invoices=1)], ids=["few invoices"])
def test_120_open_orders_are_read_again_by_6_requests(buying: Office) -> None:
    for number in range(120):
        order(buying, f"PO-{number}", date=ago(60))
    order(buying, "PO-NEWEST")
    run = buying.poll("orders")
    assert run.created == 121
    since = buying.sage.now
    run = buying.poll("orders")
    assert (run.read, run.unchanged) == (121, 121)
    assert len(buying.sage.journal("GET", ORDERS, since)) == 1 + ceil(120 / 20)


def test_orders_from_a_day_on_leave_out_what_is_older(vendor: Office) -> None:
    order(vendor, "OLD", date=ago(40))
    order(vendor, "NEW", date=ago(10))
    set_up_stream(vendor, "orders", since=ago(20))
    vendor.poll()
    assert not issues_about(vendor, "purchase-order:OLD")
    assert len(issues_about(vendor, "purchase-order:NEW")) == 1
    order(vendor, "LATE", date=ago(60))
    vendor.poll()
    assert len(issues_about(vendor, "purchase-order:LATE")) == 1, "it was entered since"


def test_an_order_that_is_no_record_is_shown_as_such_and_stops_nobody(buying: Office) -> None:
    order(buying, "PO-1")
    order(buying, "PO-2")
    buying.poll()
    _rename(buying, "PO-1", "")
    order(buying, "PO-3")
    buying.poll()
    states = {entry.number: entry.state for entry in buying.entries("orders")}
    assert states.pop("1") == "unreadable"
    assert states == {"PO-1": "settled", "PO-2": "settled", "PO-3": "settled"}
    assert "PurchaseOrderNumber: It is empty" in buying.page("failures")
    _rename(buying, "", "PO-1")
    buying.poll()
    assert {entry.number: entry.state for entry in buying.entries("orders")} == states
    assert issue_about(buying, "purchase-order:PO-1")["fields"]["Sage 300 status"] == "Open"


def test_a_long_first_reading_goes_on_where_its_slice_was_over(vendor: Office, operate: Operate) -> None:
    for number in range(130):
        order(vendor, f"PO-{number}", date=ago(number))
    vendor.poll("vendors")
    operate(SLICE_SECONDS="0")
    since = vendor.sage.now
    set_up_stream(vendor, "orders")
    assert vendor.last_run("orders").created == 130
    lists = [entry["query"] for entry in vendor.sage.journal("GET", f"{ORDERS}$", since)]
    assert any("PurchaseOrderSequenceKey%20gt%20" in query for query in lists), "it does not begin anew"


def _table(described: Json) -> Json:
    table: Json = next(node for node in described["content"] if node["type"] == "table")
    return table


def _rename(office: Office, number: str, other: str) -> None:
    """What no screen of Sage 300 would let anybody do."""
    with office.sage.mock.lock:
        books = office.sage.mock.companies[COMPANY].purchase_orders
        draft = books.existing(number).copy()
        draft.fill({"PurchaseOrderNumber": other})
        books.add(draft)
