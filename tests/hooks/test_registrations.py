"""Webhooks are kept registered: compared with Jira's own list, renewed long before they end, mended when lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plugin.integrations.hooks import duties, keeper
from plugin.store.models import WebhookRegistration
from tests.hooks.office import APP

DAY = timedelta(days=1)
WEBHOOKS = "/rest/api/3/webhook"


def fail(office: Any, kind: str = "status", method: str | None = None, **more: Any) -> None:
    values: dict[str, Any] = {"status": 503, "times": 1000} if kind == "status" else {}
    office.jira.faults.add(kind, method=method, path=WEBHOOKS, **{**values, **more})


def recover(office: Any) -> None:
    office.jira.faults.clear()


def journal(office: Any, method: str) -> list[dict[str, Any]]:
    return [
        entry
        for entry in office.jira.journal.entries(0)
        if entry["method"] == method and entry["path"].startswith(WEBHOOKS)
    ]


def keep(office: Any) -> None:
    office.attend(duties.KEEP)


def row(office: Any) -> WebhookRegistration:
    [found] = office.rows(WebhookRegistration)
    return found


def test_each_project_in_use_gets_one_webhook(office: Any) -> None:
    rule = {"name": "Rail", "when": [], "then": {"place": {"project_key": "FIN"}}}
    office.configure(rules=[rule])
    office.register()
    assert sorted(hook.jql for hook in office.registered()) == ['project = "AP"', 'project = "FIN"']
    [first, second] = office.registered()
    assert first.events == keeper.EVENTS
    assert first.field_ids == {"status"}
    assert first.url == second.url == f"{office.url}{keeper.ADDRESS}"
    rows = {each.project_key: each for each in office.rows(WebhookRegistration)}
    assert {each.jira_id for each in rows.values()} == {first.id, second.id}
    assert rows["AP"].expires_at - office.now > 29 * DAY


def test_the_registered_address_is_served(listening: Any) -> None:
    [hook] = listening.registered()
    unsigned = listening.app.test_client().post(hook.url.removeprefix(listening.url), json={})
    assert unsigned.status_code == 401


def test_a_look_that_finds_all_in_step_only_looks(listening: Any) -> None:
    since = listening.jira.journal.count
    keep(listening)
    requests = [(e["method"], e["path"]) for e in listening.jira.journal.entries(since) if WEBHOOKS in e["path"]]
    assert requests == [("GET", WEBHOOKS)]
    assert listening.duty("keep").due_at - listening.now > 0.9 * DAY


def test_a_change_of_the_projects_is_followed_without_being_told(listening: Any) -> None:
    listening.configure(project_key="FIN")
    listening.register()
    assert [hook.jql for hook in listening.registered()] == ['project = "FIN"']
    assert row(listening).project_key == "FIN"


def test_a_former_project_is_listened_to_while_documents_stand_there(listening: Any) -> None:
    listening.bill("B-1")
    listening.configure(project_key="FIN")
    listening.register()
    assert sorted(hook.jql for hook in listening.registered()) == ['project = "AP"', 'project = "FIN"']


def test_nothing_is_left_registered_when_no_stream_needs_it(listening: Any) -> None:
    listening.configure(project_key=None)
    listening.register()
    assert listening.registered() == []
    assert listening.rows(WebhookRegistration) == []


def test_a_lost_registration_is_made_again(listening: Any) -> None:
    listening.jira.webhooks.dynamic.clear()
    keep(listening)
    [hook] = listening.registered()
    assert row(listening).jira_id == hook.id


def test_a_lost_reply_leaves_no_double(office: Any) -> None:
    fail(office, "lost_reply", "POST", times=1)
    office.register()
    assert len(office.registered()) == 1
    assert office.duty("keep").trouble["kind"] == "uncertain"
    assert row(office).jira_id is None
    keep(office)
    [hook] = office.registered()
    assert row(office).jira_id == hook.id
    assert office.duty("keep").trouble is None


def test_doubles_and_webhooks_of_an_earlier_address_are_removed(listening: Any) -> None:
    [hook] = listening.registered()
    app = listening.jira.site.installed_apps[hook.app_key]
    entry = {"events": sorted(hook.events), "jqlFilter": hook.jql, "fieldIdsFilter": ["status"]}
    with listening.jira.lock:
        for url in (hook.url, f"{listening.url}/old/place"):
            listening.jira.webhooks.register(app, url, entry)
        listening.jira.webhooks.register(app, hook.url, {**entry, "jqlFilter": "project = FIN"})
    keep(listening)
    [left] = listening.registered()
    assert (left.url, left.jql) == (hook.url, hook.jql)
    assert row(listening).jira_id == left.id


def also_into(office: Any, project: str) -> None:
    """A rule sends some documents to another project."""
    office.configure(rules=[{"name": "x", "when": [], "then": {"place": {"project_key": project}}}])
    office.register()


def test_an_entry_that_jira_refuses_in_a_200_is_told_with_its_remedy(office: Any) -> None:
    also_into(office, "NOPE")
    [taken, refused] = office.rows(WebhookRegistration)
    assert (taken.jira_id is not None, taken.missing_since, taken.trouble) == (True, None, None)
    assert (refused.jira_id, refused.missing_since is not None) == (None, True)
    assert refused.trouble["code"] == "jira.webhook-refused"
    assert "NOPE" in refused.trouble["got"]
    assert "Register now" in refused.trouble["remedy"]
    assert office.duty("keep").due_at - office.now < timedelta(hours=2)


def test_more_projects_than_jira_takes_leave_the_last_ones_to_the_sweep(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "MOST", 1)
    also_into(office, "FIN")
    assert [hook.jql for hook in office.registered()] == ['project = "AP"']
    [left_out] = [each for each in office.rows(WebhookRegistration) if each.jira_id is None]
    assert (left_out.project_key, left_out.trouble["code"]) == ("FIN", "jira.webhook-limit")


def test_registrations_are_renewed_every_ten_days(listening: Any) -> None:
    for _ in range(9):
        listening.wait(DAY)
        listening.work()
    assert journal(listening, "PUT") == []
    listening.wait(2 * DAY)
    listening.work()
    assert len(journal(listening, "PUT")) == 1
    assert row(listening).expires_at - listening.now > 29 * DAY


def test_trouble_is_tried_again_within_minutes_and_told(listening: Any) -> None:
    fail(listening)
    keep(listening)
    duty = listening.duty("keep")
    assert (duty.tries, duty.trouble["kind"]) == (1, "transient")
    assert duty.due_at - listening.now < timedelta(minutes=15)


def test_an_installation_anew_has_its_webhooks_registered_at_once(listening: Any) -> None:
    listening.act("app", "uninstall", key=APP)
    listening.follow()
    since = listening.jira.journal.count
    listening.work()
    assert list(listening.jira.journal.entries(since)) == []  # nobody calls a site that the app has left
    listening.act("app", "install", descriptor_url=f"{listening.url}/atlassian-connect.json")
    listening.jira.webhooks.dynamic.clear()  # they die with the installation
    listening.work()
    assert len(listening.registered()) == 1


def test_an_app_that_is_switched_on_again_looks_at_once(listening: Any) -> None:
    listening.act("app", "disable", key=APP)
    assert listening.duty("keep").due_at > listening.now + DAY / 2
    listening.act("app", "enable", key=APP)
    since = listening.jira.journal.count
    listening.work()
    called = {(e["method"], e["path"]) for e in listening.jira.journal.entries(since)}
    assert {("GET", WEBHOOKS), ("GET", f"{WEBHOOKS}/failed")} <= called


def test_only_one_worker_keeps_at_a_time(listening: Any) -> None:
    with listening.database.writing(listening.site_id) as session:
        assert duties.take(session, duties.KEEP, listening.now)
    since = listening.jira.journal.count
    keep(listening)
    assert list(listening.jira.journal.entries(since)) == []


def test_webhooks_are_never_without_registration_for_more_than_a_year(office: Any) -> None:
    """The clocks go on day by day; on many days nothing works, at worst for nineteen days in a row."""
    office.register()
    [first] = office.registered()
    ill = {*range(8, 27), *range(40, 59), 100, *range(120, 139), *range(200, 210), *range(300, 319)}
    uncovered = []
    for day in range(400):
        office.wait(DAY)
        if not office.jira.webhooks.of_app(first.app_key):
            uncovered.append(day)
        if day == 8:
            fail(office)
        elif day in ill:
            fail(office, "status", status=401)
        elif day % 7 == 0:
            fail(office, "lost_reply", "PUT", times=1)
        office.follow()
        office.work()
        recover(office)
    assert uncovered == []
    assert [hook.id for hook in office.registered()] == [first.id]
    assert journal(office, "DELETE") == []
    assert len(journal(office, "POST")) == 1
    renewed = [entry for entry in journal(office, "PUT") if entry["status"] == 200]
    assert 25 <= len(renewed) <= 60
