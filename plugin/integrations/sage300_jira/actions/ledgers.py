"""What our own ledgers know of the documents that are approved and paid, and what is noted there of an action.

An action's notes are written in a transaction of their own before its outcome is settled: what was approved must be
known before Sage 300 acts upon it, or it would be lost with the worker. The entry's version stays as it is, so that the
engine takes a note for no new wish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.sage300_jira.actions.facts import Facts
from plugin.integrations.sage300_jira.actions.outcome import APPROVED
from plugin.integrations.sage300_jira.actions.wish import action_key
from plugin.store.database import Database
from plugin.store.models import Counterfoil, LedgerEntry, Stream
from plugin.sync.causes import IGNORED, PARKED
from plugin.sync.documents import Delivery
from plugin.sync.lease import LeaseLost
from plugin.sync.turn import between_passes

INVOICES, POSTED, VENDORS, ACTIONS = "invoices", "posted", "vendors", "actions"
"""Names of the streams whose ledgers are read."""
LEFT_OUT = "left-out"
GOES_ON = frozenset({"pending", "sending", "uncertain"})


@dataclass(frozen=True)
class Known:
    """A document as a ledger has it."""

    content: Mapping[str, Any]
    state: str


def known(session: Session, integration_id: int, stream: str, keys: Iterable[str]) -> dict[str, Known]:
    """By document key, what the ledger of one of an integration's streams has of these."""
    rows = session.execute(
        select(LedgerEntry.document_key, LedgerEntry.content, LedgerEntry.state)
        .join(Stream, Stream.id == LedgerEntry.stream_id)
        .where(
            Stream.integration_id == integration_id,
            Stream.name == stream,
            LedgerEntry.document_key.in_(list(keys)),
        )
    )
    return {row.document_key: Known(row.content, row.state) for row in rows}


def as_of(session: Session, integration_id: int, stream: str, key: str, at: datetime) -> Mapping[str, Any] | None:
    """What the ledger of one of an integration's streams had of a document at that instant: what it has now, less what
    the audit trail says has changed since. None for one that it does not know."""
    found = known(session, integration_id, stream, [key]).get(key)
    if found is None:
        return None
    since = (
        select(Counterfoil.detail)
        .join(Stream, Stream.id == Counterfoil.stream_id)
        .where(
            Stream.integration_id == integration_id,
            Stream.name == stream,
            Counterfoil.document_key == key,
            Counterfoil.action.in_(("changed", "back")),
            Counterfoil.at > at,
        )
        .order_by(Counterfoil.sequence.desc())
    )
    content = dict(found.content)
    for detail in session.scalars(since):
        content.update(
            {each["attribute"]: each["from"] for each in detail.get("changes", ()) if each.get("from") is not None}
        )
    return content


def approval(action: Known | None) -> Facts | None:
    """The facts as they were approved, from the ledger's entry of the approval; None unless it counts as given."""
    if action is None or action.state in (PARKED, IGNORED):
        return None
    outcome = action.content.get("outcome") or {}
    facts: Facts | None = action.content.get("approved")
    return facts if outcome.get("state") in APPROVED else None


@dataclass(frozen=True)
class Intent:
    """One sending of an entry, as its row tells it from every other: the engine raises `tries` with each that came to
    nothing, and the chain of counterfoils grows with each that came to something."""

    entry_id: int
    state: str
    tries: int
    after: int | None


@dataclass(frozen=True)
class Ledgers:
    """The ledgers of one integration, read whenever something has to be decided. `stream_id` is that of its actions."""

    database: Database
    site_id: int
    integration_id: int
    stream_id: int

    def invoice(self, document_key: str) -> Mapping[str, Any] | None:
        """The document's record as it was read last; None if it never was."""
        found = self._known(INVOICES, [document_key]).get(document_key)
        return found.content if found else None

    def approval_of(self, document_key: str) -> Facts | None:
        return self.approvals([document_key]).get(document_key)

    def approvals(self, document_keys: Iterable[str]) -> dict[str, Facts]:
        """By document key: of those that count as approved, the facts with which they were."""
        keys = {action_key("approve", key): key for key in document_keys}
        given = {keys[key]: approval(each) for key, each in self._known(ACTIONS, keys).items()}
        return {key: facts for key, facts in given.items() if facts is not None}

    def being_approved(self, document_key: str) -> bool:
        """Whether an approval of it goes on, or nobody knows yet what became of it."""
        key = action_key("approve", document_key)
        found = self._known(ACTIONS, [key]).get(key)
        return found is not None and found.state in GOES_ON and approval(found) is None

    def left_out(self, document_keys: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """The records, as they were read, of those that the selection of the invoices' stream leaves out: they have no
        issue on which to approve them."""
        return {
            key: each.content for key, each in self._known(INVOICES, document_keys).items() if each.state == LEFT_OUT
        }

    def note(self, delivery: Delivery, **notes: object) -> None:
        """Adds to the content of an action, unless it has become another wish meanwhile."""
        with self.database.writing(self.site_id) as session, between_passes(session, self.stream_id):
            mine = select(LedgerEntry).where(LedgerEntry.id == delivery.entry_id)
            entry = session.scalars(mine).one()
            if entry.version == delivery.version:
                entry.content = {**entry.content, **notes}
                session.flush()

    def intent(self, entry_id: int) -> Intent:
        """What is being sent of an entry."""
        columns = LedgerEntry.id, LedgerEntry.state, LedgerEntry.tries, LedgerEntry.sending_after
        with self.database.reading(self.site_id) as session:
            row = session.execute(select(*columns).where(LedgerEntry.id == entry_id)).one()
        return Intent(*row)

    def hold(self, intent: Intent) -> None:
        """Raises LeaseLost when another worker has taken over since: this one stood still while it asked Sage 300, and
        must not send what it has made ready."""
        if self.intent(intent.entry_id) != intent:
            raise LeaseLost(f"ledger entry {intent.entry_id} is sent by another worker")

    def _known(self, stream: str, keys: Iterable[str]) -> dict[str, Known]:
        with self.database.reading(self.site_id) as session:
            return known(session, self.integration_id, stream, keys)
