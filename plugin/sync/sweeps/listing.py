"""The findings of a sweep as lists: a page of them, all of them as a file, and how many are still to be repaired.

A page begins behind the last finding of the one before, so that however many there are, none costs more than the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import chain
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.store.models import Finding, JsonObject
from plugin.sync.counterfoils import plain
from plugin.sync.spreadsheet import BYTE_ORDER_MARK, cell, rows_as_csv
from plugin.sync.sweeps.repair import REPAIRABLE

PORTION = 500
PROPOSED = ("create", "update", "link", "refused")
"""Verdicts of a dry run, as people want to see them."""
APART = ("missing", "different", "extra", "twice", "waiting")
"""Those of a reconciliation where the two sides do not say the same."""
VERDICTS = (*PROPOSED, *APART, "same")
COLUMNS = (
    "Verdict", "Document", "Vendor", "Vendor name", "Period", "Currency", "Amount at the source",
    "Amount in the target", "In the target", "Changes", "Trouble", "Repaired (UTC)", "Document key",
)  # fmt: skip


class OpenSession(Protocol):
    """Begins to read the rows of a site."""

    def __call__(self) -> AbstractContextManager[Session]: ...


def page(session: Session, sweep_id: int, verdict: str, after: int, limit: int) -> Sequence[Finding]:
    """At most `limit` findings behind the one with the id `after`, in the order in which they were found."""
    return session.scalars(
        select(Finding)
        .where(Finding.sweep_id == sweep_id, Finding.verdict == verdict, Finding.id > after)
        .order_by(Finding.id)
        .limit(limit)
    ).all()


def unrepaired(session: Session, sweep_id: int) -> Counter[str]:
    """By verdict, how many findings of those that can be repaired are not."""
    counted = session.execute(
        select(Finding.verdict, func.count())
        .where(Finding.sweep_id == sweep_id, Finding.verdict.in_(REPAIRABLE), Finding.repaired_at.is_(None))
        .group_by(Finding.verdict)
    )
    return Counter(dict(counted.all()))


def as_csv(open_session: OpenSession, sweep_id: int, verdicts: Sequence[str]) -> Iterator[bytes]:
    """For spreadsheets, verdict by verdict. Made portion by portion, each in a session of its own."""
    portions = chain.from_iterable(_portions(open_session, sweep_id, verdict) for verdict in verdicts)
    head = (BYTE_ORDER_MARK + rows_as_csv([COLUMNS])).encode()
    return chain([head], (rows_as_csv(map(_cells, findings)).encode() for findings in portions))


def changes_in_words(changes: Sequence[JsonObject]) -> str:
    """E.g. "Amount: 10.00 -> 12.00; Payment due: nothing -> 2026-11-20"."""
    return "; ".join(f"{each['field']}: {each['from'] or 'nothing'} -> {each['to'] or 'nothing'}" for each in changes)


def _portions(open_session: OpenSession, sweep_id: int, verdict: str) -> Iterator[Sequence[Finding]]:
    after, findings = 0, None
    while findings is None or len(findings) == PORTION:
        with open_session() as session:
            findings = page(session, sweep_id, verdict, after, PORTION)
        if findings:
            yield findings
            after = findings[-1].id


def _cells(finding: Finding) -> Sequence[object]:
    return (
        finding.verdict, cell(finding.number), cell(finding.vendor), cell(finding.vendor_name), finding.period,
        cell(finding.currency), _amount(finding.source_amount), _amount(finding.target_amount),
        cell(finding.target_key or ""), cell(changes_in_words(finding.changes)),
        cell((finding.trouble or {}).get("got", "")), plain(finding.repaired_at) if finding.repaired_at else "",
        cell(finding.document_key),
    )  # fmt: skip


def _amount(amount: object) -> str:
    return "" if amount is None else plain(amount)
