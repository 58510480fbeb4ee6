"""The delivering half: takes pending entries of the ledger, and settles what became of them.

Before anything is sent the intent is durable (`sending`). A worker that dies leaves
such entries behind; the next one makes them `uncertain` and asks the target what it has, so that nothing is sent
twice (DESIGN, promise 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from plugin.store.models import JsonObject, LedgerEntry
from plugin.sync import ladder, ledger
from plugin.sync.companions import Companions
from plugin.sync.counterfoils import Stub, newest_made
from plugin.sync.documents import (
    Delayed,
    Delivery,
    Found,
    Held,
    Outcome,
    Payload,
    Refused,
    Settled,
    There,
    Unconfirmed,
)
from plugin.sync.ledger import Arrival, Move
from plugin.sync.ports import Target
from plugin.sync.turn import Turn
from sage_adapters.errors import RecordTrouble, Trouble, UncertainOutcome

ASKED_AT_ONCE = 50


@dataclass
class Settlement:
    """What a settlement has counted, the trouble that should stop further deliveries, if any, and whether the target
    has answered about a document. `delayed_until`: when the first of those that wait may go again."""

    created: int = 0
    updated: int = 0
    linked: int = 0
    in_part: int = 0
    failed: int = 0
    trouble: Trouble | None = None
    answered: bool = False
    delayed_until: datetime | None = None


@dataclass(frozen=True)
class Taken:
    """Entries made ready to send, how many were looked at for it, and how many of these had to be parked."""

    deliveries: list[Delivery]
    looked_at: int
    failed: int


@dataclass(frozen=True)
class Doubtful:
    """Deliveries whose outcome the target is asked about. By series, it had made `after` before any was sent."""

    deliveries: list[Delivery]
    after: Mapping[str, str]


@dataclass(frozen=True)
class Delivering:
    """Delivers entries of one stream's ledger to its target.

    Every method that writes expects the stream's lease to be held in the same transaction.
    """

    stream_id: int
    target: Target
    companions: Companions
    uncertain_wait: timedelta

    def doubt_abandoned(self, session: Session) -> None:
        """What another worker was sending when it died may have arrived, or may still be arriving."""
        abandoned = select(LedgerEntry.id).where(self._mine, LedgerEntry.state == "sending")
        now = datetime.now(UTC)
        ask_at = now + self.uncertain_wait
        ledger.write(session, [ledger.uncertain(each, ABANDONED, now, ask_at) for each in session.scalars(abandoned)])

    def take(self, turn: Turn, *, new: bool) -> Taken:
        """The next entries to create (`new`) or to update, with their intent written down.

        Entries that would change nothing at the target are settled here, those it could not express are parked here,
        and those that shall not be made, or not yet, are put aside.
        """
        limit = self.target.creations_per_call if new else self.target.updates_per_call
        entries = self._next_pending(turn.session, new, limit)
        now = datetime.now(UTC)
        moves: list[Move] = []
        deliveries: list[Delivery] = []
        failed = 0
        for entry, told in zip(entries, self.companions.complete(turn.session, entries), strict=True):
            if new and told.left_out:
                moves.append(ledger.left_out(entry.id))
                continue
            if new and told.wait:
                moves.append(ledger.waiting(entry.id, now + told.wait))
                continue
            try:
                payload = self.target.payload(told.content, entry.corrections)
            except RecordTrouble as trouble:
                failed += 1
                moves.append(ledger.parked(entry.id, trouble, now))
                parked = ledger.delivery_of(entry, NOTHING, told.content)
                turn.chain.add(self._stub("parked", parked, trouble=trouble))
                continue
            if payload.hash == entry.payload_hash:
                moves.append(ledger.in_step(entry.id, now, payload.closed))
                continue
            moves.append(ledger.sending(entry.id, turn.chain.length))
            deliveries.append(ledger.delivery_of(entry, payload, told.content))
        ledger.write(turn.session, moves)
        return Taken(deliveries, looked_at=len(entries), failed=failed)

    def settle(self, turn: Turn, deliveries: Sequence[Delivery], outcomes: Sequence[Outcome]) -> Settlement:
        """Write down what became of `deliveries`."""
        now = datetime.now(UTC)
        settlement = Settlement(answered=not all(isinstance(each, Held | Unconfirmed) for each in outcomes))
        arrivals: list[Arrival] = []
        moves: list[Move] = []
        for delivery, outcome in zip(deliveries, outcomes, strict=True):
            match outcome:
                case Settled(target_id, target_key, in_part):
                    new = delivery.target_id is None
                    settlement.created += new
                    settlement.updated += not new
                    settlement.in_part += in_part
                    arrivals.append(_arrival(delivery, target_id, target_key, in_part))
                    turn.chain.add(self._stub("created" if new else "updated", delivery, target_key))
                case There(found):
                    settlement.linked += 1
                    arrivals.append(_found(delivery, found))
                    turn.chain.add(self._stub("found", delivery, found.target_key))
                case Refused(trouble):
                    settlement.failed += 1
                    moves.append(ledger.parked(delivery.entry_id, trouble, now))
                    turn.chain.add(self._stub("parked", delivery, trouble=trouble))
                case Held(trouble, sent):
                    settlement.trouble = trouble
                    move = self._in_vain(turn, delivery, now) if sent else ledger.untried(delivery.entry_id)
                    moves.append(move)
                case Delayed(trouble):
                    until = now + ladder.told(trouble)
                    settlement.delayed_until = min(until, settlement.delayed_until or until)
                    moves.append(ledger.untried(delivery.entry_id, until))
                case Unconfirmed(trouble):
                    settlement.trouble = settlement.trouble or trouble
                    moves.append(ledger.uncertain(delivery.entry_id, trouble, now, now + self.uncertain_wait))
        ledger.write(turn.session, moves)
        ledger.write_arrivals(turn.session, arrivals, now)
        return settlement

    def doubtful(self, session: Session) -> Doubtful:
        """Uncertain entries whose target has had its time, as they would be delivered today.

        Their `tries` is how often they were sent before the time that is in doubt.
        """
        entries = session.scalars(
            select(LedgerEntry)
            .where(self._mine, LedgerEntry.state == "uncertain", LedgerEntry.next_try_at <= datetime.now(UTC))
            .limit(ASKED_AT_ONCE)
        ).all()
        before = min((entry.sending_after or 0 for entry in entries), default=0)
        deliveries = [
            replace(ledger.delivery_of(entry, self._payload(told.content, entry), told.content), tries=entry.tries - 1)
            for entry, told in zip(entries, self.companions.complete(session, entries), strict=True)
        ]
        return Doubtful(
            deliveries, newest_made(session, self.stream_id, self.target.system, self.target.series, before)
        )

    def resolve(self, turn: Turn, deliveries: Sequence[Delivery], found: Mapping[str, Found]) -> Settlement:
        """Settle doubtful entries by what the target said it has; what it has not, or not this version, goes out."""
        settlement = Settlement()
        arrivals: list[Arrival] = []
        moves: list[Move] = []
        now = datetime.now(UTC)
        for delivery in deliveries:
            there = found.get(delivery.document_key)
            if there is None:
                moves.append(self._in_vain(turn, delivery, now))
                continue
            settlement.created += delivery.target_id is None
            arrivals.append(_found(delivery, there))
            turn.chain.add(self._stub("found", delivery, there.target_key))
        ledger.write(turn.session, moves)
        ledger.write_arrivals(turn.session, arrivals, now)
        return settlement

    @property
    def _mine(self) -> ColumnElement[bool]:
        return LedgerEntry.stream_id == self.stream_id

    def _next_pending(self, session: Session, new: bool, limit: int) -> Sequence[Any]:
        """Those above suspicion first; when there are no others, one that may be what its calls have failed on."""
        landed = LedgerEntry.target_id.is_(None) if new else LedgerEntry.target_id.is_not(None)
        waits = ledger.waits(datetime.now(UTC))
        waiting = select(*ledger.DELIVERED_COLUMNS).where(self._mine, waits, landed)
        suspect = LedgerEntry.tries >= ladder.ALONE_AFTER
        return (
            session.execute(waiting.where(~suspect).order_by(LedgerEntry.id).limit(limit)).all()
            or session.execute(waiting.where(suspect).order_by(LedgerEntry.tries, LedgerEntry.id).limit(1)).all()
        )

    def _in_vain(self, turn: Turn, delivery: Delivery, now: datetime) -> Move:
        """What becomes of a document that was sent and has certainly not arrived, through no answer about itself."""
        tries = delivery.tries + 1
        if tries <= ladder.ALONE_AFTER:
            return ledger.pending(delivery.entry_id)
        if tries >= ladder.PARKED_AFTER and self._others_arrived(turn.session, delivery.entry_id):
            trouble = _fails_alone(self.target.system, tries)
            turn.chain.add(self._stub("parked", delivery, trouble=trouble))
            return ledger.parked(delivery.entry_id, trouble, now)
        return ledger.set_aside(delivery.entry_id, now + ladder.wait_alone(tries), now)

    def _others_arrived(self, session: Session, entry_id: int) -> bool:
        """Whether the target took documents of this stream since this one has begun to fail."""
        since = select(LedgerEntry.failing_since).where(LedgerEntry.id == entry_id).scalar_subquery()
        others = select(LedgerEntry.id).where(
            self._mine, LedgerEntry.state == "settled", LedgerEntry.settled_at > since
        )
        return session.scalars(others.limit(1)).first() is not None

    def _payload(self, content: JsonObject, entry: LedgerEntry) -> Payload:
        try:
            return self.target.payload(content, entry.corrections)
        except RecordTrouble:
            return NOTHING  # a newer version that cannot be expressed: parked when it is taken

    def _stub(
        self, action: str, delivery: Delivery, target_key: str | None = None, trouble: Trouble | None = None
    ) -> Stub:
        return Stub.of(
            action,
            delivery,
            target=" ".join(filter(None, (self.target.system, target_key or delivery.target_key))),
            outcome="refused" if trouble else "done",
            detail={"trouble": ladder.describe(trouble)} if trouble else {},
        )


NOTHING = Payload.of({})
OLDER = 0
"""A version that no entry has: what the target holds is not the latest."""
ABANDONED = UncertainOutcome(
    code="sync.worker-died",
    tried="Delivering this document.",
    got="The worker stopped before the answer was written down.",
    remedy="Nothing to do: the target is asked what it has.",
)


def _fails_alone(system: str, tries: int) -> RecordTrouble:
    return RecordTrouble(
        tried="Delivering this document by itself.",
        got=f"{system.capitalize()} failed on it {tries} times, and took others meanwhile.",
        remedy="Look for what is unusual about it, correct it in its own system or here, and try it again.",
        code="sync.fails-alone",
    )


def _arrival(delivery: Delivery, target_id: str, target_key: str, in_part: bool) -> Arrival:
    version, payload_hash = (OLDER, "") if in_part else (delivery.version, delivery.payload.hash)
    return Arrival(delivery.entry_id, version, target_id, target_key, payload_hash, delivery.payload.closed)


def _found(delivery: Delivery, there: Found) -> Arrival:
    """What the target has is the latest version, or else has to be updated."""
    version = delivery.version if there.payload_hash == delivery.payload.hash else OLDER
    return Arrival(
        delivery.entry_id,
        version,
        there.target_id,
        there.target_key,
        there.payload_hash or "",
        delivery.payload.closed,
    )
