import json
from decimal import Decimal

import pytest

BATCHES = "AP/APInvoiceBatches"


def numbers(rows):
    return [row["BatchNumber"] for row in rows]


def test_pages_follow_the_next_link_and_keep_the_other_options(make_api):
    api = make_api(page_size=3)
    reply = api.get(BATCHES, **{"$select": "BatchNumber", "$count": "true", "$filter": "BatchNumber gt 1"}).json()
    seen = list(reply["value"])
    assert reply["@odata.count"] == 7
    while "@odata.nextLink" in reply:
        assert "$skip=" in reply["@odata.nextLink"]
        reply = api.session.get(reply["@odata.nextLink"], timeout=10).json()
        seen += reply["value"]
    assert seen == [{"BatchNumber": number} for number in range(2, 9)]


def test_no_count_and_no_link_unless_asked_or_needed(api):
    reply = api.get(BATCHES, **{"$select": "BatchNumber"}).json()
    assert set(reply) == {"@odata.context", "value"}
    assert reply["@odata.context"].endswith("/AP/$metadata#APInvoiceBatches(BatchNumber)")


def test_top_above_the_page_size_is_cut_to_a_page(make_api):
    api = make_api(page_size=3)
    reply = api.get(BATCHES, **{"$top": "5", "$select": "BatchNumber"}).json()
    rest = api.session.get(reply["@odata.nextLink"], timeout=10).json()
    assert numbers(reply["value"]) == [1, 2, 3]
    assert numbers(rest["value"]) == [4, 5]
    assert "@odata.nextLink" not in rest


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("BatchNumber ge 3 and BatchNumber lt 5", [3, 4]),
        ("BatchNumber eq 1 or BatchNumber eq 2", [1, 2]),
        ("BatchNumber lt 3 and BatchStatus eq 'Posted' or BatchNumber eq 8", [1, 2, 8]),
        ("BatchStatus ne 'Posted'", [6, 7, 8]),
        ("DateLastEdited ge 2026-02-23T00:00:00Z", [7, 8]),
        ("DateLastEdited gt 2026-02-22T12:00:00Z", [7, 8]),
        ("DateLastEdited ge datetime'2026-02-23T00:00'", [7, 8]),
        ("BatchTotal le 0.00m", []),
        ("substringof('March', Description)", [8]),
        ("contains(Description,'March') and startswith(Description,'Invoices') ", [8]),
        ("endswith(Description, 'March')", [8]),
        ("length(Description) gt 23", []),
    ],
)
def test_filters_in_both_literal_dialects(api, text, found):
    assert numbers(api.rows(BATCHES, **{"$filter": text, "$select": "BatchNumber"})) == found


@pytest.mark.parametrize(
    "options",
    [
        {"$filter": "Nonsense eq 1"},
        {"$filter": "Invoices eq 'x'"},
        {"$filter": "BatchNumber eq 'x'"},
        {"$filter": "BatchStatus eq 'Closed'"},
        {"$filter": "BatchStatus eq Open"},
        {"$filter": "DateLastEdited ge '2026-01-01'"},
        {"$filter": "BatchNumber gt"},
        {"$filter": "(BatchNumber eq 1)"},
        {"$filter": "not BatchNumber eq 1"},
        {"$orderby": "BatchNumber"},
        {"$expand": "Invoices"},
        {"$inlinecount": "allpages"},
        {"$select": "Nonsense"},
        {"$top": "-1"},
        {"$skip": "x"},
        {"$select": ["BatchNumber", "BatchDate"]},
    ],
)
def test_what_nobody_documents_is_refused(api, refusal, options):
    assert refusal(api.get(BATCHES, **options)) == (400, "InvalidParameters")


def test_a_lenient_server_takes_parentheses_and_not(make_api):
    api = make_api(strict=False)
    found = api.rows(BATCHES, **{"$filter": "not (BatchNumber eq 1 or BatchNumber eq 2) and BatchNumber lt 5"})
    assert numbers(found) == [3, 4]


def test_one_record_has_no_wrapper_and_can_be_selected_from(api):
    vendor = api.get("AP/APVendors('1200')").json()
    assert (vendor["VendorName"], vendor["OnHold"], vendor["GLAccount"]) == ("Chloride Systems", "NotOnHold", "6300")
    assert "value" not in vendor
    lean = api.get("AP/APVendors('1200')", **{"$select": "VendorName,Terms"}).json()
    assert set(lean) == {"@odata.context", "VendorName", "Terms"}


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("APVendors('1200')", 200),
        ("APVendors(1200)", 200),
        ("APVendors(VendorNumber='1200')", 200),
        ("APVendors('12''00')", 404),
        ("APVendors('12%2F00')", 404),
        ("APVendors('12 00')", 404),
        ("APVendors(12 00)", 400),
        ("APVendors(Name='1200')", 400),
        ("APVendors('1200','1')", 400),
        ("APVendors()", 400),
        ("APInvoiceBatches(8)", 200),
        ("APInvoiceBatches('8')", 200),
        ("APInvoiceBatches(x)", 400),
        ("APPostedDocuments(DocumentNumber='INV-10000',VendorNumber='1200')", 200),
        ("APPostedDocuments('1200','INV-10000')", 200),
        ("APPostedDocuments(VendorNumber='1200')", 400),
    ],
)
def test_keys_are_written_as_the_reference_allows(api, key, status):
    assert api.get(f"AP/{key}").status_code == status


def test_a_quote_in_a_key_is_doubled(api):
    made = api.post("AP/APVendors", {"VendorNumber": "O'1/2", "GroupCode": "SERV", "VendorName": "O'Brien"})
    assert made.status_code == 201
    assert api.get("AP/APVendors('O''1%2F2')").json()["VendorName"] == "O'Brien"


def test_numbers_are_json_numbers_without_float_noise(api):
    amount = "90071992547409.913"
    body = json.dumps({"Invoices": [api.invoice(DocumentTotalIncludingTax=0)]}).replace("100.0", amount)
    made = api.call("POST", BATCHES, data=body)
    assert f'"DistributedAmount":{amount},' in made.text
    entry = json.loads(made.text, parse_float=Decimal)["Invoices"][0]
    assert entry["UndistributedAmount"] == -Decimal(amount)
    assert entry["DiscountDate"] is None
    assert entry["DocumentDate"] == "2026-02-27T00:00:00Z"
    assert entry["EntryNumber"] == 1


def test_entries_have_the_weight_of_real_ones(api):
    entry = api.batch(8)["Invoices"][0]
    assert len(entry) >= 75
    assert len(entry["InvoiceDetails"][0]) >= 25


def test_a_changed_batch_is_not_served_from_before(api):
    first = api.batch(8)
    api.patch("AP/APInvoiceBatches(8)", {"Description": "Other"})
    assert (first["Description"], api.batch(8)["Description"]) == ("Invoices of 02 March", "Other")
