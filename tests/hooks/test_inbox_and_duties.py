"""Deliveries and duties as rows, with many at them at the same time, on both kinds of database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from plugin.integrations.hooks import duties, inbox
from plugin.integrations.hooks.messages import Subject, subject_of, told_by
from plugin.jobs.hooks import enqueue_due_duties
from plugin.store.database import Database
from plugin.store.models import HookDuty, InboxMessage, Installation, Site

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
AT_ONCE = 6


@pytest.fixture
def sites(database: Database) -> list[int]:
    with database.writing_every_site() as session:
        rows = [Site(name=name, base_url="https://x", display_url="https://x", created_at=NOON) for name in "AB"]
        session.add_all(rows)
        session.flush()
        for row in rows:
            door = {"door": "connect", "state": "enabled", "updated_at": NOON}
            session.add(Installation(site_id=row.id, external_id=f"client-{row.id}", **door))
        return [row.id for row in rows]


def delivery(number: int = 1) -> inbox.Delivery:
    told = told_by({"webhookEvent": "comment_created", "issue": {"id": "10000", "key": "AP-1"}})
    return inbox.Delivery(inbox.CONNECT, inbox.DYNAMIC, f"delivery-{number}", told)


def count(database: Database, site: int, table: type) -> int:
    with database.reading(site) as session:
        return session.query(table).count()


def test_the_same_delivery_many_times_at_once_is_kept_once(database, sites):
    def take(_: int) -> bool:
        with database.writing(sites[0]) as session:
            return inbox.receive(session, delivery(), NOON)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sorted(pool.map(take, range(AT_ONCE))) == [False] * (AT_ONCE - 1) + [True]
    assert count(database, sites[0], InboxMessage) == 1


def test_many_that_ask_at_once_ask_for_one_job(database, sites):
    def ask(number: int) -> bool:
        with database.writing(sites[0]) as session:
            inbox.receive(session, delivery(number), NOON)
            return duties.ask(session, duties.DRAIN, NOON)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sum(pool.map(ask, range(AT_ONCE))) == 1
    assert count(database, sites[0], InboxMessage) == AT_ONCE
    assert count(database, sites[0], HookDuty) == 1


def test_one_worker_takes_a_duty_and_others_find_it_taken(database, sites):
    with database.writing(sites[0]) as session:
        duties.make_due(session, duties.KEEP, NOON)

    def take(_: int) -> bool:
        with database.writing(sites[0]) as session:
            return duties.take(session, duties.KEEP, NOON) is not None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sum(pool.map(take, range(AT_ONCE))) == 1


def test_a_duty_of_one_site_is_not_taken_by_another(database, sites):
    with database.writing(sites[0]) as session:
        duties.make_due(session, duties.KEEP, NOON)
    with database.writing(sites[1]) as session:
        assert duties.take(session, duties.KEEP, NOON) is None


def test_a_dead_workers_duty_is_due_when_its_lease_ends_and_its_late_conclusion_counts_for_nothing(database, sites):
    with database.writing(sites[0]) as session:
        duties.make_due(session, duties.KEEP, NOON)
        dead = duties.take(session, duties.KEEP, NOON)
    later = NOON + duties.LEASE + timedelta(seconds=1)
    with database.reading_every_site() as session:
        assert duties.due(session, NOON) == []
        assert [(site, name) for site, name, _ in duties.due(session, later)] == [(sites[0], duties.KEEP)]
    with database.writing(sites[0]) as session:
        taken = duties.take(session, duties.KEEP, later)
        assert dead is not None
        duties.conclude(session, dead, NOON + timedelta(days=1))
        assert taken is not None
        duties.conclude(session, taken, later + timedelta(hours=1), done_at=later)
    with database.reading(sites[0]) as session:
        row = session.query(HookDuty).one()
        assert (row.due_at, row.done_at, row.lease_until) == (later + timedelta(hours=1), later, None)


def test_what_is_asked_for_while_a_worker_is_at_it_is_done_again(database, sites):
    with database.writing(sites[0]) as session:
        duties.make_due(session, duties.KEEP, NOON)
        held = duties.take(session, duties.KEEP, NOON)
    with database.writing(sites[0]) as session:
        duties.make_due(session, duties.KEEP, NOON + timedelta(seconds=5), {"asked": True})
    with database.writing(sites[0]) as session:
        assert held is not None
        duties.conclude(session, held, NOON + timedelta(days=1), position={"seen": 1})
    with database.reading(sites[0]) as session:
        row = session.query(HookDuty).one()
        assert row.due_at == NOON + timedelta(seconds=5)
        assert row.position == {"asked": True, "seen": 1}


def test_of_several_schedulers_one_enqueues(database, sites):
    with database.writing(sites[0]) as session:
        duties.make_due(session, duties.KEEP, NOON)
    queued: list[tuple[int, str]] = []

    class Queue:
        def attend(self, site_id: int, duty: str) -> None:
            queued.append((site_id, duty))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda _: enqueue_due_duties(database, Queue(), NOON), range(AT_ONCE)))
    assert queued == [(sites[0], duties.KEEP)]


@pytest.mark.parametrize(
    ("event", "body", "expected"),
    [
        ("jira:issue_updated", {}, Subject.STATUS),
        ("jira:issue_updated", {"changelog": {"items": [{"field": "summary"}]}}, None),
        ("jira:issue_updated", {"changelog": {"items": [{"fieldId": "status", "field": "État"}]}}, Subject.STATUS),
        ("jira:issue_updated", {"changelog": {"items": [{"field": "STATUS"}]}}, Subject.STATUS),
        ("jira:issue_created", {}, None),
        ("jira:issue_deleted", {}, Subject.DELETED),
        ("comment_updated", {}, Subject.TALK),
        ("worklog_deleted", {}, Subject.TALK),
        ("sprint_started", {}, None),
    ],
)
def test_what_an_event_may_mean(event, body, expected):
    told = told_by({"webhookEvent": event, **body})
    assert subject_of(told.event, told.body) is expected


@pytest.mark.parametrize(
    "body",
    [
        {"issue": {"id": 10000}},
        {"issue": {"id": "10000", "key": "../x"}},
        {"worklog": {"issueId": "10000"}},
        {"comment": {"self": "https://acme.atlassian.net/rest/api/2/issue/10000/comment/7"}},
    ],
)
def test_the_issue_is_found_wherever_an_event_names_it(body):
    assert told_by({"webhookEvent": "comment_created", **body}).issue_id == "10000"


@pytest.mark.parametrize("body", [{}, {"issue": {"id": "1 OR 1"}}, {"comment": {"self": "https://x/issue/AP-1/y"}}])
def test_what_names_no_issue_has_none(body):
    assert told_by({"webhookEvent": "comment_created", **body}).issue_id is None
