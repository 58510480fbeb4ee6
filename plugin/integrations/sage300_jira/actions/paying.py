"""Pay: a payment batch for a posted document is entered, set ready to post, and posted, as far as that is wanted.

    look for the batch that carries our key: there must be none, or exactly one
    ask the guards
    see that no other batch is about to pay the same document
    enter the batch, compare what Sage 300 made of it, look again whether it is the only one
    set it ready to post; after a pause, post it; read again what is left open

No call of Sage 300 can be repeated without harm, and none tells whether it was made before. What keeps a document from
being paid twice: the batch's description carries a key that is the same for ever, it is looked for before a batch is
entered, and of several with one key none is posted. Should two workers enter one each, then whoever looks afterwards
sees both, and at most one can have seen its own alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256

from plugin.integrations.amounts import in_words
from plugin.integrations.sage300_jira.actions import guards
from plugin.integrations.sage300_jira.actions.facts import facts_of
from plugin.integrations.sage300_jira.actions.means import Means, Task, pause, still_posting, writing
from plugin.integrations.sage300_jira.actions.outcome import Outcome, State
from plugin.integrations.sage300_jira.actions.refusals import ASK_AGAIN, later, refused, with_advice
from plugin.integrations.sage300_jira.actions.wish import Wish
from sage_adapters.errors import RecordTrouble
from sage_adapters.records import AppliedPayment, DocumentType, Money, PostedDocument
from sage_adapters.sage300 import payments
from sage_adapters.sage300.batches import DELETED, OPEN, POST_IN_PROGRESS, POSTED, READY_TO_POST, BatchHeader
from sage_adapters.sage300.payments import NewPayment, PaymentBatch
from sage_adapters.sage300.posted import read_posted_document
from sage_adapters.sage300.posting import posting_errors
from sage_adapters.sage300.vendors import read_vendor

NOT_FOUND = "sage300.record-not-found"
DIFFERS = "sage300.payment-differs"
APPROVAL_SECONDS = 10.0
"""About as long as an approval takes that posts its batch."""


def batch_key(wish: Wish) -> str:
    """How the description of its payment batch begins, the same for ever. 32 characters."""
    return f"Counterfoil {sha256(wish.content['key'].encode()).hexdigest()[:20]}"


def description(wish: Wish) -> str:
    """At most 55 characters; a document number has up to 22."""
    return f"{batch_key(wish)} {wish.document.number}"


class Paying:
    """Carries out payments, one after the other."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._client = means.client
        self._rules = means.settings.pay

    def carry_out(self, task: Task) -> Outcome:
        """Raises RecordTrouble for a refusal, `refusals.later` for a pause, and any trouble of Sage 300."""
        batch = self.own_batch(task.wish)
        if batch is None:
            batch = self._enter(task)
        elif batch.status not in (POSTED, POST_IN_PROGRESS):
            batch = self._checked(task, batch)
        with _standing(task.wish, batch):
            return self._bring_on(task, batch)

    def own_batch(self, wish: Wish) -> BatchHeader | None:
        """The batch that pays this document for us; None where there is none. Refuses when there are several.

        One that was deleted does not count, nor one whose payment Sage 300 refused to post.
        """
        found = payments.find_payment_batches(self._client, batch_key(wish))
        standing = [each for each in found if each.status != DELETED and not (each.status == POSTED and each.errors)]
        if len(standing) > 1:
            numbers = " and ".join(f"{each.number} ({_in_words(each.status)})" for each in standing)
            raise refused(
                wish,
                "actions.two-batches",
                f"Sage 300 has several payment batches for it: {numbers}. None of them was posted now.",
                f"Delete all but one in Sage 300, the posted one if there is one being that one. {ASK_AGAIN}",
            )
        return standing[0] if standing else None

    def _enter(self, task: Task) -> BatchHeader:
        """A new batch, of which it is certain that it is the only one and says what was wanted."""
        posted = self._guard(task)
        self._see_others(task.wish, None)
        wanted = self._wanted(task.wish, posted)
        with writing(task, self._means.ledgers):
            made = payments.create_payment_batch(self._client, wanted)
        with _standing(task.wish, made.header):
            only = self.own_batch(task.wish)
            if only is None or only.number != made.header.number:
                raise refused(
                    task.wish,
                    "actions.batch-lost",
                    f"Payment batch {made.header.number} was entered, and is not found by its description.",
                    "Look for it in Sage 300, and delete it if it is there.",
                )
        return only

    def _checked(self, task: Task, batch: BatchHeader) -> BatchHeader:
        """The batch, once nothing speaks against posting it; or as it is now, if it has been posted while we looked, by
        a request whose answer was lost: then the document looks paid, and it is we who have paid it."""
        with _standing(task.wish, batch):
            try:
                self._check(task, batch)
            except RecordTrouble:
                now = payments.read_payment_batch_header(self._client, batch.number)
                if now.status not in (POSTED, POST_IN_PROGRESS):
                    raise
                return now
        return batch

    def _check(self, task: Task, batch: BatchHeader) -> None:
        """A batch that was entered before is as it was wanted, and may still be posted."""
        posted = self._guard(task)
        self._see_others(task.wish, batch.number)
        payments.check_payment(payments.read_payment_batch(self._client, batch.number), self._wanted(task.wish, posted))

    def _guard(self, task: Task) -> PostedDocument:
        """The document as it stands in the books, once everything speaks for paying it."""
        wish, rules, means = task.wish, self._rules, self._means
        guards.may_do_it(wish, rules, lambda: means.groups_of(wish))
        guards.within_limit(wish, rules)
        if means.ledgers.being_approved(wish.document_key):
            got = "Its approval, which was asked for as well, is being carried out."
            raise later(wish, "actions.approval-first", got, APPROVAL_SECONDS)
        posted = self._posted(wish)
        guards.still_open(wish, posted.outstanding)
        guards.as_shown(wish, posted.outstanding)
        vendor = read_vendor(self._client, wish.document.vendor)
        guards.vendor_free(wish, vendor)
        invoice = self._invoice(wish)
        guards.not_on_hold(wish, bool(invoice.get("on_hold")))
        guards.not_by_who_entered(wish, rules, str(invoice.get("entered_by") or ""), means.settings.sage_users)
        approved = means.ledgers.approval_of(wish.document_key)
        guards.not_by_who_approved(wish, rules, approved)
        guards.unchanged(wish, approved, facts_of(posted, vendor))
        guards.period_open(wish, means.calendar, means.settings.today())
        guards.bank_usable(wish, rules.bank, means.banks)
        if approved and approved != wish.content["approved"]:
            means.ledgers.note(task.delivery, approved=approved)
        return posted

    def _posted(self, wish: Wish) -> PostedDocument:
        if wish.document.kind == DocumentType.CREDIT_NOTE.slug:
            raise refused(
                wish,
                "actions.not-payable",
                "It is a credit note: the vendor owes it to us.",
                "Apply it to an invoice in Sage 300.",
            )
        try:
            posted = read_posted_document(self._client, wish.document.vendor, wish.document.number)
        except RecordTrouble as trouble:
            if trouble.code != NOT_FOUND:
                raise
            posted = None
        if posted is None or posted.key != wish.document:
            raise refused(
                wish, "actions.not-posted", "It is not posted in Sage 300.", f"Post its batch first. {ASK_AGAIN}"
            )
        return posted

    def _invoice(self, wish: Wish) -> Mapping[str, object]:
        """As our ledger has it: a posted batch does not change any more."""
        return self._means.ledgers.invoice(wish.document_key) or {}

    def _see_others(self, wish: Wish, own: int | None) -> None:
        """A batch that somebody else has entered, or selected with Sage 300's own means, must not pay it too."""
        for header in payments.list_payment_batches(self._client, not_posted=True):
            empty = header.status != "" and not header.entries
            if header.number == own or empty:
                continue
            try:
                batch = payments.read_payment_batch(self._client, header.number)
            except RecordTrouble as trouble:
                if trouble.code != NOT_FOUND:
                    raise
                continue
            if _pays(batch, wish):
                raise refused(
                    wish,
                    "actions.paid-elsewhere",
                    f"Payment batch {header.number} in Sage 300 is about to pay it already.",
                    f"Post or delete that batch in Sage 300. {ASK_AGAIN}",
                )

    def _wanted(self, wish: Wish, posted: PostedDocument) -> NewPayment:
        today = self._means.settings.today()
        return NewPayment(
            description=description(wish),
            bank=self._rules.bank,
            batch_date=today,
            vendor=wish.document.vendor,
            amount=posted.outstanding,
            payment_date=today,
            applied=applied_to(wish, posted),
        )

    def _bring_on(self, task: Task, batch: BatchHeader) -> Outcome:
        """The next step for the batch."""
        if batch.status == OPEN and self._rules.ready:
            with writing(task, self._means.ledgers):
                payments.mark_payments_ready(self._client, batch.number)
            if self._rules.post:
                raise pause(task.wish)
            batch = payments.read_payment_batch_header(self._client, batch.number)
        elif batch.status == READY_TO_POST and self._rules.post:
            with writing(task, self._means.ledgers):
                payments.post_payments(self._client, batch.number)
            batch = payments.read_payment_batch_header(self._client, batch.number)
        return self._told(task.wish, batch)

    def _told(self, wish: Wish, batch: BatchHeader) -> Outcome:
        """What it has come to; raises when Sage 300 has still something to do, or refused."""
        paid = f"{in_words(wish.amount)} for {wish.document.number} to {wish.vendor}"
        where = f"payment batch {batch.number}"
        if batch.status == POSTED:
            if batch.errors:
                raise self._posting_refused(wish, batch)
            if not _pays(payments.read_payment_batch(self._client, batch.number), wish):
                raise _pays_something_else(wish, batch)
            left = self._posted(wish).outstanding
            rest = f" {in_words(left)} of it is still open." if left.amount else ""
            return Outcome(State.POSTED, batch.number, 1, f"Paid. {paid} is posted ({where}).{rest}", str(left))
        if batch.status == READY_TO_POST and not self._rules.post:
            return _left_to_people(State.READY, batch, f"{paid} is ready to post ({where}); it is posted in Sage 300.")
        if batch.status == OPEN and not self._rules.ready:
            return _left_to_people(State.ENTERED, batch, f"{paid} is entered ({where}); it is set ready in Sage 300.")
        raise still_posting(wish, f"Payment batch {batch.number}")

    def _posting_refused(self, wish: Wish, batch: BatchHeader) -> RecordTrouble:
        found = posting_errors(self._client, batch.posting_sequence)
        said = "; ".join(each.message.rstrip(".") for each in found if each.batch == batch.number)
        return refused(
            wish,
            "actions.posting-refused",
            f"Sage 300 refused to post payment batch {batch.number}: {said or 'it gives no reason'}.",
            f"Delete the batch of errors that Sage 300 has made of it, and correct what it names. {ASK_AGAIN}",
        )


