from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.mock_sage300.conftest import Api

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


def test_the_ledger_gets_what_was_posted_when_it_is_asked_to(make_api):
    api = make_api(gl_automatic=False)
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


def transactions(api, document):
    rows = api.rows("GL/GLPostedTransactions", **{"$filter": f"JournalDetailReference eq '{document}'"})
    return {row["AccountNumber"]: row["JournalTransactionAmount"] for row in rows}


def test_usually_the_journal_is_made_and_posted_at_once(api):
    api.posted(api.invoice("G-1"))
    rows = api.rows("GL/GLPostedTransactions", **{"$filter": "JournalDetailReference eq 'G-1'"})
    assert [(row["AccountNumber"], row["JournalTransactionAmount"]) for row in rows] == [("2010", -100), ("6300", 100)]
    assert {(row["SourceLedgerCode"], row["SourceTypeCode"], row["HomeCurrencyCode"]) for row in rows} == {
        ("AP", "IN", "USD")
    }
    assert rows[0]["JournalDetailDescription"] == "1350 Jones Office Supply"


def test_what_was_posted_before_the_start_is_in_the_ledger_too(api):
    first = api.rows("AP/APPostedDocuments")[0]
    assert transactions(api, first["DocumentNumber"])


def test_the_pause_before_posting_can_be_made_shorter(make_api, refusal):
    api = make_api(post_too_soon=True, posting_pause=0.5)
    number = ready(api)
    assert refusal(api.post_batch(number)) == (409, "General")
    api.mock.clock.advance(0.6)
    assert api.post_batch(number).status_code == 204


def test_a_run_meets_a_processing_conflict_as_often_as_ordered(make_api, refusal):
    api = make_api(processing_conflicts=1)
    number = ready(api)
    refused = api.post_batch(number)
    assert refusal(refused) == (409, "General")
    assert "processing conflict" in refused.json()["error"]["message"]["value"]
    assert api.post_batch(number).status_code == 204


@pytest.mark.parametrize(("conflicts", "second"), [("refuse", 409), ("serialise", 204)])
def test_two_runs_of_a_company_at_once(make_api, conflicts, second):
    api = make_api(posting_seconds=0.5, posting_conflicts=conflicts)
    numbers = [ready(api, api.invoice("R-1")), ready(api, api.invoice("R-2"))]
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(Api(api.server).post_batch, numbers[0])
        while api.batch(numbers[0])["BatchStatus"] == "ReadyToPost":
            assert not slow.done()
        assert api.batch(numbers[0])["BatchStatus"] == "PostInProgress"
        elsewhere = pool.submit(Api(api.server, "SAMINC").post_batch, 1)
        assert api.post_batch(numbers[1]).status_code == second
        assert (slow.result().status_code, elsewhere.result().status_code) == (204, 204)
    assert api.batch(numbers[0])["BatchStatus"] == "Posted"
    assert api.batch(numbers[1])["BatchStatus"] == {409: "ReadyToPost", 204: "Posted"}[second]


def test_nothing_is_posted_into_a_closed_year_or_a_locked_period(api, person, refusal):
    number = ready(api, api.invoice("L-1", PostingDate="2026-02-27"))
    assert person("fiscal_period", action="lock", year="2026", period=2)["locked"] == [2]
    api.post_batch(number)
    assert api.batch(number)["NumberOfErrors"] == 1
    assert "2026-02 is locked" in api.rows("AP/APPostingErrorMessages")[-1]["ErrorMessage"]
    late = {"Invoices": [api.invoice("L-2", PostingDate="2026-02-27")]}
    assert refusal(api.post(BATCHES, late)) == (409, "FieldInvalid")
    assert api.get("CS/CSFiscalCalendars('2026')").json()["FiscalPeriod2Status"] == "Locked"
    person("fiscal_period", action="unlock", year="2026", period=2)
    assert api.post(BATCHES, late).status_code == 201
    person("fiscal_year", action="lock", year="2026")
    assert api.get("CS/CSFiscalCalendars('2026')").json()["Active"] == "No"
    assert refusal(api.post(BATCHES, {"Invoices": [api.invoice("L-3")]})) == (409, "FieldInvalid")


def test_the_calendar_names_its_periods(api):
    year = api.get("CS/CSFiscalCalendars('2026')").json()
    assert (year["FiscalPeriod2StartDate"], year["FiscalPeriod2EndDate"]) == (
        "2026-02-01T00:00:00Z",
        "2026-02-28T00:00:00Z",
    )
    assert (year["NumberOfFiscalPeriods"], year["Active"], year["FiscalPeriod13EndDate"]) == (12, "Yes", None)
