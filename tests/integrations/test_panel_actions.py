"""Paying and approving from the panel, all the way to Sage 300; and the chain on it, from real orders and receipts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugin.store.models import LedgerEntry, Stream
from tests.integrations.office import Office
from tests.integrations.purchasing import change, issue_about, order, post, receive, set_up_stream
from tests.integrations.reader import Reader, words

PAY = "panel/confirm?action=pay"
APPROVE = "panel/confirm?action=approve"
BATCHES = "/AP/APPaymentAndAdjustmentBatches"
Json = dict[str, Any]


def account(office: Office, name: str) -> str:
    users = office.jira.mock.state("users")["users"]
    return next(str(user["account_id"]) for user in users if user["name"].split()[0] == name)


def allow(office: Office, **settings: Mapping[str, Any]) -> None:
    """An administrator has set up approving and paying."""
    decided = {
        "approve": {"post": True, "four_eyes": False},
        "pay": {"bank": "SEATAC", "post": True, "four_eyes": False},
    }
    merged = {name: {**rules, **settings.get(name, {})} for name, rules in decided.items()}
    now = datetime.now(UTC)
    change(office, Stream, Stream.name == "actions", settings=merged, active=True, started_at=now, due_at=now)


def form_of(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))


def confirm(reader: Reader, key: str, route: str) -> Json:
    """What the confirmation holds."""
    html: str = reader.ask(key, route).json()["html"]
    return form_of(html)


def finish(office: Office, action: str) -> LedgerEntry:
    """Sage 300's pause is over, and workers go on until it is settled or refused."""
    for _ in range(8):
        entry = next(each for each in office.entries("actions") if each.kind == action)
        if entry.state in ("settled", "parked"):
            return entry
        office.sage.mock.clock.advance(4)
        past = datetime.now(UTC) - timedelta(seconds=1)
        change(office, LedgerEntry, LedgerEntry.next_try_at.is_not(None), next_try_at=past)
        office.poll("actions")
    raise AssertionError(f"still {entry.state}")


def payments(office: Office) -> list[Json]:
    with office.sage.mock.lock:
        batches: list[Json] = office.sage.mock.state("payment_batches")["payment_batches"]
    return [each for each in batches if each["company"] == office.company]


@pytest.fixture
def neighbours() -> bool:
    return True


@pytest.fixture
def key(vendor: Office) -> str:
    """The issue of a posted invoice that Nora may pay."""
    post(vendor, "INV-1", "100.00")
    vendor.poll()
    vendor.poll()
    allow(vendor, pay={"users": [account(vendor, "Nora")]}, approve={"users": [account(vendor, "Nora")]})
    return str(vendor.issue_of("INV-1")["key"])


def test_a_payment_from_the_panel_is_posted_and_told_to_everybody(vendor: Office, key: str) -> None:
    nora, before = Reader(vendor, "Nora"), len(payments(vendor))
    asked = vendor.sage.now
    confirmation = nora.ask(key, PAY)
    assert "from bank SEATAC is made and posted." in words(confirmation)
    assert not vendor.sage.journal(since=asked), "the figures come from our own store"
    form = form_of(confirmation.json()["html"])
    assert nora.ask(key, "panel/act", form).json()["redirect"] == "panel"
    assert "data-poll" in nora.ask(key, "panel/deeds").json()["html"]
    entry = finish(vendor, "pay")
    assert entry.state == "settled", entry.trouble
    (batch,) = payments(vendor)[before:]
    assert batch["status"] == "Posted"
    told = Reader(vendor, "Ada").ask(key, "panel/deeds")
    assert f"(payment batch {batch['number']})" in words(told)
    assert "data-poll" not in told.json()["html"]
    vendor.poll()
    vendor.poll()
    panel = words(nora.ask(key, "panel"))
    assert "0.00 open" in panel
    assert f"batch {batch['number']}, entry 1" in panel
    assert "Pay USD" not in panel


def test_a_double_press_pays_once(vendor: Office, key: str) -> None:
    nora, before = Reader(vendor, "Nora"), len(payments(vendor))
    form = confirm(nora, key, PAY)
    nora.ask(key, "panel/act", form)
    nora.ask(key, "panel/act", form)
    finish(vendor, "pay")
    nora.ask(key, "panel/act", form)
    vendor.poll("actions")
    assert len(payments(vendor)) == before + 1


def test_a_person_outside_the_group_is_refused_by_the_guard_in_words(vendor: Office, key: str) -> None:
    """Everybody is shown the button where a group may: only Jira knows who is in it."""
    allow(vendor, pay={"groups": ["site-admins"], "users": []})
    nora, before = Reader(vendor, "Nora"), len(payments(vendor))
    nora.ask(key, "panel/act", confirm(nora, key, PAY))
    assert finish(vendor, "pay").state == "parked"
    panel = words(nora.ask(key, "panel"))
    assert "Not paid" in panel
    assert "is not among those who may pay." in panel
    assert len(payments(vendor)) == before


def test_what_changed_in_sage_300_after_the_last_look_is_refused_by_the_guard(vendor: Office, key: str) -> None:
    vendor.clerk("vendor", "hold", number="1200")
    nora, before = Reader(vendor, "Nora"), len(payments(vendor))
    nora.ask(key, "panel/act", confirm(nora, key, PAY))
    assert finish(vendor, "pay").state == "parked"
    assert "is on hold." in words(nora.ask(key, "panel"))
    assert len(payments(vendor)) == before


def test_an_approval_from_the_panel_posts_the_batch(vendor: Office) -> None:
    entered = vendor.invoice("INV-2")
    vendor.poll()
    allow(vendor, approve={"users": [account(vendor, "Nora")]})
    key, nora = vendor.issue_of("INV-2")["key"], Reader(vendor, "Nora")
    confirmation = nora.ask(key, APPROVE)
    assert f"batch {entered['batch']} is set ready to post in Sage 300, and posted." in words(confirmation)
    nora.ask(key, "panel/act", form_of(confirmation.json()["html"]))
    assert finish(vendor, "approve").state == "settled"
    vendor.poll()
    panel = words(nora.ask(key, "panel"))
    assert f"INV-2 over USD {vendor.entry_of('INV-2').amount:,.2f} is posted (Batch {entered['batch']}" in panel
    assert "Posted" in panel


def test_the_chain_of_a_real_order_is_shown_on_each_of_its_issues(vendor: Office) -> None:
    set_up_stream(vendor, "orders")
    set_up_stream(vendor, "receipts")
    order(vendor, "PO-1", ("A1", "10", "25.00"))
    vendor.poll()
    receive(vendor, "RC-1", "PO-1", ("A1", "4"))
    vendor.invoice("BILL-1", amount="300.00", po_number="po-1")
    for _ in range(3):
        vendor.poll()
    nora = Reader(vendor, "Nora")
    keys = {
        "PO-1": issue_about(vendor, "purchase-order:PO-1")["key"],
        "RC-1": issue_about(vendor, "receipt:RC-1")["key"],
        "BILL-1": vendor.issue_of("BILL-1")["key"],
    }
    for number, key in keys.items():
        opened = nora.open_panel(key)
        said = words(opened)
        assert f"{number} (this issue)" in said
        assert "USD 100.00 of 250.00 ordered, before tax" in said
        assert "more than ordered" in said
        for other in keys.values():
            assert (f"/browse/{other}" in opened.text) == (other != key)
    assert "10 4 6" in words(nora.open_panel(keys["PO-1"]))
