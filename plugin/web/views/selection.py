"""What takes part: which documents of a stream become issues, and which were left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.integrations.conditions import Condition
from plugin.integrations.lines import siblings_of
from plugin.integrations.selection import SELECTION
from plugin.store.models import LedgerEntry
from plugin.web import condition_form, forms, selection_form
from plugin.web.condition_form import Row
from plugin.web.frame import framed
from plugin.web.selection_form import Entries
from plugin.web.setting_up import Setup, setup_of
from plugin.web.visit import Flag, Fragment, Visit
from plugin.web.wording import counted
from sage_adapters.errors import ConfigurationTrouble

LEFT_OUT = "left-out"
SHOWN = 50


@dataclass(frozen=True)
class LeftOut:
    """A document that takes no part. `condition` is the first that it does not meet, `said` what it says there."""

    entry: LedgerEntry
    condition: str
    said: str


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        setup = setup_of(visit, session)
        return _page(visit, session, setup, _stored(setup), {})


def more(visit: Visit) -> Fragment:
    """The page with what was typed, without the condition `without`, and room for one more."""
    with visit.reading() as session:
        entries = Entries.typed(_typed(visit))
        removed = "without" in visit.parameters
        if removed:
            number = visit.number("without")
            entries = replace(entries, rows=[row for n, row in enumerate(entries.rows) if n != number])
        return _page(visit, session, setup_of(visit, session), entries, {}, blank=1 if removed else 2)


def check(visit: Visit) -> Fragment:
    """The conditions in words as they are typed; nothing is saved."""
    with visit.reading() as session:
        subjects = setup_of(visit, session).into_jira.subjects
        rows = [condition_form.judged(row, subjects) for row in condition_form.rows_numbered(_typed(visit))]
        return Fragment.of("selection_verdicts.html", "", rows=rows)


def save(visit: Visit) -> Fragment:
    with visit.writing() as session:
        setup = setup_of(visit, session)
        reading = forms.read(selection_form.schema(visit.form), visit.form)
        entries = Entries.typed(reading.typed)
        conditions, wrong = entries.conditions(setup.into_jira.subjects)
        if problems := {**wrong, **reading.problems}:
            return _page(visit, session, setup, entries, problems)
        stream = setup.stream
        if conditions != (stream.settings.get(SELECTION) or []):
            stream.settings = {**stream.settings, SELECTION: conditions}
            stream.mapping_version += 1
    saved = Flag("Saved", "Documents are compared with it in the next run." if setup.started else "")
    return Fragment.go(f"selection?{setup.where}", saved)


def _stored(setup: Setup) -> Entries:
    return Entries.stored(setup.stream.settings.get(SELECTION) or (), setup.into_jira.subjects)


def _typed(visit: Visit) -> dict[str, str]:
    return {name: value for name, value in visit.form.items() if isinstance(value, str)}


def _page(
    visit: Visit, session: Session, setup: Setup, entries: Entries, problems: Mapping[str, str], *, blank: int = 1
) -> Fragment:
    subjects = setup.into_jira.subjects
    after = visit.number("after") if visit.parameters.get("after") else 0
    mine = LedgerEntry.stream_id == setup.stream.id, LedgerEntry.state == LEFT_OUT
    found = session.scalars(
        select(LedgerEntry).where(*mine, LedgerEntry.id > after).order_by(LedgerEntry.id).limit(SHOWN + 1)
    ).all()
    return framed(
        session,
        "selection.html",
        f"What takes part: {setup.described.documents}",
        "overview",
        setup=setup,
        shown="selection",
        where=setup.where,
        described=setup.described,
        stream=setup.stream,
        plain=selection_form.offered(subjects),
        value=entries.plain,
        rows=[condition_form.judged(row, subjects) for row in [*entries.rows, *[Row()] * blank]],
        subjects=subjects,
        problems=problems,
        count=session.scalar(select(func.count()).where(*mine)) or 0,
        counted=counted,
        left_out=_left_out(session, setup, found[:SHOWN]),
        next=found[SHOWN - 1].id if len(found) > SHOWN else None,
        first=not after,
    )


def _left_out(session: Session, setup: Setup, entries: Sequence[LedgerEntry]) -> list[LeftOut]:
    """With what leaves them out today: the next run brings those for which there is nothing any more."""
    try:
        stored = setup.stream.settings.get(SELECTION) or ()
        conditions = [Condition.from_json(each, setup.into_jira.subjects) for each in stored]
    except ConfigurationTrouble as trouble:
        return [LeftOut(entry, trouble.got, "") for entry in entries]
    companions = setup.described.companions(siblings_of(session, setup.integration.id))
    told = companions.complete(session, entries) if entries else []
    shown = []
    for entry, each in zip(entries, told, strict=True):
        unmet = next((condition for condition in conditions if not condition.holds(each.content)), None)
        shown.append(
            LeftOut(entry, unmet.in_words() if unmet else "", unmet.subject.said(each.content) if unmet else "")
        )
    return shown
