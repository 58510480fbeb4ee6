"""Promise 1 for money: whatever dies, gets lost or comes twice, a document is posted once and paid once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from plugin.store.models import Connection, Integration, LedgerEntry, Stream
from plugin.sync import ledger
from plugin.sync.circuit_rows import FREELY
from plugin.sync.lease import Lease, LeaseLost
from plugin.sync.progress import Calls, Progress
from plugin.sync.run import Pass
from tests.integrations.actions.bench import ADA, BOB, PAYMENTS, Bench, Fate

BATCHES = "APInvoiceBatches"


@pytest.fixture
def approved(bench: Bench) -> Bench:
    """INV-1 was approved by Ada, and is posted."""
    bench.invoice("INV-1")
    bench.wish("approve", "INV-1")
    bench.work()
    bench.read()
    return bench


def test_a_payment_is_entered_made_ready_and_posted_after_sages_pause(approved: Bench) -> None:
    approved.wish("pay", "INV-1", BOB)
    approved.pass_()
    (batch,) = approved.payment_batches()
    assert batch["status"] == "ReadyToPost"
    assert batch["description"].startswith("Counterfoil ")
    assert batch["description"].endswith(" INV-1")
    assert len(batch["description"]) <= 60
    approved.work()
    approved.assert_paid_once("INV-1")
    outcome = approved.outcome("pay", "INV-1")
    assert (outcome["state"], outcome["batch"], outcome["open_amount"]) == ("posted", batch["number"], "0.00 USD")
    assert outcome["said"] == (
        f"Paid. USD 100.00 for INV-1 to 1200 Chloride Systems is posted (payment batch {batch['number']})."
    )
    assert approved.told("pay", "INV-1") == ["wished", "created"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_worker_may_die_at_every_step_of_a_payment(bench: Bench, after: bool) -> None:
    bench.decide(pay={"four_eyes": False})
    at, met = 0, True
    while met:
        at += 1
        number = f"INV-{at}"
        bench.posted(number)
        bench.wish("pay", number)
        fate = Fate(at, after)
        bench.live_through(fate)
        bench.assert_paid_once(number)
        met = fate.steps >= at
    assert at > 20
    assert any(each.startswith("POST") for each in fate.seen)
    assert "commit" in fate.seen


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_worker_may_die_at_every_step_of_an_approval(bench: Bench, after: bool) -> None:
    at, met = 0, True
    while met:
        at += 1
        number = f"INV-{at}"
        entered = bench.invoice(number)
        bench.wish("approve", number)
        fate = Fate(at, after)
        bench.live_through(fate)
        assert bench.batch(entered["batch"])["status"] == "Posted"
        assert bench.outcome("approve", number)["state"] == "posted"
        assert bench.entry("approve", number).content["approved"]["by"] == ADA
        met = fate.steps >= at
    assert at > 15


WRITES = {
    "enter the batch": ("POST", f"{PAYMENTS}$"),
    "set it ready": ("PATCH", PAYMENTS),
    "post it": ("POST", "APPostPayments"),
}


@pytest.mark.parametrize("kind", ["lost_reply", "reset", "truncate", "html", "status"])
@pytest.mark.parametrize("write", WRITES)
def test_a_reply_may_be_lost_at_every_write_of_a_payment(approved: Bench, write: str, kind: str) -> None:
    method, path = WRITES[write]
    approved.wish("pay", "INV-1", BOB)
    approved.sage.fault(kind, method, path)
    approved.work()
    approved.assert_paid_once("INV-1")


@pytest.mark.parametrize("path", [BATCHES, "APPostInvoices"])
@pytest.mark.parametrize("kind", ["lost_reply", "reset", "html"])
def test_a_reply_may_be_lost_at_every_write_of_an_approval(bench: Bench, path: str, kind: str) -> None:
    bench.invoice("INV-1")
    bench.wish("approve", "INV-1")
    bench.sage.fault(kind, "PATCH" if path == BATCHES else "POST", path)
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"


def test_two_replies_lost_in_a_row_do_not_pay_twice(approved: Bench) -> None:
    approved.wish("pay", "INV-1", BOB)
    for method, path in WRITES.values():
        approved.sage.fault("lost_reply", method, path, times=2)
    approved.work()
    approved.assert_paid_once("INV-1")


class Interlude(Fate):
    """A worker that stands still before a request, while something else happens."""

    def __init__(self, before: str, happens: Callable[[], object]) -> None:
        super().__init__()
        self._before = before
        self._happens = happens
        self._over = False

    def meet(self, what: str, step: Callable[[], Any]) -> Any:
        if not self._over and what.startswith(self._before):
            self._over = True
            self._happens()
        return super().meet(what, step)


def stand_still(bench: Bench, before: str, others: Callable[[], object]) -> None:
    """A worker stands still before a request for so long that it loses its lease; then it goes on."""

    def take_over() -> None:
        mine, bench.fate = bench.fate, Fate()
        bench.die()
        others()
        bench.fate = mine

    bench.fate = Interlude(before, take_over)
    with suppress(LeaseLost):
        bench.pass_()
    bench.fate = Fate()
    bench.die()


def test_a_worker_that_stood_still_before_its_last_look_does_not_enter_a_second_batch(approved: Bench) -> None:
    approved.wish("pay", "INV-1", BOB)
    stand_still(approved, "GET SAMLTD/BK", approved.work)
    approved.assert_paid_once("INV-1")


def test_a_batch_that_arrives_after_another_worker_has_paid_is_not_posted(approved: Bench) -> None:
    """The request itself was on its way for too long: nothing can hold it back any more."""
    approved.wish("pay", "INV-1", BOB)
    stand_still(approved, f"POST SAMLTD/AP/{PAYMENTS}", approved.work)
    assert [each["status"] for each in approved.payment_batches()] == ["Posted", "Open"]
    assert len(approved.posted_payments("INV-1")) == 1
    assert approved.outcome("pay", "INV-1")["state"] == "posted"


def test_of_two_batches_that_were_entered_for_one_payment_none_is_posted(approved: Bench) -> None:
    approved.wish("pay", "INV-1", BOB)

    def others() -> None:
        approved.time_passes()
        approved.pass_()

    stand_still(approved, f"POST SAMLTD/AP/{PAYMENTS}", others)
    assert [each["status"] for each in approved.payment_batches()] == ["ReadyToPost", "Open"]
    approved.work()
    refusal = approved.refusal("pay", "INV-1")
    assert refusal["code"] == "actions.two-batches"
    assert "1 (ready to post) and 2 (open)" in refusal["got"]
    assert approved.posted_payments("INV-1") == []
    approved.clerk("payment_batch", "delete", number=2)
    approved.wish("pay", "INV-1", BOB)
    approved.work()
    assert len(approved.posted_payments("INV-1")) == 1


def test_two_integrations_of_one_company_do_not_pay_the_same_document_both(approved: Bench) -> None:
    """Their ledgers know nothing of each other, but both give its payment the same key."""
    approved.wish("pay", "INV-1", BOB)
    approved.work()
    with approved.database.writing(approved.site_id) as session:
        entry = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "pay")).one()
        session.delete(entry)
    approved.wish("pay", "INV-1", BOB, amount="100.00 USD")
    approved.work()
    approved.assert_paid_once("INV-1")


def test_only_the_older_of_two_streams_that_lead_to_one_company_acts(bench: Bench) -> None:
    bench.invoice("INV-1")
    with bench.database.writing(bench.site_id) as session:
        connection = Connection(
            system="sage300",
            name="Second",
            base_url=f"{bench.sage.url}/Sage300WebApi",
            company="samltd",
        )
        session.add(connection)
        session.flush()
        integration = Integration(kind="sage300_jira", connection_id=connection.id, created_at=datetime.now(UTC))
        session.add(integration)
        session.flush()
        streams = [Stream(integration_id=integration.id, name=name, active=True) for name in ("invoices", "actions")]
        session.add_all(streams)
        session.flush()
        second = Bench(bench.database, bench.sage, bench.site_id, dict(bench.streams), integration.id, connection.id)
        second.streams |= {each.name: each.id for each in streams}
    second.read()
    second.decide(approve={"users": [ADA]})
    second.wish("approve", "INV-1")
    ending = second.pass_()
    assert ending.trouble is not None
    assert ending.trouble.code == "actions.two-writers"
    assert second.states() == {"approve INV-1": "pending"}
    bench.wish("approve", "INV-1")
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"


def test_a_restored_ledger_that_has_forgotten_a_payment_finds_it(approved: Bench) -> None:
    approved.wish("pay", "INV-1", BOB)
    approved.pass_()
    with approved.database.writing(approved.site_id) as session:
        entry = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "pay")).one()
        entry.state, entry.target_id, entry.payload_hash, entry.tries = "pending", None, None, 0
    approved.work()
    approved.assert_paid_once("INV-1")


def test_a_setting_that_changes_makes_nothing_be_done_again(approved: Bench) -> None:
    approved.wish("pay", "INV-1", BOB)
    approved.work()
    since = approved.sage.now
    approved.decide(pay={"bank": "OTHER", "post": False})
    line = replace(approved.line(), mapping_version=7)
    with approved.database.writing(approved.site_id) as session:
        lease = Lease.take(session, approved.streams["actions"])
        assert lease is not None
        progress = Progress.go_on(session, approved.streams["actions"], "schedule", Calls())
        standing = ledger.standing(session, approved.streams["actions"])
    Pass(approved.database, line, lease, progress, standing, FREELY).run()
    assert approved.sage.journal(since=since) == []
    assert approved.entry("pay", "INV-1").state == "settled"


def test_a_posting_that_ends_while_we_look_is_known_as_our_own(approved: Bench) -> None:
    """Its answer was lost, and Sage 300 went on with it: the document is paid by the time the guards are asked."""
    approved.wish("pay", "INV-1", BOB)
    approved.pass_()
    approved.time_passes()
    approved.fate = Interlude(
        "GET SAMLTD/AP/APPostedDocuments", lambda: approved.clerk("payment_batch", "post", number=1)
    )
    approved.pass_()
    approved.assert_paid_once("INV-1")
    assert approved.outcome("pay", "INV-1")["state"] == "posted"


def test_while_sage_is_still_posting_the_payment_waits(approved: Bench) -> None:
    approved.wish("pay", "INV-1", BOB)
    approved.pass_()
    with approved.sage.mock.lock:
        (batch,) = approved.sage.mock.companies["SAMLTD"].payment_batches.records()
        batch["BatchStatus"] = "PostInProgress"
    approved.time_passes()
    assert approved.pass_().trouble is None
    assert approved.states()["pay INV-1"] == "pending"
    with approved.sage.mock.lock:
        batch["BatchStatus"] = "ReadyToPost"
    approved.work()
    approved.assert_paid_once("INV-1")
