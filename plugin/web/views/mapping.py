"""Mapping: which Jira field takes which attribute of a document, checked before it is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations import field_snapshot
from plugin.integrations.into_jira import IntoJira
from plugin.integrations.registry import product_of
from plugin.integrations.setting_up import SAMPLES, TO_CREATE
from plugin.store.models import Integration, JsonObject, LedgerEntry, Snapshot
from plugin.web import forms, snapshots
from plugin.web.field_choices import CREATE, FieldChoices, Row
from plugin.web.frame import framed
from plugin.web.setting_up import connection_of, integration_of, stream_of
from plugin.web.visit import Flag, Fragment, Visit
from plugin.web.wording import counted
from sage_adapters.records import Money


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        return _page(visit, session, integration_of(visit, session), None, {})


def area(visit: Visit) -> Fragment:
    """The table alone, asked for until the fields are read or made."""
    with visit.reading() as session:
        integration = integration_of(visit, session)
        return Fragment.of("mapping_area.html", "", **_values(visit, session, integration, None, {}))


def check(visit: Visit) -> Fragment:
    """The verdicts on what is chosen now; nothing is saved."""
    with visit.reading() as session:
        integration = integration_of(visit, session)
        typed = {name: str(value) for name, value in visit.form.items()}
        return Fragment.of("mapping_verdicts.html", "", **_values(visit, session, integration, typed, {}))


def read_again(visit: Visit) -> Fragment:
    with visit.writing() as session:
        integration = integration_of(visit, session)
        snapshots.begin(session, snapshots.subject_of(integration))
    snapshots.ask_for_fields(visit, integration)
    return Fragment.go(f"mapping?integration={integration.id}&{visit.asked_now}")


def save(visit: Visit) -> Fragment:
    """Stores the mapping; where new fields were chosen they are made, and the page waits for them."""
    return _store(visit, making=False)


def create(visit: Visit) -> Fragment:
    """Stores what can be stored, and makes the fields that are missing or puts them on the screen."""
    return _store(visit, making=True)


def _store(visit: Visit, *, making: bool) -> Fragment:
    with visit.writing() as session:
        integration = integration_of(visit, session)
        reading = forms.read(_form(product_of(integration).main.target), visit.form)
        snapshot = snapshots.find(session, snapshots.subject_of(integration))
        if snapshot is None or not snapshot.body.get("fields"):
            return _page(visit, session, integration, dict(reading.typed), {})
        choices = FieldChoices.of(snapshot, integration)
        rows = choices.rows(reading.typed)
        problems = {**_problems(rows, making=making), **reading.problems}
        if not any(row.choice for row in rows):
            problems[forms.WHOLE_FORM] = "Choose a Jira field for at least one attribute."
        if problems:
            return _page(visit, session, integration, dict(reading.typed), problems)
        to_make = [row.attribute.name for row in rows if row.choice == CREATE or row.placeable]
        _keep(integration, rows, to_make)
        field_snapshot.keep_fields(integration, snapshot.body)
        started = stream_of(session, integration) is not None
        if to_make:
            snapshots.begin(session, snapshots.subject_of(integration))
    if to_make:
        visit.parts.queue.create_missing_fields(visit.site_id, integration.id)
        return Fragment.go(f"mapping?integration={integration.id}&{visit.asked_now}")
    saved = Flag("Mapping saved", "Documents are compared with it in the next run." if started else "")
    return Fragment.go("overview" if started else f"schedule?integration={integration.id}", saved)


def _form(target: IntoJira) -> Schema:
    """A choice for each attribute."""
    return forms.Form.from_dict({each.name: fields.String(load_default="") for each in target.attributes})()


def _problems(rows: Sequence[Row], *, making: bool) -> dict[str, str]:
    return {row.attribute.name: row.sentence for row in rows if row.blocks and not (making and row.placeable)}


def _keep(integration: Integration, rows: Sequence[Row], to_make: Sequence[str]) -> None:
    mapping = {row.attribute.name: row.choice for row in rows if row.choice not in ("", CREATE)}
    if mapping != integration.mapping:
        integration.mapping = mapping
        integration.mapping_version += 1
    left_out = [row.attribute.name for row in rows if not row.choice]
    integration.settings = {**integration.settings, TO_CREATE: list(to_make), "left_out": left_out}


def _page(
    visit: Visit,
    session: Session,
    integration: Integration,
    typed: Mapping[str, str] | None,
    problems: Mapping[str, str],
) -> Fragment:
    values = _values(visit, session, integration, typed, problems)
    product = product_of(integration)
    title = f"Mapping: {product.system.label} {product.main.documents} to Jira"
    return framed(session, "mapping.html", title, "overview", **values)


def _values(
    visit: Visit,
    session: Session,
    integration: Integration,
    typed: Mapping[str, str] | None,
    problems: Mapping[str, str],
) -> dict[str, Any]:
    snapshot = snapshots.find(session, snapshots.subject_of(integration))
    product = product_of(integration)
    described = product.main
    sample = _sample(session, integration)
    values: dict[str, Any] = {
        "integration": integration,
        "source": product.system.label,
        "described": described,
        "snapshot": snapshot,
        "problems": problems,
        "rows": [],
        "sample": {each.name: _shown(each.read(sample)) if sample else None for each in described.target.attributes},
        "document": described.target.look.summary(sample) if sample else "",
        "started": stream_of(session, integration) is not None,
        "asked": visit.parameters.get("asked", "") if visit.asked else "",
        "slow": visit.waited_long(120),
        "poll": snapshots.POLL,
        "making": bool(integration.settings.get(TO_CREATE)),
        "counted": counted,
    }
    if snapshot is not None and snapshot.body.get("fields"):
        values.update(_choices(snapshot, integration, typed))
    return values


def _choices(snapshot: Snapshot, integration: Integration, typed: Mapping[str, str] | None) -> dict[str, Any]:
    choices = FieldChoices.of(snapshot, integration)
    chosen = typed if typed is not None else _present(choices, integration)
    rows = choices.rows(chosen)
    return {
        "rows": rows,
        "fields": choices.offered(),
        "to_create": [row for row in rows if row.choice == CREATE or row.placeable],
        "can_create": choices.can_create,
        "by_hand": _by_hand(rows, choices.target) if not choices.can_create else [],
        "unfilled": choices.unfilled(chosen),
    }


def _by_hand(rows: Sequence[Row], target: IntoJira) -> list[Row]:
    """What people have to add themselves to a team-managed project."""
    return [row for row in rows if row.attribute.name in target.mapped_by_default and not row.choice]


def _present(choices: FieldChoices, integration: Integration) -> dict[str, str]:
    """What is mapped; for what nobody has decided yet, a suggestion."""
    left_out = integration.settings.get("left_out", [])
    return {
        each.name: integration.mapping.get(each.name) or ("" if each.name in left_out else choices.suggestion(each))
        for each in choices.target.attributes
    }


def _sample(session: Session, integration: Integration) -> JsonObject | None:
    """The document read last; before the first run, what the test of the connection saw, if it saw one."""
    stream = stream_of(session, integration)
    entry = (
        stream
        and session.scalars(
            select(LedgerEntry)
            .where(LedgerEntry.stream_id == stream.id, LedgerEntry.state == "settled")
            .order_by(LedgerEntry.id.desc())
            .limit(1)
        ).first()
    )
    if entry:
        return entry.content
    samples = (connection_of(session, integration).findings or {}).get(SAMPLES) or {}
    sample: JsonObject | None = samples.get(product_of(integration).main.name)
    return sample


def _shown(value: Any) -> Any:
    """A sample as the templates show it: money as two values, dates as they are, the rest as text."""
    if isinstance(value, Money | Decimal) or value is None or hasattr(value, "isoformat"):
        return value
    return str(value)
