"""Approvals of several documents in one batch, and what else Sage 300 does with batches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from plugin.integrations.sage300_jira.actions.wishes import Answer
from plugin.store.models import LedgerEntry
from tests.integrations.actions.bench import ADA, BOB, CAROL, Bench


@pytest.fixture
def batch(bench: Bench) -> int:
    """A batch of INV-1, INV-2 and INV-3."""
    number = bench.invoice("INV-1")["batch"]
    for other in ("INV-2", "INV-3"):
        bench.invoice(other, batch=number)
    return int(number)


def test_a_batch_waits_until_all_its_documents_are_approved_and_goes_with_the_last(bench: Bench, batch: int) -> None:
    for number in ("INV-1", "INV-2"):
        bench.wish("approve", number)
        bench.work()
        assert bench.batch(batch)["status"] == "Open"
    assert bench.outcome("approve", "INV-1")["said"] == (
        f"Approved. Batch {batch} waits for 2 others in it to be approved: INV-2, INV-3."
    )
    assert bench.outcome("approve", "INV-2")["state"] == "waiting"
    bench.wish("approve", "INV-3", BOB)
    bench.work()
    assert bench.batch(batch)["status"] == "Posted"
    assert bench.outcome("approve", "INV-3")["state"] == "posted"


def test_approvals_that_come_together_do_not_wait_for_each_other(bench: Bench, batch: int) -> None:
    for number in ("INV-1", "INV-2", "INV-3"):
        bench.wish("approve", number)
    bench.work()
    assert bench.batch(batch)["status"] == "Posted"


def test_a_document_that_was_changed_after_its_approval_holds_the_batch_until_it_is_approved_anew(
    bench: Bench, batch: int
) -> None:
    bench.wish("approve", "INV-1")
    bench.wish("approve", "INV-2")
    bench.work()
    bench.clerk("invoice", "edit", vendor="1200", number="INV-1", amount="9000.00")
    bench.read()
    bench.wish("approve", "INV-3")
    bench.work()
    assert bench.batch(batch)["status"] == "Open"
    assert bench.outcome("approve", "INV-3")["said"].endswith("waits for another document in it to be approved: INV-1.")
    assert bench.wish("approve", "INV-1", BOB) is Answer.ENTERED
    bench.work()
    assert bench.batch(batch)["status"] == "Posted"


def test_an_approval_that_waits_is_not_undone_by_somebody_who_may_not_approve(bench: Bench, batch: int) -> None:
    bench.decide(approve={"users": [ADA, BOB]})
    bench.wish("approve", "INV-1")
    bench.work()
    assert bench.wish("approve", "INV-1", CAROL) is Answer.WAITING
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "waiting"
    assert bench.entry("approve", "INV-1").content["approved"]["by"] == ADA
    for number in ("INV-2", "INV-3"):
        bench.wish("approve", number)
    bench.work()
    assert bench.batch(batch)["status"] == "Posted"


def test_asking_again_lets_a_batch_go_that_waits_for_nobody_any_more(bench: Bench, batch: int) -> None:
    for number in ("INV-1", "INV-2"):
        bench.wish("approve", number)
    bench.work()
    bench.clerk("invoice", "delete", vendor="1200", number="INV-3")
    bench.wish("approve", "INV-1", BOB)
    bench.work()
    assert bench.batch(batch)["status"] == "Posted"
    assert bench.entry("approve", "INV-1").content["approved"]["by"] == ADA


def test_a_refused_approval_does_not_count(bench: Bench, batch: int) -> None:
    bench.decide(approve={"up_to": "150.00 USD"})
    bench.clerk("invoice", "edit", vendor="1200", number="INV-1", amount="200.00")
    bench.read()
    for number in ("INV-1", "INV-2", "INV-3"):
        bench.wish("approve", number)
    bench.work()
    assert bench.refusal("approve", "INV-1")["code"] == "actions.above-limit"
    assert bench.batch(batch)["status"] == "Open"


def test_what_the_selection_leaves_out_needs_no_approval(bench: Bench, batch: int) -> None:
    with bench.database.writing(bench.site_id) as session:
        left_out = update(LedgerEntry).where(LedgerEntry.number.in_(["INV-2", "INV-3"]))
        session.execute(left_out.values(state="left-out").execution_options(synchronize_session=False))
    bench.wish("approve", "INV-1")
    bench.work()
    assert bench.batch(batch)["status"] == "Posted"


def test_at_once_a_batch_goes_with_its_first_approval(bench: Bench, batch: int) -> None:
    bench.decide(approve={"batch": "at-once"})
    bench.wish("approve", "INV-1")
    bench.work()
    assert bench.batch(batch)["status"] == "Posted"


def test_a_document_added_during_the_pause_is_not_posted_without_approval(bench: Bench) -> None:
    """Somebody has opened the batch again, and set it ready with one more document."""
    number = bench.invoice("INV-1")["batch"]
    bench.wish("approve", "INV-1")
    bench.pass_()
    bench.clerk("invoice_batch", "reopen", number=number)
    bench.invoice("INV-2", batch=number)
    bench.clerk("invoice_batch", "ready", number=number)
    bench.work()
    assert bench.batch(number)["status"] == "ReadyToPost"
    assert bench.outcome("approve", "INV-1")["state"] == "waiting"


def test_without_posting_the_batch_is_left_ready(bench: Bench) -> None:
    bench.decide(approve={"post": False})
    number = bench.invoice("INV-1")["batch"]
    bench.wish("approve", "INV-1")
    bench.work()
    assert bench.batch(number)["status"] == "ReadyToPost"
    assert bench.outcome("approve", "INV-1")["said"] == (
        f"Approved. INV-1 over USD 100.00 is ready to post (Batch {number}, entry 1); it is posted in Sage 300."
    )


def test_what_a_person_has_posted_already_can_still_be_approved(bench: Bench) -> None:
    bench.posted("INV-1")
    since = bench.sage.now
    bench.wish("approve", "INV-1")
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"
    assert bench.entry("approve", "INV-1").content["approved"]["by"] == ADA
    assert bench.sage.journal("PATCH", since=since) == bench.sage.journal("POST", since=since) == []


def test_a_batch_that_somebody_has_open_is_tried_again_until_patience_ends(bench: Bench) -> None:
    number = bench.invoice("INV-1")["batch"]
    bench.sage.turn(locked_batches=[f"SAMLTD/{number}"])
    bench.wish("approve", "INV-1")
    ending = bench.pass_()
    assert ending.trouble is None, "the stream goes on with others meanwhile"
    assert bench.states() == {"approve INV-1": "pending"}
    bench.sage.turn(locked_batches=[])
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"


def test_after_an_hour_a_locked_batch_waits_for_a_person(bench: Bench) -> None:
    number = bench.invoice("INV-1")["batch"]
    bench.sage.turn(locked_batches=[f"SAMLTD/{number}"])
    bench.wish("approve", "INV-1", at=datetime.now(UTC) - timedelta(hours=2))
    bench.work()
    refusal = bench.refusal("approve", "INV-1")
    assert refusal["code"] == "actions.busy"
    assert "being used by another user" in refusal["got"]


def test_a_posting_conflict_is_waited_out_without_a_sleeping_worker(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.wish("approve", "INV-1")
    bench.sage.turn(processing_conflicts=2)
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"
    assert len(bench.sage.journal("POST", "APPostInvoices")) == 3


def test_an_entry_that_sage_will_not_post_is_told_with_its_reason(bench: Bench) -> None:
    number = bench.invoice("INV-1")["batch"]
    bench.wish("approve", "INV-1")
    bench.pass_()
    bench.clerk("invoice_batch", "reopen", number=number)
    bench.clerk("account", "edit", account="6300", status="Inactive")
    bench.clerk("invoice_batch", "ready", number=number)
    bench.work()
    refusal = bench.refusal("approve", "INV-1")
    assert refusal["code"] == "actions.posting-refused"
    assert "inactive" in refusal["got"]


def test_a_document_that_was_moved_to_another_batch_is_looked_for_where_our_ledger_finds_it(bench: Bench) -> None:
    number = bench.invoice("INV-1")["batch"]
    bench.invoice("INV-2", batch=number)
    bench.clerk("invoice", "move", vendor="1200", number="INV-1")
    bench.wish("approve", "INV-1")
    bench.work()
    assert bench.refusal("approve", "INV-1")["code"] == "actions.moved"
    assert bench.batch(number)["status"] == "Open"
    bench.read()
    bench.wish("approve", "INV-1")
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"
    assert bench.batch(number)["status"] == "Open", "INV-2 is nobody's wish"
