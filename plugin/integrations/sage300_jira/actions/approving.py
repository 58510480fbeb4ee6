"""Approve: an invoice's batch is set ready to post, and posted if that is wanted.

    read the batch, and find the document in it
    ask the guards
    freeze the facts that must still hold when it is paid
    wait for the others in the batch, if they are to be approved too
    set the batch ready to post; after a pause, post it; read it again

Each time the batch is read first, and only the next step that is missing is taken. So going on after a death, a lost
answer or a pause is the same as beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugin.integrations.amounts import in_words
from plugin.integrations.sage300_jira.actions import guards
from plugin.integrations.sage300_jira.actions.facts import Facts, facts_of, frozen
from plugin.integrations.sage300_jira.actions.means import Means, Task, pause, still_posting, writing
from plugin.integrations.sage300_jira.actions.outcome import Outcome, State
from plugin.integrations.sage300_jira.actions.refusals import ASK_AGAIN, refused
from plugin.integrations.sage300_jira.actions.wish import Wish
from sage_adapters.errors import RecordTrouble
from sage_adapters.records import Invoice, to_json
from sage_adapters.sage300.batches import DELETED, OPEN, POST_IN_PROGRESS, POSTED, READY_TO_POST
from sage_adapters.sage300.invoices import Batch, read_batch
from sage_adapters.sage300.posting import mark_invoices_ready, post_invoices, posting_errors
from sage_adapters.sage300.vendors import read_vendor

NOT_FOUND = "sage300.record-not-found"
SELECTED_BY = ("amount", "document_type", "po_number", "lines", "optional_fields")
"""What a selection asks of a document itself (subjects.py), beside its key."""
NAMED = 5
"""So many of the others in a batch are told by their number."""


@dataclass(frozen=True)
class Place:
    """A document where it sits in Sage 300 now."""

    batch: Batch
    invoice: Invoice

    @property
    def status(self) -> str:
        return self.batch.header.status

    @property
    def name(self) -> str:
        return f"Batch {self.batch.header.number}"

    def come_to(self, state: State, said: str) -> Outcome:
        return Outcome(state, self.batch.header.number, int(self.invoice.entry), said)


class Approving:
    """Carries out approvals, one after the other."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._rules = means.settings.approve

    def carry_out(self, task: Task) -> Outcome:
        """Raises RecordTrouble for a refusal, `refusals.later` for a pause, and any trouble of Sage 300."""
        place = self._find(task.wish)
        reached = self._reached(task.wish, place)
        if reached is None or not task.wish.content["approved"]:
            self._freeze(task, self._guard(task.wish, place))
        if reached is not None:
            return self._told(place, reached)
        others = self._unapproved(task.wish, place.batch) if self._rules.whole_batch else []
        return self._waiting(place, others) if others else self._bring_on(task, place)

    def has_begun(self, wish: Wish) -> Place | None:
        """Where the document sits, if its batch is not open any more."""
        try:
            place = self._find(wish)
        except RecordTrouble:
            return None
        return None if place.status == OPEN else place

    def _find(self, wish: Wish) -> Place:
        """By the batch that our ledger knows, and in it by the document's whole key."""
        known = self._means.ledgers.invoice(wish.document_key)
        if known is None or not str(known.get("batch", "")).isdigit():
            raise refused(
                wish, "actions.unknown-document", "Counterfoil does not know in which batch it is.",
                f"Wait until the issue shows its batch. {ASK_AGAIN}",
            )  # fmt: skip
        number = int(known["batch"])
        try:
            batch = read_batch(self._means.client, number)
        except RecordTrouble as trouble:
            if trouble.code != NOT_FOUND:
                raise
            raise _moved(wish, number) from None
        invoice = next((each for each in batch.invoices if each.key == wish.document), None)
        if batch.header.status == DELETED or (invoice is None and batch.header.status != POSTED):
            raise _moved(wish, number)
        if invoice is None:
            raise self._posting_refused(wish, batch)
        return Place(batch, invoice)

    def _reached(self, wish: Wish, place: Place) -> State | None:
        """As far as it is to be brought by us, or further; None while there is something to do."""
        if place.status == POST_IN_PROGRESS:
            raise still_posting(wish, place.name)
        if place.status == POSTED:
            return State.POSTED
        return State.READY if place.status == READY_TO_POST and not self._rules.post else None

    def _guard(self, wish: Wish, place: Place) -> Facts:
        """The facts under which it may pass."""
        invoice, means = place.invoice, self._means
        guards.may_do_it(wish, self._rules, lambda: means.groups_of(wish))
        guards.within_limit(wish, self._rules)
        guards.not_by_who_entered(wish, self._rules, invoice.entered_by, means.settings.sage_users)
        guards.as_shown(wish, invoice.amount)
        vendor = read_vendor(means.client, wish.document.vendor)
        guards.vendor_free(wish, vendor)
        guards.not_on_hold(wish, invoice.on_hold)
        if place.status != POSTED:
            guards.period_open(wish, means.calendar, invoice.posting_date)
        return facts_of(invoice, vendor)

    def _freeze(self, task: Task, facts: Facts) -> None:
        """Once for each wish: what was approved is what held when it first passed, and that is what was shown."""
        if not task.wish.content["approved"]:
            guards.unchanged(task.wish, None, facts)
            self._means.ledgers.note(task.delivery, approved=frozen(task.wish, facts))

    def _unapproved(self, wish: Wish, batch: Batch) -> list[str]:
        """Numbers of the batch's other documents that nobody has approved as they are now, though somebody could: one
        that the invoices' selection leaves out, as it is now, has no issue."""
        others = {str(each.key): each for each in batch.invoices if each.key != wish.document}
        approvals = self._means.ledgers.approvals(others)
        nobody_asked = self._means.ledgers.left_out(others)
        numbers = [
            each.key.number
            for key, each in others.items()
            if not _as_left_out(each, nobody_asked.get(key)) and not _as_approved(each, approvals.get(key))
        ]
        return numbers + [each.place for each in batch.rejected]

    def _waiting(self, place: Place, others: list[str]) -> Outcome:
        named = ", ".join(others[:NAMED]) + (", …" if len(others) > NAMED else "")
        they = "another document in it" if len(others) == 1 else f"{len(others)} others in it"
        said = f"Approved. {place.name} waits for {they} to be approved: {named}."
        return place.come_to(State.WAITING, said)

    def _bring_on(self, task: Task, place: Place) -> Outcome:
        """The next step for the batch; it stands where it is to be posted, or one step before."""
        client, number = self._means.client, place.batch.header.number
        if place.status == OPEN:
            with writing(task, self._means.ledgers):
                mark_invoices_ready(client, number)
            if self._rules.post:
                raise pause(task.wish)
        elif place.status == READY_TO_POST:
            with writing(task, self._means.ledgers):
                post_invoices(client, number)
        place = self._find(task.wish)
        reached = self._reached(task.wish, place)
        if reached is None:
            raise still_posting(task.wish, place.name)
        return self._told(place, reached)

    def _told(self, place: Place, reached: State) -> Outcome:
        amount = f"{place.invoice.key.number} over {in_words(place.invoice.amount)}"
        where = f"{place.name}, entry {place.invoice.entry}"
        if reached is State.POSTED:
            return place.come_to(reached, f"Approved. {amount} is posted ({where}).")
        return place.come_to(reached, f"Approved. {amount} is ready to post ({where}); it is posted in Sage 300.")

    def _posting_refused(self, wish: Wish, batch: Batch) -> RecordTrouble:
        """Its entry went on to an error batch."""
        said = [
            each.message.rstrip(".")
            for each in posting_errors(self._means.client, batch.header.posting_sequence)
            if (each.batch, each.vendor, each.document)
            == (batch.header.number, wish.document.vendor, wish.document.number)
        ]
        why = f": {'; '.join(said)}" if said else ", and gives no reason"
        return refused(
            wish,
            "actions.posting-refused",
            f"Sage 300 posted batch {batch.header.number} without it{why}.",
            f"Correct it in the batch of errors that Sage 300 has made; wait until the issue shows that. {ASK_AGAIN}",
        )


def _as_approved(invoice: Invoice, approved: Facts | None) -> bool:
    if approved is None or invoice.on_hold:
        return False
    now = {
        "amount": str(invoice.amount),
        "document_terms": invoice.terms,
        "document_remit_to": invoice.remit_to,
    }
    return all(approved[name] == value for name, value in now.items())


def _as_left_out(invoice: Invoice, known: Mapping[str, Any] | None) -> bool:
    """Whether it is `known` to be left out with the very figures by which selections choose."""
    if known is None:
        return False
    now = to_json(invoice)
    return all(known.get(name) == now[name] for name in SELECTED_BY)


def _moved(wish: Wish, batch: int) -> RecordTrouble:
    return refused(
        wish,
        "actions.moved",
        f"It is not in batch {batch} of Sage 300 any more.",
        f"Wait until the issue shows where it is now. {ASK_AGAIN}",
    )
