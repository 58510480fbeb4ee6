"""Enters wishes into the ledger of actions: from a transition that a webhook or a sweep tells of, or from the panel.

There is one entry for each document and action, for ever. A wish is known by its id: told again, by whomever, it
changes nothing. Another wish begins anew only where the one before was refused, or has not come to anything in Sage
300; else it is written down that it was made, and what stands in its way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.sage300_jira.actions.facts import differ, facts_shown
from plugin.integrations.sage300_jira.actions.ledgers import ACTIONS, INVOICES, POSTED, VENDORS, approval, as_of, known
from plugin.integrations.sage300_jira.actions.outcome import State
from plugin.integrations.sage300_jira.actions.settings import Action
from plugin.integrations.sage300_jira.actions.source import WishSource
from plugin.integrations.sage300_jira.actions.wish import action_key
from plugin.store.models import JsonObject, LedgerEntry, Stream
from plugin.sync.causes import IGNORED, PARKED
from plugin.sync.counterfoils import Stub
from plugin.sync.documents import Document, Page
from plugin.sync.failures import NotPossible
from plugin.sync.intake import Intake
from plugin.sync.turn import between_passes
from sage_adapters.records import DocumentKey, Money

PANEL = "panel"
CAN_CHANGE = frozenset({"Open", "On hold"})
"""Statuses of a document whose batch is not, or no longer, ready to post."""


@dataclass(frozen=True)
class Asked:
    """What somebody has asked for. `actor` is an account id, `id` the changelog's id of the transition or the token of
    the panel's form, `via` "transition", "sweep" or PANEL. `at` is by Jira's clock, or by ours for the panel. `amount`:
    what the person was shown, as money; None where that is what our ledger says."""

    action: Action
    document_key: str
    issue_id: str
    issue_key: str
    actor: str
    actor_name: str
    at: datetime
    via: str
    id: str
    amount: str | None = None


class Answer(StrEnum):
    """What becomes of a wish."""

    ENTERED = "entered"
    REPEATED = "repeated"
    """It was told before."""
    UNDER_WAY = "under-way"
    """The same was wished before, and is being done."""
    WAITING = "waiting"
    """It was approved already and waits for others; whether it still has to is looked at once more."""
    DONE = "done"
    """It is done already."""
    OUTDATED = "outdated"
    """A later wish was told of first."""


def wish(session: Session, stream: Stream, asked: Asked) -> Answer:
    """Enters a wish into the ledger of `stream`, the actions of an integration, in a transaction that may write.

    The stream is due then; nothing is called. Raises NotPossible when there is no such document.
    """
    key = action_key(asked.action, asked.document_key)
    with between_passes(session, stream.id) as turn:
        mine = select(LedgerEntry).where(LedgerEntry.stream_id == stream.id, LedgerEntry.document_key == key)
        entry = session.scalars(mine.execution_options(populate_existing=True)).one_or_none()
        answer = _answer(session, stream, entry, asked)
        if answer is Answer.REPEATED:
            return answer
        earlier = [*entry.content["wishes"], asked.id] if entry else [asked.id]
        if answer in (Answer.ENTERED, Answer.WAITING):
            if answer is Answer.WAITING and entry is not None:
                document = _once_more(entry, asked, earlier)
            else:
                document = _document(session, stream.integration_id, key, asked, earlier)
            turn.chain.add(_stub(document, asked, answer))
            Intake(stream.id, WishSource()).take(turn, Page((document,), ()))
            turn.note(due_at=datetime.now(UTC))
        elif entry is not None:
            entry.content = {**entry.content, "wishes": earlier}
            turn.chain.add(_stub(entry, asked, answer))
        session.flush()
    return answer


def _answer(session: Session, stream: Stream, entry: LedgerEntry | None, asked: Asked) -> Answer:
    if entry is None:
        return Answer.ENTERED
    content = entry.content
    if asked.id in content["wishes"]:
        return Answer.REPEATED
    one_clock = PANEL not in (asked.via, content["via"])
    if one_clock and asked.at < datetime.fromisoformat(content["wished_at"]):
        return Answer.OUTDATED
    if entry.state in (PARKED, IGNORED):
        return Answer.ENTERED
    if entry.state != "settled":
        return Answer.UNDER_WAY
    if asked.action == "pay":
        return Answer.DONE  # never twice
    # What was changed after its approval can be approved as it is now, posted or not: else it could never be paid.
    if _changed_since(session, stream.integration_id, entry, asked):
        return Answer.ENTERED
    if (entry.content.get("outcome") or {}).get("state") == State.WAITING:
        return Answer.WAITING
    return Answer.ENTERED if _was_reopened(session, stream, entry, asked) else Answer.DONE


def _was_reopened(session: Session, stream: Stream, entry: LedgerEntry, asked: Asked) -> bool:
    """Whether people have opened the batch of an approval again since."""
    of_invoice = (
        select(LedgerEntry.content, LedgerEntry.read_at)
        .join(Stream, Stream.id == LedgerEntry.stream_id)
        .where(
            Stream.integration_id == stream.integration_id,
            Stream.name == INVOICES,
            LedgerEntry.document_key == asked.document_key,
        )
    )
    invoice = session.execute(of_invoice).one_or_none()
    if invoice is None or entry.settled_at is None or invoice.read_at <= entry.settled_at:
        return False
    return invoice.content.get("status") in CAN_CHANGE


def _changed_since(session: Session, integration_id: int, entry: LedgerEntry, asked: Asked) -> bool:
    """Whether anything that stops a payment differs from what was approved."""
    before = entry.content.get("approved")
    now = datetime.now(UTC)
    invoice = as_of(session, integration_id, INVOICES, asked.document_key, now)
    vendor = as_of(session, integration_id, VENDORS, _vendor_key(asked), now)
    return before is None or invoice is None or differ(before, facts_shown(invoice, vendor))


def _once_more(entry: LedgerEntry, asked: Asked, wishes: list[str]) -> Document:
    """The approval stays that of whoever gave it: another who asks, allowed or not, neither undoes nor takes it."""
    return Document(
        key=entry.document_key,
        unit=entry.kind,
        content={**entry.content, "wish": asked.id, "wishes": wishes},
        kind=entry.kind,
        number=entry.number,
        vendor=entry.vendor,
        vendor_name=entry.vendor_name,
        amount=entry.amount,
        currency=entry.currency,
        document_date=entry.document_date,
        belongs_to=entry.belongs_to,
    )


def _document(session: Session, integration_id: int, key: str, asked: Asked, wishes: list[str]) -> Document:
    """With the figures that were shown when it was asked for: it may be told of late, after they have changed."""
    invoice = as_of(session, integration_id, INVOICES, asked.document_key, asked.at)
    if invoice is None or "unreadable" in invoice:
        raise NotPossible("Counterfoil knows no document of Sage 300 for this issue.")
    posted = as_of(session, integration_id, POSTED, asked.document_key, asked.at)
    vendor = as_of(session, integration_id, VENDORS, _vendor_key(asked), asked.at)
    document = DocumentKey.from_text(asked.document_key)
    figures = _figures(invoice, posted)
    amount = asked.amount or (figures["outstanding"] if asked.action == "pay" else figures["amount"])
    money = Money.from_text(amount)
    content: JsonObject = {
        "key": key,
        "action": asked.action,
        "document_key": asked.document_key,
        "issue_id": asked.issue_id,
        "issue_key": asked.issue_key,
        "actor": asked.actor,
        "actor_name": asked.actor_name,
        "wished_at": asked.at.isoformat(),
        "via": asked.via,
        "wish": asked.id,
        "wishes": wishes,
        "amount": amount,
        "vendor_name": invoice["vendor_name"],
        "invoice": figures,
        "approved": _approved(session, integration_id, asked),
        "seen": facts_shown(invoice, vendor),
    }
    return Document(
        key=key,
        unit=asked.action,
        content=content,
        kind=asked.action,
        number=document.number,
        vendor=document.vendor,
        vendor_name=invoice["vendor_name"],
        amount=money.amount,
        currency=money.currency,
        document_date=asked.at.date(),
        belongs_to=asked.document_key,
    )


def _figures(invoice: Mapping[str, Any], posted: Mapping[str, Any] | None) -> JsonObject:
    """What people were shown of the document when they wished."""
    names = (
        "amount", "document_type", "document_date", "due_date", "posting_date", "status", "terms", "batch", "entry",
        "entered_by", "schedule",
    )  # fmt: skip
    shown = {name: invoice.get(name) for name in names}
    return {**shown, "outstanding": posted["outstanding"] if posted else invoice["amount"]}


def _approved(session: Session, integration_id: int, asked: Asked) -> JsonObject | None:
    """With which facts a document that is to be paid was approved."""
    if asked.action != "pay":
        return None
    key = action_key("approve", asked.document_key)
    facts = approval(known(session, integration_id, ACTIONS, [key]).get(key))
    return dict(facts) if facts else None


def _vendor_key(asked: Asked) -> str:
    document = DocumentKey.from_text(asked.document_key)
    return str(DocumentKey(document.system, document.company, document.vendor, "vendor", document.vendor))


def _stub(subject: Document | LedgerEntry, asked: Asked, answer: Answer) -> Stub:
    """Who asked for what, and what became of it at once."""
    detail = {"asked": asked.action, "via": asked.via, "wish": asked.id, "issue": asked.issue_key, "answer": answer}
    return Stub.of("wished", subject, source=WishSource.system, detail=detail, actor=asked.actor)
