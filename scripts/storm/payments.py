"""What Counterfoil has set ready, posted and paid in Sage 300, judged by Sage 300's own books and by who asked for it.

Nothing of our ledger is believed: a payment of ours is known by its batch's description, an approval by what people did
in Jira.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from scripts.storm.agreement import POSTED, Agreement, Sight, invoice_key
from scripts.storm.desk import Diary, Document
from scripts.storm.wishes import APPROVE, PAY, Wishes

OURS = "Counterfoil "
DELETED, READY = "Deleted", "ReadyToPost"
Paid = tuple[str, str]
"""Vendor and number of an invoice."""


def judge_payments(sight: Sight, wishes: Wishes) -> Agreement:
    """No invoice has two payments of ours, or more than its amount, or one for which nobody asked who may."""
    result = Agreement()
    amounts = {(each["vendor"], each["number"]): Decimal(each["amount"]) for each in sight.invoices()}
    keys = {(each["vendor"], each["number"]): invoice_key(each) for each in sight.invoices()}
    for paid, applied in _ours(sight).items():
        posted = sum(status == POSTED for _, status, _ in applied)
        result.counts.update(payments=1, payments_posted=posted)
        named = f"{paid[1]} of {paid[0]}"
        batches = ", ".join(f"{batch} ({status}, {amount})" for batch, status, amount in applied)
        if len({batch for batch, _, _ in applied}) > 1:
            result.note("paid_twice", f"{named} is paid by several batches of ours: {batches}.")
        if sum((amount for _, _, amount in applied), Decimal(0)) > amounts[paid]:
            result.note("overpaid", f"{named} comes to {amounts[paid]}, and we pay more: {batches}.")
        if not wishes.pair_of_eyes(keys[paid]):
            result.note("paid_unasked", f"{named} is paid by {batches}, and nobody who may has asked for it.")
    for document in sight.books["posted_documents"]:
        if Decimal(document["due"]) * Decimal(document["amount"]) < 0:
            result.note("overpaid", f"More was paid of {document['number']} than it came to: {document['due']} is due.")
    return result


def _ours(sight: Sight) -> Mapping[Paid, list[tuple[int, str, Decimal]]]:
    """By invoice: batch, status and amount of each payment of ours that stands. One that Sage 300 refused to post is
    in a batch of errors, which is not ours."""
    found: dict[Paid, list[tuple[int, str, Decimal]]] = defaultdict(list)
    for each in sight.books["payments"]:
        if each["selector"] != "PY" or not each["description"].startswith(OURS) or each["status"] == DELETED:
            continue
        if each["error_batch"]:
            continue
        for row in each["applied"]:
            found[each["vendor"], row["number"]].append((each["batch"], each["status"], Decimal(row["amount"])))
    return found


def judge_approvals(before: Sight, sight: Sight, wishes: Wishes, diary: Diary) -> Agreement:
    """No batch is ready or posted by us that holds a document which nobody has approved who may."""
    result = Agreement()
    by_hand = {int(deed.order["number"]) for deed in diary.of("invoice_batch", "post")}
    closed_before = {each["number"] for each in before.books["invoice_batches"] if each["status"] != "Open"}
    contents: dict[int, list[Document]] = defaultdict(list)
    for document in sight.books["invoices"]:
        contents[document["batch"]].append(document)
    for batch in sight.books["invoice_batches"]:
        number = batch["number"]
        if batch["status"] not in (POSTED, READY) or number in by_hand or number in closed_before:
            continue
        result.counts["batches_by_us"] += 1
        unasked = [each["number"] for each in contents[number] if not wishes.of(invoice_key(each), APPROVE)]
        if unasked:
            told = ", ".join(unasked)
            result.note("posted_unasked", f"Batch {number} is {batch['status']} by us; nobody approved {told}.")
    return result


def standing(sight: Sight, document: Document) -> list[tuple[int, str, Decimal]]:
    """Our payments of an invoice."""
    return list(_ours(sight).get((document["vendor"], document["number"]), []))


def asked_to_pay(wishes: Wishes) -> Iterator[str]:
    """Keys of the documents that somebody wished to be paid."""
    return wishes.documents(PAY)
