"""What must hold before Sage 300 is told to do anything: each guard refuses in plain words, and nothing is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from requests.auth import HTTPBasicAuth

from plugin.integrations.sage300_jira.actions.wishes import Answer
from plugin.jira import people
from plugin.jira.client import JiraClient
from sage_adapters.address import AddressPolicy
from sage_adapters.errors import ConfigurationTrouble, TransientTrouble
from tests.integrations.actions.bench import ADA, BOB, CAROL, Bench


def assert_untouched(bench: Bench, since: int) -> None:
    assert [each for each in bench.sage.journal(since=since) if each["method"] not in ("GET",)] == []


@pytest.fixture
def approved(bench: Bench) -> Bench:
    """INV-1 was approved by Ada and is posted; nobody has asked for its payment."""
    bench.invoice("INV-1")
    bench.wish("approve", "INV-1")
    bench.work()
    bench.read()
    return bench


def refused_approval(bench: Bench, by: str = ADA, **wish: Any) -> dict[str, Any]:
    since = bench.sage.now
    bench.wish("approve", "INV-1", by, **wish)
    bench.work()
    assert_untouched(bench, since)
    return bench.refusal("approve", "INV-1")


def refused_payment(bench: Bench, by: str = BOB, **wish: Any) -> dict[str, Any]:
    since = bench.sage.now
    bench.wish("pay", "INV-1", by, **wish)
    bench.work()
    assert_untouched(bench, since)
    assert bench.payment_batches() == []
    return bench.refusal("pay", "INV-1")


def test_until_somebody_is_named_nobody_may(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.decide(approve={"users": []})
    refusal = refused_approval(bench)
    assert refusal["code"] == "actions.off"
    assert refusal["tried"] == ("INV-1 of 1200 Chloride Systems was to be approved in Sage 300, as Ada asked on AP-1.")


def test_who_is_not_named_may_not(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.decide(approve={"users": [BOB], "groups": ["payables"]})
    bench.groups = {ADA: {"everybody"}}
    refusal = refused_approval(bench)
    assert refusal["code"] == "actions.not-allowed"
    assert refusal["got"] == "Ada is not among those who may approve."


def test_a_member_of_a_named_group_may(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.decide(approve={"users": [], "groups": ["payables"]})
    bench.groups = {ADA: {"payables"}}
    bench.wish("approve", "INV-1")
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"


def test_groups_are_those_that_jira_tells(bench: Bench, jira_mock: Any) -> None:
    bench.invoice("INV-1")
    bench.decide(approve={"users": [], "groups": ["site-admins", "jira-administrators", "administrators"]})
    auth = HTTPBasicAuth("ada@example.com", "ada-token")
    policy = AddressPolicy(allow_private=True, allow_plain_http=True)
    with JiraClient(jira_mock.url, auth, policy=policy) as jira:
        account = people.own_account(jira)
        groups = people.groups_of(jira, account)
        bench.decide(approve={"users": [], "groups": sorted(groups)[:1]})
        bench.asks_for_groups = lambda who: people.groups_of(jira, account if who == ADA else who)
        bench.wish("approve", "INV-1", BOB)
        bench.work()
        assert bench.refusal("approve", "INV-1")["code"] == "actions.not-allowed"
        bench.wish("approve", "INV-1", ADA)
        bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"


def raising(trouble: Exception) -> Callable[[str], set[str]]:
    def ask(_account: str) -> set[str]:
        raise trouble

    return ask


def test_while_jira_cannot_tell_groups_the_action_waits(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.decide(approve={"users": [], "groups": ["payables"]})
    bench.asks_for_groups = raising(TransientTrouble("Asking.", "Jira is down.", "Wait.", "jira.down"))
    bench.wish("approve", "INV-1")
    ending = bench.pass_()
    assert ending.trouble is None, "Jira's trouble is not Sage 300's"
    assert bench.states() == {"approve INV-1": "pending"}
    bench.asks_for_groups = lambda account: {"payables"}
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"


def test_when_jira_will_not_tell_groups_nobody_may(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.decide(approve={"users": [], "groups": ["payables"]})
    trouble = ConfigurationTrouble("Asking.", "Jira does not allow this.", "Grant it.", "jira.forbidden")
    bench.asks_for_groups = raising(trouble)
    refusal = refused_approval(bench)
    assert refusal["code"] == "actions.groups-unknown"
    assert "Grant it." in refusal["remedy"]


@pytest.mark.parametrize(
    ("limit", "code"),
    [("99.99 USD", "actions.above-limit"), ("1000.00 EUR", "actions.other-currency"), ("100.00 USD", None)],
)
def test_up_to_which_amount(bench: Bench, limit: str, code: str | None) -> None:
    bench.invoice("INV-1")
    bench.decide(approve={"up_to": limit})
    if code:
        assert refused_approval(bench)["code"] == code
    else:
        bench.wish("approve", "INV-1")
        bench.work()
        assert bench.outcome("approve", "INV-1")["state"] == "posted"


@pytest.mark.parametrize("limit", ["many", "100", "NaN USD", "Infinity USD"])
def test_a_limit_that_makes_no_sense_stops_everything(bench: Bench, limit: str) -> None:
    bench.decide(approve={"up_to": limit})
    with pytest.raises(ConfigurationTrouble) as raised:
        bench.target()
    assert raised.value.code == "actions.settings"


def test_who_entered_it_may_not_approve_it_where_users_of_sage_are_known(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.decide(sage_users={"clerk": ADA})
    refusal = refused_approval(bench)
    assert refusal["code"] == "actions.entered-by"
    assert refusal["got"] == "Ada entered the document, as CLERK in Sage 300."
    bench.wish("approve", "INV-1", BOB)
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"


def test_who_approved_may_not_pay(approved: Bench) -> None:
    refusal = refused_payment(approved, ADA)
    assert refusal["code"] == "actions.approved-by"
    assert refusal["got"] == f"Ada approved it, on {datetime.now(UTC):%-d %B %Y}."


def test_with_one_pair_of_eyes_who_approved_may_pay(approved: Bench) -> None:
    approved.decide(pay={"four_eyes": False})
    approved.wish("pay", "INV-1", ADA)
    approved.work()
    approved.assert_paid_once("INV-1")


def test_four_eyes_want_an_approval(bench: Bench) -> None:
    bench.posted("INV-1")
    assert refused_payment(bench)["code"] == "actions.not-approved"
    bench.wish("approve", "INV-1", ADA)
    bench.work()
    bench.wish("pay", "INV-1", BOB)
    bench.work()
    bench.assert_paid_once("INV-1")


def test_a_held_vendor_stops_approval_and_payment(approved: Bench) -> None:
    approved.clerk("vendor", "hold", number="1200")
    assert refused_payment(approved)["code"] == "actions.vendor-on-hold"
    approved.invoice("INV-2")
    approved.wish("approve", "INV-2")
    approved.work()
    assert approved.refusal("approve", "INV-2")["code"] == "actions.vendor-on-hold"


def test_an_inactive_vendor_stops_a_payment(approved: Bench) -> None:
    approved.clerk("vendor", "edit", number="1200", status="Inactive")
    assert refused_payment(approved)["code"] == "actions.vendor-inactive"


def test_a_held_document_is_not_approved(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.clerk("invoice", "hold", vendor="1200", number="INV-1")
    assert refused_approval(bench)["code"] == "actions.on-hold"


def test_what_was_changed_since_it_was_shown_is_not_approved(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.clerk("invoice", "edit", vendor="1200", number="INV-1", amount="9000.00")
    refusal = refused_approval(bench)
    assert refusal["code"] == "actions.amount-changed"
    assert refusal["got"] == "Ada was shown USD 100.00, and Sage 300 now says USD 9,000.00."


def test_what_the_panel_showed_is_what_counts(bench: Bench) -> None:
    bench.invoice("INV-1")
    assert refused_approval(bench, via="panel", amount="99.00 USD")["code"] == "actions.amount-changed"


def test_what_is_paid_already_is_not_paid_again(approved: Bench) -> None:
    approved.clerk("payment", "enter", vendor="1200", number="INV-1")
    approved.clerk("payment_batch", "ready", number=1)
    approved.sage.mock.clock.advance(4)
    approved.clerk("payment_batch", "post", number=1)
    approved.wish("pay", "INV-1", BOB)
    approved.work()
    assert approved.refusal("pay", "INV-1")["code"] == "actions.paid-already"
    assert len(approved.payment_batches()) == 1


def test_what_is_paid_in_part_is_paid_as_far_as_it_was_shown(approved: Bench) -> None:
    approved.clerk("payment", "enter", vendor="1200", number="INV-1", amount="40.00")
    approved.clerk("payment_batch", "ready", number=1)
    approved.sage.mock.clock.advance(4)
    approved.clerk("payment_batch", "post", number=1)
    approved.wish("pay", "INV-1", BOB)
    approved.work()
    assert approved.refusal("pay", "INV-1")["got"] == "Bob was shown USD 100.00, and Sage 300 now says USD 60.00."
    approved.read()
    approved.wish("pay", "INV-1", BOB)
    approved.work()
    assert approved.open_amount("INV-1") == 0
    assert approved.outcome("pay", "INV-1")["said"].startswith("Paid. USD 60.00 for INV-1")


def test_a_closed_year_stops_approval_and_payment(approved: Bench) -> None:
    approved.invoice("INV-2")
    approved.clerk("fiscal_year", "lock", year=str(datetime.now(UTC).year))
    refusal = refused_payment(approved)
    assert refusal["code"] == "actions.period-closed"
    assert "fiscal period" in refusal["got"]
    approved.wish("approve", "INV-2")
    approved.work()
    assert approved.refusal("approve", "INV-2")["code"] == "actions.period-closed"


CHANGES = {
    "bank": ({"bank": "OTHER"}, "The bank of 1200 was changed from SEATAC to OTHER"),
    "terms": ({"terms": "N60"}, "The terms of 1200 was changed from DUETBL to N60"),
    "payment code": ({"payment_code": "WIRE"}, "The payment code of 1200 was changed from CHECK to WIRE"),
    "remit-to": ({"remit_to": "ALT"}, "The remit-to location of 1200 was changed from nothing to ALT"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_since_the_approval_freezes_the_payment(approved: Bench, what: str) -> None:
    words, said = CHANGES[what]
    with approved.sage.mock.lock:
        company = approved.sage.mock.companies["SAMLTD"]
        bank = company.banks.records()[0].copy()
        bank["BankCode"] = "OTHER"
        company.banks.add(bank)
    approved.clerk("remit_to", "enter", vendor="1200", location="ALT", name="Somebody else")
    approved.clerk("vendor", "edit", number="1200", **words)
    approved.read()
    refusal = refused_payment(approved)
    assert refusal["code"] == "actions.changed-since"
    assert refusal["got"] == f"{said} since Ada approved it on {datetime.now(UTC):%-d %B %Y}."
    approved.clerk("vendor", "edit", number="1200", bank="SEATAC", terms="DUETBL", payment_code="CHECK", remit_to="")
    approved.wish("pay", "INV-1", BOB)
    approved.work()
    approved.assert_paid_once("INV-1")


def test_what_was_changed_since_can_be_approved_anew_as_it_is_now(approved: Bench) -> None:
    approved.clerk("vendor", "edit", number="1200", terms="N60")
    approved.read()
    assert refused_payment(approved)["code"] == "actions.changed-since"
    assert approved.wish("approve", "INV-1", ADA) is Answer.ENTERED
    approved.work()
    assert approved.outcome("approve", "INV-1")["state"] == "posted"
    approved.wish("pay", "INV-1", BOB)
    approved.work()
    approved.assert_paid_once("INV-1")


def test_without_an_approval_what_was_shown_freezes_the_payment(bench: Bench) -> None:
    bench.posted("INV-1")
    bench.decide(pay={"four_eyes": False})
    bench.clerk("vendor", "edit", number="1200", terms="N60")
    refusal = refused_payment(bench)
    assert refusal["got"] == "The terms of 1200 was changed from DUETBL to N60 since Bob asked for its payment."
    bench.read()
    bench.wish("pay", "INV-1", CAROL)
    bench.work()
    bench.assert_paid_once("INV-1")


def test_the_freeze_holds_also_during_the_pause_before_posting(approved: Bench) -> None:
    approved.wish("pay", "INV-1", BOB)
    approved.pass_()
    approved.clerk("vendor", "edit", number="1200", terms="N60")
    approved.work()
    refusal = approved.refusal("pay", "INV-1")
    assert refusal["code"] == "actions.changed-since"
    assert "Payment batch 1 stands in Sage 300, and was not posted: delete it there" in refusal["remedy"]
    assert approved.posted_payments("INV-1") == []
