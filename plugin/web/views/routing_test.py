"""Test of the rules: which of them a document meets, and what it says to each condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import fields
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.integrations.conditions import Condition
from plugin.integrations.lines import completed
from plugin.integrations.routing import Decision, Trial, route, rules_from_json
from plugin.integrations.selection import SELECTION
from plugin.store.models import JsonObject, LedgerEntry
from plugin.sync import ladder
from plugin.web import forms, stored_rules
from plugin.web.frame import framed
from plugin.web.rule_form import outcome_in_words
from plugin.web.setting_up import Setup, placed
from plugin.web.visit import Fragment, Visit
from sage_adapters.errors import ConfigurationTrouble

LATEST = 20
ORDER_ISSUE = "order_issue"
"""In a completed content: the issue of the purchase order that the document belongs to."""


class _TestForm(forms.Form):
    """A document by vendor and number, or one of the latest."""

    vendor = fields.String(load_default="")
    number = fields.String(load_default="")
    entry = fields.String(load_default="")


@dataclass(frozen=True)
class Tested:
    """What became of one document. `selection` are the conditions of what takes part; `outcome` is what the rule that
    decides says, () for none; `trouble` is why rules or selection cannot be used."""

    entry: LedgerEntry
    content: JsonObject
    selection: Sequence[Trial] = ()
    decision: Decision | None = None
    outcome: Sequence[str] = ()
    trouble: JsonObject | None = None

    @property
    def left_out(self) -> bool:
        return not all(each.held for each in self.selection)

    @property
    def order_issue(self) -> JsonObject | None:
        found: JsonObject | None = self.content.get(ORDER_ISSUE)
        return found


def show(visit: Visit) -> Fragment:
    """A document may be named by the route, as links to this page do."""
    with visit.reading() as session:
        setup = placed(visit, session)
        entry = _by_id(session, setup, visit.parameters.get("entry", ""))
        return _page(session, setup, {}, {}, [entry] if entry else [])


def test(visit: Visit) -> Fragment:
    reading = forms.read(_TestForm(), visit.form)
    typed = {name: value.strip() for name, value in reading.typed.items()}
    with visit.reading() as session:
        setup = placed(visit, session)
        problems = {**_wrong(typed), **reading.problems}
        found = [] if problems else _found(session, setup, typed)
        if not problems and not found:
            problems = {"number": "No such document has been read. It may be of a batch that is still to come."}
        return _page(session, setup, typed, problems, found)


def _wrong(typed: dict[str, str]) -> dict[str, str]:
    if typed.get("entry"):
        return {}
    sentences = {"vendor": "Enter the vendor’s number.", "number": "Enter the document’s number."}
    return {name: sentence for name, sentence in sentences.items() if not typed.get(name)}


def _found(session: Session, setup: Setup, typed: dict[str, str]) -> list[LedgerEntry]:
    if typed.get("entry"):
        entry = _by_id(session, setup, typed["entry"])
        return [entry] if entry else []
    vendor, number = typed["vendor"], typed["number"]
    mine = select(LedgerEntry).where(
        LedgerEntry.stream_id == setup.stream.id,
        LedgerEntry.vendor.in_({vendor, vendor.upper()}),
        func.lower(LedgerEntry.number) == number.lower(),
        LedgerEntry.kind != "unreadable",
    )
    return list(session.scalars(mine.order_by(LedgerEntry.id.desc()).limit(LATEST)))


def _by_id(session: Session, setup: Setup, text: str) -> LedgerEntry | None:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    mine = select(LedgerEntry).where(LedgerEntry.id == int(text), LedgerEntry.stream_id == setup.stream.id)
    return session.scalars(mine).one_or_none()


def _tested(session: Session, setup: Setup, entry: LedgerEntry) -> Tested:
    settings, subjects = setup.stream.settings, setup.into_jira.subjects
    tested = Tested(entry, entry.content)
    try:
        content = completed(session, entry, setup.integration, setup.stream)
        tested = replace(tested, content=content)
        selection = [Condition.from_json(each, subjects) for each in settings.get(SELECTION) or ()]
        stored = stored_rules.of(setup.stream)
        rules = rules_from_json(stored, subjects)
    except ConfigurationTrouble as trouble:
        return replace(tested, trouble=ladder.describe(trouble))
    decision = route(rules, content)
    then = stored[rules.index(decision.rule)]["then"] if decision.rule else {}
    trials = [Trial("", each.in_words(), each.holds(content), each.subject.said(content)) for each in selection]
    return replace(tested, selection=trials, decision=decision, outcome=outcome_in_words(then))


def _latest(session: Session, setup: Setup) -> Sequence[Any]:
    columns = LedgerEntry.id, LedgerEntry.number, LedgerEntry.vendor_name, LedgerEntry.amount, LedgerEntry.currency
    mine = select(*columns).where(LedgerEntry.stream_id == setup.stream.id, LedgerEntry.kind != "unreadable")
    return session.execute(mine.order_by(LedgerEntry.id.desc()).limit(LATEST)).all()


def _page(
    session: Session, setup: Setup, typed: dict[str, str], problems: dict[str, str], found: Sequence[LedgerEntry]
) -> Fragment:
    return framed(
        session,
        "routing_test.html",
        f"Test the rules for {setup.described.documents}",
        "overview",
        setup=setup,
        shown="routing-test",
        where=setup.where,
        settings=setup.stream.settings,
        described=setup.described,
        value={"vendor": "", "number": "", "entry": "", **typed},
        problems=problems,
        latest=_latest(session, setup),
        tested=[_tested(session, setup, entry) for entry in found],
    )
