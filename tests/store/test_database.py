"""Tenants never meet (DESIGN, promise 7), and what is stored comes back as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, inspect, select, update
from sqlalchemy.orm import Session

from plugin.store.database import Database, NoSite
from plugin.store.models import Connection, Integration, LedgerEntry, Site, Stream, Table
from plugin.store.upgrade import is_current, upgrade

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def sites(database):
    with database.writing_every_site() as session:
        rows = [Site(name=name, base_url="https://x", display_url="https://x", created_at=NOON) for name in ("A", "B")]
        session.add_all(rows)
        session.flush()
        for row in rows:
            session.add(_connection(site_id=row.id))
        return [row.id for row in rows]


def _connection(**values):
    return Connection(system="sage300", name="Sage", base_url="https://s", company="C", **values)


def names(database, site):
    with database.reading(site) as session:
        return [row.site_id for row in session.scalars(select(Connection))]


def test_a_session_sees_its_own_site_only(database, sites):
    assert names(database, sites[0]) == [sites[0]]
    assert names(database, sites[1]) == [sites[1]]


def test_counts_joins_updates_and_deletes_are_narrowed_too(database, sites):
    with database.writing(sites[0]) as session:
        assert session.scalar(select(func.count(Connection.id))) == 1
        session.execute(update(Connection).values(name="Renamed"))
        joined = select(Connection.name).join(Site, Site.id == Connection.site_id)
        assert session.scalars(joined).all() == ["Renamed"]
    with database.writing(sites[0]) as session:
        session.execute(delete(Connection))
    with database.reading_every_site() as session:
        assert [row.name for row in session.scalars(select(Connection))] == ["Sage"]


def test_another_sites_row_cannot_be_fetched_by_its_id(database, sites):
    with database.reading_every_site() as session:
        theirs = session.scalars(select(Connection.id).where(Connection.site_id == sites[1])).one()
    with database.reading(sites[0]) as session:
        assert session.get(Connection, theirs) is None


def test_a_new_row_belongs_to_the_sessions_site_and_to_no_other(database, sites):
    with database.writing(sites[0]) as session:
        session.add(_connection())
    assert names(database, sites[0]) == [sites[0], sites[0]]
    with pytest.raises(NoSite), database.writing(sites[0]) as session:
        session.add(_connection(site_id=sites[1]))


def test_a_session_that_names_no_site_is_refused(database):
    with Session(database.engine) as session, pytest.raises(NoSite):
        session.execute(select(Connection))


def test_reading_keeps_nothing(database, sites):
    with database.reading(sites[0]) as session:
        session.add(_connection())
        session.flush()
    assert len(names(database, sites[0])) == 1


def test_money_dates_and_instants_come_back_exactly(database, sites):
    somewhere = timezone(timedelta(hours=5, minutes=30))
    with database.writing(sites[0]) as session:
        connection = session.scalars(select(Connection)).one()
        integration = Integration(kind="k", connection_id=connection.id, created_at=NOON.astimezone(somewhere))
        session.add(integration)
        session.flush()
        stream = Stream(integration_id=integration.id, name="invoices")
        session.add(stream)
        session.flush()
        session.add(_entry(stream.id))
    with database.reading(sites[0]) as session:
        entry = session.scalars(select(LedgerEntry)).one()
        assert (entry.amount, entry.document_date) == (Decimal("12109.10"), date(2021, 2, 7))
        created = session.scalars(select(Integration.created_at)).one()
        assert (created, created.tzinfo) == (NOON, UTC)


def test_an_instant_without_a_zone_is_refused(database):
    naive = datetime(2026, 3, 1)  # noqa: DTZ001 - the mistake under test
    site = Site(name="A", base_url="x", display_url="x", created_at=naive)
    with pytest.raises(Exception, match="without a time zone"), database.writing_every_site() as session:
        session.add(site)


def test_the_migrations_make_exactly_the_tables_of_the_models(database):
    found = inspect(database.engine)
    assert set(found.get_table_names()) - {"alembic_version"} == set(Table.metadata.tables)
    for name, table in Table.metadata.tables.items():
        assert {column["name"] for column in found.get_columns(name)} == {column.name for column in table.columns}
        # PostgreSQL lists the index behind a unique constraint as well.
        indexes = {each["name"] for each in found.get_indexes(name) if not each.get("duplicates_constraint")}
        assert indexes == {index.name for index in table.indexes}


def test_an_address_as_hosters_write_it_gets_our_driver():
    assert Database("postgres://someone@db.example/counterfoil").url.drivername == "postgresql+psycopg"


def test_upgrading_twice_changes_nothing(database):
    upgrade(database)
    assert is_current(database)


def _entry(stream_id):
    return LedgerEntry(
        stream_id=stream_id,
        document_key="k",
        content={},
        kind="invoice",
        number="1",
        vendor="V",
        vendor_name="V",
        amount=Decimal("12109.10"),
        currency="GBP",
        document_date=date(2021, 2, 7),
        state="pending",
        read_at=NOON,
    )
