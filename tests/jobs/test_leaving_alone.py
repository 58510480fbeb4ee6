"""The schedule leaves a system in trouble alone: what needs it is put off, and one stream is sent to try it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import structlog
from sqlalchemy import event, func, select, update

from plugin.jobs import schedule, tasks
from plugin.jobs.schedule import end_pauses, enqueue_due
from plugin.store.models import AppPause, Circuit, Connection, Integration, Run, Site, Stream
from plugin.sync.circuits import of_connection

TROUBLE = {"kind": "transient", "code": "http.refused", "tried": "", "got": "It is down.", "remedy": ""}


@pytest.fixture(autouse=True)
def fresh_logs(monkeypatch):
    """Loggers that are not bound yet to what an earlier test has configured."""
    for module in (schedule, tasks):
        monkeypatch.setattr(module, "log", structlog.get_logger())


class Noted:
    def __init__(self):
        self.streams = []

    def run_stream(self, _site_id, stream_id, _trigger):
        self.streams.append(stream_id)


def add(session, row):
    session.add(row)
    session.flush()
    return row.id


def make_site(database, connections=1, streams_each=2):
    """Site, its connections, and its streams by connection."""
    now = datetime.now(UTC)
    with database.writing_every_site() as session:
        site = add(session, Site(name="A", base_url="https://a", display_url="https://a", created_at=now))
        mine = {}
        for _ in range(connections):
            row = Connection(site_id=site, system="s", name="S", base_url="https://s", company="C")
            connection = add(session, row)
            mine[connection] = []
            for _ in range(streams_each):
                kind = Integration(site_id=site, kind="sage300_jira", connection_id=connection, created_at=now)
                stream = {"integration_id": add(session, kind), "name": "invoices", "active": True, "due_at": now}
                mine[connection].append(add(session, Stream(site_id=site, **stream)))
        return site, mine


def open_circuit(database, site, subject, until):
    with database.writing(site) as session:
        session.add(
            Circuit(subject=subject, failures=3, opened_at=datetime.now(UTC), next_try_at=until, trouble=TROUBLE)
        )


def due(database):
    queue = Noted()
    enqueue_due(database, queue)
    return queue.streams


def due_at(database, stream):
    with database.reading_every_site() as session:
        return session.scalars(select(Stream.due_at).where(Stream.id == stream)).one()


def test_streams_of_a_system_that_is_left_alone_are_put_off_until_its_next_try(database):
    site, mine = make_site(database, connections=2)
    (broken, waiting), (_, going) = mine.items()
    until = datetime.now(UTC) + timedelta(minutes=8)
    open_circuit(database, site, of_connection(broken), until)
    assert due(database) == going
    assert [due_at(database, stream) for stream in waiting] == [until, until]


def test_jiras_circuit_holds_all_streams_of_its_site_and_no_other(database):
    site, _ = make_site(database, connections=2)
    _, elsewhere = make_site(database)
    open_circuit(database, site, "jira", datetime.now(UTC) + timedelta(minutes=8))
    assert due(database) == [stream for streams in elsewhere.values() for stream in streams]


def test_one_stream_is_sent_to_try_a_system_whose_time_has_come(database):
    site, mine = make_site(database, streams_each=5)
    ((connection, streams),) = mine.items()
    open_circuit(database, site, of_connection(connection), datetime.now(UTC) - timedelta(seconds=1))
    assert due(database) == streams[:1]
    assert due(database) == [], "nor do the others follow in the next look"
    assert all(due_at(database, stream) > datetime.now(UTC) for stream in streams)


def test_a_pause_of_the_app_holds_every_site_until_it_is_over(database):
    make_site(database)
    make_site(database)
    until = datetime.now(UTC) + timedelta(minutes=20)
    with database.writing_every_site() as session:
        session.add(AppPause(system="jira", until=until, trouble=TROUBLE))
    assert due(database) == []
    with structlog.testing.capture_logs() as logged:
        end_pauses(database, datetime.now(UTC))
        end_pauses(database, until)
        end_pauses(database, until)
    assert [(entry["event"], entry["system"]) for entry in logged] == [("app.goes-on", "jira")]
    with database.writing_every_site() as session:
        session.execute(update(Stream).values(due_at=datetime.now(UTC)))
    assert len(due(database)) == 4


def test_a_look_that_finds_nothing_due_asks_nothing_about_circuits(database):
    make_site(database)
    due(database)
    statements = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, *_):
        statements.append(statement)

    due(database)
    event.remove(database.engine, "before_cursor_execute", note)
    assert len([each for each in statements if "SELECT" in each]) == 1


@pytest.fixture
def job(database, tmp_path, monkeypatch):
    """Runs a stream's job as a worker does."""
    monkeypatch.setenv("COUNTERFOIL_DATA", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database.url.render_as_string(hide_password=False))
    tasks.parts.cache_clear()
    yield tasks.run_stream
    tasks.parts().database.dispose()
    tasks.parts.cache_clear()


@pytest.mark.parametrize("trigger", ["schedule", "person"])
def test_a_job_that_comes_all_the_same_ends_quietly_and_leaves_no_trace(database, job, trigger):
    site, mine = make_site(database)
    ((connection, streams),) = mine.items()
    open_circuit(database, site, of_connection(connection), datetime.now(UTC) + timedelta(minutes=8))
    with structlog.testing.capture_logs() as logged:
        job(site, streams[0], trigger)
    assert [entry["event"] for entry in logged] == ["stream.waits"]
    with database.reading(site) as session:
        assert session.scalars(select(Stream.lease_owner).where(Stream.lease_owner.is_not(None))).all() == []
        assert session.scalar(select(func.count(Run.id))) == 0
