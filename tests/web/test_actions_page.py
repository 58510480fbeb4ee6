"""Approve and pay: who may, how much, and that switching on is confirmed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from plugin.integrations.sage300_jira.actions.settings import ActionSettings
from plugin.store.models import Connection
from tests.web.routed import STATUSES, Routed, routed

__all__ = ["routed"]

ADA, BOB = "712020:ada-1", "712020:bob-2"


@pytest.fixture(autouse=True)
def offered(routed: Routed) -> None:
    routed.offer("statuses:10000:10005", *STATUSES)
    routed.offer(f"banks:{routed.house.row(Connection).id}", {"id": "CCB", "name": "Commercial Bank CAD"})


def form(**typed: str) -> dict[str, str]:
    named = {name.replace("__", "-"): value for name, value in typed.items()}
    return {"person": "", "time_zone": "", "approve-batch": "when-all-approved", **named}


def ask(routed: Routed, typed: dict[str, str]) -> Any:
    return routed.house.ask(f"actions/save?{routed.where}", typed).json


def confirm(routed: Routed, typed: dict[str, str]) -> Any:
    """Saves and, when it is asked for, confirms."""
    answer = ask(routed, typed)
    found = re.search(r'data-route="(actions/save[^"]*confirmed=[^"]*)"', answer["html"])
    if not found:
        return answer
    return routed.house.ask(found[1].replace("&amp;", "&"), typed).json


APPROVING = {
    "approve-groups": "finance, ap-team", f"approve-user-{ADA}": "on", "approve-status": "3",
    "approve-up_to": "10,000 usd", "approve-four_eyes": "on", "approve-post": "on",
}  # fmt: skip
PAYING = {"pay-groups": "treasury", "pay-status": "5", "pay-bank": "CCB", "pay-ready": "on", "pay-four_eyes": "on"}


def test_nothing_is_on_before_somebody_is_named(routed: Routed) -> None:
    html = routed.house.html(f"actions?{routed.where}")
    assert html.count(">Off</span>") == 2
    answer = ask(routed, form())
    assert answer["redirect"]
    assert answer["flag"]["body"] == "Nobody may approve or pay from Jira."
    assert routed.stream("actions").started_at is None


def test_switching_on_is_told_in_full_and_saved_only_when_confirmed(routed: Routed) -> None:
    typed = form(**APPROVING)
    page = ask(routed, typed)["html"]
    assert "Please confirm" in page
    assert (
        "Approving: the batch of an invoice is set ready to post in Sage 300 and posted as soon as all documents of "
        "its batch are approved. It is asked for by moving the issue to Approved, or by a button in its panel. "
        "Allowed: members of finance, ap-team and 1 person named below, up to USD 10,000.00."
    ) in page
    assert routed.stream("actions").settings == {}
    answer = confirm(routed, typed)
    assert answer["redirect"] == f"actions?{routed.where}"
    stream = routed.stream("actions")
    assert stream.settings["approve"] == {
        "status": {"id": "3", "name": "Approved"},
        "done_status": None,
        "refused_status": None,
        "groups": ["finance", "ap-team"],
        "users": [ADA],
        "up_to": "10000 USD",
        "four_eyes": True,
        "post": True,
        "batch": "when-all-approved",
    }
    assert stream.active
    assert stream.started_at is not None


def test_what_is_saved_is_what_the_stream_reads(routed: Routed) -> None:
    typed = form(**APPROVING, **PAYING, time_zone="America/Toronto", sage__user__0="admin", sage__person__0=BOB)
    confirm(routed, typed)
    settings = ActionSettings.of(routed.stream("actions").settings)
    assert settings.approve.on
    assert settings.approve.whole_batch
    assert str(settings.approve.up_to) == "10000 USD"
    assert settings.pay.bank == "CCB"
    assert settings.pay.ready
    assert not settings.pay.post
    assert settings.sage_users == {"ADMIN": BOB}
    assert str(settings.time_zone) == "America/Toronto"


def test_a_time_zone_that_is_cleared_is_gone(routed: Routed) -> None:
    ask(routed, form(time_zone="America/Toronto"))
    ask(routed, form())
    assert str(ActionSettings.of(routed.stream("actions").settings).time_zone) == "UTC"


def test_what_was_confirmed_is_not_what_was_changed_afterwards(routed: Routed) -> None:
    page = ask(routed, form(**APPROVING))["html"]
    found = re.search(r'data-route="(actions/save[^"]*confirmed=[^"]*)"', page)
    assert found
    more = form(**{**APPROVING, "approve-up_to": "1,000,000 USD"})
    again = routed.house.ask(found[1].replace("&amp;", "&"), more).json
    assert "up to USD 1,000,000.00" in again["html"]
    assert routed.stream("actions").settings == {}


def test_paying_that_posts_and_lacks_four_eyes_says_so(routed: Routed) -> None:
    page = ask(routed, form(**{**PAYING, "pay-post": "on", "pay-four_eyes": ""}))["html"]
    assert "set ready to post and posted: it counts as paid, with nobody looking at it again" in page
    assert "whatever the amount" in page
    assert "four eyes are not demanded" in page


def test_switching_off_needs_no_confirmation(routed: Routed) -> None:
    confirm(routed, form(**APPROVING))
    off = {name: value for name, value in APPROVING.items() if "user" not in name and "groups" not in name}
    assert ask(routed, form(**off))["redirect"]
    assert not ActionSettings.of(routed.stream("actions").settings).approve.on


def test_saving_unchanged_settings_needs_no_confirmation(routed: Routed) -> None:
    confirm(routed, form(**APPROVING))
    assert ask(routed, form(**APPROVING))["redirect"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({**APPROVING, "approve-up_to": "10,000"}, "an amount above zero with its currency"),
        ({**APPROVING, "approve-up_to": "lots"}, "is no amount"),
        ({**APPROVING, "approve-status": "99"}, "not a status of this workflow"),
        ({**PAYING, "pay-bank": ""}, "Choose the bank that payments are made from"),
        ({**PAYING, "pay-bank": "OLD"}, "This bank is not in use"),
        ({**PAYING, "pay-post": "on", "pay-ready": ""}, "Only a batch that is ready to post can be posted"),
        ({**APPROVING, **PAYING, "pay-status": "3"}, "Approving begins with this status"),
        ({**APPROVING, **PAYING, "approve-done_status": "5"}, "asks to pay. Choose another status"),
        ({"time_zone": "Mars/Phobos"}, "There is no such time zone"),
        ({"sage-user-0": "ADMIN"}, "Enter the user and choose the person"),
        ({"site": "1"}, "does not belong to this form"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_entry(routed: Routed, typed: dict[str, str], sentence: str) -> None:
    page = ask(routed, form(**typed))["html"]
    assert sentence in page
    assert "Nothing was saved" in page
    assert routed.stream("actions").settings == {}


def test_what_is_stored_is_shown_again(routed: Routed) -> None:
    confirm(routed, form(**APPROVING, **PAYING, sage__user__0="admin", sage__person__0=BOB))
    html = routed.house.html(f"actions?{routed.where}")
    assert html.count(">On</span>") == 2
    assert f'name="approve-user-{ADA}" checked' in html
    assert 'value="finance, ap-team"' in html
    assert '<option value="CCB" selected>' in html
    assert 'value="ADMIN"' in html


def test_people_are_found_by_a_worker_and_then_offered(routed: Routed) -> None:
    typed = form(**APPROVING, person="bo")
    html = routed.house.html(f"actions/look?{routed.where}", typed)
    assert ("read_choices", routed.house.site_id, "people:10000") in routed.house.queue.asked
    assert "Looking for people" in html
    assert f'name="approve-user-{ADA}" checked' in html
    found = {"query": "bo", "choices": [{"id": BOB, "name": "Bob"}]}
    routed.refresh("people:10000", found)
    assert "Offer them below" in routed.house.html(f"actions/looking?{routed.where}")
    page = routed.house.html(f"actions/more?{routed.where}", typed)
    assert f'name="pay-user-{BOB}"' in page
    assert f'name="approve-user-{ADA}" checked' in page


def test_opening_the_page_reads_statuses_and_banks(routed: Routed) -> None:
    routed.house.ask(f"actions/read?{routed.where}", {})
    assert [each[2].split(":")[0] for each in routed.house.queue.asked] == ["statuses", "banks"]
