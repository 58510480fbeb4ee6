"""The fiscal calendar, banks, orders by their keys, and what vendors and orders carry beside their names."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import responses

from sage_adapters.errors import RecordTrouble
from sage_adapters.sage300.banks import Bank, list_banks
from sage_adapters.sage300.calendar import FiscalCalendar, fiscal_periods
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.purchasing import list_orders, read_orders
from sage_adapters.sage300.vendors import list_vendors, read_vendor
from tests.adapters.conftest import COMPANY

CALENDAR = f"{COMPANY}/CS/CSFiscalCalendars"
ORDERS = f"{COMPANY}/PO/POPurchaseOrders"


def a_year(year: int, **changes: Any) -> dict[str, Any]:
    """A year from April to March in two halves, with a last period for adjustments on its last day."""
    found = {
        "FiscalYear": str(year),
        "NumberOfFiscalPeriods": 2,
        "Active": "Yes",
        "FiscalPeriod1StartDate": f"{year - 1}-04-01T00:00:00Z",
        "FiscalPeriod1EndDate": f"{year - 1}-09-30T00:00:00Z",
        "FiscalPeriod2StartDate": f"{year - 1}-10-01T00:00:00Z",
        "FiscalPeriod2EndDate": f"{year}-03-31T00:00:00Z",
        "FiscalPeriod3StartDate": None,
        "FiscalPeriod3EndDate": None,
        "FiscalPeriod13StartDate": f"{year}-03-31T00:00:00Z",
        "FiscalPeriod13EndDate": f"{year}-03-31T00:00:00Z",
    }
    return found | changes


def calendar_of(sage: responses.RequestsMock, client: Sage300Client, *years: dict[str, Any]) -> FiscalCalendar:
    sage.get(CALENDAR, json={"value": list(years)})
    return fiscal_periods(client)


@pytest.mark.parametrize(
    ("day", "period"),
    [
        (date(2025, 4, 1), ("2026", 1)),
        (date(2025, 9, 30), ("2026", 1)),
        (date(2025, 10, 1), ("2026", 2)),
        (date(2026, 3, 31), ("2026", 2)),
        (date(2026, 4, 1), ("2027", 1)),
    ],
)
def test_a_day_falls_into_the_period_that_holds_it(
    sage: responses.RequestsMock, client: Sage300Client, day: date, period: tuple[str, int]
) -> None:
    found = calendar_of(sage, client, a_year(2026), a_year(2027)).period_of(day)
    assert found is not None
    assert (found.year, found.number, found.open) == (*period, True)


def test_a_day_outside_the_calendar_has_no_period(sage: responses.RequestsMock, client: Sage300Client) -> None:
    calendar = calendar_of(sage, client, a_year(2026))
    assert calendar.period_of(date(2025, 3, 31)) is None
    assert calendar.period_of(date(2026, 4, 1)) is None
    assert [period.number for period in calendar.periods] == [1, 2, 13]


@pytest.mark.parametrize(("changes", "opened"), [({"Active": "No"}, [False, False]), ({}, [True, True])])
def test_a_year_that_is_not_active_is_closed(
    sage: responses.RequestsMock, client: Sage300Client, changes: dict[str, Any], opened: list[bool]
) -> None:
    calendar = calendar_of(sage, client, a_year(2026, **changes))
    assert [period.open for period in calendar.periods[:2]] == opened


def test_a_locked_period_is_closed_alone(sage: responses.RequestsMock, client: Sage300Client) -> None:
    calendar = calendar_of(sage, client, a_year(2026, FiscalPeriod1Status="Locked", FiscalPeriod2Status="Unlocked"))
    assert [period.open for period in calendar.periods[:2]] == [False, True]


def test_a_year_that_cannot_be_read_is_no_year_without_periods(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    with pytest.raises(RecordTrouble, match="Fiscal year 2026"):
        calendar_of(sage, client, a_year(2026, FiscalPeriod1StartDate="spring"))


def test_banks_are_listed_with_their_currency(sage: responses.RequestsMock, client: Sage300Client) -> None:
    banks = [
        {"BankCode": "SEATAC", "Description": "Seattle Tacoma Bank", "StatementCurrency": "USD", "Multicurrency": True},
        {"BankCode": "OLD", "Description": "Closed", "Status": "Inactive", "StatementCurrency": "CAD"},
    ]
    sage.get(f"{COMPANY}/BK/BKBanks", json={"value": banks})
    assert list_banks(client) == [
        Bank("SEATAC", "Seattle Tacoma Bank", True, "USD"),
        Bank("OLD", "Closed", False, "CAD"),
    ]


def an_order(sequence: int, **changes: Any) -> dict[str, Any]:
    order: dict[str, Any] = {
        "PurchaseOrderSequenceKey": sequence,
        "PurchaseOrderNumber": f"PO{sequence:02}",
        "Vendor": "1200",
        "VendorName": "Chloride Systems",
        "PurchaseOrderType": "Active",
        "Currency": "USD",
        "OrderTotal": 12.5,
        "PurchaseOrderLines": [],
    }
    return order | changes


def test_orders_are_read_by_key_twenty_to_a_request(sage: responses.RequestsMock, client: Sage300Client) -> None:
    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        return 200, {}, '{"value": []}'

    sage.add_callback(responses.GET, ORDERS, answer)
    assert list(read_orders(client, (str(key) for key in range(1, 46)))) == []
    filters = [call.request.params["$filter"] for call in sage.calls]
    assert [each.count("PurchaseOrderSequenceKey eq ") for each in filters] == [20, 20, 5]
    assert filters[2].startswith("PurchaseOrderSequenceKey eq 41 or PurchaseOrderSequenceKey eq 42 or ")
    assert all(len(call.request.url) < 2000 for call in sage.calls)


@pytest.mark.parametrize(
    ("chosen", "written"),
    [
        ({"entered_after": 40}, "PurchaseOrderSequenceKey gt 40"),
        (
            {"since": date(2026, 3, 1), "entered_after": 40, "sequence_above": 7},
            "PurchaseOrderDate ge 2026-03-01T00:00:00Z and PurchaseOrderSequenceKey gt 7"
            " or PurchaseOrderSequenceKey gt 40 and PurchaseOrderSequenceKey gt 7",
        ),
        (
            {"since": date(2026, 3, 1), "active_only": True},
            "PurchaseOrderDate ge 2026-03-01T00:00:00Z and PurchaseOrderType eq 'Active'",
        ),
    ],
)
def test_orders_are_chosen_by_date_or_by_key(
    sage: responses.RequestsMock, client: Sage300Client, chosen: dict[str, Any], written: str
) -> None:
    sage.get(ORDERS, json={"value": []})
    assert list(list_orders(client, **chosen)) == []
    assert sage.calls[0].request.params["$filter"] == written


def test_vendors_go_on_behind_a_number(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.get(f"{COMPANY}/AP/APVendors", json={"value": []})
    assert list(list_vendors(client, maintained_since=date(2026, 3, 1), number_above="1200")) == []
    assert sage.calls[0].request.params["$filter"] == (
        "DateLastMaintained ge 2026-03-01T00:00:00Z and VendorNumber gt '1200'"
    )


def test_no_keys_ask_nothing(sage: responses.RequestsMock, client: Sage300Client) -> None:
    assert list(read_orders(client, [])) == []


def test_an_order_that_is_gone_does_not_come_and_a_broken_one_is_kept_aside(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    sage.get(ORDERS, json={"value": [an_order(7), an_order(9, Vendor=None, OrderTotal="much")]})
    order, rejected = read_orders(client, ["7", "8", "9"])
    assert order.sequence == "7"
    assert rejected.place == "Purchase order PO09"


@pytest.mark.parametrize(
    ("header", "lines", "expected"),
    [
        ("2026-04-01T00:00:00Z", ["2026-03-01T00:00:00Z"], date(2026, 4, 1)),
        (None, ["2026-05-01T00:00:00Z", "2026-03-01T00:00:00Z", None], date(2026, 3, 1)),
        (None, [None], None),
    ],
)
def test_an_order_is_expected_on_its_own_day_or_the_earliest_of_its_lines(
    sage: responses.RequestsMock, client: Sage300Client, header: str | None, lines: list[str | None], expected: date
) -> None:
    details = [{"LineNumber": 1000, "ExpectedArrivalDate": day} for day in lines]
    sage.get(ORDERS, json={"value": [an_order(7, ExpectedArrivalDate=header, PurchaseOrderLines=details)]})
    (order,) = list_orders(client)
    assert order.expected_date == expected


def test_an_order_tells_when_it_was_completed(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.get(ORDERS, json={"value": [an_order(7, DateCompleted="2026-05-02T00:00:00Z"), an_order(8)]})
    done, open_one = list_orders(client)
    assert (done.completed, done.completed_on) == (True, date(2026, 5, 2))
    assert (open_one.completed, open_one.completed_on) == (False, None)


def test_a_vendor_carries_what_issues_are_mapped_from(sage: responses.RequestsMock, client: Sage300Client) -> None:
    entry = {
        "VendorNumber": "1200",
        "VendorName": "Chloride Systems",
        "CurrencyCode": "USD",
        "PrimaryRemitToLocation": "KC",
        "Num1099CPRSCode": "7",
        "VendorOptionalFieldValues": [{"OptionalField": "REGION", "Value": "WEST"}],
    }
    sage.get(f"{COMPANY}/AP/APVendors('1200')", json=entry)
    vendor = read_vendor(client, "1200")
    assert (vendor.remit_to, vendor.reporting_code) == ("KC", "7")
    assert vendor.optional_fields == {"REGION": "WEST"}
