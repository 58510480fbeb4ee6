"""Wishes: told again they change nothing, and another one begins anew only where nothing has come of the one before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from plugin.integrations.sage300_jira.actions.transitions import TransitionWishes
from plugin.integrations.sage300_jira.actions.wishes import Answer
from plugin.store.models import Counterfoil, LedgerEntry, Stream
from plugin.sync import failures
from plugin.sync.failures import NotPossible
from tests.integrations.actions.bench import ADA, BOB, Bench, key_of


def stubs(bench: Bench) -> list[tuple[str, Any]]:
    """Who wished, and what was answered, by the audit trail."""
    with bench.database.reading(bench.site_id) as session:
        rows = select(Counterfoil).where(Counterfoil.action == "wished").order_by(Counterfoil.sequence)
        return [(row.actor, row.detail["answer"]) for row in session.scalars(rows)]


def test_a_wish_told_by_webhook_sweep_and_panel_is_one_wish(bench_on: Bench) -> None:
    bench_on.invoice("INV-1")
    assert bench_on.wish("approve", "INV-1", wish_id="10500") is Answer.ENTERED
    assert bench_on.wish("approve", "INV-1", wish_id="10500", via="sweep") is Answer.REPEATED
    bench_on.work()
    since = bench_on.sage.now
    assert bench_on.wish("approve", "INV-1", wish_id="10500", via="sweep") is Answer.REPEATED
    bench_on.pass_()
    assert bench_on.sage.journal("PATCH", since=since) == []
    assert stubs(bench_on) == [(ADA, "entered")]


def test_a_wish_makes_the_stream_due_and_leaves_who_asked_in_the_audit_trail(bench: Bench) -> None:
    bench.invoice("INV-1")
    before = datetime.now(UTC)
    bench.wish("approve", "INV-1", BOB)
    due = bench.stream().due_at
    assert due is not None
    assert due >= before
    content = bench.entry("approve", "INV-1").content
    assert (content["actor"], content["amount"], content["issue_key"]) == (BOB, "100.00 USD", "AP-1")
    assert bench.entry("approve", "INV-1").belongs_to == key_of("INV-1")
    assert stubs(bench) == [(BOB, "entered")]


def test_of_two_people_who_wish_at_once_one_is_told_that_it_is_being_done(bench_on: Bench) -> None:
    bench_on.invoice("INV-1")
    with ThreadPoolExecutor(2) as people:
        answers = list(people.map(lambda who: bench_on.wish("approve", "INV-1", who), [ADA, BOB]))
    assert sorted(answers) in (["entered", "under-way"], ["entered", "outdated"])
    bench_on.work()
    assert bench_on.outcome("approve", "INV-1")["state"] == "posted"
    assert bench_on.told("approve", "INV-1") == ["wished", "wished", "created"]


def test_what_is_done_stays_done_whoever_wishes_again(bench: Bench) -> None:
    bench.posted("INV-1")
    bench.decide(pay={"four_eyes": False})
    bench.wish("pay", "INV-1", ADA)
    bench.work()
    version = bench.entry("pay", "INV-1").version
    assert bench.wish("pay", "INV-1", BOB) is Answer.DONE
    bench.pass_()
    entry = bench.entry("pay", "INV-1")
    assert (entry.version, entry.state, entry.content["actor"]) == (version, "settled", ADA)
    assert stubs(bench) == [(ADA, "entered"), (BOB, "done")]
    bench.assert_paid_once("INV-1")


def test_a_payment_that_was_voided_in_sage_is_not_made_again(bench: Bench) -> None:
    bench.posted("INV-1")
    bench.decide(pay={"four_eyes": False})
    bench.wish("pay", "INV-1")
    bench.work()
    (payment,) = bench.posted_payments("INV-1")
    bench.clerk("payment", "void", payment=payment["number"])
    assert bench.open_amount("INV-1") == 100
    bench.read()
    assert bench.wish("pay", "INV-1") is Answer.DONE
    bench.pass_()
    assert bench.open_amount("INV-1") == 100
    assert len(bench.payment_batches()) == 1


def test_a_refused_wish_can_be_made_again_and_is_not_revived_by_an_old_message(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.clerk("vendor", "hold", number="1200")
    bench.wish("approve", "INV-1", wish_id="1")
    bench.work()
    assert bench.refusal("approve", "INV-1")["code"] == "actions.vendor-on-hold"
    bench.clerk("vendor", "release", number="1200")
    assert bench.wish("approve", "INV-1", wish_id="1", via="sweep") is Answer.REPEATED
    bench.pass_()
    assert bench.entry("approve", "INV-1").state == "parked"
    assert bench.wish("approve", "INV-1", BOB, wish_id="2") is Answer.ENTERED
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"
    assert bench.entry("approve", "INV-1").content["approved"]["by"] == BOB


def test_a_wish_that_was_overtaken_by_a_later_one_does_nothing(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.clerk("vendor", "hold", number="1200")
    now = datetime.now(UTC)
    bench.wish("approve", "INV-1", ADA, at=now)
    bench.work()
    bench.clerk("vendor", "release", number="1200")
    assert bench.wish("approve", "INV-1", BOB, at=now - timedelta(minutes=1)) is Answer.OUTDATED
    bench.pass_()
    assert bench.entry("approve", "INV-1").state == "parked"


def test_a_refusal_is_a_failure_that_can_be_tried_again(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.clerk("vendor", "hold", number="1200")
    bench.wish("approve", "INV-1")
    bench.work()
    bench.clerk("vendor", "release", number="1200")
    chosen = LedgerEntry.kind == "approve"
    failures.replay(lambda: bench.database.writing(bench.site_id), chosen, failures.Decision("admin"))
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"


def test_an_issue_without_a_known_document_cannot_wish(bench: Bench) -> None:
    with pytest.raises(NotPossible):
        bench.wish("approve", "NOBODY")
    assert bench.states() == {}


def test_an_approval_whose_batch_people_opened_again_can_be_wished_again(bench: Bench) -> None:
    bench.decide(approve={"post": False})
    entered = bench.invoice("INV-1")
    bench.wish("approve", "INV-1")
    bench.work()
    bench.read()
    assert bench.outcome("approve", "INV-1")["state"] == "ready"
    assert bench.wish("approve", "INV-1") is Answer.DONE
    bench.clerk("invoice_batch", "reopen", number=entered["batch"])
    bench.clerk("invoice", "edit", vendor="1200", number="INV-1", amount="250.00")
    bench.read()
    assert bench.wish("approve", "INV-1", BOB) is Answer.ENTERED
    bench.work()
    assert bench.batch(entered["batch"])["status"] == "ReadyToPost"
    assert bench.entry("approve", "INV-1").content["approved"]["amount"] == "250.00 USD"


def test_a_transition_into_the_configured_status_is_a_wish_known_by_its_id(bench: Bench) -> None:
    bench.invoice("INV-1")
    bench.decide(approve={"status": {"id": "10010", "name": "Approved"}}, pay={"status": {"id": "7", "name": "Pay"}})
    wishes = TransitionWishes()
    stream = bench.stream()
    assert wishes.statuses(stream) == {"10010": "approve", "7": "pay"}
    change = SimpleNamespace(id="10777", at=datetime.now(UTC), actor_id=ADA, actor_name="Ada", to_id="10010")
    for via in ("transition", "sweep"):
        uttered: Any = SimpleNamespace(action="approve", change=change, via=via)
        with bench.database.writing(bench.site_id) as session:
            mine = LedgerEntry.stream_id == bench.streams["invoices"], LedgerEntry.number == "INV-1"
            entry = session.scalars(select(LedgerEntry).where(*mine)).one()
            entry.target_id, entry.target_key = "10001", "AP-1"
            row = session.scalars(select(Stream).where(Stream.id == stream.id)).one()
            wishes.take(session, row, entry, uttered)
    bench.work()
    assert bench.outcome("approve", "INV-1")["state"] == "posted"
    assert stubs(bench) == [(ADA, "entered")]


def test_without_anybody_who_may_a_status_wishes_for_nothing(bench: Bench) -> None:
    bench.decide(approve={"users": [], "status": {"id": "10010", "name": "Approved"}})
    assert TransitionWishes().statuses(bench.stream()) == {}
