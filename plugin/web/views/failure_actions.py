"""What a person does about one document: try it again, correct it, link it to an issue, ignore it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import ColumnElement

from plugin.integrations import already_there, corrections
from plugin.integrations.already_there import KEY
from plugin.store.models import LedgerEntry
from plugin.sync import failures
from plugin.sync.failures import Correction, Decision, NotPossible
from plugin.web import forms, snapshots
from plugin.web.decision_forms import CorrectionForm, DecisionForm, IssueForm, LinkForm, ReplayForm
from plugin.web.forms import Reading
from plugin.web.views.failure import Found, Problems, compared_in, find, page
from plugin.web.views.failures import decide, heeded, now_ignored, tried_again
from plugin.web.visit import Flag, Fragment, Visit

VALUE = "value-"
"""Before the name of an attribute: its entry in the form of corrections."""


def replay(visit: Visit) -> Fragment:
    reading = forms.read(ReplayForm(), visit.form)
    if reading.problems:
        return _again(visit, "replay", reading)
    done = decide(visit, failures.replay, _this(visit), reading.values["reason"])
    return _stay(visit, tried_again(visit, done))


def ignore(visit: Visit) -> Fragment:
    reading = forms.read(DecisionForm(), visit.form)
    if reading.problems:
        return _again(visit, "ignore", reading)
    done = decide(visit, failures.ignore, _this(visit), reading.values["reason"])
    return _stay(visit, now_ignored(done))


def stop_ignoring(visit: Visit) -> Fragment:
    return _stay(visit, heeded(decide(visit, failures.stop_ignoring, _this(visit), "")))


def correct(visit: Visit) -> Fragment:
    """Sets the values that were typed. The source's own value takes an earlier correction back."""
    reading = forms.read(CorrectionForm(), visit.form)
    with visit.writing() as session:
        found = find(visit, session)
        wanted, wrong = _corrections(visit, found, reading.values.get("reason", ""))
        problems = {**wrong, **reading.problems}
        if not wanted and not problems:
            problems[forms.WHOLE_FORM] = "Nothing was changed: type another value, or try the document again as it is."
        if not problems:
            version, decision = reading.values["version"], _decision(visit, reading)
            problems = _tried(lambda: failures.correct(session, found.entry.id, version, wanted, decision))
        if problems:
            typed = {name: str(text) for name, text in visit.form.items()}
            return page(visit, session, found, Problems("correct", problems, typed))
    visit.parts.queue.run_stream(visit.site_id, found.stream.id)
    return _stay(visit, Flag("Corrected", "The document is delivered anew.", "info"))


def compare(visit: Visit) -> Fragment:
    """Asks for the comparison with the issue that a person has named."""
    reading = forms.read(IssueForm(), visit.form)
    if reading.problems:
        return _again(visit, "compare", reading)
    with visit.writing() as session:
        entry = find(visit, session).entry
        snapshots.begin(session, already_there.subject(entry.id)).body = {KEY: reading.values["key"]}
    visit.parts.queue.compare_document(visit.site_id, entry.id)
    return _stay(visit)


def link(visit: Visit) -> Fragment:
    """Links the document to the issue with which it was compared."""
    reading = forms.read(LinkForm(), visit.form)
    key = reading.typed.get("key", "")
    with visit.writing() as session:
        found = find(visit, session)
        snapshot = snapshots.find(session, already_there.subject(found.entry.id))
        compared = compared_in(snapshot)
        problems = dict(reading.problems)
        if compared is None or compared.refusal or compared.target_key != key:
            problems[forms.WHOLE_FORM] = "The document was not compared with this issue. Compare them first."
        elif not problems:
            decision, seen = _decision(visit, reading), compared
            problems = _tried(
                lambda: failures.link(session, found.entry.id, seen.version, seen.target_id, seen.target_key, decision)
            )
        if problems:
            return page(visit, session, found, Problems("link", problems, reading.typed))
        session.delete(snapshot)
    visit.parts.queue.run_stream(visit.site_id, found.stream.id)
    return _stay(visit, Flag(f"Linked to {key}", "The issue is brought up to date and marked.", "info"))


def _this(visit: Visit) -> ColumnElement[bool]:
    return LedgerEntry.id == visit.number("entry")


def _stay(visit: Visit, flag: Flag | None = None) -> Fragment:
    return Fragment.go(f"failure?entry={visit.number('entry')}&{visit.asked_now}", flag)


def _again(visit: Visit, form: str, reading: Reading) -> Fragment:
    with visit.reading() as session:
        return page(visit, session, find(visit, session), Problems(form, reading.problems, reading.typed))


def _decision(visit: Visit, reading: Reading) -> Decision:
    return Decision(visit.account_id or "", reading.values["reason"])


def _tried(act: Callable[[], None]) -> dict[str, str]:
    """The sentence for what was not possible, if it was not."""
    try:
        act()
    except NotPossible as refusal:
        return {forms.WHOLE_FORM: str(refusal)}
    return {}


def _corrections(visit: Visit, found: Found, reason: str) -> tuple[list[Correction], Mapping[str, str]]:
    """What the entries of the form change, and a sentence for each that is wrong."""
    entry, into_jira = found.entry, found.described.into_jira
    wanted: list[Correction] = []
    wrong: dict[str, str] = {}
    if not found.record.readable:
        return [], {forms.WHOLE_FORM: "This document could not be read, so that there is no value to correct."}
    for mapped in into_jira.mapped(found.stream) if into_jira else ():
        name = mapped.attribute.name
        text = visit.form.get(VALUE + name)
        if not isinstance(text, str):
            continue
        try:
            correction = corrections.correction(
                mapped, found.content, entry.corrections, text.strip(),
                reason=reason, by=visit.account_id or "", at=visit.now,
            )  # fmt: skip
        except ValueError as sentence:
            wrong[VALUE + name] = str(sentence)
            continue
        wanted += [correction] if correction else []
    return wanted, wrong
