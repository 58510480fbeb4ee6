import pytest

BATCHES = "AP/APInvoiceBatches"


def ready(api, *entries):
    number = api.enter(*entries)["BatchNumber"]
    assert api.patch(f"{BATCHES}({number})", {"BatchStatus": "ReadyToPost"}).status_code == 204
    return number


def test_posting_moves_a_ready_batch_and_lists_its_documents(api):
    number = ready(api, api.invoice("P-1"), api.invoice("P-2", DocumentType="CreditNote"))
    edited = api.batch(number)["DateLastEdited"]
    api.mock.clock.advance(5 * 86400)
    reply = api.post_batch(number)
    assert (reply.status_code, reply.content) == (204, b"")
    batch = api.batch(number)
    assert batch["BatchStatus"] == "Posted"
    assert batch["PostingSequenceNumber"] > 0
    assert batch["DateLastEdited"] == edited
    documents = api.rows("AP/APPostedDocuments", **{"$filter": f"BatchNumber eq {number}"})
    assert [(row["DocumentNumber"], row["VendorCurrencyAmountDue"]) for row in documents] == [
        ("P-1", 100),
        ("P-2", -100),
    ]


def test_posting_can_be_made_to_touch_the_edit_date(make_api):
    api = make_api(posting_touches_date_last_edited=True)
    number = ready(api)
    api.mock.clock.advance(86400)
    api.post_batch(number)
    assert api.batch(number)["DateLastEdited"] == "2026-03-03T00:00:00Z"


@pytest.mark.parametrize("key", ["('$process')", "($process)"])
def test_a_batch_that_is_not_ready_is_passed_over(api, key):
    number = api.enter()["BatchNumber"]
    body = {"ProcessAllBatches": "Postallbatches", "ActionSelector": "any"}
    assert api.post(f"AP/APPostInvoices{key}", body).status_code == 204
    assert api.batch(number)["BatchStatus"] == "Open"


def test_processes_have_field_names_and_actions_of_their_own(api, refusal):
    wrong = {"BatchType": "PY", "PostBatchFrom": 1, "PostBatchTo": 1}
    assert refusal(api.post("AP/APPostInvoices('$process')", wrong)) == (400, "InvalidPayload")
    assert refusal(api.post("AP/APPostInvoices('$run')", {})) == (400, "InvalidAction")
    assert refusal(api.post("AP/APPostInvoices", {})) == (400, "InvalidAction")
    template = api.post("AP/APPostPaymentsAndAdjustments('$template')", {}).json()
    assert template["PostAllBatches"] == "Donotpostallbatches"


def test_an_unbalanced_entry_goes_to_an_error_batch_with_its_reason(api):
    good, bad = api.invoice("E-1"), api.invoice("E-2", DocumentTotalIncludingTax=90)
    number = ready(api, good, bad)
    api.post_batch(number)
    batch = api.batch(number)
    assert (batch["BatchStatus"], batch["NumberOfErrors"]) == ("Posted", 1)
    failed = batch["Invoices"][1]
    assert (failed["ErrorBatch"], failed["ErrorEntry"]) == (number + 1, 1)
    aside = api.batch(number + 1)
    assert (aside["BatchStatus"], aside["Invoices"][0]["DocumentNumber"]) == ("Open", "E-2")
    reasons = api.rows("AP/APPostingErrorMessages", **{"$filter": f"BatchNumber eq {number}"})
    assert [(row["EntryNumber"], row["DocumentNumber"]) for row in reasons] == [(2, "E-2")]
    assert "-10" in reasons[0]["ErrorMessage"]
    documents = api.rows("AP/APPostedDocuments", **{"$filter": f"BatchNumber eq {number}"})
    assert [row["DocumentNumber"] for row in documents] == ["E-1"]
    # Once put right it posts.
    api.patch(f"{BATCHES}({number + 1})", {"Invoices": [{"EntryNumber": 1, "DocumentTotalIncludingTax": 100}]})
    api.patch(f"{BATCHES}({number + 1})", {"BatchStatus": "ReadyToPost"})
    api.post_batch(number + 1)
    assert api.get("AP/APPostedDocuments('1350','E-2')").status_code == 200


def test_an_entry_on_hold_is_not_posted(api):
    number = ready(api, api.invoice("H-1", OnHold="Yes"))
    api.post_batch(number)
    assert api.get("AP/APPostedDocuments('1350','H-1')").status_code == 404


def test_posting_within_three_seconds_can_be_refused(make_api, refusal):
    api = make_api(post_too_soon=True)
    number = ready(api)
    assert refusal(api.post_batch(number)) == (409, "General")
    assert api.batch(number)["BatchStatus"] == "ReadyToPost"
    api.mock.clock.advance(4)
    assert api.post_batch(number).status_code == 204
    assert api.batch(number)["BatchStatus"] == "Posted"


def test_an_empty_batch_cannot_be_set_ready(api, refusal):
    number = api.post(BATCHES, {"Description": "empty"}).json()["BatchNumber"]
    assert refusal(api.patch(f"{BATCHES}({number})", {"BatchStatus": "ReadyToPost"})) == (409, "General")


def test_the_ledger_gets_what_was_posted(api):
    number = ready(api, api.invoice("G-1"), api.invoice("G-2", DocumentType="CreditNote", DocumentTotalIncludingTax=40,
                   InvoiceDetails=[{"GLAccount": "6200", "DistributedAmount": 40}]))  # fmt: skip
    api.post_batch(number)
    assert api.post("AP/APCreateGLBatch('$process')", {}).status_code == 204
    batch = api.get("GL/GLJournalBatches('000001')").json()
    assert (batch["Status"], batch["Debits"], batch["Credits"]) == ("ReadyToPost", 140, 140)
    assert api.post("GL/GLPostJournal('$process')", {"PostAllBatches": "Yes"}).status_code == 204
    rows = api.rows("GL/GLPostedTransactions")
    amounts = {(row["AccountNumber"], row["JournalDetailReference"]): row["JournalTransactionAmount"] for row in rows}
    assert amounts == {("6300", "G-1"): 100, ("2010", "G-1"): -100, ("6200", "G-2"): -40, ("2010", "G-2"): 40}
    api.post("AP/APCreateGLBatch('$process')", {})
    assert len(api.rows("GL/GLJournalBatches")) == 1
