"""What somebody could try who enters, changes or moves things at the right moment, and what merely arrives late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from plugin.integrations.sage300_jira.actions.paying import batch_key
from plugin.integrations.sage300_jira.actions.source import WishSource
from plugin.integrations.sage300_jira.actions.wish import Wish
from plugin.integrations.sage300_jira.actions.wishes import Answer
from plugin.integrations.sage300_jira.invoice_documents import documents_of
from plugin.integrations.sage300_jira.vendors import VendorFeed
from plugin.store.models import LedgerEntry
from plugin.sync.documents import Page, Unit
from plugin.sync.intake import Intake
from plugin.sync.turn import between_passes
from sage_adapters.sage300.invoices import list_batches, read_batch
from tests.integrations.actions.bench import ADA, BOB, Bench
from tests.integrations.office import COMPANY


def poll(bench: Bench) -> None:
    """The streams of invoices and vendors read, and leave in the audit trail what has changed."""
    with bench.client() as client:
        batches = [read_batch(client, header.number) for header in list_batches(client)]
        units = [Unit(str(each.header.number), "", open=True, read_on=datetime.now(UTC).date()) for each in batches]
        pages = {
            "invoices": Page([each for batch in batches for each in documents_of(batch, COMPANY)], units),
            "vendors": Page([item.document for item in VendorFeed(client).since(None, None)], ()),
        }
    for stream, page in pages.items():
        with bench.database.writing(bench.site_id) as session, between_passes(session, bench.streams[stream]) as turn:
            intake = Intake(bench.streams[stream], WishSource())
            intake.take(turn, page)
            intake.note_gone(turn)


def test_what_was_left_out_as_something_else_is_not_posted_without_approval(bench: Bench) -> None:
    """A small invoice is below what the selection wants; its clerk raises it right before the batch is approved."""
    number = bench.invoice("INV-1")["batch"]
    bench.invoice("INV-2", amount="5.00", batch=number)
    with bench.database.writing(bench.site_id) as session:
        left_out = update(LedgerEntry).where(LedgerEntry.number == "INV-2")
        session.execute(left_out.values(state="left-out").execution_options(synchronize_session=False))
    bench.clerk("invoice", "edit", vendor="1200", number="INV-2", amount="90000.00")
    bench.wish("approve", "INV-1")
    bench.work()
    assert bench.batch(number)["status"] == "Open"
    assert bench.outcome("approve", "INV-1")["said"].endswith("to be approved: INV-2.")


def test_a_transition_that_we_hear_of_late_approves_what_was_shown_then(bench: Bench) -> None:
    """Its webhook was lost; until the sweep found it, the clerk had changed the amount and we had read that."""
    bench.invoice("INV-1")
    moved = datetime.now(UTC)
    bench.clerk("invoice", "edit", vendor="1200", number="INV-1", amount="9000.00")
    poll(bench)
    bench.wish("approve", "INV-1", at=moved, via="sweep")
    bench.work()
    refusal = bench.refusal("approve", "INV-1")
    assert refusal["code"] == "actions.amount-changed"
    assert refusal["got"] == "Ada was shown USD 100.00, and Sage 300 now says USD 9,000.00."


def test_a_document_that_was_deleted_and_entered_anew_is_not_approved_for_the_one_that_was_shown(bench: Bench) -> None:
    number = bench.invoice("INV-1")["batch"]
    bench.invoice("INV-2", batch=number)
    poll(bench)
    moved = datetime.now(UTC)
    bench.clerk("invoice", "delete", vendor="1200", number="INV-1")
    poll(bench)
    bench.clerk("invoice", "enter", vendor="1200", number="INV-1", amount="9000.00")
    poll(bench)
    bench.wish("approve", "INV-1", at=moved, via="sweep")
    bench.work()
    assert bench.refusal("approve", "INV-1")["code"] == "actions.amount-changed"


def test_a_payment_that_we_hear_of_late_goes_where_the_vendor_was_paid_then(bench: Bench) -> None:
    bench.posted("INV-1")
    bench.decide(pay={"four_eyes": False})
    poll(bench)
    moved = datetime.now(UTC)
    bench.clerk("vendor", "edit", number="1200", terms="N60")
    poll(bench)
    bench.wish("pay", "INV-1", BOB, at=moved, via="sweep")
    bench.work()
    assert bench.refusal("pay", "INV-1")["code"] == "actions.changed-since"
    assert bench.payment_batches() == []


def test_an_approval_that_had_to_wait_does_not_cover_what_was_changed_meanwhile(bench: Bench) -> None:
    """The stream was paused, or Sage 300 away, between the wish and its fulfilment."""
    number = bench.invoice("INV-1")["batch"]
    bench.wish("approve", "INV-1")
    bench.clerk("vendor", "edit", number="1200", payment_code="WIRE")
    bench.work()
    refusal = bench.refusal("approve", "INV-1")
    assert refusal["code"] == "actions.changed-since"
    assert refusal["got"] == (
        "The payment code of 1200 was changed from CHECK to WIRE since Ada asked for its approval."
    )
    assert bench.batch(number)["status"] == "Open"
    bench.read()
    bench.wish("approve", "INV-1")
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"


def test_an_approved_document_that_was_put_on_hold_holds_its_batch(bench: Bench) -> None:
    number = bench.invoice("INV-1")["batch"]
    bench.invoice("INV-2", batch=number)
    bench.wish("approve", "INV-1")
    bench.work()
    bench.clerk("invoice", "hold", vendor="1200", number="INV-1")
    bench.wish("approve", "INV-2")
    bench.work()
    assert bench.batch(number)["status"] == "Open"
    assert bench.outcome("approve", "INV-2")["state"] == "waiting"


def test_a_transition_after_a_refusal_in_the_panel_counts_though_jiras_clock_is_behind(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.clerk("vendor", "hold", number="1200")
    ours = datetime.now(UTC)
    bench.wish("approve", "INV-1", ADA, via="panel", at=ours)
    bench.work()
    bench.clerk("vendor", "release", number="1200")
    assert bench.wish("approve", "INV-1", ADA, at=ours - timedelta(minutes=5)) is Answer.ENTERED
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"


def test_a_posted_batch_that_carries_our_key_and_pays_something_else_is_not_told_as_the_payment(bench: Bench) -> None:
    bench.posted("INV-1")
    bench.posted("INV-2")
    bench.decide(pay={"four_eyes": False})
    bench.wish("pay", "INV-1")
    key = batch_key(Wish(bench.entry("pay", "INV-1").content))
    bench.clerk("payment", "enter", vendor="1200", number="INV-2", description=f"{key} INV-1")
    bench.clerk("payment_batch", "ready", number=1)
    bench.sage.mock.clock.advance(4)
    bench.clerk("payment_batch", "post", number=1)
    assert len(bench.posted_payments("INV-2")) == 1
    bench.work()
    refusal = bench.refusal("pay", "INV-1")
    assert refusal["code"] == "actions.pays-something-else"
    assert bench.open_amount("INV-1") == 100
