"""Pay: what Sage 300 makes of a payment batch decides whether it is posted."""

from __future__ import annotations

from typing import Any

import pytest

from plugin.integrations.sage300_jira.actions.ledgers import Known, approval
from plugin.integrations.sage300_jira.actions.paying import applied_to
from plugin.integrations.sage300_jira.actions.wish import Wish
from sage_adapters.errors import RecordTrouble
from sage_adapters.sage300.posted import read_posted_document
from tests.integrations.actions.bench import ADA, BOB, Bench


@pytest.fixture
def payable(bench: Bench) -> Bench:
    """INV-1 is posted; one pair of eyes is enough."""
    bench.decide(pay={"four_eyes": False})
    bench.posted("INV-1")
    return bench


@pytest.mark.parametrize("echo", ["without_allocations", "other_currency"])
def test_what_sage_made_of_the_payment_is_compared_before_it_is_posted(payable: Bench, echo: str) -> None:
    payable.sage.turn(payment_echo=echo)
    payable.wish("pay", "INV-1")
    payable.work()
    refusal = payable.refusal("pay", "INV-1")
    assert refusal["code"] == "sage300.payment-differs"
    assert "Delete payment batch 1" in refusal["remedy"]
    (batch,) = payable.payment_batches()
    assert batch["status"] == "Open"
    payable.sage.turn(payment_echo="right")
    payable.wish("pay", "INV-1")
    payable.work()
    assert payable.refusal("pay", "INV-1")["code"] == "sage300.payment-differs", "the wrong batch still stands"
    payable.clerk("payment_batch", "delete", number=1)
    payable.wish("pay", "INV-1")
    payable.work()
    assert len(payable.posted_payments("INV-1")) == 1


def test_a_batch_that_somebody_edited_meanwhile_is_not_set_ready(payable: Bench) -> None:
    payable.decide(pay={"ready": False, "post": False})
    payable.wish("pay", "INV-1")
    payable.work()
    assert payable.outcome("pay", "INV-1")["state"] == "entered"
    payable.posted("INV-2")
    payable.sage.fault("status", "PATCH", status=500, times=1)
    payable.decide(pay={"ready": True, "post": True})
    payable.wish("pay", "INV-2")
    payable.pass_()
    payable.clerk("payment_batch", "edit", number=2, amount="1.00")
    payable.work()
    assert payable.refusal("pay", "INV-2")["code"] == "sage300.payment-differs"
    assert payable.posted_payments("INV-2") == []


def test_a_batch_of_somebody_else_that_pays_it_already_stops_the_payment(payable: Bench) -> None:
    payable.clerk("payment", "enter", vendor="1200", number="INV-1")
    payable.wish("pay", "INV-1")
    payable.work()
    refusal = payable.refusal("pay", "INV-1")
    assert refusal["code"] == "actions.paid-elsewhere"
    assert refusal["got"] == "Payment batch 1 in Sage 300 is about to pay it already."
    assert len(payable.payment_batches()) == 1


def test_a_batch_of_somebody_else_that_comes_during_the_pause_stops_it_too(payable: Bench) -> None:
    payable.wish("pay", "INV-1")
    payable.pass_()
    payable.clerk("payment", "enter", vendor="1200", number="INV-1")
    payable.work()
    assert payable.refusal("pay", "INV-1")["code"] == "actions.paid-elsewhere"
    assert payable.posted_payments("INV-1") == []


def test_a_payment_of_something_else_stands_in_nobodys_way(payable: Bench) -> None:
    payable.posted("INV-2")
    payable.clerk("payment", "enter", vendor="1200", number="INV-2")
    payable.wish("pay", "INV-1")
    payable.work()
    payable.assert_paid_once("INV-1")


def test_our_batch_is_found_though_a_clerk_added_to_its_description(payable: Bench) -> None:
    payable.sage.fault("status", "PATCH", status=500, times=1)
    payable.wish("pay", "INV-1")
    payable.pass_()
    (batch,) = payable.payment_batches()
    payable.clerk("payment_batch", "edit", number=1, description=batch["description"] + " ok")
    payable.work()
    payable.assert_paid_once("INV-1")


def test_a_payment_that_sage_will_not_post_is_told_and_can_be_made_anew(payable: Bench) -> None:
    payable.sage.turn(held_vendor_payments="refused")
    payable.wish("pay", "INV-1")
    payable.pass_()
    payable.sage.mock.clock.advance(4)
    payable.clerk("vendor", "hold", number="1200")
    payable.clerk("payment_batch", "post", number=1)
    payable.clerk("vendor", "release", number="1200")
    payable.work()
    refusal = payable.refusal("pay", "INV-1")
    assert refusal["code"] == "actions.paid-elsewhere", "the batch of errors holds it"
    payable.clerk("payment_batch", "delete", number=2)
    payable.wish("pay", "INV-1", BOB)
    payable.work()
    assert len(payable.posted_payments("INV-1")) == 1
    assert payable.open_amount("INV-1") == 0