def applied_to(wish: Wish, posted: PostedDocument) -> Sequence[AppliedPayment]:
    """All of what is open. Sage 300 tells it for the document, not for each instalment: of several, either all are
    open or it is not known which."""
    scheduled = wish.content["invoice"].get("schedule") or ()
    if len(scheduled) < 2:
        number = scheduled[0]["number"] if scheduled else 1
        return [AppliedPayment(wish.document.number, number, posted.outstanding)]
    parts = [
        AppliedPayment(wish.document.number, each["number"], Money.from_text(each["amount"])) for each in scheduled
    ]
    if sum(each.amount.amount for each in parts) != posted.outstanding.amount:
        raise refused(
            wish,
            "actions.instalments",
            f"It has {len(parts)} instalments, and is paid in part: Sage 300 does not tell which are open.",
            "Pay the rest in Sage 300.",
        )
    return parts


@contextmanager
def _standing(wish: Wish, batch: BatchHeader) -> Iterator[None]:
    """A refusal while our batch stands there says so: somebody could post it."""
    try:
        yield
    except RecordTrouble as trouble:
        if batch.status == POSTED or trouble.code in ("actions.two-batches", "actions.posting-refused", DIFFERS):
            raise
        advice = (
            f"Payment batch {batch.number} stands in Sage 300, and was not posted: delete it there unless "
            f"{wish.document.number} is to be paid after all."
        )
        raise with_advice(trouble, advice) from None


def _left_to_people(state: State, batch: BatchHeader, said: str) -> Outcome:
    return Outcome(state, batch.number, 1, f"Payment made ready. {said}")


def _pays(batch: PaymentBatch, wish: Wish) -> bool:
    """What cannot be read of the same vendor may pay it."""
    vendor, number = wish.document.vendor, wish.document.number
    return any(
        payment.vendor_number == vendor and any(each.document_number == number for each in payment.applied)
        for payment in batch.payments
    ) or any(str(each.payload.get("VendorNumber")) == vendor for each in batch.rejected)


def _pays_something_else(wish: Wish, batch: BatchHeader) -> RecordTrouble:
    """Somebody has given our key to a batch of his own, or changed ours while it was posted."""
    got = f"Payment batch {batch.number} in Sage 300 carries our key for it and is posted, and does not pay it."
    remedy = f"Find out who entered or changed that batch, and pay {wish.document.number} in Sage 300 if that is right."
    return refused(wish, "actions.pays-something-else", got, remedy)


def _in_words(status: str) -> str:
    return {OPEN: "open", READY_TO_POST: "ready to post", POSTED: "posted"}.get(status, status)
