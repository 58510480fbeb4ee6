import pytest

BATCHES = "AP/APPaymentAndAdjustmentBatches"


def payment(number="INV-77120", amount=100.00, **changes):
    applied = {"BatchType": "PY", "VendorNumber": "1350", "DocumentNumber": number, "PaymentNumber": 1}
    applied |= {"TransactionType": "PaymentPosted", "PaymentAmount": amount}
    entry = {"BatchType": "PY", "VendorNumber": "1350", "PaymentTransactionType": "Payment", "CheckPrintRequired": "No"}
    batch = {"BatchSelector": "PY", "Description": "Paid in Jira FIN-41", "BankCode": "SEATAC"}
    return {**batch, "PaymentsAdjustments": [{**entry, "AppliedPayments": [applied], **changes}]}


def pay(api, body):
    """Enters, sets ready and posts a payment batch; gives its number and the reply to posting."""
    made = api.post(BATCHES, body)
    assert made.status_code == 201, made.text
    number, selector = made.json()["BatchNumber"], body["BatchSelector"]
    path = f"{BATCHES}(BatchNumber={number},BatchSelector='{selector}')"
    assert api.patch(path, {"BatchStatus": "ReadyToPost"}).status_code == 204
    run = {
        "BatchType": selector,
        "PostAllBatches": "Donotpostallbatches",
        "PostBatchFrom": number,
        "PostBatchTo": number,
    }
    return path, api.post("AP/APPostPaymentsAndAdjustments('$process')", run)


def due(api, number="INV-77120"):
    document = api.get(f"AP/APPostedDocuments('1350','{number}')").json()
    return document["VendorCurrencyAmountDue"], document["FullyPaid"]


def test_a_posted_payment_lowers_what_is_due(api):
    owed = api.get("AP/APVendors('1350')").json()["BalanceDueInVendorCurrency"]
    api.posted()
    path, reply = pay(api, payment(amount=40))
    assert (reply.status_code, reply.content) == (204, b"")
    assert due(api) == (60, "No")
    batch = api.get(path).json()
    assert (batch["BatchStatus"], batch["BatchTotal"]) == ("Posted", 40)
    pay(api, payment(amount=60))
    assert due(api) == (0, "Yes")
    assert api.get("AP/APVendors('1350')").json()["BalanceDueInVendorCurrency"] == owed
    paid = api.rows("AP/APPostedPayments", **{"$filter": "VendorNumber eq '1350'"})
    assert sorted(row["PaymentAmount"] for row in paid) == [40, 60]


def test_a_document_number_is_generated_for_each_payment(api):
    api.posted()
    entry = api.post(BATCHES, payment()).json()["PaymentsAdjustments"][0]
    assert entry["DocumentNumber"] == "PY000000000001"
    assert (entry["EntryNumber"], entry["AppliedPayments"][0]["LineNumber"]) == (1, 20)
    assert entry["VendorPayeeName"] == "Jones Office Supply"


@pytest.mark.parametrize("missing", ["BatchSelector", "BankCode"])
def test_selector_and_bank_are_mandatory(api, refusal, missing):
    body = payment()
    del body[missing]
    assert refusal(api.post(BATCHES, body)) == (409, "FieldInvalid")


@pytest.mark.parametrize(
    ("number", "amount", "said"),
    [("INV-77120", 100.01, "exceeds"), ("NEVER", 1, "NEVER"), ("OPEN-1", 1, "OPEN-1"), ("INV-77120", -1, "exceeds")],
)
def test_what_cannot_be_paid_is_set_aside_with_its_reason(api, number, amount, said):
    api.posted()
    api.enter(api.invoice("OPEN-1"))
    path, _ = pay(api, payment(number, amount))
    batch = api.get(path).json()
    assert (batch["BatchStatus"], batch["NumberOfErrors"]) == ("Posted", 1)
    assert batch["PaymentsAdjustments"][0]["ErrorBatch"] == batch["BatchNumber"] + 1
    assert said in api.rows("AP/APPostingErrorMessages")[-1]["ErrorMessage"]
    assert due(api) == (100, "No")


def test_a_payment_cannot_be_made_twice(api):
    api.posted()
    pay(api, payment())
    path, _ = pay(api, payment())
    assert api.get(path).json()["NumberOfErrors"] == 1
    assert due(api) == (0, "Yes")


def test_checks_that_must_print_block_posting(api, refusal):
    api.posted()
    path, reply = pay(api, payment(CheckPrintRequired="Yes"))
    assert refusal(reply) == (409, "General")
    assert api.get(path).json()["BatchStatus"] == "ReadyToPost"


def test_an_adjustment_lowers_what_is_due_without_a_payment(api):
    api.posted()
    distribution = {"DistributionAmount": 1, "DistributionGLAccount": "6300"}
    applied = {"VendorNumber": "1350", "DocumentNumber": "INV-77120", "AdjustmentGLDistributions": [distribution]}
    body = {"BatchSelector": "AD", "PaymentsAdjustments": [{"VendorNumber": "1350", "AppliedPayments": [applied]}]}
    pay(api, body)
    assert due(api) == (99, "No")
    assert api.rows("AP/APPostedPayments") == []