def test_sages_own_reason_is_told_when_posting_refuses_the_payment(payable: Bench) -> None:
    payable.decide(pay={"post": True})
    payable.wish("pay", "INV-1")
    payable.pass_()
    payable.sage.mock.clock.advance(4)

    # Another payment takes the amount in the instant between our look and the posting.
    with payable.sage.mock.lock:
        documents = payable.sage.mock.companies["SAMLTD"].posted_documents
        document = documents.find(("1200", "INV-1"))
    real = payable.sage.mock.companies["SAMLTD"].payment_posting.begin

    def begin(*arguments: object) -> object:
        document["VendorCurrencyAmountDue"] = document["VendorCurrencyAmountDue"] / 2
        return real(*arguments)

    payable.sage.mock.companies["SAMLTD"].payment_posting.begin = begin
    payable.work()
    refusal = payable.refusal("pay", "INV-1")
    assert refusal["code"] == "actions.posting-refused"
    assert "exceeds the amount due on document INV-1" in refusal["got"]
    assert payable.posted_payments("INV-1") == []


def test_it_can_be_left_to_people_to_set_ready_or_to_post(payable: Bench) -> None:
    payable.decide(pay={"ready": True, "post": False})
    payable.wish("pay", "INV-1")
    payable.work()
    outcome = payable.outcome("pay", "INV-1")
    assert outcome["state"] == "ready"
    assert outcome["said"].endswith("is ready to post (payment batch 1); it is posted in Sage 300.")
    payable.posted("INV-2")
    payable.decide(pay={"ready": False})
    payable.wish("pay", "INV-2")
    payable.work()
    assert payable.outcome("pay", "INV-2")["state"] == "entered"
    assert [each["status"] for each in payable.payment_batches()] == ["ReadyToPost", "Open"]


def test_many_payments_pause_together(payable: Bench) -> None:
    for number in ("INV-2", "INV-3", "INV-4"):
        payable.posted(number)
    for number in ("INV-1", "INV-2", "INV-3", "INV-4"):
        payable.wish("pay", number)
    payable.time_passes()
    payable.pass_()
    assert [each["status"] for each in payable.payment_batches()] == ["ReadyToPost"] * 4
    payable.time_passes()
    payable.pass_()
    for number in ("INV-1", "INV-2", "INV-3", "INV-4"):
        payable.assert_paid_once(number)


def test_a_document_that_is_not_posted_is_not_paid(bench: Bench) -> None:
    bench.decide(pay={"four_eyes": False})
    bench.invoice("INV-1")
    bench.wish("pay", "INV-1")
    bench.work()
    assert bench.refusal("pay", "INV-1")["code"] == "actions.not-posted"


def test_a_payment_waits_for_the_approval_that_was_asked_for_before(bench: Bench) -> None:
    """Sage 300 answers the approval with a conflict: it goes on later, and the payment must not be refused for want of
    it."""
    bench.decide(approve={"batch": "at-once"})
    bench.invoice("INV-1")
    bench.sage.turn(processing_conflicts=1)
    bench.wish("approve", "INV-1", by=ADA)
    bench.wish("pay", "INV-1", by=BOB)
    bench.pass_()
    assert set(bench.states().values()) == {"pending"}
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"
    bench.assert_paid_once("INV-1")


