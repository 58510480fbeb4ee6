"""Mapping: which Jira field takes which attribute of a document, checked before it is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations import field_snapshot
from plugin.integrations.field_snapshot import TEMPLATES
from plugin.integrations.into_jira import DEFAULTS, IntoJira
from plugin.integrations.lines import completed
from plugin.integrations.setting_up import SAMPLES, TO_CREATE
from plugin.store.models import JsonObject, LedgerEntry, Snapshot, Stream
from plugin.web import forms, snapshots, text_fields
from plugin.web.field_choices import CREATE, FieldChoices, Row
from plugin.web.frame import framed
from plugin.web.setting_up import Setup, connection_of, placed
from plugin.web.text_fields import TextRow, Texts
from plugin.web.visit import Flag, Fragment, Visit
from plugin.web.wording import counted
from sage_adapters.records import Money


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        return _page(visit, session, placed(visit, session), None, {})


def area(visit: Visit) -> Fragment:
    """The table alone, asked for until the fields are read or made."""
    with visit.reading() as session:
        setup = placed(visit, session)
        return Fragment.of("mapping_area.html", "", **_values(visit, session, setup, None, {}))


def check(visit: Visit) -> Fragment:
    """The verdicts on what is chosen now; nothing is saved."""
    with visit.reading() as session:
        setup = placed(visit, session)
        typed = {name: str(value) for name, value in visit.form.items()}
        return Fragment.of("mapping_verdicts.html", "", **_values(visit, session, setup, typed, {}))


def more(visit: Visit) -> Fragment:
    """The page with what was typed, and room for one more text."""
    with visit.reading() as session:
        typed = {name: str(value) for name, value in visit.form.items()}
        free = {f"text-{len(text_fields.typed_texts(typed))}": ""}
        return _page(visit, session, placed(visit, session), {**typed, **free}, {})


def read_again(visit: Visit) -> Fragment:
    with visit.writing() as session:
        setup = placed(visit, session)
        snapshots.begin(session, snapshots.subject_of(setup.stream))
    snapshots.ask_for_fields(visit, setup.stream)
    return Fragment.go(f"mapping?{setup.where}&{visit.asked_now}")


def save(visit: Visit) -> Fragment:
    """Stores the mapping; where new fields were chosen they are made, and the page waits for them."""
    return _store(visit, making=False)


def create(visit: Visit) -> Fragment:
    """Stores what can be stored, and makes the fields that are missing or puts them on the screen."""
    return _store(visit, making=True)


def _store(visit: Visit, *, making: bool) -> Fragment:
    with visit.writing() as session:
        setup = placed(visit, session)
        reading = forms.read(_form(setup.into_jira, visit.form), visit.form)
        snapshot = snapshots.find(session, snapshots.subject_of(setup.stream))
        if snapshot is None or not snapshot.body.get("fields"):
            return _page(visit, session, setup, dict(reading.typed), {})
        choices = FieldChoices.of(snapshot, setup)
        rows = choices.rows(_chosen(setup.into_jira, reading.typed))
        extras = _extras(session, setup, choices, reading.typed)
        problems = {**_problems(rows, making=making), **extras.problems, **reading.problems}
        if not any(row.choice for row in rows):
            problems[forms.WHOLE_FORM] = "Choose a Jira field for at least one attribute."
        if problems:
            return _page(visit, session, setup, dict(reading.typed), problems)
        to_make = [row.attribute.name for row in rows if row.choice == CREATE or row.placeable]
        _keep(setup.stream, rows, to_make, extras)
        field_snapshot.keep_fields(setup.stream, snapshot.body)
        if to_make:
            snapshots.begin(session, snapshots.subject_of(setup.stream))
    if to_make:
        visit.parts.queue.create_missing_fields(visit.site_id, setup.stream.id)
        return Fragment.go(f"mapping?{setup.where}&{visit.asked_now}")
    saved = Flag("Mapping saved", "Documents are compared with it in the next run." if setup.started else "")
    return Fragment.go("overview" if setup.started else f"schedule?{setup.where}", saved)


def _form(target: IntoJira, form: Mapping[str, object]) -> Schema:
    """A choice and a default for each attribute, and rows of texts."""
    names = [name for each in target.attributes for name in (each.name, text_fields.DEFAULT + each.name)]
    names += [name for name in form if text_fields.ENTRY.fullmatch(name)]
    return forms.Form.from_dict({name: fields.String(load_default="") for name in names})()


def _chosen(target: IntoJira, typed: Mapping[str, str]) -> dict[str, str]:
    return {each.name: typed.get(each.name, "") for each in target.attributes}


@dataclass(frozen=True)
class _Extras:
    """What is mapped besides a field for each attribute, as typed, judged, and with what is wrong."""

    texts: Sequence[TextRow]
    defaults: Mapping[str, str]
    wrong: Mapping[str, str]

    @property
    def problems(self) -> dict[str, str]:
        texts = {f"text-{number}": row.sentence for number, row in enumerate(self.texts) if row.blocks}
        return {**texts, **{text_fields.DEFAULT + name: sentence for name, sentence in self.wrong.items()}}


def _extras(session: Session, setup: Setup, choices: FieldChoices, typed: Mapping[str, str] | None) -> _Extras:
    """`typed` is None for what is stored; what a form does not have is kept."""
    attributes, settings = setup.into_jira.attributes, setup.stream.settings
    rows = text_fields.stored_texts(settings.get(TEMPLATES) or ())
    defaults = {str(name): str(text) for name, text in (settings.get(DEFAULTS) or {}).items()}
    chosen = _present(choices, setup.stream)
    if typed is not None:
        rows = text_fields.typed_texts(typed) or rows
        defaults = {**defaults, **text_fields.typed_defaults(typed, attributes)}
        chosen = _chosen(setup.into_jira, typed)
    taken = [choice for choice in chosen.values() if choice not in ("", CREATE)]
    texts = Texts(choices, attributes, _sample(session, setup)).judged(rows, taken)
    return _Extras(texts, defaults, dict(text_fields.wrong_defaults(defaults, choices, chosen)))


def _problems(rows: Sequence[Row], *, making: bool) -> dict[str, str]:
    return {row.attribute.name: row.sentence for row in rows if row.blocks and not (making and row.placeable)}


def _keep(stream: Stream, rows: Sequence[Row], to_make: Sequence[str], extras: _Extras) -> None:
    mapping = {row.attribute.name: row.choice for row in rows if row.choice not in ("", CREATE)}
    templates = text_fields.to_json(text_fields.filled(extras.texts))
    defaults = {name: text for name, text in extras.defaults.items() if text}
    before = stream.mapping, stream.settings.get(TEMPLATES) or [], stream.settings.get(DEFAULTS) or {}
    if (mapping, templates, defaults) != before:
        stream.mapping = mapping
        stream.mapping_version += 1
    left_out = [row.attribute.name for row in rows if not row.choice]
    said = {TEMPLATES: templates, DEFAULTS: defaults, TO_CREATE: list(to_make), "left_out": left_out}
    stream.settings = {**stream.settings, **said}


def _page(
    visit: Visit,
    session: Session,
    setup: Setup,
    typed: Mapping[str, str] | None,
    problems: Mapping[str, str],
) -> Fragment:
    values = _values(visit, session, setup, typed, problems)
    title = f"Mapping: {setup.product.system.label} {setup.described.documents} to Jira"
    return framed(session, "mapping.html", title, "overview", **values)


def _values(
    visit: Visit,
    session: Session,
    setup: Setup,
    typed: Mapping[str, str] | None,
    problems: Mapping[str, str],
) -> dict[str, Any]:
    snapshot = snapshots.find(session, snapshots.subject_of(setup.stream))
    sample = _sample(session, setup)
    values: dict[str, Any] = {
        "where": setup.where,
        "place": setup.stream.settings,
        "issue_type": setup.stream.settings.get("issue_type_name", ""),
        "source": setup.product.system.label,
        "described": setup.described,
        "snapshot": snapshot,
        "problems": problems,
        "rows": [],
        "sample": {each.name: _shown(each.read(sample)) if sample else None for each in setup.into_jira.attributes},
        "document": setup.into_jira.look.summary(sample) if sample else "",
        "started": setup.started,
        "asked": visit.parameters.get("asked", "") if visit.asked else "",
        "slow": visit.waited_long(120),
        "poll": snapshots.POLL,
        "making": bool(setup.stream.settings.get(TO_CREATE)),
        "counted": counted,
    }
    if snapshot is not None and snapshot.body.get("fields"):
        values.update(_choices(session, snapshot, setup, typed))
    return values


def _choices(session: Session, snapshot: Snapshot, setup: Setup, typed: Mapping[str, str] | None) -> dict[str, Any]:
    choices = FieldChoices.of(snapshot, setup)
    chosen = _chosen(setup.into_jira, typed) if typed is not None else _present(choices, setup.stream)
    rows, extras = choices.rows(chosen), _extras(session, setup, choices, typed)
    texts = list(extras.texts)
    if typed is None:
        texts += [TextRow()]
    return {
        "rows": rows,
        "fields": choices.offered(),
        "to_create": [row for row in rows if row.choice == CREATE or row.placeable],
        "can_create": choices.can_create,
        "by_hand": _by_hand(rows, choices.target) if not choices.can_create else [],
        "unfilled": choices.unfilled({**chosen, **{row.field_id: row.field_id for row in texts}}),
        "texts": texts,
        "defaults": {each.name: extras.defaults.get(each.name, "") for each in choices.target.attributes},
        "wrong_defaults": extras.wrong,
        "most_texts": text_fields.MOST_TEXTS,
    }


def _by_hand(rows: Sequence[Row], target: IntoJira) -> list[Row]:
    """What people have to add themselves to a team-managed project."""
    return [row for row in rows if row.attribute.name in target.mapped_by_default and not row.choice]


def _present(choices: FieldChoices, stream: Stream) -> dict[str, str]:
    """What is mapped; for what nobody has decided yet, a suggestion."""
    left_out = stream.settings.get("left_out", [])
    return {
        each.name: stream.mapping.get(each.name) or ("" if each.name in left_out else choices.suggestion(each))
        for each in choices.target.attributes
    }


def _sample(session: Session, setup: Setup) -> JsonObject | None:
    """The document read last; before the first run, what the test of the connection saw, if it saw one."""
    entry = session.scalars(
        select(LedgerEntry)
        .where(LedgerEntry.stream_id == setup.stream.id, LedgerEntry.state == "settled")
        .order_by(LedgerEntry.id.desc())
        .limit(1)
    ).first()
    if entry:
        return completed(session, entry, setup.integration, setup.stream)
    samples = (connection_of(session, setup.integration).findings or {}).get(SAMPLES) or {}
    sample: JsonObject | None = samples.get(setup.stream.name)
    return sample


def _shown(value: Any) -> Any:
    """A sample as the templates show it: money as two values, dates as they are, the rest as text."""
    if isinstance(value, Money | Decimal) or value is None or hasattr(value, "isoformat"):
        return value
    return str(value)
