"""Finding counterfoils: each filter, the order, the pages, and that none of it reads more than it must."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import event, func, select

from plugin.store.models import Connection, Counterfoil, Integration, LedgerEntry, Site, Stream
from plugin.store.rows import insert_rows
from plugin.sync import audit_search
from plugin.sync.audit_search import Place, TooMany, Wanted, in_order, newest, people

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = "712020:ada"


class Trail:
    """Two streams of a site, and another site, with counterfoils written as a test wants them."""

    def __init__(self, database):
        self.database = database
        with database.writing_every_site() as session:
            self.site, self.other_site = (self._site(session, name) for name in ("Acme", "Other"))
            self.first, self.second = (self._stream(session, self.site, name) for name in ("invoices", "receipts"))
            self.elsewhere = self._stream(session, self.other_site, "invoices")
        self._lengths = dict.fromkeys((self.first, self.second, self.elsewhere), 0)

    def add(self, *entries, stream=None, site=None):
        """`entries` are what differs from an ordinary one; minutes stand for `at`."""
        stream = stream or self.first
        with self.database.writing(site or self.site) as session:
            rows = [self._row(stream, **each) for each in entries]
            insert_rows(session, Counterfoil, rows)

    def name(self, vendor, name, number="X"):
        key = f"sage300:SAMLTD:{vendor}:invoice:{number}"
        row = {
            "stream_id": self.first, "document_key": key, "content": {}, "kind": "invoice", "number": number,
            "vendor": vendor, "vendor_name": name, "amount": Decimal(1), "currency": "GBP", "state": "settled",
            "corrections": {}, "version": 1, "tries": 0, "read_at": NOON,
        }  # fmt: skip
        with self.database.writing(self.site) as session:
            insert_rows(session, LedgerEntry, [row])

    def find(self, before=None, limit=50, **wanted):
        with self.database.reading(self.site) as session:
            return list(newest(session, Wanted(**wanted), before, limit))

    def numbers(self, **wanted):
        return [row.document_key.rpartition(":")[2] for row in self.find(**wanted)]

    def _row(self, stream, minute=0, number="A", vendor="V1", **values):
        self._lengths[stream] += 1
        return {
            "stream_id": stream, "sequence": self._lengths[stream], "at": NOON + timedelta(minutes=minute),
            "actor": "counterfoil", "action": "created", "vendor": vendor, "amount": Decimal("-1.50"),
            "document_key": f"sage300:SAMLTD:{vendor}:invoice:{number}", "currency": "GBP", "accounts": ["6300"],
            "source": "sage300", "target": "jira AP-1", "outcome": "done", "detail": {}, "previous_hash": "0" * 64,
            "hash": "1" * 64, **values,
        }  # fmt: skip

    @staticmethod
    def _site(session, name):
        site = Site(name=name, base_url="https://x", display_url="https://x", created_at=NOON)
        session.add(site)
        session.flush()
        return site.id

    @staticmethod
    def _stream(session, site, name):
        connection = Connection(site_id=site, system="sage300", name="Sage", base_url="https://s", company="C")
        session.add(connection)
        session.flush()
        integration = Integration(site_id=site, kind="sage300_jira", connection_id=connection.id, created_at=NOON)
        session.add(integration)
        session.flush()
        stream = Stream(site_id=site, integration_id=integration.id, name=name)
        session.add(stream)
        session.flush()
        return stream.id


@pytest.fixture
def trail(database):
    return Trail(database)


def test_entries_of_all_streams_come_newest_first(trail):
    trail.add({"minute": 1, "number": "A"}, {"minute": 3, "number": "C"})
    trail.add({"minute": 2, "number": "B"}, {"minute": 4, "number": "D"}, stream=trail.second)
    assert trail.numbers() == ["D", "C", "B", "A"]
    assert trail.numbers(stream_id=trail.second) == ["D", "B"]


def test_another_sites_entries_are_never_found(trail):
    trail.add({"number": "OURS"})
    trail.add({"number": "THEIRS"}, stream=trail.elsewhere, site=trail.other_site)
    assert trail.numbers() == ["OURS"]
    assert trail.numbers(stream_id=trail.elsewhere) == []
    opened = partial(trail.database.reading, trail.site)
    assert list(in_order(opened, Wanted(stream_id=trail.elsewhere))) == []


def test_pages_follow_each_other_without_a_gap_even_within_one_instant(trail):
    trail.add(*({"minute": 0, "number": f"A{n}"} for n in range(7)))
    trail.add(*({"minute": n % 2, "number": f"B{n}"} for n in range(7)), stream=trail.second)
    seen, before = [], None
    while rows := trail.find(before=before, limit=3):
        seen += [row.document_key for row in rows]
        before = Place(rows[-1].at, rows[-1].stream_id, rows[-1].sequence)
    assert len(seen) == len(set(seen)) == 14
    assert seen == [row.document_key for row in trail.find()]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4711", ["INV-4711"]), ("inv", ["INV-4711"]), ("300", []), ("100%", ["100%25"]), ("0_", []),
        ("A B/7", ["A%20B%2F7"]),
        ("SAMLTD:V1:invoice:INV-4711", ["INV-4711"]), ("missing", []),
    ],
)  # fmt: skip
def test_a_document_is_found_by_part_of_its_number_or_of_its_key(trail, text, found):
    trail.add({"number": "INV-4711"}, {"number": "100%25"}, {"number": "A%20B%2F7"})
    assert trail.numbers(document=text) == found


def test_a_vendor_is_found_by_number_and_by_the_name_in_the_ledger(trail):
    trail.name("S26051", "AHR Building Consultancy Limited")
    trail.add({"vendor": "S26051", "number": "A"}, {"vendor": "V2", "number": "B"})
    assert trail.numbers(vendor="s260") == ["A"]
    assert trail.numbers(vendor="building") == ["A"]
    assert trail.numbers(vendor="b_ilding") == []


def test_a_name_that_too_many_vendors_share_asks_for_more(trail, monkeypatch):
    monkeypatch.setattr(audit_search, "MOST_VENDORS", 2)
    for number in range(3):
        trail.name(f"S{number}", f"Number {number} Limited", f"N{number}")
    with pytest.raises(TooMany, match="Type more of it"):
        trail.find(vendor="Limited")


def test_period_person_and_action_narrow_together(trail):
    trail.add(
        {"minute": 0, "number": "A", "actor": ADA, "action": "retried"},
        {"minute": 5, "number": "B", "actor": ADA, "action": "retried"},
        {"minute": 9, "number": "C", "actor": ADA, "action": "ignored"},
        {"minute": 9, "number": "D"},
    )
    since = NOON + timedelta(minutes=5)
    assert trail.numbers(since=since) == ["D", "C", "B"]
    assert trail.numbers(until=since) == ["A"]
    assert trail.numbers(actor=ADA) == ["C", "B", "A"]
    assert trail.numbers(actor="counterfoil") == ["D"]
    assert trail.numbers(actor=ADA, action="retried", since=since) == ["B"]


def test_persons_who_did_something_are_known_and_the_program_is_none_of_them(trail):
    trail.add({"actor": ADA}, {"actor": "557058:bob"}, {"actor": ADA}, {})
    with trail.database.reading(trail.site) as session:
        assert list(people(session)) == ["557058:bob", ADA]


def test_an_export_follows_the_chain_although_two_workers_clocks_differ(trail, monkeypatch):
    monkeypatch.setattr(audit_search, "PORTION", 2)
    trail.add(*({"minute": minute} for minute in (0, 2, 1, 3, 9, 4)))
    opened = partial(trail.database.reading, trail.site)

    def sequences(**wanted):
        return [row.sequence for rows in in_order(opened, Wanted(**wanted)) for row in rows]

    assert sequences() == [1, 2, 3, 4, 5, 6]
    assert sequences(since=NOON + timedelta(minutes=2), until=NOON + timedelta(minutes=5)) == [2, 4, 6]


QUESTIONS = [
    {}, {"document": "4711"}, {"vendor": "V1"}, {"action": "retried"}, {"actor": "counterfoil"}, {"actor": ADA},
    {"since": NOON, "until": NOON + timedelta(days=1)}, {"document": "x", "vendor": "y", "action": "z", "since": NOON},
]  # fmt: skip


@pytest.mark.parametrize("wanted", QUESTIONS, ids=lambda wanted: "-".join(wanted) or "all")
def test_no_search_reads_whole_tables_or_sorts_what_it_does_not_show(trail, wanted):
    """As the trail grows, a page must cost the same: SQLite tells how it would look."""
    if trail.database.engine.dialect.name != "sqlite":
        return
    trail.add({})
    plans = explained(trail, lambda: trail.find(before=Place(NOON, trail.first, 9), **wanted))
    arms = [plan for plan in plans if "counterfoils" in plan and "INTEGER PRIMARY KEY" not in plan]
    assert arms
    index = "SEARCH counterfoils USING COVERING INDEX ix_counterfoils_search (stream_id=? AND at"
    assert all(plan.startswith(index) for plan in arms), arms
    assert not any(plan.startswith("SCAN") and ("ledger" in plan or "counterfoils" in plan) for plan in plans), plans
    assert plans.count("USE TEMP B-TREE FOR ORDER BY") <= 1, "only the few of all streams are sorted"


def test_persons_are_known_without_looking_at_what_the_program_did(trail):
    if trail.database.engine.dialect.name != "sqlite":
        return
    trail.add({})
    with trail.database.reading(trail.site) as session:
        plans = explained(trail, lambda: people(session))
    assert any("ix_counterfoils_people (stream_id=?)" in plan for plan in plans), plans


def test_an_export_reads_along_the_chain(trail):
    if trail.database.engine.dialect.name != "sqlite":
        return
    trail.add({}, {})
    wanted = Wanted(since=NOON, until=NOON + timedelta(days=1), action="created", vendor="V1", document="A")
    opened = partial(trail.database.reading, trail.site)
    plans = explained(trail, lambda: list(in_order(opened, wanted)))
    assert not [plan for plan in plans if "SCAN counterfoils" in plan or "TEMP B-TREE FOR ORDER" in plan], plans
    assert any("uq_counterfoils" in plan or "sqlite_autoindex_counterfoils" in plan for plan in plans), plans


def explained(trail, work):
    queries = []

    @event.listens_for(trail.database.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, parameters, _context, _many):
        if statement.startswith("SELECT"):
            queries.append((statement, parameters))

    work()
    event.remove(trail.database.engine, "before_cursor_execute", note)
    with trail.database.reading(trail.site) as session:
        assert session.scalar(select(func.count()).select_from(Counterfoil))
        connection = session.connection()
        return [
            step[3]
            for statement, parameters in queries
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
