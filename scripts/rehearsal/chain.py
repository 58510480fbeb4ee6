"""The whole chain, watched at both ends: an order, its receipt, its invoice, and what people do to that in Jira."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from scripts.rehearsal import papers
from scripts.rehearsal.ledger_view import INVOICES, ORDERS, PAYMENTS, POSTED, POSTINGS, VENDORS
from scripts.rehearsal.outside import Issue
from scripts.rehearsal.papers import Papers
from scripts.rehearsal.scene import Scene
from scripts.rehearsal.waiting import NotSo, expect, until
from scripts.rehearsal.written import expect_only

STORES_PROJECT_KEY, STORES_PERSON = "FIN", "Finn Finance"
APPROVER, PAYER = "Ada", "Finn"
NEW_NAME = "Renamed & Sons"
LOST = "LOST-1"
"""An invoice of whose approval Jira's webhook tells nobody."""
POSTED_IN_SAGE = "Posted"


def rehearse(scene: Scene) -> list[str]:
    """What was not as it should be, in a sentence: the first such thing ends it."""
    before = scene.outside.requests_so_far("sage300")
    try:
        _review_what_is_held(scene)
        bought = _buy(scene)
        _lose_a_webhook(scene, bought.vendor)
        _approve(scene, bought)
        _pay(scene, bought)
        _make_up_for_the_lost(scene)
        _rename_the_vendor(scene, bought)
        _told_once(scene, bought)
        _wrote_only_ours(scene, bought, before)
    except NotSo as trouble:
        return [str(trouble)]
    return []


def _review_what_is_held(scene: Scene) -> None:
    """A state of Sage 300 that has a status in Jira moves the issue there."""
    held = next(each for each in scene.outside.books("invoices") if each["on_hold"] and each["status"] == "Open")
    key = scene.view.issue_key(INVOICES, held["number"], held["vendor"]) or ""
    until(
        lambda: scene.outside.issue(key).status == "In review",
        f"{key} is in review, as its invoice is on hold.",
        press=scene.pressing(INVOICES),
    )
    _say(f"{key} is in review: its invoice is on hold in Sage 300")


def _buy(scene: Scene) -> Papers:
    bought = papers.buy(scene)
    order, receipt, invoice = bought.order_issue, bought.receipt_issue, bought.invoice_issue
    for issue, kind in ((order, "Purchase order"), (receipt, "Goods receipt"), (invoice, "Invoice")):
        _at_home(issue, kind)
    _say(f"Order {order.key}, receipt {receipt.key} and invoice {invoice.key} are linked, and with the same person")
    return bought


def _at_home(issue: Issue, kind: str) -> None:
    """With the team that placed the order."""
    found = (issue.kind, issue.project, issue.assignee)
    wanted = (kind, STORES_PROJECT_KEY, STORES_PERSON)
    expect(found == wanted, f"{issue.key} should be {' / '.join(wanted)}, and is {' / '.join(found)}.")


def _lose_a_webhook(scene: Scene, vendor: str) -> None:
    """Ada approves an invoice while what Jira tells does not arrive."""
    papers.bill(scene.outside, vendor, LOST)
    issue = scene.until_issued(INVOICES, LOST)
    scene.outside.turn("jira", webhook_drop=1.0)
    _move(scene, issue, APPROVER, "Start review", "Approve")
    scene.outside.turn("jira", webhook_drop=0.0)


def _approve(scene: Scene, bought: Papers) -> None:
    issue = scene.issue(INVOICES, bought.invoice)
    _move(scene, issue, APPROVER, "Start review", "Approve")
    until(
        lambda: _invoice_batch(scene, bought.batch)["status"] == POSTED_IN_SAGE,
        f"Batch {bought.batch} is posted in Sage 300, as {issue.key} was approved.",
    )
    until(
        lambda: _about(scene.issue(INVOICES, bought.invoice))["posting"] == 1,
        f"A comment on {issue.key} tells what was posted.",
        press=scene.pressing(INVOICES, POSTINGS),
    )
    _say(f"{issue.key} was approved in Jira: batch {bought.batch} is posted, and the issue tells its accounts")


