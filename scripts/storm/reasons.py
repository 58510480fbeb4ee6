"""Whether the reason that was given for a refusal is true: each kind of reason is held against the books, against what
people did, and against who they are. A reason that is not known here is not true."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from scripts.storm.aftermath import Aftermath
from scripts.storm.agreement import POSTED
from scripts.storm.desk import Deed, Document
from scripts.storm.wishes import APPROVE, PAY, Told, Wish

NOT_APPROVED = "Counterfoil: not approved."
SAME_MOMENT = timedelta(seconds=2)
"""Outcomes are told side by side."""
FIGURE = re.compile(r"-?[\d,]+\.\d\d")


@dataclass(frozen=True)
class Case:
    """A refusal: of which document (as it is now) and action, after which wishes, and how it was told. `approvals`:
    what was told about its approval."""

    left: Aftermath
    document: Document
    action: str
    wished: Sequence[Wish]
    told: Told
    approvals: Sequence[Told]

    @property
    def text(self) -> str:
        return self.told.text

    @property
    def named(self) -> tuple[str, str]:
        return self.document["vendor"], self.document["number"]

    def deeds(self, kind: str, *actions: str) -> Iterator[Deed]:
        """What people did to the document; before it was renamed it had another number."""
        names = {self.document["number"], *self._earlier_numbers()}
        return (
            deed
            for deed in self.left.diary.of(kind, *actions)
            if deed.vendor == self.document["vendor"] and deed.number in names
        )

    def _earlier_numbers(self) -> Iterator[str]:
        return (
            deed.number
            for deed in self.left.diary.deeds
            if deed.vendor == self.document["vendor"] and deed.made.get("number") == self.document["number"]
        )


def is_true(case: Case) -> bool:
    return any(re.search(words, case.text) and holds(case) for words, holds in _REASONS)


def _not_allowed(case: Case) -> bool:
    return any(not case.left.wishes.may(each) and each.person in case.text for each in case.wished)


def _same_person(case: Case) -> bool:
    approvals = case.left.wishes.made.get((case.wished[0].document, APPROVE), ())
    return any(pay.account == each.account for each in approvals for pay in case.wished)


def _nobody_approved(case: Case) -> bool:
    """Nobody who may has asked for it, or that was refused. One that was still to be carried out is no reason."""
    if not case.left.wishes.of(case.wished[0].document, APPROVE):
        return True
    earlier = [each for each in case.approvals if each.at <= case.told.at + SAME_MOMENT]
    return bool(earlier) and earlier[-1].text.startswith(NOT_APPROVED)


def _vendor_held(case: Case) -> bool:
    return any(case.document["vendor"] == deed.vendor for deed in case.left.diary.of("vendor", "hold"))


def _held(case: Case) -> bool:
    return any(case.deeds("invoice", "hold"))


def _moved(case: Case) -> bool:
    """Out of its batch, by whatever way; posting moves what cannot be posted."""
    taken_out = any(case.deeds("invoice", "move", "delete")) or any(case.deeds("credit_note", "move", "delete"))
    number = re.search(r"not in batch (\d+)", case.text)
    return taken_out or (number is not None and int(number[1]) != case.document["batch"])


def _figures(case: Case) -> bool:
    """What somebody was shown, and what it is now, are both figures that it had."""
    shown = [Decimal(each.replace(",", "")) for each in FIGURE.findall(case.text)][:2]
    return len(shown) == 2 and shown[0] != shown[1] and set(map(abs, shown)) <= set(_amounts(case))


def _amounts(case: Case) -> Iterator[Decimal]:
    first = next((each for each in case.left.before.invoices() if (each["vendor"], each["number"]) == case.named), None)
    documents = [case.document, *([first] if first else [])]
    documents += [deed.made for kind in ("invoice", "credit_note") for deed in case.deeds(kind)]
    amounts = {abs(Decimal(each["amount"])) for each in documents if "amount" in each}
    yield from amounts
    due = [
        each for each in case.left.before.books["posted_documents"] if (each["vendor"], each["number"]) == case.named
    ]
    for begun in amounts | {Decimal(each["due"]) for each in due}:
        left = begun
        for part in _parts(case):
            left -= part
            yield left


def _parts(case: Case) -> Iterator[Decimal]:
    """What was paid of it, in order."""
    for each in case.left.sight.books["payments"]:
        if each["vendor"] == case.document["vendor"] and each["status"] == POSTED and not each["error_batch"]:
            yield from (Decimal(row["amount"]) for row in each["applied"] if row["number"] == case.document["number"])


def _paid(case: Case) -> bool:
    return any(
        (each["vendor"], each["number"]) == case.named and Decimal(each["due"]) == 0
        for each in case.left.sight.books["posted_documents"]
    )


def _was_not_posted(case: Case) -> bool:
    return all((each["vendor"], each["number"]) != case.named for each in case.left.before.books["posted_documents"])


def _is_credit_note(case: Case) -> bool:
    return bool(case.document["kind"] == "CreditNote")


def _changed(case: Case) -> bool:
    """Of the facts that stop a payment people here change terms, and amounts; to what is said, of that vendor."""
    to = re.search(r"was changed from \S+ to (\S+)", case.text)
    terms = {
        deed.order.get("terms")
        for deed in case.left.diary.of("vendor", "edit")
        if deed.vendor == case.document["vendor"]
    }
    return to is not None and (to[1] in terms or _has_other_amount(case))


def _has_other_amount(case: Case) -> bool:
    return any(deed.order.get("amount") for deed in case.deeds("invoice", "edit"))


def _paid_elsewhere(case: Case) -> bool:
    number = re.search(r"Payment batch (\d+) ", case.text)
    by_hand = {deed.made["batch"] for deed in case.deeds("payment", "enter", "pay")}
    return number is not None and int(number[1]) in by_hand


def _posting_refused(case: Case) -> bool:
    number = re.search(r"(?:payment batch|posted batch) (\d+)", case.text)
    books = case.left.sight.books["payment_batches" if case.action == PAY else "invoice_batches"]
    return number is not None and any(each["number"] == int(number[1]) and each["errors"] for each in books)


def _denied(case: Case) -> bool:
    return case.left.denied


_REASONS: Sequence[tuple[str, Callable[[Case], bool]]] = (
    (r"is not among those who may", _not_allowed),
    (r"approved it, on ", _same_person),
    (r"Nobody has approved it in Jira", _nobody_approved),
    (r"The vendor .* is on hold", _vendor_held),
    (r"The document is on hold", _held),
    (r"It is not in batch", _moved),
    (r"was shown .* and Sage 300 now says", _figures),
    (r"Nothing of it is open any more", _paid),
    (r"It is not posted in Sage 300", _was_not_posted),
    (r"It is a credit note", _is_credit_note),
    (r"was changed from", _changed),
    (r"is about to pay it already", _paid_elsewhere),
    (r"refused to post payment batch|posted batch \d+ without it", _posting_refused),
    (r"Jira does not tell the groups", _denied),
)
