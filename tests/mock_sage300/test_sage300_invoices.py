import json

import pytest
import requests

BATCHES = "AP/APInvoiceBatches"


def test_a_post_makes_one_batch_with_numbers_of_sages_own(api):
    entries = [
        api.invoice("A-1", BatchNumber=109, EntryNumber=7, InvoiceDetails=[
            {"LineNumber": 10, "GLAccount": "6300", "DistributedAmount": 60},
            {"LineNumber": 20, "GLAccount": "6200", "DistributedAmount": 40},
        ]),
        api.invoice("A-2"),
    ]  # fmt: skip
    batch = api.enter(*entries, BatchNumber=109, Description="Run 812", BatchDate="2026-03-01")
    assert (batch["BatchNumber"], batch["NumberOfEntries"], batch["BatchTotal"]) == (9, 2, 200)
    assert (batch["BatchStatus"], batch["BatchDate"]) == ("Open", "2026-03-01T00:00:00Z")
    assert batch["DateLastEdited"] == "2026-03-02T00:00:00Z"
    assert [entry["EntryNumber"] for entry in batch["Invoices"]] == [1, 2]
    assert [line["LineNumber"] for line in batch["Invoices"][0]["InvoiceDetails"]] == [20, 40]
    assert {line["BatchNumber"] for line in batch["Invoices"][0]["InvoiceDetails"]} == {9}


def test_the_vendor_supplies_what_was_not_sent(api):
    entry = api.enter()["Invoices"][0]
    assert entry["VendorName"] == "Jones Office Supply"
    assert (entry["Terms"], entry["TaxGroup"], entry["AccountSet"]) == ("N30", "NOTAX", "TRADE")
    assert (entry["CurrencyCode"], entry["City"]) == ("USD", "Seattle")
    assert entry["DueDate"] == "2026-03-29T00:00:00Z"
    assert (entry["FiscalYear"], entry["FiscalPeriod"]) == ("2026", "03")


@pytest.mark.parametrize(
    ("order", "due"),
    [
        (["VendorNumber", "DocumentDate", "DueDate"], "2026-04-30"),
        (["VendorNumber", "DueDate", "DocumentDate"], "2026-03-29"),
        (["DueDate", "DocumentDate", "VendorNumber"], "2026-03-29"),
    ],
)
def test_properties_take_effect_in_payload_order(api, order, due):
    values = api.invoice(DueDate="2026-04-30")
    rest = {name: value for name, value in values.items() if name not in order}
    body = json.dumps({"Invoices": [{**{name: values[name] for name in order}, **rest}]})
    entry = api.call("POST", BATCHES, data=body).json()["Invoices"][0]
    assert entry["DueDate"] == f"{due}T00:00:00Z"


def test_tax_comes_from_the_vendors_group_and_totals_are_left_as_sent(api):
    line = {"DistributionCode": "INV", "DistributedAmount": 80}
    taxed = api.invoice("T-1", VendorNumber="1200", DocumentTotalIncludingTax=86.6, InvoiceDetails=[line])
    entry = api.enter(taxed)["Invoices"][0]
    assert (entry["TaxTotal"], entry["DistributedTotalIncludingTax"], entry["UndistributedAmount"]) == (6.6, 86.6, 0)
    assert (entry["TaxAmount1"], entry["TaxAmount2"]) == (5, 1.6)
    assert entry["InvoiceDetails"][0]["GLAccount"] == "1300"

    line = {"GLAccount": "1300", "DistributedAmount": 12}
    silent = api.invoice("T-2", VendorNumber="1200", InvoiceDetails=[line])
    del silent["DocumentTotalIncludingTax"]
    batch = api.enter(silent)
    entry = batch["Invoices"][0]
    # What a captured batch shows: the header stays empty while batch total and schedule know better.
    assert (entry["DocumentTotalIncludingTax"], entry["UndistributedAmount"], entry["AmountDue"]) == (0, -12.99, 0)
    assert entry["InvoicePaymentSchedules"][0]["AmountDue"] == batch["BatchTotal"] == 12.99