def _pay(scene: Scene, bought: Papers) -> None:
    issue = scene.issue(INVOICES, bought.invoice)
    _move(scene, issue, PAYER, "Pay")
    until(
        lambda: [each["status"] for each in _payment_batches(scene, bought)] == [POSTED_IN_SAGE],
        f"One payment batch for {bought.invoice} is posted in Sage 300, as {issue.key} was moved to Paid.",
    )
    amount = next(each["amount"] for each in scene.outside.books("invoices") if each["number"] == bought.invoice)
    until(
        lambda: _paid(scene.issue(INVOICES, bought.invoice)) == Decimal(amount),
        f"{issue.key} shows that {amount} was paid.",
        press=scene.pressing(PAYMENTS, POSTED, INVOICES),
    )
    batch = _payment_batches(scene, bought)[0]["number"]
    panel = scene.administrator.panel(issue.key).words
    for words in (f"{Decimal(amount):,.2f}", bought.order, bought.receipt, "Paid"):
        expect(words in panel, f"The panel on {issue.key} does not tell {words}: {panel}")
    _say(f"{issue.key} was moved to Paid in Jira: payment batch {batch} is posted, and the issue shows {amount} paid")


def _make_up_for_the_lost(scene: Scene) -> None:
    batch = _batch_of(scene, LOST)
    scene.view.come_round_to_sweeping()
    until(
        lambda: _invoice_batch(scene, batch)["status"] == POSTED_IN_SAGE,
        f"Batch {batch} is posted in Sage 300, as a sweep finds what a lost webhook did not tell.",
    )
    heard = scene.view.heard_through()
    expect(
        heard["approve", LOST] == "sweep", f"The approval of {LOST} came by {heard['approve', LOST]}, not by a sweep."
    )
    _say(f"A webhook was lost: a sweep found that {LOST} was approved, and batch {batch} is posted")


def _rename_the_vendor(scene: Scene, bought: Papers) -> None:
    """The issues of what is open follow."""
    scene.outside.clerk("vendor", "edit", number=bought.vendor, name=NEW_NAME)
    concerned = ((ORDERS, bought.order), (INVOICES, LOST))
    until(
        lambda: all(scene.issue(*each).fields["Vendor"] == NEW_NAME for each in concerned),
        f"Open issues of vendor {bought.vendor} show its new name.",
        press=scene.pressing(VENDORS, ORDERS, INVOICES),
    )
    _say(f"Vendor {bought.vendor} was renamed, and its open issues follow")


def _told_once(scene: Scene, bought: Papers) -> None:
    """Comments come by themselves, and none twice."""
    _until_told(scene, bought.invoice, "posting", "outcome approve", "outcome pay")
    _until_told(scene, LOST, "posting", "outcome approve")
    _say("Each posting and each outcome is told in one comment")


def _until_told(scene: Scene, invoice: str, *comments: str) -> None:
    until(
        lambda: _about(scene.issue(INVOICES, invoice)) == Counter(comments),
        f"The issue of {invoice} has these comments, one each: {', '.join(comments)}.",
        press=scene.pressing(INVOICES, POSTINGS),
    )


def _wrote_only_ours(scene: Scene, bought: Papers, before: int) -> None:
    payment = _payment_batches(scene, bought)[0]["number"]
    count = expect_only(scene.outside, before, [bought.batch, _batch_of(scene, LOST)], [payment])
    _say(f"Sage 300 was written to {count} times: two batches made ready and posted, one payment entered too")


def _move(scene: Scene, issue: Issue, person: str, *transitions: str) -> None:
    for each in transitions:
        scene.outside.move(issue.key, each, person)


def _batch_of(scene: Scene, invoice: str) -> int:
    return next(int(each["batch"]) for each in scene.outside.books("invoices") if each["number"] == invoice)


def _invoice_batch(scene: Scene, number: int) -> dict[str, Any]:
    return next(each for each in scene.outside.books("invoice_batches") if each["number"] == number)


def _payment_batches(scene: Scene, bought: Papers) -> Sequence[dict[str, Any]]:
    """Those that pay the invoice."""
    paying = {
        each["batch"]
        for each in scene.outside.books("payments")
        if any(applied["number"] == bought.invoice for applied in each["applied"])
    }
    return [each for each in scene.outside.books("payment_batches") if each["number"] in paying]


def _paid(issue: Issue) -> Decimal:
    return Decimal(str(issue.fields["Paid"] or 0))


def _about(issue: Issue) -> Counter[str]:
    """What our comments are about: posting, outcome approve, outcome pay."""
    found: Counter[str] = Counter()
    for document, count in issue.comments.items():
        *_, kind, number = map(unquote, document.split(":"))
        found[f"{kind} {number.partition('/')[0]}" if kind == "outcome" else kind] += count
    return found


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
