"""From the entries of the Web API to records: invoices, vendors, accounts, orders, receipts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import responses

from sage_adapters.errors import RecordTrouble
from sage_adapters.records import DocumentType, Invoice, Money, Rejected
from sage_adapters.sage300.accounts import list_accounts
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.invoices import Batch, list_batches, read_batch
from sage_adapters.sage300.purchasing import list_orders, list_receipts
from sage_adapters.sage300.release import Release
from sage_adapters.sage300.vendors import list_vendors, read_vendor
from tests.adapters.conftest import COMPANY

BATCHES = f"{COMPANY}/AP/APInvoiceBatches"


def an_entry(**changes: Any) -> dict[str, Any]:
    """One entry as Sage sends it, with some of the properties nobody reads."""
    entry: dict[str, Any] = {
        "BatchNumber": 58,
        "EntryNumber": 1,
        "Originator": "",
        "VendorNumber": "1200",
        "VendorName": "Chloride Systems",
        "DocumentNumber": "INV-77120",
        "DocumentType": "Invoice",
        "OrderNumber": "SO-9",
        "PONumber": "PO01",
        "InvoiceDescription": "Repair",
        "ApplytoDocument": "",
        "DocumentDate": "2026-02-27T00:00:00Z",
        "PostingDate": "2026-03-02T00:00:00Z",
        "DueDate": "2026-03-29T00:00:00Z",
        "DiscountDate": None,
        "FiscalYear": "2026",
        "FiscalPeriod": "03",
        "CurrencyCode": "USD",
        "ExchangeRate": 1,
        "Terms": "N30",
        "TaxGroup": "USDTAX",
        "TaxTotal": 8.25,
        "DocumentTotalIncludingTax": 108.25,
        "DistributedTotalIncludingTax": 108.25,
        "OnHold": "No",
        "VendorExists": 1,
        "InvoiceDetails": [
            {"LineNumber": 20, "GLAccount": "6300", "DistributedAmount": 100, "TaxTotal": 8.25, "Comment": "x"}
        ],
        "InvoicePaymentSchedules": [{"PaymentNumber": 1, "DueDate": "2026-03-29T00:00:00Z", "AmountDue": 108.25}],
        "InvoiceOptionalFields": [{"OptionalField": "UPSZONE", "Value": "RED", "TimeValue": "1899-12-30T00:00:00Z"}],
    }
    return entry | changes


def a_batch(*entries: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "BatchNumber": 58,
        "BatchDate": "2026-03-02T00:00:00Z",
        "Description": "March",
        "BatchStatus": "Open",
        "NumberOfEntries": len(entries),
        "BatchTotal": 108.25,
        "DateLastEdited": "2026-03-02T00:00:00Z",
        "Invoices": list(entries),
    } | changes


@pytest.fixture
def read(sage: responses.RequestsMock, client: Sage300Client) -> Any:
    def read_one(*entries: dict[str, Any], **changes: Any) -> Batch:
        sage.upsert("GET", f"{BATCHES}(58)", json=a_batch(*entries, **changes))
        return read_batch(client, 58)

    return read_one


def test_an_invoice_carries_everything_the_product_maps(read: Any) -> None:
    (invoice,) = read(an_entry()).invoices
    assert str(invoice.key) == "sage300:SAMLTD:1200:invoice:INV-77120"
    assert (invoice.vendor_name, invoice.vendor_number, invoice.invoice_number) == (
        *("Chloride Systems", "1200", "INV-77120"),
    )
    assert (str(invoice.amount), invoice.currency) == ("108.25 USD", "USD")
    assert (str(invoice.tax_total), str(invoice.total_before_tax)) == ("8.25 USD", "100.00 USD")
    assert (invoice.document_date, invoice.posting_date, invoice.due_date) == (
        *(date(2026, 2, 27), date(2026, 3, 2), date(2026, 3, 29)),
    )
    assert (invoice.po_number, invoice.order_number, invoice.terms) == ("PO01", "SO-9", "N30")
    assert (invoice.batch, invoice.entry, invoice.status, invoice.company) == ("58", "1", "Open", "SAMLTD")
    assert (invoice.fiscal_year, invoice.fiscal_period, invoice.tax_group) == ("2026", "03", "USDTAX")
    assert invoice.optional_fields == {"UPSZONE": "RED"}
    assert [(line.number, line.gl_account, str(line.amount)) for line in invoice.lines] == [(20, "6300", "100.00 USD")]
    assert [(each.number, each.due_date, str(each.amount)) for each in invoice.schedule] == [
        (1, date(2026, 3, 29), "108.25 USD")
    ]
    assert invoice.doubts == ()


@pytest.mark.parametrize(
    ("word", "kind", "signed"),
    [
        ("Invoice", DocumentType.INVOICE, "108.25 USD"),
        ("CreditNote", DocumentType.CREDIT_NOTE, "-108.25 USD"),
        ("DebitNote", DocumentType.DEBIT_NOTE, "108.25 USD"),
        ("Interest", DocumentType.INTEREST, "108.25 USD"),
    ],
)
def test_the_type_of_a_document_decides_its_sign_not_its_amount(
    read: Any, word: str, kind: DocumentType, signed: str
) -> None:
    (document,) = read(an_entry(DocumentType=word)).invoices
    assert (document.document_type, str(document.amount), str(document.signed_amount)) == (kind, "108.25 USD", signed)


@pytest.mark.parametrize(
    ("batch", "hold", "status"),
    [
        ("Open", "No", "Open"),
        ("ReadyToPost", "No", "Ready to post"),
        ("PostInProgress", "No", "Post in progress"),
        ("Posted", "No", "Posted"),
        ("Deleted", "No", "Deleted"),
        ("Open", "Yes", "On hold"),
        ("ReadyToPost", "Yes", "On hold"),
        ("Posted", "Yes", "Posted"),
        ("CheckCreationInProgress", "No", "CheckCreationInProgress"),
    ],
)
def test_status_is_told_in_our_words(read: Any, batch: str, hold: str, status: str) -> None:
    (invoice,) = read(an_entry(OnHold=hold), BatchStatus=batch).invoices
    assert (invoice.status, invoice.on_hold) == (status, hold == "Yes")


def test_a_header_total_of_zero_is_replaced_by_what_the_schedule_says(read: Any) -> None:
    (invoice,) = read(an_entry(DocumentTotalIncludingTax=0, DocumentTotalBeforeTaxes=-8.25)).invoices
    assert (str(invoice.amount), str(invoice.total_before_tax)) == ("108.25 USD", "100.00 USD")
    assert invoice.doubts == ()


def test_without_total_and_schedule_the_distribution_counts(read: Any) -> None:
    (invoice,) = read(an_entry(DocumentTotalIncludingTax=0, InvoicePaymentSchedules=None)).invoices
    assert str(invoice.amount) == "108.25 USD"


def test_figures_that_contradict_each_other_are_told(read: Any) -> None:
    (invoice,) = read(an_entry(DocumentTotalIncludingTax=110)).invoices
    assert str(invoice.amount) == "110.00 USD"
    assert "108.25 USD" in invoice.doubts[0]
    assert "110.00 USD" in invoice.doubts[0]


def test_amounts_are_exact_and_rounded_half_up_by_currency(read: Any) -> None:
    entries = [
        an_entry(DocumentTotalIncludingTax=2.675, InvoiceDetails=[{"DistributedAmount": 2.675}]),
        an_entry(CurrencyCode="JPY", DocumentTotalIncludingTax=250.5),
    ]
    dollars, yen = read(*entries).invoices
    assert (str(dollars.amount), str(dollars.lines[0].amount), str(yen.amount)) == ("2.68 USD", "2.68 USD", "251 JPY")


def test_missing_dates_stay_missing_and_the_first_instalment_stands_in_for_a_due_date(read: Any) -> None:
    schedule = [
        {"PaymentNumber": 1, "DueDate": "2026-05-01T00:00:00Z", "AmountDue": 54.13},
        {"PaymentNumber": 2, "DueDate": "2026-04-01T00:00:00Z", "AmountDue": 54.12},
    ]
    (invoice,) = read(an_entry(DueDate=None, PostingDate=None, InvoicePaymentSchedules=schedule)).invoices
    assert (invoice.posting_date, invoice.due_date) == (None, date(2026, 4, 1))


@pytest.mark.parametrize("written", ["2026-02-27T00:00:00Z", "2026-02-27", "2026-02-27T23:59:59+14:00"])
def test_a_date_is_the_day_that_is_written_in_any_time_zone(read: Any, written: str) -> None:
    (invoice,) = read(an_entry(DocumentDate=written)).invoices
    assert invoice.document_date == date(2026, 2, 27)


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"VendorNumber": ""}, "VendorNumber"),
        ({"DocumentNumber": None}, "DocumentNumber"),
        ({"DocumentDate": "soon"}, "DocumentDate"),
        ({"TaxTotal": "8,25"}, "TaxTotal"),
        ({"DocumentType": "Surprise"}, "Surprise"),
        ({"OnHold": "Maybe"}, "OnHold"),
        ({"TaxTotal": 10**40}, "TaxTotal"),
        ({"InvoiceDetails": [None]}, "InvoiceDetails"),
        ({"InvoiceDetails": [{"DistributedAmount": True}]}, "DistributedAmount"),
        ({"InvoiceDetails": "none"}, "InvoiceDetails"),
    ],
)
def test_one_unreadable_entry_is_set_aside_whole_and_its_neighbours_go_on(
    read: Any, fault: dict[str, Any], named: str
) -> None:
    batch = read(an_entry(), an_entry(EntryNumber=2, **fault), an_entry(EntryNumber=3))
    assert [invoice.entry for invoice in batch.invoices] == ["1", "3"]
    (rejected,) = batch.rejected
    assert named in str(rejected.trouble)
    assert "Entry 2 of AP invoice batch 58" in str(rejected.trouble)
    assert rejected.payload["EntryNumber"] == 2


def test_two_vendors_with_the_same_invoice_number_have_different_keys(read: Any) -> None:
    first, second = read(an_entry(), an_entry(EntryNumber=2, VendorNumber="1300")).invoices
    assert first.invoice_number == second.invoice_number
    assert first.key != second.key


def test_batches_are_listed_without_their_entries(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.get(BATCHES, json={"value": [a_batch()]})
    (header,) = list_batches(client, edited_since=date(2026, 3, 1), not_posted=True, number_above=40)
    options = sage.calls[0].request.params
    assert "Invoices" not in options["$select"].split(",")
    assert options["$filter"] == (
        "DateLastEdited ge 2026-03-01T00:00:00Z and BatchNumber gt 40"
        " or BatchStatus ne 'Posted' and BatchStatus ne 'Deleted' and BatchNumber gt 40"
    )
    assert (header.number, header.status, header.total) == (58, "Open", Decimal("108.25"))


def test_without_conditions_every_batch_is_listed(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.get(BATCHES, json={"value": [a_batch(), a_batch(BatchNumber=59)]})
    assert [header.number for header in list_batches(client)] == [58, 59]
    assert "$filter" not in sage.calls[0].request.params


@pytest.mark.parametrize(
    "change", [{"status": "Posted"}, {"total": Decimal("108.26")}, {"entries": 2}, {"last_edited": date(2026, 3, 3)}]
)
def test_a_changed_header_has_another_signature(read: Any, change: dict[str, Any]) -> None:
    header = read(an_entry()).header
    assert replace(header).signature() == header.signature()
    assert replace(header, **change).signature() != header.signature()


def test_a_batch_that_is_gone_concerns_only_itself(sage: responses.RequestsMock, client: Sage300Client) -> None:
    body = {"error": {"code": "RecordNotFound", "message": {"lang": "fr-FR", "value": "Introuvable."}}}
    sage.get(f"{BATCHES}(58)", status=404, json=body)
    with pytest.raises(RecordTrouble) as caught:
        read_batch(client, 58)
    assert caught.value.code == "sage300.record-not-found"


def a_vendor(**changes: Any) -> dict[str, Any]:
    return {
        "VendorNumber": "1200",
        "VendorName": "Chloride Systems",
        "ShortName": "Chloride",
        "Status": "Active",
        "OnHold": "NotOnHold",
        "GroupCode": "INV",
        "CurrencyCode": "USD",
        "Terms": "N30",
        "AddressLine1": "927 Warehouse Road",
        "AddressLine2": "",
        "TaxRegistrationCode1": "",
        "BalanceDueInVendorCurrency": 1240.5,
        "DateLastMaintained": "2026-03-01T00:00:00Z",
        "InactiveDate": None,
    } | changes


def test_a_vendor_is_read_with_its_own_words_for_hold_and_status(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    sage.get(
        f"{COMPANY}/AP/APVendors",
        json={"value": [a_vendor(), a_vendor(VendorNumber=""), a_vendor(Status="Inactive", OnHold="OnHold")]},
    )
    good, bad, held = list_vendors(client, maintained_since=date(2026, 2, 28))
    assert sage.calls[0].request.params["$filter"] == "DateLastMaintained ge 2026-02-28T00:00:00Z"
    assert not isinstance(good, Rejected)
    assert not isinstance(held, Rejected)
    assert isinstance(bad, Rejected)
    assert (str(good.key), good.active, good.on_hold) == ("sage300:SAMLTD:1200:vendor:1200", True, False)
    assert (good.address_lines, good.balance) == (("927 Warehouse Road",), Money(Decimal("1240.50"), "USD"))
    assert (held.active, held.on_hold) == (False, True)


def test_a_single_vendor_is_read_by_its_number(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.get(f"{COMPANY}/AP/APVendors('1200')", json=a_vendor())
    assert read_vendor(client, "1200").name == "Chloride Systems"


def test_an_account_is_read_with_its_segments(sage: responses.RequestsMock, client: Sage300Client) -> None:
    account = {
        "UnformattedAccount": "6300100",
        "AccountNumber": "6300-100",
        "Description": "Repairs",
        "Status": "Inactive",
        "ControlAccount": "Yes",
        "AccountSegmentCode1": "6300",
        "AccountSegmentCode2": "100",
        "AccountSegmentCode3": "",
    }
    sage.get(f"{COMPANY}/GL/GLAccounts", json={"value": [account]})
    (found,) = list_accounts(client)
    assert not isinstance(found, Rejected)
    assert (found.number, found.formatted, found.segments) == ("6300100", "6300-100", ("6300", "100"))
    assert (found.active, found.control_account) == (False, True)


def test_an_order_without_totals_is_worth_its_lines_and_keeps_fine_unit_costs(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    order = {
        "PurchaseOrderSequenceKey": 7,
        "PurchaseOrderNumber": "PO01",
        "Vendor": "1400",
        "Currency": "USD",
        "PurchaseOrderType": "Active",
        "PurchaseOrderDate": "2026-01-15T00:00:00Z",
        "PurchaseOrderLines": [
            {"LineNumber": 1000, "ItemNumber": "A1", "QuantityOrdered": 3, "UnitCost": 1.333333},
            {"LineNumber": 2000, "ItemNumber": "A2", "QuantityOrdered": 1, "UnitCost": 9, "ExtendedCost": 8.5},
        ],
    }
    sage.get(f"{COMPANY}/PO/POPurchaseOrders", json={"value": [order]})
    (found,) = list_orders(client, since=date(2026, 1, 1), active_only=True)
    assert not isinstance(found, Rejected)
    assert sage.calls[0].request.params["$filter"] == (
        "PurchaseOrderDate ge 2026-01-01T00:00:00Z and PurchaseOrderType eq 'Active'"
    )
    assert (str(found.key), found.sequence) == ("sage300:SAMLTD:1400:purchase-order:PO01", "7")
    assert [str(line.amount) for line in found.lines] == ["4.00 USD", "8.50 USD"]
    assert (str(found.lines[0].unit_cost), str(found.amount)) == ("1.333333 USD", "12.50 USD")


@pytest.mark.parametrize("resource", ["POGetReceipts", "POReceipts"])
def test_receipts_are_read_from_the_resource_of_the_release(
    sage: responses.RequestsMock, client: Sage300Client, resource: str
) -> None:
    receipt = {
        "ReceiptSequenceKey": 3,
        "ReceiptNumber": "RCP3",
        "Vendor": "1400",
        "PurchaseOrderNumber": "PO01",
        "Currency": "USD",
        "ReceiptDate": "2026-01-20T00:00:00Z",
        "ReceiptLine2s": [{"LineNumber": 10, "ItemNumber": "A1", "QuantityReceived": 2, "UnitCost": 5}],
    }
    sage.get(f"{COMPANY}/PO/{resource}", json={"value": [receipt]})
    (found,) = list_receipts(client, Release(resource, None, ""))
    assert not isinstance(found, Rejected)
    assert (found.number, found.po_number, str(found.amount)) == ("RCP3", "PO01", "10.00 USD")


def test_reading_sends_nothing_but_gets(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.get(f"{BATCHES}(58)", json=a_batch(an_entry()))
    for path in ("AP/APInvoiceBatches", "AP/APVendors", "GL/GLAccounts", "PO/POPurchaseOrders", "PO/POGetReceipts"):
        sage.get(f"{COMPANY}/{path}", json={"value": []})
    read_batch(client, 58)
    list(list_batches(client))
    list(list_vendors(client))
    list(list_accounts(client))
    list(list_orders(client))
    list(list_receipts(client, Release("POGetReceipts", True, "")))
    assert {call.request.method for call in sage.calls} == {"GET"}


def test_every_word_of_the_field_mapping_is_an_attribute_of_an_invoice() -> None:
    words = (
        *("vendor_name", "vendor_number", "invoice_number", "document_type", "amount", "currency", "due_date"),
        *("document_date", "posting_date", "po_number", "order_number", "batch", "entry", "status", "terms"),
        *("description", "tax_total", "company"),
    )
    assert [word for word in words if not hasattr(Invoice, word)] == []
