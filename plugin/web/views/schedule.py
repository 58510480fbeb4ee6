"""Schedule: starting an integration, and how often it asks Sage 300; and its streams' buttons."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.sage300_jira import INVOICES
from plugin.store.models import Integration, Stream
from plugin.web import forms
from plugin.web.frame import framed
from plugin.web.setting_up import connection_of, integration_of, stream_of
from plugin.web.visit import Flag, Fragment, NotThere, Visit

USUAL_MINUTES = 5


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        integration = integration_of(visit, session)
        stream = stream_of(session, integration)
        minutes = stream.interval_seconds // 60 if stream else USUAL_MINUTES
        return _page(session, integration, str(minutes), {})


def save(visit: Visit) -> Fragment:
    """The first time this starts the integration; later it changes the interval."""
    reading = forms.read(forms.ScheduleForm(), visit.form)
    with visit.writing() as session:
        integration = integration_of(visit, session)
        stream = stream_of(session, integration)
        problems = dict(reading.problems)
        if not integration.mapping:
            problems[forms.WHOLE_FORM] = "Map the fields first: an issue without them would say nothing."
        if problems:
            return _page(session, integration, reading.typed.get("minutes", ""), problems)
        seconds = reading.values["minutes"] * 60
        if stream is not None:
            stream.interval_seconds = seconds
            return Fragment.go("overview", Flag("Schedule saved"))
        stream = _start(visit, session, integration, seconds)
    visit.parts.queue.run_stream(visit.site_id, stream.id)
    flag = Flag("Counterfoil has started", "The first run reads all invoices. You can leave this page.")
    return Fragment.go(f"overview?{visit.asked_now}", flag)


def sync(visit: Visit) -> Fragment:
    with visit.writing() as session:
        stream = _stream(visit, session)
        stream.due_at = visit.now
    visit.parts.queue.run_stream(visit.site_id, stream.id)
    return Fragment.go(f"overview?{visit.asked_now}")


def pause(visit: Visit) -> Fragment:
    with visit.writing() as session:
        _stream(visit, session).active = False
    return Fragment.go("overview", Flag("Paused", "A run that is going on ends first. Nothing is lost meanwhile."))


def resume(visit: Visit) -> Fragment:
    with visit.writing() as session:
        stream = _stream(visit, session)
        stream.active = True
        stream.due_at = visit.now
    visit.parts.queue.run_stream(visit.site_id, stream.id)
    return Fragment.go(f"overview?{visit.asked_now}", Flag("Resumed"))


def _start(visit: Visit, session: Session, integration: Integration, seconds: int) -> Stream:
    stream = Stream(
        integration_id=integration.id, name=INVOICES, interval_seconds=seconds, active=True, due_at=visit.now
    )
    session.add(stream)
    session.flush()
    return stream


def _stream(visit: Visit, session: Session) -> Stream:
    stream = session.scalars(select(Stream).where(Stream.id == visit.number("stream"))).one_or_none()
    if stream is None:
        raise NotThere()
    return stream


def _page(session: Session, integration: Integration, minutes: str, problems: Mapping[str, str]) -> Fragment:
    return framed(
        session,
        "schedule.html",
        "Schedule",
        "overview",
        integration=integration,
        connection=connection_of(session, integration),
        stream=stream_of(session, integration),
        minutes=minutes,
        problems=problems,
    )
