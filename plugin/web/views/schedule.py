"""Schedule: starting a stream, how often it asks its source and how much at once of Jira; and its buttons."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.integrations.into_jira import CALLS_AT_ONCE
from plugin.integrations.lines import hurry
from plugin.integrations.parts import Parts
from plugin.store.models import Stream
from plugin.web import forms, starting
from plugin.web.frame import framed
from plugin.web.setting_up import Setup, connection_of, placed
from plugin.web.visit import Flag, Fragment, NotThere, Visit
from plugin.web.wording import plain_day

USUAL_MINUTES = 5
WAITS_FOR_JIRA = Flag(
    "Not yet", "Jira lets Counterfoil call no site for now. The run begins by itself after that.", "info"
)


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        return _page(session, placed(visit, session), {}, {})


def save(visit: Visit) -> Fragment:
    """The first time this starts the stream; later it changes what the form says."""
    reading = forms.read(forms.ScheduleForm(), visit.form)
    with visit.writing() as session:
        setup = placed(visit, session)
        stream, integration = setup.stream, setup.integration
        problems = dict(reading.problems)
        if not stream.mapping:
            problems[forms.WHOLE_FORM] = "Map the fields first: an issue without them would say nothing."
        if problems:
            return _page(session, setup, reading.typed, problems)
        if calls := reading.values[CALLS_AT_ONCE]:
            integration.settings = {**integration.settings, CALLS_AT_ONCE: calls}
        stream.interval_seconds = reading.values["minutes"] * 60
        if setup.started:
            return Fragment.go("overview", Flag("Schedule saved"))
        since = reading.values["since"]
        started = starting.start(_parts(visit), session, setup, since, visit.now)
    for each in started:
        visit.parts.queue.run_stream(visit.site_id, each.id)
    documents = setup.described.documents
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


def _parts(visit: Visit) -> Parts:
    return Parts(visit.parts.settings, visit.parts.database, visit.parts.seal)


def _stream(visit: Visit, session: Session) -> Stream:
    """Raises NotThere also for one that was never started: it may lack all that it needs."""
    stream = session.scalars(select(Stream).where(Stream.id == visit.number("stream"))).one_or_none()
    if stream is None or stream.started_at is None:
        raise NotThere()
    return stream


def _page(session: Session, setup: Setup, typed: Mapping[str, str], problems: Mapping[str, str]) -> Fragment:
    """The form, filled with what was typed and else with what is stored."""
    stored = {
        "minutes": str(setup.stream.interval_seconds // 60 if setup.started else USUAL_MINUTES),
        CALLS_AT_ONCE: str(setup.into_jira.calls_at_once(setup.integration)),
        "since": "",
    }
    return framed(
        session,
        "schedule.html",
        "Schedule",
        "overview",
        where=setup.where,
        place=setup.stream.settings,
        mapped=bool(setup.stream.mapping),
        source=setup.product.system.label,
        described=setup.described,
        connection=connection_of(session, setup.integration),
        stream=setup.stream if setup.started else None,
        value={**stored, **typed},
        problems=problems,
    )