def test_a_payment_waits_as_long_as_nobody_knows_what_became_of_the_approval(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.decide(approve={"batch": "at-once"})
    bench.uncertain_wait = 60
    bench.sage.fault("lost_reply", "PATCH", times=1)
    bench.wish("approve", "INV-1", by=ADA)
    bench.wish("pay", "INV-1", by=BOB)
    bench.pass_()
    bench.pass_()
    assert bench.states() == {"approve INV-1": "uncertain", "pay INV-1": "pending"}
    bench.work()
    bench.assert_paid_once("INV-1")


def test_a_credit_note_is_not_paid(bench: Bench) -> None:
    bench.decide(pay={"four_eyes": False})
    note = bench.clerk("credit_note", "enter", vendor="1200", number="CN-1", amount="50.00")
    bench.read()
    bench.post(note["batch"])
    bench.wish("pay", "CN-1", kind="credit-note")
    bench.work()
    (entry,) = [state for name, state in bench.states().items() if name == "pay CN-1"]
    assert entry == "parked"
    assert bench.payment_batches() == []


@pytest.mark.parametrize(("bank", "said"), [("", "No bank is chosen"), ("NONE", "Sage 300 has no bank NONE.")])
def test_without_a_bank_to_pay_from_nothing_is_entered(payable: Bench, bank: str, said: str) -> None:
    payable.decide(pay={"bank": bank})
    payable.wish("pay", "INV-1")
    payable.work()
    refusal = payable.refusal("pay", "INV-1")
    assert refusal["code"] == "actions.bank"
    assert said in refusal["got"]
    assert payable.payment_batches() == []


def test_a_bank_of_another_currency_pays_nothing(payable: Bench) -> None:
    with payable.sage.mock.lock:
        payable.sage.mock.companies["SAMLTD"].banks.records()[0]["StatementCurrency"] = "EUR"
    payable.wish("pay", "INV-1")
    payable.work()
    assert payable.refusal("pay", "INV-1")["got"] == ("The bank SEATAC is kept in EUR, and the document is in USD.")


@pytest.mark.parametrize("release", ["2021", "2022.2"])
def test_from_2021_on_approving_and_paying_work(bench: Bench, release: str) -> None:
    bench.sage.turn(release=release)
    bench.invoice("INV-1")
    bench.wish("approve", "INV-1")
    bench.work()
    bench.read()
    bench.wish("pay", "INV-1", BOB)
    bench.work()
    bench.assert_paid_once("INV-1")


def test_before_2021_an_approval_is_refused_with_what_to_do(bench: Bench) -> None:
    bench.sage.turn(release="2020")
    bench.invoice("INV-1")
    bench.wish("approve", "INV-1")
    bench.work()
    refusal = bench.refusal("approve", "INV-1")
    assert refusal["code"] == "actions.release"
    assert "Sage 300 2021 or later" in refusal["remedy"]
    assert bench.stream().trouble is None, "the stream goes on"


def test_before_2021_a_payment_is_entered_and_its_posting_left_to_people(payable: Bench) -> None:
    payable.sage.turn(release="2020")
    payable.decide(pay={"ready": False, "post": False})
    payable.wish("pay", "INV-1")
    payable.work()
    assert payable.outcome("pay", "INV-1")["state"] == "entered"
    assert [each["status"] for each in payable.payment_batches()] == ["Open"]


def test_before_2021_a_payment_that_should_be_posted_says_which_batch_is_to_be_posted_by_hand(payable: Bench) -> None:
    payable.sage.turn(release="2020")
    payable.wish("pay", "INV-1")
    payable.work()
    refusal = payable.refusal("pay", "INV-1")
    assert refusal["code"] == "actions.release"
    assert "Payment batch 1 stands in Sage 300" in refusal["remedy"]


def test_a_right_that_is_missing_stops_the_stream_and_refuses_nothing(payable: Bench) -> None:
    payable.sage.fault("status", "GET", "CSFiscalCalendars", status=403, times=99)
    payable.wish("pay", "INV-1")
    ending = payable.pass_()
    assert ending.trouble is not None
    assert ending.trouble.code == "sage300.rights"
    assert payable.states()["pay INV-1"] == "pending"
    payable.sage.recover()
    payable.work()
    payable.assert_paid_once("INV-1")


def test_all_instalments_of_a_document_are_paid_together(payable: Bench) -> None:
    assert [each.schedule_number for each in instalments(payable, ["60.00 USD", "40.00 USD"])] == [1, 2]


def test_of_several_instalments_a_rest_is_left_to_people(payable: Bench) -> None:
    with pytest.raises(RecordTrouble) as raised:
        instalments(payable, ["60.00 USD", "60.00 USD"])
    assert raised.value.code == "actions.instalments"


def instalments(bench: Bench, amounts: list[str]) -> Any:
    """What would be applied to INV-1, of which 100.00 are open, if it was payable in these instalments."""
    bench.wish("pay", "INV-1")
    content = dict(bench.entry("pay", "INV-1").content)
    schedule = [{"number": number, "amount": amount} for number, amount in enumerate(amounts, start=1)]
    content["invoice"] = {**content["invoice"], "schedule": schedule}
    with bench.client() as client:
        posted = read_posted_document(client, "1200", "INV-1")
        return applied_to(Wish(content), posted)


def test_an_approval_that_was_refused_in_the_end_does_not_count(payable: Bench) -> None:
    """Its worker died between noting what came of it and settling it; the next one was refused."""
    content = {"approved": {"amount": "100.00 USD", "by": "ada-account"}, "outcome": {"state": "waiting"}}
    assert approval(Known(content, "sending")) is not None
    assert approval(Known(content, "settled")) is not None
    assert approval(Known(content, "parked")) is None
    assert approval(Known({**content, "outcome": None}, "settled")) is None
