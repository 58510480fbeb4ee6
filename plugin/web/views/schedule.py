"""Schedule: starting an integration, how often it asks its source and how much at once of Jira; and its streams'
buttons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.into_jira import CALLS_AT_ONCE
from plugin.integrations.lines import hurry
from plugin.integrations.parts import Parts
from plugin.integrations.registry import product_of
from plugin.store.models import Integration, JsonObject, Stream
from plugin.sync.progress import Calls
from plugin.web import forms
from plugin.web.frame import framed
from plugin.web.setting_up import connection_of, integration_of, stream_of
from plugin.web.visit import Flag, Fragment, NotThere, Visit
from plugin.web.wording import plain_day

USUAL_MINUTES = 5
WAITS_FOR_JIRA = Flag(
    "Not yet", "Jira lets Counterfoil call no site for now. The run begins by itself after that.", "info"
)


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        integration = integration_of(visit, session)
        return _page(session, integration, {}, {})


def save(visit: Visit) -> Fragment:
    """The first time this starts the integration; later it changes what the form says."""
    reading = forms.read(forms.ScheduleForm(), visit.form)
    with visit.writing() as session:
        integration = integration_of(visit, session)
        stream = stream_of(session, integration)
        problems = dict(reading.problems)
        if not integration.mapping:
            problems[forms.WHOLE_FORM] = "Map the fields first: an issue without them would say nothing."
        if problems:
            return _page(session, integration, reading.typed, problems)
        if calls := reading.values[CALLS_AT_ONCE]:
            integration.settings = {**integration.settings, CALLS_AT_ONCE: calls}
        seconds = reading.values["minutes"] * 60
        if stream is not None:
            stream.interval_seconds = seconds
            return Fragment.go("overview", Flag("Schedule saved"))
        since = reading.values["since"]
        stream = _start(session, integration, interval_seconds=seconds, due_at=visit.now, reached_at=visit.now)
        stream.since, stream.watermark = since, _watermark(visit, session, integration, since) if since else None
    visit.parts.queue.run_stream(visit.site_id, stream.id)
    documents = product_of(integration).main.documents
    which = f"all {documents}" if since is None else f"the {documents} since {plain_day(since)}"
    flag = Flag("Counterfoil has started", f"The first run reads {which}. You can leave this page.")
    return Fragment.go(f"overview?{visit.asked_now}", flag)


def sync(visit: Visit) -> Fragment:
    with visit.writing() as session:
        stream = _stream(visit, session)
        stream.due_at = visit.now
        waits = hurry(session, stream.id, visit.now)
    if waits:
        return Fragment.go("overview", WAITS_FOR_JIRA)
    visit.parts.queue.run_stream(visit.site_id, stream.id)
    return Fragment.go(f"overview?{visit.asked_now}")


def pause(visit: Visit) -> Fragment:
    with visit.writing() as session:
        _stream(visit, session).active = False
    return Fragment.go(
        "overview", Flag("Paused", "A run that is going on ends first. What changes meanwhile waits at its source.")
    )


def resume(visit: Visit) -> Fragment:
    with visit.writing() as session:
        stream = _stream(visit, session)
        stream.active = True
        stream.due_at = stream.reached_at = visit.now  # a stream that stood still by intent is not behind
        waits = hurry(session, stream.id, visit.now)
    if waits:
        return Fragment.go("overview", WAITS_FOR_JIRA)
    visit.parts.queue.run_stream(visit.site_id, stream.id)
    return Fragment.go(f"overview?{visit.asked_now}", Flag("Resumed"))


def _start(session: Session, integration: Integration, **values: Any) -> Stream:
    name = product_of(integration).main.name
    stream = Stream(integration_id=integration.id, name=name, active=True, **values)
    session.add(stream)
    session.flush()
    return stream


def _watermark(visit: Visit, session: Session, integration: Integration, since: date) -> JsonObject:
    """Of a stream that has read everything from before that day. Makes no call."""
    parts = Parts(visit.parts.settings, visit.parts.database, visit.parts.seal)
    described, connection = product_of(integration).main, connection_of(session, integration)
    return described.open_source(parts, connection, Calls()).from_day(since)


def _stream(visit: Visit, session: Session) -> Stream:
    stream = session.scalars(select(Stream).where(Stream.id == visit.number("stream"))).one_or_none()
    if stream is None:
        raise NotThere()
    return stream


def _page(
    session: Session, integration: Integration, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Fragment:
    """The form, filled with what was typed and else with what is stored."""
    product = product_of(integration)
    stream = stream_of(session, integration)
    stored = {
        "minutes": str(stream.interval_seconds // 60 if stream else USUAL_MINUTES),
        CALLS_AT_ONCE: str(product.main.target.calls_at_once(integration)),
        "since": "",
    }
    return framed(
        session,
        "schedule.html",
        "Schedule",
        "overview",
        integration=integration,
        source=product.system.label,
        described=product.main,
        connection=connection_of(session, integration),
        stream=stream,
        value={**stored, **typed},
        problems=problems,
    )
