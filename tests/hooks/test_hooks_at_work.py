"""The whole application: web server, queue, jobs and schedule as they run, and Jira's own deliveries to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugin.jobs.hooks import enqueue_due_duties, follow_configuration
from plugin.jobs.queue import Queue
from plugin.store.models import HookDuty, InboxMessage, IssueTotals, Stream, WebhookRegistration
from tests.integrations.conftest import (  # noqa: F401 - fixtures
    books,
    open_site,
    queue_address,
    sage,
    start_app,
)
from tests.integrations.office import Office


@pytest.fixture
def running(open_site: Any, sage: Any, start_app: Any) -> Office:  # noqa: F811 - the fixtures imported above
    site = open_site()
    office = Office(start_app(site), site, sage)
    office.set_up()
    schedule(office)
    return office


def schedule(office: Office, later: timedelta = timedelta()) -> None:
    """The schedule looks, and what is due is done by jobs."""
    now = datetime.now(UTC) + later
    follow_configuration(office.app.database, now)
    enqueue_due_duties(office.app.database, Queue(office.app.redis), now)
    office.app.work()


def rows(office: Office, table: Any) -> list[Any]:
    with office.rows() as session:
        return list(session.query(table).order_by(table.id))


def test_setting_up_registers_and_a_comment_in_jira_is_counted(running: Office) -> None:
    [row] = rows(running, WebhookRegistration)
    [hook] = running.jira.mock.webhooks.dynamic.values()
    assert (row.project_key, row.jira_id) == ("AP", hook.id)
    key = running.entries()[0].target_key
    running.jira.act("issue", "comment", key=key, text="Who ordered this?")
    assert running.jira.mock.webhooks.deliveries.wait_idle(20)
    assert [message.taken_at for message in rows(running, InboxMessage) if message.event == "comment_created"] == [None]
    running.app.work()  # the delivery itself has asked for the job
    assert [totals.comments for totals in rows(running, IssueTotals)] == [1]
    assert all(message.taken_at for message in rows(running, InboxMessage))


def test_an_issue_that_is_approved_in_jira_ends_in_a_job_that_needs_no_repetition(running: Office) -> None:
    """Our own edits of fields are not even delivered: only changes of the status are."""
    before = len(rows(running, InboxMessage))
    key = running.entries()[0].target_key
    running.jira.act("issue", "edit", key=key, summary="Read by a person")
    running.jira.act("issue", "transition", key=key, to="In review")
    assert running.jira.mock.webhooks.deliveries.wait_idle(20)
    running.app.work()
    new = rows(running, InboxMessage)[before:]
    assert [(each.event, each.trouble) for each in new] == [("jira:issue_updated", None)]


def test_what_was_lost_while_the_application_was_off_is_made_up_for(running: Office) -> None:
    key = running.entries()[0].target_key
    running.jira.turn(webhook_drop=1)
    running.jira.act("issue", "comment", key=key, text="Nobody hears this")
    running.jira.turn(webhook_drop=0)
    running.jira.act("issue", "comment", key=key, text="But this")
    assert running.jira.mock.webhooks.deliveries.wait_idle(20)
    running.app.work()
    assert [totals.comments for totals in rows(running, IssueTotals)] == [2]
    assert {duty.name: duty.trouble for duty in rows(running, HookDuty)}.get("missed") is None


def test_a_transition_in_jira_enters_the_ledger_of_actions(running: Office) -> None:
    status = {"id": "3", "name": "In review"}
    with running.app.database.writing(running.site_id) as session:
        actions = session.query(Stream).filter_by(name="actions").one()
        actions.settings = {"approve": {"status": status, "groups": ["finance"]}}
        actions.started_at = datetime.now(UTC)
    schedule(running)
    entry = running.entries()[0]
    running.jira.turn(webhook_duplicate=1)
    running.jira.act("issue", "transition", key=entry.target_key, to="In review", **{"as": "Ada"})
    assert running.jira.mock.webhooks.deliveries.wait_idle(20)
    running.app.work()
    [action] = running.entries("actions")
    told = action.content
    assert (told["document_key"], told["action"], told["via"]) == (entry.document_key, "approve", "transition")
    assert told["actor_name"].startswith("Ada")
