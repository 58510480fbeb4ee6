"""What Counterfoil has told people, held against what is so: every wish has its answer, an answer is true, and nothing
is told twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta

from scripts.storm.aftermath import Aftermath
from scripts.storm.agreement import POSTED, Agreement, invoice_key
from scripts.storm.desk import Document
from scripts.storm.payments import READY, standing
from scripts.storm.reasons import NOT_APPROVED, Case, is_true
from scripts.storm.wishes import APPROVE, PAY, Told, Wish

NOT_DONE = (NOT_APPROVED, "Counterfoil: not paid.")
WAITS = "approved, and waits for others"
SAME_MOMENT = timedelta(seconds=1)
"""Jira tells instants of comments and changes by one clock, in milliseconds."""


def judge_answers(left: Aftermath) -> Agreement:
    """Every wish was carried out, or refused with a reason that is true, and it says so on the issue."""
    result = Agreement()
    documents = {invoice_key(each): each for each in left.sight.invoices()}
    for (document, action), wished in left.wishes.made.items():
        result.counts.update(wishes=len(wished), **{f"wished_to_{action}": 1})
        if document in documents:
            _judge(result, left, documents[document], action, wished)
        elif not left.outcomes(document, action):  # deleted or renamed in Sage 300 since
            result.note("unanswered", f"{wished[-1].issue} ({document}), {action}, gone since: no answer was given.")
    return result


def _judge(result: Agreement, left: Aftermath, document: Document, action: str, wished: Sequence[Wish]) -> None:
    key = invoice_key(document)
    named = f"{wished[-1].issue} ({key}), {action}"
    told = left.outcomes(key, action)
    result.counts["outcomes_told"] += len(told)
    if not told:
        result.note("unanswered", f"{named}: {len(wished)} wishes, and no answer.")
        return
    last = told[-1]
    if wished[-1].at > last.at + SAME_MOMENT:
        result.note("unanswered", f"{named}: wished at {wished[-1].at}, and the last answer is of {last.at}.")
    if len({each.mark["parts"].get("outcome") for each in told}) > len(wished):
        result.note("told_otherwise", f"{named}: {len(wished)} wishes, and more answers: {_texts(told)}.")
    if last.text.startswith(NOT_DONE):
        result.counts["refused"] += 1
        approvals = left.outcomes(key, APPROVE)
        case = Case(left, document, action, wished, last, approvals)
        if not is_true(case):
            result.note("untrue", f"{named} was refused, and that is not so: {last.text!r}.")
    elif not _is_done(left, document, action, last.text):
        result.note("not_done", f"{named}: told {last.text!r}, and Sage 300 does not say so.")
    else:
        result.counts["approved" if action == APPROVE else "paid"] += 1


def _is_done(left: Aftermath, document: Document, action: str, text: str) -> bool:
    if action == PAY:
        return [status for _, status, _ in standing(left.sight, document)] == [POSTED]
    if document["status"] in (POSTED, READY):
        return True
    return WAITS in text and _others_missing(left, document)


def _others_missing(left: Aftermath, document: Document) -> bool:
    """Whether a batch waits for somebody: one that is in it was not approved, or not as it is now."""
    others = [each for each in left.sight.invoices() if each["batch"] == document["batch"]]
    for each in others:
        told = left.outcomes(invoice_key(each), APPROVE)
        if not told or told[-1].text.startswith(NOT_DONE) or _corrected_since(left, each):
            return True
    return False


def _corrected_since(left: Aftermath, document: Document) -> bool:
    """Whether its figures were changed after it was approved: what is told waits for it rightly."""
    return any(
        deed.order.get("amount") or deed.order.get("lines")
        for deed in left.diary.about(document["vendor"], document["number"])
        if deed.action == "edit"
    )


def judge_comments(left: Aftermath) -> Agreement:
    """No comment twice; exactly one about each posting since the storm began."""
    result = Agreement()
    said = [each for comments in left.comments.values() for each in comments]
    result.counts["comments"] = len(said)
    times: Counter[tuple[str, str, str]] = Counter((each.issue, each.about, str(each.mark["hash"])) for each in said)
    for (issue, about, _), number in times.items():
        if number > 1:
            result.note("told_twice", f"{issue} has the same comment about {about} {number} times.")
    posted_before = {invoice_key(each) for each in left.before.invoices() if each["status"] == POSTED}
    by_part: dict[str, Counter[str]] = defaultdict(Counter)
    for document in left.sight.invoices():
        key = invoice_key(document)
        postings = left.postings(key)
        by_part[key].update(str(each.mark["parts"].get("distribution")) for each in postings)
        result.counts["postings_told"] += len(postings)
        if document["status"] == POSTED and key not in posted_before and _is_told(left, document):
            result.counts["postings"] += 1
            if not postings:
                result.note("postings_untold", f"{key} was posted, and no comment tells of it.")
        if len(postings) > len({str(each.mark["parts"]) for each in postings}):
            result.note("told_twice", f"The posting of {key} is told {len(postings)} times: {_texts(postings)}.")
    return result


def _is_told(left: Aftermath, document: Document) -> bool:
    """Of invoices that we first met posted, only those that were posted on that day or later are told of."""
    return document["posting_date"] >= left.begun_on or invoice_key(document) in left.wishes.seen_open


def _texts(told: Sequence[Told]) -> str:
    return " / ".join(repr(each.text) for each in told)