def test_tax_that_is_entered_is_kept(api):
    entered = api.invoice(
        "T-3", VendorNumber="1200", TaxAmountControl="Enter", TaxAmount1=2.5, DocumentTotalIncludingTax=102.5
    )
    entry = api.enter(entered)["Invoices"][0]
    assert (entry["TaxTotal"], entry["UndistributedAmount"]) == (2.5, 0)


def test_a_credit_note_lowers_the_batch_total(api):
    batch = api.enter(api.invoice("A-1"), api.invoice("C-1", DocumentType="CreditNote"))
    assert batch["BatchTotal"] == 0
    assert batch["Invoices"][1]["TransactionType"] == "CreditNoteSummaryEntered"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"VendorNumber": "9999"}, "9999"),
        ({"VendorNumber": "1999"}, "inactive"),
        ({"VendorNumber": ""}, "VendorNumber"),
        ({"DocumentNumber": ""}, "DocumentNumber"),
        ({"DocumentNumber": "X" * 23}, "22"),
        ({"InvoiceDetails": [{"GLAccount": "1234", "DistributedAmount": 1}]}, "1234"),
        ({"InvoiceDetails": [{"GLAccount": "6900", "DistributedAmount": 1}]}, "inactive"),
        ({"InvoiceDetails": [{"DistributionCode": "XX", "DistributedAmount": 1}]}, "XX"),
        ({"DocumentDate": "2009-01-01"}, "fiscal calendar"),
        ({"PostingDate": "2040-01-01"}, "fiscal calendar"),
        ({"TaxGroup": "MOON"}, "MOON"),
        ({"Terms": "N99"}, "N99"),
    ],
)
def test_one_bad_entry_refuses_the_whole_batch(api, refusal, changes, said):
    reply = api.post(BATCHES, {"Invoices": [api.invoice("GOOD-1"), api.invoice(**changes)]})
    assert refusal(reply) == (409, "FieldInvalid")
    assert said in reply.json()["error"]["message"]["value"]
    assert api.get(f"{BATCHES}(9)").status_code == 404
    api.enter(api.invoice("GOOD-1"))


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"Nonsense": 1}',
        b'{"Invoices": [{"DueDay": "2026-01-01"}]}',
        b'{"Invoices": {}}',
        b'{"Description": 5}',
        b'{"BatchDate": "soon"}',
        b'{"BatchStatus": "Closed"}',
        b'{"Invoices": [{"DocumentTotalIncludingTax": "100.00"}]}',
        b'{"Invoices": [{"OnHold": true}]}',
    ],
)
def test_what_the_payload_cannot_be_is_an_invalid_payload(api, refusal, body):
    assert refusal(api.call("POST", BATCHES, data=body)) == (400, "InvalidPayload")


def test_a_document_exists_once_per_vendor_whether_open_or_posted(api, refusal):
    api.enter(api.invoice("D-1"))
    for entries in ([api.invoice("D-1")], [api.invoice("D-2"), api.invoice("D-2")]):
        reply = api.post(BATCHES, {"Invoices": entries})
        assert refusal(reply) == (409, "FieldInvalid")
        text = reply.json()["error"]["message"]["value"]
        assert "1350" in text
        assert entries[-1]["DocumentNumber"] in text
        assert "\n" in text
    api.enter(api.invoice("D-1", VendorNumber="1600"))
    posted = api.posted(api.invoice("D-3"))
    assert posted["BatchStatus"] == "Posted"
    assert refusal(api.post(BATCHES, {"Invoices": [api.invoice("D-3")]})) == (409, "FieldInvalid")


def test_a_patch_answers_nothing_and_keeps_what_was_left_out(api):
    number = api.enter(api.invoice("P-1"), api.invoice("P-2"))["BatchNumber"]
    entries = [
        {"EntryNumber": 2, "InvoiceDescription": "Changed"},
        api.invoice("P-3"),
    ]
    reply = api.patch(f"{BATCHES}({number})", {"Description": "Now three", "Invoices": entries})
    assert (reply.status_code, reply.content) == (204, b"")
    batch = api.batch(number)
    assert [entry["DocumentNumber"] for entry in batch["Invoices"]] == ["P-1", "P-2", "P-3"]
    assert batch["Invoices"][1]["InvoiceDescription"] == "Changed"
    assert batch["Invoices"][1]["InvoiceDetails"][0]["DistributedAmount"] == 100
    assert (batch["NumberOfEntries"], batch["BatchTotal"]) == (3, 300)


