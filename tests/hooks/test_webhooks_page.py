"""The page *Webhooks*, the notice and the metric: what an administrator and an operator see of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import update

from plugin.integrations.hooks import duties
from plugin.integrations.hooks.gauge import HeardWebhooks
from plugin.notices import watch
from plugin.store.models import AdminWebhook, InboxMessage, IssueTotals, Notice, WebhookRegistration
from scripts.rehearsal.administrator import Administrator

DAY = timedelta(days=1)


@pytest.fixture
def ada(office: Any) -> Administrator:
    return Administrator(office.served.url, office.url)


def opened(office: Any) -> list[tuple[str, str, int]]:
    rows = [row for row in office.rows(Notice) if row.cleared_at is None and row.code == "not-told"]
    return [(row.subject, row.code, row.stage) for row in rows]


def look(office: Any) -> None:
    watch.look(office.database, office.parts.settings, office.now)


def change(office: Any, table: Any, **values: Any) -> None:
    with office.database.writing(office.site_id) as session:
        session.execute(update(table).values(**values).execution_options(synchronize_session=False))


def metrics(office: Any) -> dict[str, float]:
    return {
        sample.name: sample.value for family in HeardWebhooks(office.database).collect() for sample in family.samples
    }


def test_before_a_stream_is_started_the_page_says_what_comes(office: Any, ada: Administrator) -> None:
    assert "registered by themselves" in ada.look("webhooks").words


def test_it_shows_each_project_with_its_events_expiry_and_last_delivery(listening: Any, ada: Administrator) -> None:
    listening.move(listening.bill("B-1"), "In review")
    listening.delivered()
    listening.work()
    screen = ada.look("webhooks")
    assert "AP Registered" in screen.words
    assert "moved to another status" in screen.words
    [row] = listening.rows(WebhookRegistration)
    assert row.expires_at.isoformat() in screen.html
    assert row.heard_at.isoformat() in screen.html


def test_register_now_is_a_job_and_the_page_waits_for_it(listening: Any, ada: Administrator) -> None:
    listening.jira.webhooks.dynamic.clear()
    screen = ada.act("webhooks/register", {})
    assert screen.redirect is not None
    assert ada.look(screen.redirect).waits
    assert listening.registered() == []
    listening.work()
    assert len(listening.registered()) == 1
    assert not ada.look(screen.redirect).waits


def test_what_jira_refuses_is_shown_with_its_remedy(listening: Any, ada: Administrator) -> None:
    listening.configure(rules=[{"name": "x", "when": [], "then": {"place": {"project_key": "NOPE"}}}])
    listening.register()
    words = ada.look("webhooks").words
    assert "NOPE Not registered" in words
    assert "Jira did not take it" in words


def test_trouble_with_jira_is_shown_and_ends_the_waiting(listening: Any, ada: Administrator) -> None:
    screen = ada.act("webhooks/register", {})
    listening.jira.faults.add("status", path="/rest/api/3/webhook", times=20, status=403)
    listening.work()
    page = ada.look(screen.redirect or "")
    assert not page.waits
    assert "could not be compared" in page.words


def test_a_secret_is_shown_once_and_works(listening: Any, ada: Administrator) -> None:
    """An administrator enters it in Jira, whose deliveries are then taken."""
    made = ada.look("webhooks/secret", {})
    secret = re.search(r'id="secret-once">([^<]+)<', made.html)
    address = re.search(r'id="admin-address">([^<]+)<', made.html)
    assert secret is not None
    assert address is not None
    again = ada.look("webhooks")
    assert secret[1] not in again.html
    assert address[1] in again.html
    hook = {"name": "Work", "url": address[1], "events": ["worklog_created"], "secret": secret[1]}
    answer = requests.post(
        f"{listening.served.url}/rest/webhooks/1.0/webhook",
        json=hook,
        auth=("ada@example.com", "ada-token"),
        timeout=10,
    )
    assert answer.status_code == 201, answer.text
    listening.log_work(listening.bill("B-1"), 1800)
    listening.delivered()
    listening.work()
    assert "admin" in {row.source for row in listening.rows(InboxMessage)}
    assert [row.worklog_seconds for row in listening.rows(IssueTotals)] == [1800]


def test_a_new_secret_leaves_the_address(listening: Any, ada: Administrator) -> None:
    ada.look("webhooks/secret", {})
    [before] = listening.rows(AdminWebhook)
    ada.look("webhooks/secret", {})
    [after] = listening.rows(AdminWebhook)
    assert after.token == before.token
    assert after.secret != before.secret
    assert after.previous_secret == before.secret


def test_opening_the_page_makes_no_secret(listening: Any, ada: Administrator) -> None:
    answer = ada.look("webhooks")
    assert "Make address and secret" in answer.words
    assert listening.rows(AdminWebhook) == []


def test_missing_webhooks_raise_one_notice_and_clear_it(office: Any) -> None:
    office.jira.faults.add("status", path="/rest/api/3/webhook", times=1000, status=403)
    office.register()
    look(office)
    assert opened(office) == []
    office.later += timedelta(minutes=16)
    look(office)
    assert opened(office) == [("webhooks", "not-told", 1)]
    notice = next(row for row in office.rows(Notice) if row.code == "not-told")
    assert "the project AP" in notice.sentence
    office.jira.faults.clear()
    office.attend(duties.KEEP)
    look(office)
    assert opened(office) == []


def test_webhooks_that_end_within_a_week_raise_a_notice_that_presses_more_when_they_have_ended(listening: Any) -> None:
    change(listening, WebhookRegistration, expires_at=listening.now + 6 * DAY)
    look(listening)
    assert opened(listening) == [("webhooks", "not-told", 0)]
    listening.later += 7 * DAY
    look(listening)
    assert opened(listening) == [("webhooks", "not-told", 1)]


def test_nobody_is_told_of_a_site_that_has_switched_the_app_off(listening: Any) -> None:
    listening.act("app", "disable", key="com.counterfoil.payables")
    change(listening, WebhookRegistration, expires_at=listening.now - DAY)
    look(listening)
    assert opened(listening) == []


def test_the_metric_tells_when_the_first_one_expires(listening: Any) -> None:
    assert 29 * 86_400 < metrics(listening)["counterfoil_webhook_expires_seconds"] < 30 * 86_400
    assert metrics(listening)["counterfoil_webhooks_missing"] == 0
    change(listening, WebhookRegistration, jira_id=None, expires_at=None)
    told = metrics(listening)
    assert told["counterfoil_webhooks_missing"] == 1
    assert "counterfoil_webhook_expires_seconds" not in told
