"""Activity: the recent runs, in plain words."""

from __future__ import annotations

from sqlalchemy import select

from plugin.integrations.registry import SYSTEMS, product_of
from plugin.store.models import Connection, Integration, Run, Stream
from plugin.web import marks
from plugin.web.frame import framed
from plugin.web.visit import Fragment, Visit
from plugin.web.wording import counted

SHOWN = 50


def show(visit: Visit) -> Fragment:
    with visit.reading() as session:
        rows = session.execute(
            select(Run, Stream.name, Integration, Connection.name)
            .join(Stream, Stream.id == Run.stream_id)
            .join(Integration, Integration.id == Stream.integration_id)
            .join(Connection, Connection.id == Integration.connection_id)
            .order_by(Run.id.desc())
            .limit(SHOWN)
        ).all()
        runs = [
            (run, f"{connection} {product_of(integration).stream(stream).documents}")
            for run, stream, integration, connection in rows
        ]
        return framed(
            session,
            "activity.html",
            "Activity",
            "activity",
            runs=runs,
            marks=marks,
            sentence=sentence,
            requests=requests,
            now=visit.now,
            shown=SHOWN,
        )


def sentence(run: Run) -> str:
    """What a run did: "4,321 documents read: 12 new, 3 changed, the others as before."."""
    if not run.read and not run.created and not run.updated and not run.failed:
        return "Nothing new." if run.state == "done" else "Nothing read yet."
    parts = [
        f"{number:,} {word}"
        for number, word in ((run.created, "new"), (run.updated, "changed"), (run.failed, "failed"))
        if number
    ]
    read = f"{counted(run.read, 'document')} read" if run.read else "Deliveries of before"
    if not parts:
        return f"{read}, all as before." if run.state == "done" else f"{read} so far."
    return f"{read}: {', '.join(parts)}{', the others as before' if run.unchanged else ''}."


def requests(run: Run) -> str:
    """ "12 requests to Sage 300, 3 to Jira"."""
    names = {"jira": "Jira", **{system.name: system.label for system in SYSTEMS.values()}}
    words = [
        f"{counted(number, 'request') if index == 0 else format(number, ',')} to {names.get(system, system)}"
        for index, (system, number) in enumerate(sorted(run.calls.items(), reverse=True))
    ]
    return ", ".join(words)
