"""People in Jira who review, approve, pay and reopen invoices by moving their issues, sometimes two at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

from scripts.storm.desk import Document, Refused, chosen, state
from scripts.storm.plan import Move

OPEN, IN_REVIEW, APPROVED, PAID = "Open", "In review", "Approved", "Paid"
REVIEW, APPROVE, PAY, REOPEN = "Start review", "Approve", "Pay", "Reopen"
LOOK_EVERY_SECONDS = 2.0
INVOICE_KINDS = ("invoice", "credit-note", "debit-note", "interest")


@dataclass
class People:
    """They see the board as it was a moment ago."""

    address: str
    done: Counter[str] = field(default_factory=Counter)
    _board: list[Document] = field(default_factory=list)
    _looked_at: float = 0.0

    def carry_out(self, move: Move) -> None:
        """Raises Refused."""
        if time.monotonic() - self._looked_at > LOOK_EVERY_SECONDS:
            self._board = [each for each in state(self.address, "issues") if is_invoice(each)]
            self._looked_at = time.monotonic()
        _MOVES[move.action](self, move)
        self.done[move.action] += 1

    def review(self, move: Move) -> None:
        self._take(self._one_in(OPEN, move), move.person, REVIEW)

    def approve(self, move: Move) -> None:
        self._take(self._one_in(IN_REVIEW, move), move.person, APPROVE)

    def approve_at_once(self, move: Move) -> None:
        self._take(self._one_in(OPEN, move), move.person, REVIEW, APPROVE)

    def approve_all_of_a_batch(self, move: Move) -> None:
        batch = self._one_in(OPEN, move, posted=False)["fields"].get("AP batch")
        for issue in [each for each in self._board if each["fields"].get("AP batch") == batch]:
            steps = {OPEN: (REVIEW, APPROVE), IN_REVIEW: (APPROVE,)}.get(issue["status"], ())
            self._take(issue, move.person, *steps)

    def approve_twice(self, move: Move) -> None:
        """In, out, and in again."""
        issue = self._one_in(OPEN, move)
        self._take(issue, move.person, REVIEW, APPROVE, REOPEN, REVIEW)
        self._take(issue, move.other, APPROVE)

    def two_approve(self, move: Move) -> None:
        self._both(self._one_in(IN_REVIEW, move), move, APPROVE)

    def pay(self, move: Move) -> None:
        self._take(self._one_in(APPROVED, move), move.person, PAY)

    def two_pay(self, move: Move) -> None:
        self._both(self._one_in(APPROVED, move), move, PAY)

    def approve_and_pay(self, move: Move) -> None:
        """Before anybody could have carried out the approval."""
        issue = self._one_in(OPEN, move)
        self._take(issue, move.other, REVIEW, APPROVE)
        self._take(issue, move.person, PAY)

    def reopen(self, move: Move) -> None:
        self._take(self._one_in(APPROVED, move), move.person, REOPEN)

    def _one_in(self, status: str, move: Move, *, posted: bool | None = None) -> Document:
        there = [each for each in self._board if each["status"] == status]
        if posted is not None:
            there = [each for each in there if (each["fields"].get("Sage 300 status") == "Posted") == posted]
        found: Document = chosen(move.pick, there)
        return found

    def _take(self, issue: Document, person: str, *transitions: str) -> None:
        for transition in transitions:
            order = {"action": "transition", "key": issue["key"], "transition": transition, "as": person}
            answer = requests.post(f"{self.address}/__mock__/documents/issue", json=order, timeout=60)
            if not answer.ok:
                self.done["refused"] += 1
                self._looked_at = 0.0
                raise Refused(answer.text)
            issue["status"] = answer.json()["status"]

    def _both(self, issue: Document, move: Move, transition: str) -> None:
        """At the same moment; Jira lets one of them."""
        with ThreadPoolExecutor(2) as hands:
            pressed = [hands.submit(self._take, issue, each, transition) for each in (move.person, move.other)]
        if failed := [each.exception() for each in pressed if each.exception()]:
            raise failed[0] or Refused()


def is_invoice(issue: Document) -> bool:
    parts = str((issue["properties"].get("counterfoil") or {}).get("document")).split(":")
    return len(parts) > 3 and parts[3] in INVOICE_KINDS


_MOVES: Mapping[str, Callable[[People, Move], None]] = {
    "review": People.review,
    "approve": People.approve,
    "approve at once": People.approve_at_once,
    "approve all of a batch": People.approve_all_of_a_batch,
    "approve twice": People.approve_twice,
    "two approve": People.two_approve,
    "pay": People.pay,
    "two pay": People.two_pay,
    "approve and pay": People.approve_and_pay,
    "reopen": People.reopen,
}
