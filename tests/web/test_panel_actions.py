"""Approve and Pay in the panel: who is offered what, what is confirmed, and how far it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from plugin.integrations import choosing
from plugin.store.models import Counterfoil, LedgerEntry, Snapshot, Stream
from sage_adapters.records import DocumentType
from tests.web.papers import allow, finish_action, keep_action, keep_posted, keep_vendor, stream_id

PAY, APPROVE = "panel/confirm?action=pay", "panel/confirm?action=approve"


def panel(house: Any, route: str = "panel", who: str = "ada") -> str:
    html: str = house.html(route, issue="10041", account=who)
    return html


def words(html: str) -> str:
    text = re.sub(r"<[^>]+>", " ", html).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", text)


def form_of(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))


def press(house: Any, form: dict[str, str], who: str = "ada") -> Any:
    return house.ask("panel/act", form, issue="10041", account=who)


def actions(house: Any) -> list[Any]:
    with house.parts.database.reading(house.site_id) as session:
        mine = select(LedgerEntry).join(Stream, Stream.id == LedgerEntry.stream_id).where(Stream.name == "actions")
        return list(session.scalars(mine))


@pytest.fixture
def owed(house: Any, invoice: Any) -> Any:
    """A posted invoice of which all is open, and ada and bob may approve and pay."""
    house.entry(house.stream(), invoice())
    keep_posted(house)
    keep_vendor(house)
    allow(house)
    return house


@pytest.fixture
def entered(house: Any, invoice: Any) -> Any:
    """An invoice in an open batch."""
    house.entry(house.stream(), invoice(status="Open"))
    allow(house)
    return house


def test_nothing_is_offered_where_nobody_may(house: Any, invoice: Any) -> None:
    house.entry(house.stream(), invoice(status="Open"))
    assert "panel/confirm" not in panel(house)


def test_a_posted_invoice_can_be_paid_and_an_open_one_approved(owed: Any) -> None:
    html = panel(owed)
    assert "Pay GBP 12,109.00…" in words(html)
    assert "action=approve" not in html


def test_an_open_invoice_can_be_approved_and_not_paid(entered: Any) -> None:
    html = panel(entered)
    assert "Approve…" in words(html)
    assert "action=pay" not in html


def test_who_is_certainly_not_allowed_is_offered_nothing(owed: Any) -> None:
    assert "panel/confirm" not in panel(owed, who="eve")
    assert press(owed, {"action": "pay", "token": "t" * 32, "amount": "12109.00 GBP"}, "eve").status_code == 200
    assert actions(owed) == []
    assert owed.queue.asked == []


def test_where_a_group_may_everybody_is_offered_it_as_only_jira_knows_who_is_in_it(owed: Any) -> None:
    allow(owed, pay={"groups": ["payers"], "users": []})
    assert "action=pay" in panel(owed, who="eve")
    assert owed.queue.asked == [], "no other system is asked for a page"


def test_a_paused_stream_of_actions_offers_nothing(owed: Any) -> None:
    with owed.parts.database.writing(owed.site_id) as session:
        session.scalars(select(Stream).where(Stream.name == "actions")).one().active = False
    assert "panel/confirm" not in panel(owed)


@pytest.mark.parametrize(
    ("record", "left"),
    [
        ({"document_type": DocumentType.CREDIT_NOTE}, "12109.00"),
        ({}, "0.00"),
    ],
    ids=["a credit note", "what is paid"],
)
def test_what_cannot_be_owed_is_not_offered_to_be_paid(house: Any, invoice: Any, record: Any, left: str) -> None:
    house.entry(house.stream(), invoice(**record))
    keep_posted(house, left=left)
    allow(house)
    assert "action=pay" not in panel(house)


def test_what_is_gone_from_sage_300_is_not_offered(entered: Any) -> None:
    entered.change(LedgerEntry, gone_at=entered.now)
    assert "panel/confirm" not in panel(entered)


def test_a_posted_invoice_can_be_approved_where_nothing_else_may_be_paid(owed: Any) -> None:
    allow(owed, pay={"four_eyes": True})
    assert "action=approve" in panel(owed)
    assert "so that nothing is changed in Sage 300" in words(panel(owed, APPROVE))
    refused = words(panel(owed, PAY))
    assert "This would be refused Nobody has approved it in Jira" in refused
    assert "panel/act" not in panel(owed, PAY)


def test_the_confirmation_says_the_figures_and_what_exactly_will_happen(owed: Any) -> None:
    said = words(panel(owed, PAY))
    for told in (
        "Pay GBP 12,109.00: CACP534", "Vendor AHR Building Consultancy Limited S26051", "Still open GBP 12,109.00",
        "Bank SEATAC", "Payment due 7 Feb 2021",
        "A payment batch over GBP 12,109.00 from bank SEATAC is made and posted.",
    ):  # fmt: skip
        assert told in said


@pytest.mark.parametrize(
    ("pay", "sentence"),
    [
        ({"post": False}, "is made and set ready to post. It is posted by somebody in Sage 300."),
        ({"post": False, "ready": False}, "is made. It is set ready and posted by somebody in Sage 300."),
    ],
    ids=["ready", "entered"],
)
def test_a_payment_that_is_left_to_people_is_told_as_such(owed: Any, pay: Any, sentence: str) -> None:
    allow(owed, pay=pay)
    assert sentence in words(panel(owed, PAY))


@pytest.mark.parametrize(
    ("approve", "sentence"),
    [
        ({}, "As soon as every document in it is approved, batch 58 is set ready to post in Sage 300, and posted."),
        ({"batch": "at-once"}, "Batch 58 is set ready to post in Sage 300, with everything in it, and posted."),
        ({"post": False}, "batch 58 is set ready to post in Sage 300, and left to be posted in Sage 300."),
    ],
    ids=["whole batch", "at once", "not posted"],
)
def test_an_approval_says_what_becomes_of_the_batch(entered: Any, approve: Any, sentence: str) -> None:
    allow(entered, approve=approve)
    assert sentence in words(panel(entered, APPROVE))


@pytest.mark.parametrize(
    ("decided", "vendor", "sentence"),
    [
        ({"pay": {"up_to": "50.00 GBP"}}, {}, "GBP 12,109.00 is more than the limit of GBP 50.00."),
        ({}, {"on_hold": True}, "is on hold."),
        ({}, {"active": False}, "is inactive."),
    ],
    ids=["limit", "hold", "inactive"],
)
def test_what_our_own_store_knows_to_speak_against_it_is_said_before(
    house: Any, invoice: Any, decided: Any, vendor: Any, sentence: str
) -> None:
    house.entry(house.stream(), invoice())
    keep_posted(house)
    keep_vendor(house, **vendor)
    allow(house, **decided)
    html = panel(house, PAY)
    assert sentence in words(html)
    assert "panel/act" not in html
    press(house, {"action": "pay", "token": "t" * 32, "amount": "12109.00 GBP"})
    assert actions(house) == [], "a form made by hand gets no further"


def test_a_press_becomes_a_wish_of_the_visitor_and_a_worker_is_called(owed: Any) -> None:
    choices = {"choices": [{"id": "ada", "name": "Ada Admin"}]}
    owed.add(Snapshot(subject=choosing.people_of("10000"), body=choices, state="read", read_at=owed.now))
    answer = press(owed, form_of(panel(owed, PAY)))
    assert answer.json["redirect"] == "panel"
    (entry,) = actions(owed)
    content = entry.content
    assert (content["action"], content["via"], content["actor"]) == ("pay", "panel", "ada")
    assert (content["actor_name"], content["amount"]) == ("Ada Admin", "12109.00 GBP")
    assert (content["issue_id"], content["issue_key"]) == ("10041", "AP-41")
    assert owed.queue.asked == [("run_stream", owed.site_id, stream_id(owed, "actions"))]
    assert owed.people.asked_afresh[-1], "what moves money is not allowed on an older answer"


def test_a_double_press_is_one_wish(owed: Any) -> None:
    form = form_of(panel(owed, PAY))
    first, second = press(owed, form), press(owed, form)
    assert first.json["redirect"] == second.json["redirect"] == "panel"
    assert second.json["flag"] is None
    assert [len(entry.content["wishes"]) for entry in actions(owed)] == [1]
    assert [each.action for each in owed.rows(Counterfoil)] == ["wished"]


def test_two_forms_are_two_wishes_and_the_second_is_too_late(owed: Any) -> None:
    form, other = form_of(panel(owed, PAY)), form_of(panel(owed, PAY))
    assert form["token"] != other["token"]
    press(owed, form)
    assert "no longer to be done" in press(owed, other).json["flag"]["body"]
    assert [entry.version for entry in actions(owed)] == [1]


def test_a_panel_wish_can_never_take_the_id_of_a_transition(owed: Any) -> None:
    """Else whoever may look could make a later transition be taken for one that was told before."""
    form = {**form_of(panel(owed, PAY)), "token": "1" * 16}
    press(owed, form)
    assert actions(owed)[0].content["wishes"] == ["panel-" + "1" * 16]


def test_an_amount_that_changed_meanwhile_is_shown_again(owed: Any) -> None:
    form = form_of(panel(owed, PAY))
    with owed.parts.database.writing(owed.site_id) as session:
        mine = select(LedgerEntry).join(Stream, Stream.id == LedgerEntry.stream_id).where(Stream.name == "posted")
        posted = session.scalars(mine).one()
        posted.content = {**posted.content, "outstanding": "100.00 GBP"}
    answer = press(owed, form)
    assert "The amount has changed" in answer.json["flag"]["body"]
    assert actions(owed) == []


@pytest.mark.parametrize(
    "form",
    [{}, {"action": "pay"}, {"action": "delete", "token": "t" * 32, "amount": "1.00 GBP"}, {"token": "<script>"}],
    ids=["empty", "no token", "another action", "strange token"],
)
def test_a_form_that_is_none_does_nothing(owed: Any, form: dict[str, str]) -> None:
    answer = press(owed, form)
    assert answer.json["flag"]["type"] == "warning"
    assert actions(owed) == []


def test_nobody_without_an_account_and_nobody_who_may_not_see_the_issue_gets_that_far(owed: Any) -> None:
    form = form_of(panel(owed, PAY))
    owed.people.visible_issues.clear()
    assert press(owed, form).status_code == 403
    owed.people.visible_issues.add("10041")
    token = owed.token(qsh="context-qsh", context={"jira": {"issue": {"id": "10041"}}})
    anonymous = owed.client.post(
        "/connect/view", json={"route": "panel/act", "form": form}, headers={"Authorization": f"JWT {token}"}
    )
    assert anonymous.status_code == 403
    assert "Sign in to Jira" in anonymous.json["html"]
    assert actions(owed) == []


def test_an_action_is_never_carried_out_by_opening_a_page(owed: Any) -> None:
    assert owed.ask("panel/act", None, issue="10041", account="ada").status_code == 400
    assert actions(owed) == []


def test_everybody_sees_how_far_it_is_until_it_is_done(owed: Any) -> None:
    press(owed, form_of(panel(owed, PAY)))
    html = panel(owed, who="somebody")
    assert "Payment asked for It begins in a moment." in words(html)
    assert 'data-poll="1500" data-route="panel/deeds"' in html
    assert "action=pay" not in panel(owed), "it is asked for already"
    said = "Paid. GBP 12,109.00 for CACP534 is posted (payment batch 83)."
    finish_action(owed, "pay", said)
    html = panel(owed, "panel/deeds", "somebody")
    assert said in html
    assert "data-poll" not in html


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"state": "sending"}, "Payment being done Sage 300 is being told."),
        ({"state": "uncertain"}, "its answer was lost. It is asked where it stands."),
        ({"state": "pending", "next_try_at": datetime.now(UTC)}, "It goes on by itself in a moment."),
    ],
    ids=["sending", "uncertain", "pause"],
)
def test_what_is_under_way_is_told_as_it_is(owed: Any, values: Any, told: str) -> None:
    keep_action(owed, "pay", **values)
    html = panel(owed)
    assert told in words(html)
    assert "data-poll" in html


def test_what_takes_long_is_asked_about_less_often(owed: Any) -> None:
    long_ago = (owed.now - timedelta(minutes=5)).isoformat()
    keep_action(owed, "pay", state="pending", content={"wished_at": long_ago})
    assert 'data-poll="15000"' in panel(owed)


def test_a_standstill_of_the_actions_is_told_to_whoever_waits(owed: Any, trouble: Any) -> None:
    keep_action(owed, "pay", state="pending")
    with owed.parts.database.writing(owed.site_id) as session:
        stream = session.scalars(select(Stream).where(Stream.name == "actions")).one()
        stream.trouble = trouble(got="Sage 300 is away.")
    assert "Counterfoil is held up: Sage 300 is away." in words(panel(owed))


def test_a_refusal_is_told_in_three_sentences_and_can_be_tried_again(owed: Any, trouble: Any) -> None:
    keep_action(owed, "pay", state="parked", trouble=trouble(tried="It was to be paid.", got="No.", remedy="Do it."))
    html = panel(owed)
    assert "Not paid It was to be paid. No. Do it. Asked for" in words(html)
    assert "by Ada Admin" in words(html)
    assert "action=pay" in html


def test_an_approval_that_waits_for_others_cannot_be_taken_over(entered: Any) -> None:
    """A second wish would begin anew, and the first approval would be lost with it."""
    said = "Approved. Batch 58 waits for another document in it to be approved: X-1."
    an_hour_ago = entered.now - timedelta(hours=1)
    keep_action(entered, "approve", settled_at=an_hour_ago, content={"outcome": {"state": "waiting", "said": said}})
    html = panel(entered, who="bob")
    assert said in html
    assert "action=approve" not in html


def test_whoever_approved_learns_that_somebody_else_has_to_pay(owed: Any) -> None:
    allow(owed, pay={"four_eyes": True})
    facts = {"by": "ada", "by_name": "Ada Admin", "at": owed.now.isoformat(), "amount": "12109.00 GBP"}
    keep_action(owed, "approve", content={"approved": facts, "outcome": {"state": "posted", "said": "Approved."}})
    assert "You approved it" in words(panel(owed, PAY))
    assert "panel/act" in panel(owed, PAY, "bob")


def test_the_pay_freeze_names_what_was_changed_since(owed: Any) -> None:
    facts = {"by": "bob", "by_name": "Bob", "at": owed.now.isoformat(), "bank": "OLDBANK"}
    keep_action(owed, "approve", content={"approved": facts, "outcome": {"state": "posted", "said": "Approved."}})
    said = words(panel(owed, PAY))
    assert "The bank of S26051 was changed from OLDBANK to nothing since Bob approved it" in said