def test_update_operations_do_what_they_say(api, refusal):
    number = api.enter(api.invoice("U-1"), api.invoice("U-2"))["BatchNumber"]
    path = f"{BATCHES}({number})"
    lines = [
        {"LineNumber": 20, "UpdateOperation": "Update", "DistributedAmount": 70},
        {"UpdateOperation": "Insert", "GLAccount": "6200", "DistributedAmount": 30},
    ]
    change = {"EntryNumber": 1, "UpdateOperation": "Update", "InvoiceDetails": lines}
    removal = {"EntryNumber": 2, "UpdateOperation": "Delete"}
    assert api.patch(path, {"Invoices": [change, removal]}).status_code == 204
    batch = api.batch(number)
    assert [entry["DocumentNumber"] for entry in batch["Invoices"]] == ["U-1"]
    assert [line["DistributedAmount"] for line in batch["Invoices"][0]["InvoiceDetails"]] == [70, 30]
    assert batch["Invoices"][0]["UndistributedAmount"] == 0
    for operation in ("Update", "Delete"):
        missing = {"Invoices": [{"EntryNumber": 5, "UpdateOperation": operation}]}
        assert refusal(api.patch(path, missing)) == (404, "RecordNotFound")
    # Numbers are not used again, and a deleted document's number is free.
    api.patch(path, {"Invoices": [api.invoice("U-2")]})
    assert [entry["EntryNumber"] for entry in api.batch(number)["Invoices"]] == [1, 3]


def test_a_failing_patch_changes_nothing(api):
    number = api.enter(api.invoice("F-1"))["BatchNumber"]
    before = api.batch(number)
    bad = {"Invoices": [{"EntryNumber": 1, "InvoiceDescription": "x"}, api.invoice("F-2", VendorNumber="9999")]}
    assert api.patch(f"{BATCHES}({number})", bad).status_code == 409
    assert api.batch(number) == before


@pytest.mark.parametrize("status", ["ReadyToPost", "Posted"])
def test_a_batch_that_is_no_longer_open_cannot_be_edited(api, refusal, status):
    number = api.enter()["BatchNumber"]
    api.patch(f"{BATCHES}({number})", {"BatchStatus": "ReadyToPost"})
    if status == "Posted":
        api.post_batch(number)
    assert refusal(api.patch(f"{BATCHES}({number})", {"Description": "x"})) == (409, "General")
    assert api.batch(number)["BatchStatus"] == status


def test_a_locked_batch_cannot_be_changed_by_anybody_else(make_api, refusal):
    api = make_api(locked_batches=["SAMLTD/8"])
    assert refusal(api.patch(f"{BATCHES}(8)", {"BatchStatus": "ReadyToPost"})) == (409, "General")
    api.mock.turn({"locked_batches": []})
    assert api.patch(f"{BATCHES}(8)", {"BatchStatus": "ReadyToPost"}).status_code == 204


def test_ready_to_post_can_be_sent_with_the_batch_since_2021(make_api, refusal):
    assert make_api(release="2021").enter(BatchStatus="ReadyToPost")["BatchStatus"] == "ReadyToPost"
    old = make_api(release="2020")
    refused = old.post(BATCHES, {"BatchStatus": "ReadyToPost", "Invoices": [old.invoice()]})
    assert refusal(refused) == (409, "General")


def test_a_lost_reply_leaves_the_batch_behind(api):
    api.mock.faults.add("lost_reply", method="POST", path="APInvoiceBatches$")
    with pytest.raises(requests.ConnectionError):
        api.enter(Description="Key 4711")
    found = api.rows(BATCHES, **{"$filter": "Description eq 'Key 4711'", "$select": "BatchNumber,NumberOfEntries"})
    assert found == [{"BatchNumber": 9, "NumberOfEntries": 1}]


def test_an_edit_moves_date_last_edited_to_the_business_date(api):
    number = api.enter()["BatchNumber"]
    api.mock.clock.advance(3 * 86400)
    api.patch(f"{BATCHES}({number})", {"Description": "later"})
    assert api.batch(number)["DateLastEdited"] == "2026-03-05T00:00:00Z"
