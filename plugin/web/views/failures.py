"""Failures: documents that wait for a decision, grouped by cause, with what to do about each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from plugin.store.models import JsonObject, LedgerEntry
from plugin.sync.retry import retry as retry_entries
from plugin.web import standing
from plugin.web.frame import framed
from plugin.web.visit import Flag, Fragment, NotThere, Visit
from plugin.web.wording import counted, money

SHOWN = 50
PORTION = 500
UNCERTAIN = "uncertain"
"""The group of documents whose outcome is being asked for; its name stands in for a trouble code."""


@dataclass(frozen=True)
class Cause:
    """Documents that failed for the same reason."""

    code: str
    count: int
    worth: str
    since: datetime | None
    latest: datetime
    example: LedgerEntry
    trouble: JsonObject

    @property
    def asks(self) -> bool:
        """True when nothing is to be decided: the target is being asked what it has."""
        return self.code == UNCERTAIN


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        causes = _causes(session)
        wanted = visit.parameters.get("cause", "")
        chosen = next((each for each in causes if each.code == wanted), causes[0] if causes else None)
        deciding = [each for each in causes if not each.asks]
        return framed(
            session,
            "failures.html",
            "Failures",
            "failures",
            causes=causes,
            chosen=chosen,
            entries=_entries(session, chosen.code) if chosen else [],
            shown=SHOWN,
            deciding=len(deciding),
            waiting=sum(each.count for each in deciding),
            worth=_worth(session, standing.WAITING),
            now=visit.now,
        )


def retry(visit: Visit) -> Fragment:
    """Makes one document (`entry`) or all of a cause (`cause`) pending again, with today's mapping."""
    if visit.parameters.get("entry"):
        chosen = standing.WAITING & (LedgerEntry.id == visit.number("entry"))
    else:
        chosen = _of(visit.parameters.get("cause", "")) & standing.WAITING
    with visit.writing() as session:
        retried = Counter(_retried(visit, session, chosen))
        if not retried:
            raise NotThere("These documents are not waiting any more. Go back to the failures to see what is left.")
    for stream_id in retried:
        visit.parts.queue.run_stream(visit.site_id, stream_id)
    return Fragment.go("failures", Flag(f"Trying {counted(retried.total(), 'document')} again", "", "info"))


def _retried(visit: Visit, session: Session, chosen: ColumnElement[bool]) -> Iterator[int]:
    """The stream of each document that was put back, portion by portion, so that a million are no more than a few."""
    rows = select(LedgerEntry.id, LedgerEntry.stream_id).where(chosen).order_by(LedgerEntry.id).limit(PORTION)
    last = 0
    while portion := session.execute(rows.where(LedgerEntry.id > last)).all():
        last = portion[-1].id
        for stream_id in {row.stream_id for row in portion}:
            ids = [row.id for row in portion if row.stream_id == stream_id]
            retry_entries(session, stream_id, ids, visit.account_id or "")
            yield from [stream_id] * len(ids)


def _causes(session: Session) -> list[Cause]:
    """The largest first; three queries for each, of which there are few."""
    groups = session.execute(
        select(
            LedgerEntry.trouble_code,
            func.count(LedgerEntry.id),
            func.min(LedgerEntry.failing_since),
            func.max(LedgerEntry.read_at),
            func.max(LedgerEntry.id),
        )
        .where(standing.WAITING)
        .group_by(LedgerEntry.trouble_code)
    ).all()
    causes = [
        _cause(session, code or "", (count, since, latest, example)) for code, count, since, latest, example in groups
    ]
    causes.sort(key=lambda cause: -cause.count)
    return causes + _uncertain(session)


def _uncertain(session: Session) -> list[Cause]:
    count, latest, example = session.execute(
        select(func.count(LedgerEntry.id), func.max(LedgerEntry.read_at), func.max(LedgerEntry.id)).where(
            LedgerEntry.state == UNCERTAIN
        )
    ).one()
    return [_cause(session, UNCERTAIN, (count, None, latest, example))] if count else []


def _cause(session: Session, code: str, figures: tuple[int, datetime | None, datetime, int]) -> Cause:
    count, since, latest, example_id = figures
    example = session.scalars(select(LedgerEntry).where(LedgerEntry.id == example_id)).one()
    trouble = example.trouble or _UNEXPLAINED
    return Cause(code, count, _worth(session, _of(code)), since, latest, example, trouble)


_UNEXPLAINED = {
    "kind": "record",
    "code": "",
    "tried": "Delivering this document.",
    "got": "It was refused, and no reason was kept.",
    "remedy": "Try it again: the reason is then told.",
}


def _of(code: str) -> ColumnElement[bool]:
    if code == UNCERTAIN:
        return LedgerEntry.state == UNCERTAIN
    same = LedgerEntry.trouble_code == code if code else LedgerEntry.trouble_code.is_(None)
    return standing.WAITING & same


def _worth(session: Session, which: ColumnElement[bool]) -> str:
    """The amounts per currency. Added up here, row by row: amounts are exact texts, which no database adds exactly."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    rows = session.execute(
        select(LedgerEntry.amount, LedgerEntry.currency).where(which).execution_options(yield_per=1000)
    )
    for amount, currency in rows:
        sums[currency] += amount
    return ", ".join(money(amount, currency) for currency, amount in sorted(sums.items()))


def _entries(session: Session, code: str) -> Sequence[LedgerEntry]:
    return session.scalars(select(LedgerEntry).where(_of(code)).order_by(LedgerEntry.id.desc()).limit(SHOWN)).all()