def test_payments_and_adjustments_are_numbered_apart(api):
    api.posted()
    adjustment = {"BatchSelector": "AD", "PaymentsAdjustments": [{"VendorNumber": "1350"}]}
    numbers = [api.post(BATCHES, body).json()["BatchNumber"] for body in (payment(), adjustment, payment())]
    assert numbers == [1, 1, 2]


def test_a_reversed_payment_leaves_its_document_open_again(api, person):
    api.posted()
    person("payment", action="pay", vendor="1350", number="INV-77120", amount="40")
    paid = person("payment", action="pay", vendor="1350", number="INV-77120")
    assert due(api) == (0, "Yes")
    voided = person("payment", action="void", payment=paid["number"], date="2026-03-09", reason="Lost in the post")
    assert voided["voided"] is True
    assert due(api) == (60, "No")
    document = api.get("AP/APPostedDocuments('1350','INV-77120')").json()
    assert document["LastActivityDate"] == "2026-03-09T00:00:00Z"
    row = next(row for row in api.rows("AP/APPostedPayments") if row["DocumentNumber"] == paid["number"])
    assert (row["CheckCleared"], row["DateReversed"], row["ReasonForReversal"]) == (
        "Reversed",
        "2026-03-09T00:00:00Z",
        "Lost in the post",
    )
    batch = api.get(f"{BATCHES}(BatchSelector='PY',BatchNumber={paid['batch']})").json()
    assert batch["BatchStatus"] == "Posted"
    rows = api.rows("GL/GLPostedTransactions", **{"$filter": f"JournalDetailReference eq '{paid['number']}'"})
    amounts = sorted((row["AccountNumber"], row["JournalTransactionAmount"]) for row in rows)
    assert amounts == [("1000", -60), ("1000", 60), ("2010", -60), ("2010", 60)]
    person("payment", action="pay", vendor="1350", number="INV-77120")
    assert due(api) == (0, "Yes")


def test_a_payment_that_people_enter_waits_until_they_post_or_delete_it(api, person):
    api.posted()
    first = person("payment", action="enter", vendor="1350", number="INV-77120", amount="10", description="By hand")
    assert (first["status"], first["description"]) == ("Open", "By hand")
    edited = person("payment_batch", action="edit", number=first["batch"], amount="25")
    assert edited["total"] == "25.00"
    assert person("payment_batch", action="ready", number=first["batch"])["status"] == "ReadyToPost"
    assert due(api) == (100, "No")
    assert person("payment_batch", action="post", number=first["batch"])["status"] == "Posted"
    assert due(api) == (75, "No")
    other = person("payment", action="enter", vendor="1350", number="INV-77120")
    assert person("payment_batch", action="delete", number=other["batch"])["status"] == "Deleted"
    assert due(api) == (75, "No")


def test_a_vendor_on_hold_is_paid_unless_the_server_refuses_it(api, person):
    api.posted()
    person("vendor", action="hold", number="1350")
    pay(api, payment(amount=40))
    assert due(api) == (60, "No")
    api.mock.turn({"held_vendor_payments": "refused"})
    path, _ = pay(api, payment(amount=10))
    assert api.get(path).json()["NumberOfErrors"] == 1
    assert due(api) == (60, "No")


def test_a_payment_may_come_out_other_than_it_was_sent(api):
    api.posted()
    api.mock.turn({"payment_echo": "without_allocations"})
    assert api.post(BATCHES, payment()).json()["PaymentsAdjustments"][0]["AppliedPayments"] == []
    api.mock.turn({"payment_echo": "other_currency"})
    assert api.post(BATCHES, payment()).json()["PaymentsAdjustments"][0]["VendorCurrencyCode"] == "JPY"


def test_a_scheduled_payment_that_is_not_there_cannot_be_paid(api):
    api.posted()
    body = payment()
    body["PaymentsAdjustments"][0]["AppliedPayments"][0]["PaymentNumber"] = 2
    path, _ = pay(api, body)
    assert api.get(path).json()["NumberOfErrors"] == 1


def test_a_payment_batch_is_locked_under_its_own_name(api, refusal):
    api.posted()
    number = api.post(BATCHES, payment()).json()["BatchNumber"]
    path = f"{BATCHES}(BatchSelector='PY',BatchNumber={number})"
    api.mock.turn({"locked_batches": [f"SAMLTD/PY/{number}"]})
    assert refusal(api.patch(path, {"BatchStatus": "ReadyToPost"})) == (409, "General")
    api.mock.turn({"locked_batches": [f"SAMLTD/{number}"]})
    assert api.patch(path, {"BatchStatus": "ReadyToPost"}).status_code == 204
