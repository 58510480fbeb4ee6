"""Vendors of Sage 300: kept in our own store, and told on the issues that concern them."""

from __future__ import annotations

import pytest

from mock_servers.sage300 import Seed
from tests.integrations.office import COMPANY, Office
from tests.integrations.purchasing import issue_about, map_more, open_office, order, post, receive, set_up_stream

VENDORS = "/AP/APVendors"
DAY = 86_400


@pytest.fixture
def vendor(office: Office) -> Office:
    return open_office(office)


@pytest.fixture
def neighbours() -> bool:
    return True


@pytest.fixture
def mapped(vendor: Office) -> Office:
    """Invoices tell what is known of their vendor."""
    map_more(vendor, "vendor_group", "vendor_terms", "vendor_on_hold", "vendor_status", "vendor_1099_code")
    return vendor


def test_an_invoice_tells_its_vendors_group_terms_hold_and_1099_code(mapped: Office) -> None:
    shown = mapped.clerk("vendor", "edit", number="1200", reporting_type="Num1099", reporting_code="7")
    mapped.invoice("INV-1")
    mapped.poll()
    mapped.poll()
    fields = mapped.issue_of("INV-1")["fields"]
    assert (fields["Vendor group"], fields["Vendor terms"]) == (shown["group"], shown["terms"])
    assert (fields["Vendor on hold"], fields["Vendor status"], fields["1099 or CPRS code"]) == ("No", "Active", "7")


def test_a_renamed_vendor_updates_its_open_issues_and_no_others(mapped: Office) -> None:
    mapped.clerk("vendor", "enter", number="1350", name="Jones Office Supply")
    mapped.invoice("OPEN-1")
    mapped.invoice("OTHER-1", vendor="1350")
    post(mapped, "PAID-1")
    mapped.clerk("payment", "pay", vendor="1200", number="PAID-1")
    mapped.poll()
    mapped.poll()
    mapped.poll()
    paid, other = mapped.issue_of("PAID-1"), mapped.issue_of("OTHER-1")
    mapped.clerk("vendor", "edit", number="1200", name="Chloride Holdings")
    mapped.poll()
    mapped.poll()
    renamed = mapped.issue_of("OPEN-1")
    assert renamed["fields"]["Vendor"] == "Chloride Holdings"
    assert renamed["summary"].startswith("Chloride Holdings · OPEN-1")
    assert mapped.issue_of("PAID-1") == paid
    assert mapped.issue_of("OTHER-1") == other


def test_a_held_vendor_shows_on_open_orders_receipts_and_invoices(vendor: Office) -> None:
    for name in ("orders", "receipts"):
        set_up_stream(vendor, name)
        map_more(vendor, "vendor_on_hold", name=name)
    map_more(vendor, "vendor_on_hold")
    order(vendor, "PO-1")
    receive(vendor, "RC-1", "PO-1", ("A1-103/0", "1"))
    vendor.invoice("INV-1", po_number="PO-1")
    vendor.poll()
    vendor.poll()
    vendor.poll()
    vendor.clerk("vendor", "hold", number="1200")
    vendor.poll()
    vendor.poll()
    held = [
        issue_about(vendor, document)["fields"]["Vendor on hold"]
        for document in ("purchase-order:PO-1", "receipt:RC-1", "invoice:INV-1")
    ]
    assert held == ["Yes", "Yes", "Yes"]


def test_a_second_change_on_one_day_is_noticed(mapped: Office) -> None:
    mapped.invoice("INV-1")
    for name in ("First", "Second"):
        mapped.clerk("vendor", "edit", number="1200", name=name)
        mapped.poll()
        mapped.poll()
        assert mapped.issue_of("INV-1")["fields"]["Vendor"] == name


@pytest.mark.parametrize("books", [Seed(invoices=60)], ids=["60 invoices"])
def test_vendors_are_looked_up_in_our_own_store(vendor: Office) -> None:
    """However many invoices are told, Sage 300 is not asked for their vendors."""
    map_more(vendor, "vendor_group")
    assert all(issue["fields"].get("Vendor group") for issue in vendor.issues())
    assert not vendor.sage.journal("GET", rf"{VENDORS}\(")


def test_an_unchanged_vendor_is_listed_for_two_days_and_no_longer(office: Office) -> None:
    office.neighbours = True
    office.live_long_ago(9)
    office.set_up()
    office.sage.mock.clock.advance(9 * DAY)
    office.clerk("vendor", "enter", number="1200", name="Chloride Systems")
    office.poll()
    assert office.poll("vendors").read == 1


def test_a_balance_that_moves_is_no_news_of_a_vendor(mapped: Office) -> None:
    mapped.poll()
    version = mapped.entry_of("1200", name="vendors").version
    post(mapped, "INV-1")
    mapped.poll()
    assert mapped.entry_of("1200", name="vendors").version == version


def test_a_vendor_that_is_no_record_is_shown_as_such_and_mended_by_itself(mapped: Office) -> None:
    _put(mapped, "1200", OnHold="Perhaps")
    mapped.clerk("vendor", "enter", number="1350", name="Jones Office Supply")
    mapped.poll()
    assert mapped.entry_of("1200", name="vendors").state == "unreadable"
    assert mapped.entry_of("1350", name="vendors").state == "settled"
    _put(mapped, "1200", OnHold="NotOnHold")
    mapped.poll()
    assert mapped.entry_of("1200", name="vendors").state == "settled"


def _put(office: Office, number: str, **values: object) -> None:
    """What no screen of Sage 300 would let anybody do; the day of maintenance stays."""
    with office.sage.mock.lock:
        office.sage.mock.companies[COMPANY].vendors.find((number,)).values.update(values)


def test_what_is_kept_here_is_never_taken_for_an_issue(mapped: Office) -> None:
    """Ids of rows and of issues may be the same numbers: an issue would seem to stand for a vendor already."""
    mapped.poll()
    assert not [entry for entry in mapped.entries("vendors") if (entry.target_id or "").isdecimal()]
