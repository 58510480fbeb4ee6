"""Mending what a reconciliation has found, one finding or many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import Finding, JsonObject, LedgerEntry, Sweep
from plugin.sync.counterfoils import Stub
from plugin.sync.turn import Turn, between_passes
from plugin.sync.units import read_again
from sage_adapters.errors import RecordTrouble

IN_THE_LEDGER = ("missing", "different")
IN_THE_TARGET = ("extra", "twice")
REPAIRABLE = (*IN_THE_LEDGER, *IN_THE_TARGET)
PORTION = 200
"""So many findings are repaired in one transaction when all of a verdict are."""


def repair(session: Session, stream_id: int, finding_ids: Sequence[int], actor: str) -> int:
    """Has missing and different documents delivered again, or read again where we never had them; how many.

    The stream becomes due at once.
    """
    now = datetime.now(UTC)
    findings = _unrepaired(session, stream_id, finding_ids, IN_THE_LEDGER)
    with between_passes(session, stream_id) as turn:
        keys = [finding.document_key for finding in findings]
        found = session.scalars(
            select(LedgerEntry).where(LedgerEntry.stream_id == stream_id, LedgerEntry.document_key.in_(keys))
        )
        entries = {entry.document_key: entry for entry in found}
        for finding in findings:
            entry = entries.get(finding.document_key)
            if entry is None or entry.state == "unreadable":
                read_again(session, [stream_id], [finding.unit])
            elif entry.state in ("settled", "parked", "ignored"):
                # The target has lost it, and a person wants it back; unless that has happened meanwhile.
                if finding.verdict == "missing" and finding.target_key == entry.target_key:
                    entry.target_id = entry.target_key = None
                entry.payload_hash = None
                entry.state = "pending"
            _note(turn, finding, "repaired", actor, now)
        session.flush()
        turn.note(due_at=now)
    return len(findings)


def next_portion(session: Session, sweep_id: int, verdict: str, after: int) -> Sequence[int]:
    """Ids of findings behind `after` that are still to be repaired, at most PORTION."""
    left = Finding.sweep_id == sweep_id, Finding.verdict == verdict, Finding.repaired_at.is_(None), Finding.id > after
    return session.scalars(select(Finding.id).where(*left).order_by(Finding.id).limit(PORTION)).all()


def to_release(session: Session, stream_id: int, finding_ids: Sequence[int]) -> Sequence[Finding]:
    """Findings about things in the target that shall not count as ours any more: it must be told."""
    return _unrepaired(session, stream_id, finding_ids, IN_THE_TARGET)


def taken_up(session: Session, stream_id: int, findings: Sequence[Finding]) -> set[str]:
    """Ids of those things in the target that have come to stand for a document since they were found: they are ours."""
    ids = [finding.target_id for finding in findings]
    mine = LedgerEntry.stream_id == stream_id, LedgerEntry.target_id.in_(ids)
    return {found for found in session.scalars(select(LedgerEntry.target_id).where(*mine)) if found}


def no_longer_stray(finding: Finding) -> RecordTrouble:
    """Why the mark of what has been taken up is left where it is."""
    return RecordTrouble(
        f"Counterfoil's mark was about to be taken off {finding.target_key}.",
        "It has come to stand for a document since it was found.",
        "Reconcile again to see how both sides stand now.",
        "sync.taken-up",
    )


def released(session: Session, stream_id: int, finding_id: int, actor: str) -> None:
    """The target has taken our mark off."""
    with between_passes(session, stream_id) as turn:
        for finding in _unrepaired(session, stream_id, [finding_id], IN_THE_TARGET):
            finding.trouble = None
            _note(turn, finding, "released", actor, datetime.now(UTC))
        session.flush()


def _unrepaired(session: Session, stream_id: int, ids: Sequence[int], verdicts: Sequence[str]) -> Sequence[Finding]:
    chosen = Finding.id.in_(ids) & Finding.verdict.in_(verdicts) & Finding.repaired_at.is_(None)
    of_stream = Finding.sweep_id.in_(select(Sweep.id).where(Sweep.stream_id == stream_id))
    return session.scalars(select(Finding).where(chosen, of_stream).order_by(Finding.id)).all()


def _note(turn: Turn, finding: Finding, action: str, actor: str, now: datetime) -> None:
    finding.repaired_at = now
    amount = finding.source_amount if finding.source_amount is not None else finding.target_amount
    turn.chain.add(
        Stub(
            action=action,
            document_key=finding.document_key,
            vendor=finding.vendor,
            amount=amount if amount is not None else Decimal(0),
            currency=finding.currency,
            accounts=(),
            target=finding.target_key or "",
            detail={"verdict": finding.verdict, "changes": [_as_attribute(each) for each in finding.changes]},
            actor=actor,
        )
    )


def _as_attribute(change: JsonObject) -> JsonObject:
    """As every counterfoil tells a change."""
    return {"attribute": change["field"], "from": change["from"], "to": change["to"]}
