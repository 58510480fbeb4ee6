"""Failures: documents that have not arrived, grouped by cause, with what to do about each, and what was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, String, cast, false, or_, select
from sqlalchemy.orm import Session

from plugin.store.models import Counterfoil, JsonObject, LedgerEntry, Stream
from plugin.sync import causes, failures
from plugin.sync.causes import IGNORED, PARKED, UNCERTAIN, UNREADABLE, WAITING, Cause, Group
from plugin.sync.failures import Decision, OpenSession
from plugin.web import forms, marks
from plugin.web.decision_forms import DecisionForm
from plugin.web.frame import framed
from plugin.web.visit import Flag, Fragment, NotThere, Visit
from plugin.web.wording import counted, money

SHOWN = 50
UNEXPLAINED = {
    "tried": "Delivering this document.",
    "got": "It was refused, and no reason was kept.",
    "remedy": "Try it again: the reason is then told.",
}


@dataclass(frozen=True)
class Listed:
    """A cause as the page shows it."""

    group: Group
    worth: str
    trouble: JsonObject

    @property
    def cause(self) -> Cause:
        return self.group.cause

    @property
    def asks(self) -> bool:
        """True when nothing is to be decided: the target is being asked what it has."""
        return self.cause.state == UNCERTAIN


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        return _page(visit, session, (*WAITING, UNCERTAIN), "failures.html", {})


def show_ignored(visit: Visit) -> Fragment:
    with visit.reading() as session:
        return _page(visit, session, (IGNORED,), "failures_ignored.html", {})


def show_corrected(visit: Visit) -> Fragment:
    """Documents in which a person has set a value."""
    with visit.reading() as session:
        entries = session.scalars(
            select(LedgerEntry)
            .where(LedgerEntry.stream_id.in_(select(Stream.id)), cast(LedgerEntry.corrections, String) != "{}")
            .order_by(LedgerEntry.id.desc())
            .limit(SHOWN + 1)
        ).all()
        return framed(
            session, "failures_corrected.html", "Failures", "failures",
            view="failures/corrected", marks=marks, entries=entries[:SHOWN], more=len(entries) > SHOWN, shown=SHOWN,
        )  # fmt: skip


def replay(visit: Visit) -> Fragment:
    """Tries the documents of a cause (`state` and `cause`), or all that wait (`all`), again."""
    done = decide(visit, failures.replay, _chosen(visit), "")
    return Fragment.go("failures", tried_again(visit, done))


def ignore(visit: Visit) -> Fragment:
    """Leaves the documents of a cause as they are, with a reason."""
    reading = forms.read(DecisionForm(), visit.form)
    if reading.problems:
        with visit.reading() as session:
            return _page(visit, session, (*WAITING, UNCERTAIN), "failures.html", reading.problems)
    done = decide(visit, failures.ignore, _chosen(visit), reading.values["reason"])
    return Fragment.go("failures", now_ignored(done))


def stop_ignoring(visit: Visit) -> Fragment:
    done = decide(visit, failures.stop_ignoring, _chosen(visit), "")
    return Fragment.go("failures", heeded(done))


Act = Callable[[OpenSession, ColumnElement[bool], Decision], Counter[int]]


def decide(visit: Visit, act: Act, chosen: ColumnElement[bool], reason: str) -> Counter[int]:
    """How many documents of which stream it was about; their streams run. Raises NotThere when there were none."""
    done = act(visit.writing, chosen, Decision(visit.account_id or "", reason))
    if not done:
        raise NotThere("These documents are not waiting any more. Go back to the failures to see what is left.")
    for stream_id in done:
        visit.parts.queue.run_stream(visit.site_id, stream_id)
    return done


def tried_again(visit: Visit, done: Counter[int]) -> Flag:
    with visit.reading() as session:
        paused = session.scalars(select(Stream.id).where(Stream.id.in_(done), ~Stream.active)).first()
    body = "Their stream is paused: they go when it is resumed." if paused else ""
    return Flag(f"Trying {counted(done.total(), 'document')} again", body, "info")


def now_ignored(done: Counter[int]) -> Flag:
    return Flag(f"{counted(done.total(), 'document')} ignored", "A newer version is tried all the same.")


def heeded(done: Counter[int]) -> Flag:
    return Flag(f"{counted(done.total(), 'document')} no longer ignored", "They wait for a decision again.", "info")


def _chosen(visit: Visit) -> ColumnElement[bool]:
    """Never more than was asked for: without a parameter it is nothing."""
    if visit.parameters.get("all") == "yes":
        return causes.in_states(*WAITING)
    cause = _cause(visit)
    return cause.documents if cause else false()


def _cause(visit: Visit) -> Cause | None:
    state = visit.parameters.get("state", "")
    known = state in (PARKED, UNREADABLE, UNCERTAIN, IGNORED)
    return Cause(state, visit.parameters.get("cause", "")) if known else None


def _page(
    visit: Visit, session: Session, states: Sequence[str], template: str, problems: Mapping[str, str]
) -> Fragment:
    groups = causes.groups(session, *states)
    listed = sorted((_listed(group) for group in groups), key=lambda each: each.asks)
    wanted = _cause(visit)
    chosen = next((each for each in listed if each.cause == wanted), listed[0] if listed else None)
    deciding = [each.group for each in listed if not each.asks]
    entries = _entries(visit, session, chosen.cause) if chosen else []
    return framed(
        session,
        template,
        "Failures",
        "failures",
        view="failures/ignored" if IGNORED in states else "failures",
        causes=listed,
        chosen=chosen,
        entries=entries[:SHOWN],
        shown=SHOWN,
        older=entries[SHOWN - 1].id if len(entries) > SHOWN else None,
        newer=bool(visit.parameters.get("before")),
        ignored=ignored_by(session, entries) if IGNORED in states else {},
        deciding=len(deciding),
        waiting=sum(each.count for each in deciding),
        worth=_worth(causes.worth(deciding)),
        typed=str(visit.form.get("reason", "")),
        problems=problems,
        now=visit.now,
    )


def _listed(group: Group) -> Listed:
    return Listed(group, _worth(group.worth), {**UNEXPLAINED, **(group.example.trouble or {})})


def _worth(sums: Mapping[str, Decimal]) -> str:
    """The amounts by currency; "" where there are none, as in documents that could not be read."""
    return ", ".join(money(amount, currency) for currency, amount in sums.items() if currency and amount)


def _entries(visit: Visit, session: Session, cause: Cause) -> Sequence[LedgerEntry]:
    """The latest, or those before the entry `before`; one more than is shown, when there are more."""
    query = select(LedgerEntry).where(cause.documents).order_by(LedgerEntry.id.desc()).limit(SHOWN + 1)
    if visit.parameters.get("before"):
        query = query.where(LedgerEntry.id < visit.number("before"))
    return session.scalars(query).all()


def ignored_by(session: Session, entries: Sequence[LedgerEntry]) -> Mapping[int, Counterfoil]:
    """By entry: who ignored it last, when and why."""
    keys: dict[tuple[int, str], int] = {(each.stream_id, each.document_key): each.id for each in entries}
    of_streams = [
        (Counterfoil.stream_id == stream) & Counterfoil.document_key.in_([key for of, key in keys if of == stream])
        for stream in {stream for stream, _ in keys}
    ]
    rows = session.scalars(
        select(Counterfoil)
        .where(Counterfoil.action == "ignored", or_(false(), *of_streams))
        .order_by(Counterfoil.sequence)
    )
    return {keys[row.stream_id, row.document_key]: row for row in rows}
