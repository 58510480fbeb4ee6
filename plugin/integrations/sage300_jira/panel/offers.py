"""Which actions a document can be offered, with its figures and what would happen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from plugin.integrations.amounts import in_words
from plugin.integrations.attributes import day
from plugin.integrations.panels import Offer, Sheet
from plugin.integrations.sage300_jira.actions import guards
from plugin.integrations.sage300_jira.actions.facts import Facts, facts_of
from plugin.integrations.sage300_jira.actions.ledgers import Known, approval
from plugin.integrations.sage300_jira.actions.outcome import State
from plugin.integrations.sage300_jira.actions.settings import Action, ActionSettings, ApproveRules, PayRules
from plugin.integrations.sage300_jira.actions.wish import Wish, action_key
from plugin.integrations.sage300_jira.actions.wishes import CAN_CHANGE
from plugin.jira.values import Value
from plugin.store.models import LedgerEntry, Stream
from plugin.sync.causes import IGNORED, PARKED
from sage_adapters.errors import RecordTrouble
from sage_adapters.records import DocumentType, InvoiceStatus, Money, PostedDocument, Vendor, from_json

YOU = "You"
"""How whoever looks is called in what speaks against it."""


def entries(sheet: Sheet, stream: Stream) -> Sequence[LedgerEntry]:
    """What was asked for of the document so far, the oldest first. `stream` is that of the actions."""
    mine = LedgerEntry.stream_id == stream.id, LedgerEntry.belongs_to == sheet.entry.document_key
    return sheet.session.scalars(select(LedgerEntry).where(*mine).order_by(LedgerEntry.id)).all()


def offered(sheet: Sheet, stream: Stream, settings: ActionSettings, visitor: str) -> Iterator[Offer]:
    """The approval first."""
    bid = _Bid(sheet, settings, visitor, {entry.document_key: entry for entry in entries(sheet, stream)})
    if _may(settings.approve, visitor) and bid.can_be_approved():
        yield bid.approval()
    if _may(settings.pay, visitor) and bid.can_be_paid():
        yield bid.payment()


def _may(rules: ApproveRules | PayRules, visitor: str) -> bool:
    """Certainly not, or perhaps."""
    return visitor in rules.users or bool(rules.groups)


@dataclass(frozen=True)
class _Bid:
    """A document and whoever looks at it. `asked`: by key, what was asked for of it."""

    sheet: Sheet
    settings: ActionSettings
    visitor: str
    asked: Mapping[str, LedgerEntry]

    # Whether it makes sense

    def can_be_approved(self) -> bool:
        """Until it is posted; after that where only an approved document may be paid."""
        entry, status = self._asked("approve"), str(self.sheet.content["status"])
        if self.sheet.entry.gone_at is not None or not self._open_to(entry, status):
            return False
        if status == InvoiceStatus.POSTED.value:
            eyes = self.settings.pay.on and self.settings.pay.four_eyes
            return eyes and self.approved is None and self._is_owed()
        return status in CAN_CHANGE or (status == InvoiceStatus.READY_TO_POST.value and self.approved is None)

    def can_be_paid(self) -> bool:
        entry = self._asked("pay")
        begins = entry is None or entry.state in (PARKED, IGNORED)
        return begins and self._is_owed()

    def _open_to(self, entry: LedgerEntry | None, status: str) -> bool:
        """An approval is asked for once, and again when it was refused or the document has come open again since."""
        if entry is None or entry.state in (PARKED, IGNORED):
            return True
        waits = (entry.content.get("outcome") or {}).get("state") == State.WAITING
        read_since = entry.settled_at is not None and self.sheet.entry.read_at > entry.settled_at
        return entry.state == "settled" and not waits and read_since and status in CAN_CHANGE

    def _is_owed(self) -> bool:
        posted, kind = self.sheet.content["posted"], DocumentType(self.sheet.content["document_type"])
        return bool(posted) and kind.raises_debt and Money.from_text(posted["outstanding"]).amount > 0

    # What it would be

    def approval(self) -> Offer:
        amount = Money.from_text(self.sheet.content["amount"])
        wish = self._wish("approve", amount)
        return self._offer(wish, "Approve", self._approval_figures(), self._approving(), self._against(wish))

    def payment(self) -> Offer:
        amount = Money.from_text(self.sheet.content["posted"]["outstanding"])
        wish = self._wish("pay", amount)

        def checks() -> None:
            self._against(wish)()
            guards.not_by_who_approved(wish, self.settings.pay, self.approved)
            if self.approved and self._vendor:
                guards.unchanged(wish, self.approved, facts_of(self._posted, self._vendor))

        figures = [*self._figures(), ("Still open", amount), ("Bank", self.settings.pay.bank)]
        if self.approved:
            figures.append(("Approved by", self.approved["by_name"] or "somebody"))
        return self._offer(wish, f"Pay {in_words(amount)}", figures, self._paying(amount), checks)

    def _offer(
        self,
        wish: Wish,
        label: str,
        figures: Sequence[tuple[str, Value]],
        steps: Sequence[str],
        checks: Callable[[], None],
    ) -> Offer:
        shown = [(name, value) for name, value in figures if value not in (None, "")]
        try:
            checks()
        except RecordTrouble as trouble:
            return Offer(wish.action, label, wish.amount, shown, steps, trouble.got, trouble.remedy)
        return Offer(wish.action, label, wish.amount, shown, steps)

    def _against(self, wish: Wish) -> Callable[[], None]:
        """The guards that need nothing but what our ledgers know."""
        content, settings = self.sheet.content, self.settings
        rules = settings.rules(wish.action)

        def checks() -> None:
            guards.within_limit(wish, rules)
            guards.not_by_who_entered(wish, rules, str(content.get("entered_by") or ""), settings.sage_users)
            if self._vendor:
                guards.vendor_free(wish, self._vendor)
            guards.not_on_hold(wish, bool(content["on_hold"]))

        return checks

    def _approving(self) -> list[str]:
        rules, content = self.settings.approve, self.sheet.content
        kept = "Your approval is kept with the amount and the vendor's bank as they are now; a payment is held to that."
        if content["status"] == InvoiceStatus.POSTED.value:
            return ["It is posted already, so that nothing is changed in Sage 300.", kept]
        batch, to_do = f"Batch {content['batch']}", "posted" if rules.post else "left to be posted in Sage 300"
        if rules.whole_batch:
            when = "As soon as every document in it is approved, "
            return [f"{when}{batch.lower()} is set ready to post in Sage 300, and {to_do}.", kept]
        return [f"{batch} is set ready to post in Sage 300, with everything in it, and {to_do}.", kept]

    def _paying(self, amount: Money) -> list[str]:
        rules = self.settings.pay
        made = f"A payment batch over {in_words(amount)} from bank {rules.bank} is made"
        if rules.post:
            return [f"{made} and posted.", "What is posted cannot be taken back here, only in Sage 300."]
        if rules.ready:
            return [f"{made} and set ready to post.", "It is posted by somebody in Sage 300."]
        return [f"{made}.", "It is set ready and posted by somebody in Sage 300."]

    def _approval_figures(self) -> list[tuple[str, Value]]:
        content = self.sheet.content
        return [*self._figures(), ("Batch and entry", f"{content['batch']}, {content['entry']}")]

    def _figures(self) -> list[tuple[str, Value]]:
        content, key = self.sheet.content, self.sheet.entry
        return [
            ("Vendor", f"{content['vendor_name']} {key.vendor}".strip()),
            (str(content["document_type"]), key.number),
            ("Amount", Money(key.amount, key.currency)),
            ("Payment due", day(content, "due_date")),
            ("Terms", str(content.get("terms") or "")),
        ]

    # What is known

    @property
    def approved(self) -> Facts | None:
        entry = self._asked("approve")
        return approval(Known(entry.content, entry.state) if entry else None)

    @property
    def _vendor(self) -> Vendor | None:
        told = self.sheet.content["vendor_record"]
        record = from_json("vendor", told) if told else None
        return record if isinstance(record, Vendor) else None

    @property
    def _posted(self) -> PostedDocument:
        record = from_json("posted-document", self.sheet.content["posted"])
        assert isinstance(record, PostedDocument)
        return record

    def _asked(self, action: Action) -> LedgerEntry | None:
        return self.asked.get(action_key(action, self.sheet.entry.document_key))

    def _wish(self, action: Action, amount: Money) -> Wish:
        """As it would be made now."""
        entry = self.sheet.entry
        return Wish(
            {
                "action": action,
                "document_key": entry.document_key,
                "amount": str(amount),
                "actor": self.visitor,
                "actor_name": YOU,
                "vendor_name": entry.vendor_name,
                "issue_key": entry.target_key,
            }
        )
