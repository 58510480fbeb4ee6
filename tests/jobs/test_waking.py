"""What one stream has brought, others have been waiting for: they are due at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from plugin.integrations.lines import wake_followers
from plugin.integrations.setting_up import add_streams
from plugin.store.models import Connection, Integration, Site, Stream
from plugin.sync.lease import Lease

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def streams(database):
    """Id of the site, and ids of the streams by name; all are started and wait for their next regular look."""
    with database.writing_every_site() as session:
        site = Site(name="A", base_url="https://a", display_url="https://a", created_at=NOON)
        session.add(site)
        session.flush()
        site_id = site.id
    with database.writing(site_id) as session:
        connection = Connection(system="sage300", name="S", base_url="https://s", company="C")
        session.add(connection)
        session.flush()
        integration = Integration(kind="sage300_jira", connection_id=connection.id, created_at=NOON)
        session.add(integration)
        session.flush()
        add_streams(session, integration)
        session.execute(update(Stream).values(active=True, started_at=NOON, due_at=LATER))
        rows = session.scalars(select(Stream)).all()
        return site_id, {row.name: row.id for row in rows}


def wake(database, streams, changed):
    """Names of the streams that are due after documents of this one have changed."""
    site_id, ids = streams
    with database.writing(site_id) as session:
        session.get_one(Stream, ids[changed]).chain_length += 1
        session.flush()
        wake_followers(session, ids[changed], NOON)
    with database.reading(site_id) as session:
        return {row.name for row in session.scalars(select(Stream)) if row.due_at == NOON}


def change(database, streams, name, **values):
    site_id, ids = streams
    with database.writing(site_id) as session:
        for column, value in values.items():
            setattr(session.get_one(Stream, ids[name]), column, value)


def test_those_are_due_that_are_told_together_with_what_has_changed_or_read_it(database, streams):
    assert wake(database, streams, "vendors") == {"invoices", "orders", "receipts"}


def test_comments_about_invoices_are_due_when_invoices_have_changed(database, streams):
    assert wake(database, streams, "invoices") == {"orders", "postings"}


def test_what_was_seen_already_wakes_nobody(database, streams):
    _, ids = streams
    change(database, streams, "orders", followed={str(ids["receipts"]): 1})
    assert wake(database, streams, "receipts") == set()


def test_one_that_is_paused_or_in_trouble_keeps_its_time(database, streams):
    change(database, streams, "orders", active=False)
    change(database, streams, "receipts", trouble={"code": "jira.unreadable"})
    assert wake(database, streams, "vendors") == {"invoices"}


def test_one_at_work_is_asked_for_another_pass(database, streams):
    """It has been due since before it began, and would sleep for a whole interval else."""
    site_id, ids = streams
    change(database, streams, "invoices", due_at=NOON - timedelta(minutes=1))
    with database.writing(site_id) as session:
        assert Lease.take(session, ids["invoices"]) is not None
    assert "invoices" in wake(database, streams, "vendors")
