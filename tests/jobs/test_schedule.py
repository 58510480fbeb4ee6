"""What is due is enqueued, once, and a lost job is made up for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from plugin.jobs.schedule import GRACE, enqueue_due
from plugin.store.departure import forget_departed
from plugin.store.models import Connection, Integration, LedgerEntry, Site, Stream
from plugin.sync.lease import Lease


class Noted:
    def __init__(self):
        self.streams = []

    def run_stream(self, site_id, stream_id, trigger):
        self.streams.append((site_id, stream_id, trigger))


@pytest.fixture
def stream(database):
    now = datetime.now(UTC)
    with database.writing_every_site() as session:
        site = Site(name="A", base_url="https://a", display_url="https://a", created_at=now)
        session.add(site)
        session.flush()
        connection = Connection(site_id=site.id, system="s", name="S", base_url="https://s", company="C")
        session.add(connection)
        session.flush()
        integration = Integration(site_id=site.id, kind="sage300_jira", connection_id=connection.id, created_at=now)
        session.add(integration)
        session.flush()
        stream = Stream(site_id=site.id, integration_id=integration.id, name="invoices", active=True, due_at=now)
        session.add(stream)
        session.flush()
        return stream


def change(database, table, **values):
    with database.writing_every_site() as session:
        session.execute(update(table).values(**values))


def due(database):
    queue = Noted()
    enqueue_due(database, queue)
    return queue.streams


def test_a_due_stream_is_enqueued_once(database, stream):
    assert due(database) == [(stream.site_id, stream.id, "schedule")]
    assert due(database) == []


def test_a_stream_whose_job_was_lost_becomes_due_again(database, stream):
    due(database)
    change(database, Stream, due_at=datetime.now(UTC) - timedelta(seconds=1))
    assert len(due(database)) == 1
    assert timedelta(seconds=60) >= GRACE, "a killed worker is made up for within a minute"


def test_a_stream_that_is_worked_on_is_left_alone_until_its_lease_runs_out(database, stream):
    with database.writing(stream.site_id) as session:
        assert Lease.take(session, stream.id)
    assert due(database) == []
    change(database, Stream, lease_until=datetime.now(UTC) - timedelta(seconds=1))
    assert len(due(database)) == 1


def test_a_paused_stream_waits(database, stream):
    change(database, Stream, active=False)
    assert due(database) == []


def test_a_stream_whose_time_has_not_come_waits(database, stream):
    change(database, Stream, due_at=datetime.now(UTC) + timedelta(seconds=60))
    assert due(database) == []


def test_a_site_that_has_left_is_not_worked_for(database, stream):
    change(database, Site, left_at=datetime.now(UTC))
    assert due(database) == []


def test_a_departed_site_is_forgotten_with_all_it_had_when_its_time_is_over(database, stream):
    now = datetime.now(UTC)
    change(database, Site, left_at=now, delete_after=now + timedelta(days=30))
    with database.writing_every_site() as session:
        assert forget_departed(session, now) == 0
        assert forget_departed(session, now + timedelta(days=31)) == 1
    with database.reading_every_site() as session:
        for table in (Site, Connection, Integration, Stream, LedgerEntry):
            assert session.scalars(select(table)).all() == []
