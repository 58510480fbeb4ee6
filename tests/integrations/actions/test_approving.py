"""Approve: batches become ready to post, and are posted, when those who may have approved what is in them."""

from __future__ import annotations

from tests.integrations.actions.bench import Bench


def test_an_approved_invoice_is_posted_after_sages_pause(bench: Bench) -> None:
    entered = bench.invoice("INV-1")
    bench.wish("approve", "INV-1")
    ending = bench.pass_()
    assert ending.trouble is None
    assert bench.batch(entered["batch"])["status"] == "ReadyToPost"
    assert bench.states() == {"approve INV-1": "pending"}, "it goes on in a later pass"
    bench.work()
    assert bench.batch(entered["batch"])["status"] == "Posted"
    outcome = bench.outcome("approve", "INV-1")
    assert (outcome["state"], outcome["batch"], outcome["entry"]) == ("posted", entered["batch"], 1)
    assert outcome["said"] == f"Approved. INV-1 over USD 100.00 is posted (Batch {entered['batch']}, entry 1)."
    assert bench.told("approve", "INV-1") == ["wished", "created"]
