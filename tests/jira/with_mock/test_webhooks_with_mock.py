from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from plugin.jira.client import JiraClient
from plugin.jira.webhooks import Wanted, Webhooks
from sage_adapters.errors import ConfigurationTrouble, UncertainOutcome
from tests.jira.with_mock.conftest import HOOK, act, fault

if TYPE_CHECKING:
    from mock_servers.harness.httpserver import MockHTTPServer


@pytest.mark.parametrize("told", ["text", "milliseconds"])
def test_webhooks_live_through_registration_refresh_and_deletion(
    jira_mock: MockHTTPServer, app: JiraClient, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    jira_mock.mock.turn({"webhook_expiration": told})
    monkeypatch.setattr("plugin.jira.webhooks._PAGE", 1)
    hooks = Webhooks(app)
    updated = Wanted(frozenset({"jira:issue_updated"}), "project = AP", frozenset({"status", "summary"}))
    commented = Wanted(frozenset({"comment_created", "comment_deleted"}), "project IN (AP, FIN)")
    wrong = Wanted(frozenset({"jira:issue_created"}), "watchCount = 1")
    first, refused, second = hooks.register(HOOK, [updated, wrong, commented])
    assert refused == "The clause watchCount is unsupported"
    before = hooks.all()
    assert [(each.id, each.url) for each in before] == [(first, HOOK), (second, HOOK)]
    assert [Wanted(each.events, each.jql, each.field_ids) for each in before] == [updated, commented]
    assert isinstance(first, int)
    jira_mock.mock.clock.advance(60)
    until = hooks.refresh([first, 999_999])
    assert [each.expires_at for each in hooks.all()] == [until, before[1].expires_at]
    assert before[0].expires_at is not None
    assert timedelta(seconds=59) < until - before[0].expires_at < timedelta(seconds=120)
    hooks.delete([first, 999_999])
    assert [each.id for each in hooks.all()] == [second]


def test_a_registration_whose_reply_was_lost_is_found_among_all(app: JiraClient, address: str) -> None:
    fault(address, "POST", ".*/webhook", "lost_reply")
    with pytest.raises(UncertainOutcome):
        Webhooks(app).register(HOOK, [Wanted(frozenset({"comment_created"}), "project = AP")])
    assert [each.jql for each in Webhooks(app).all()] == ["project = AP"]


def test_people_cannot_register_webhooks(jira: JiraClient) -> None:
    with pytest.raises(ConfigurationTrouble, match="an installed app as its caller"):
        Webhooks(jira).register(HOOK, [Wanted(frozenset({"comment_created"}), "project = AP")])


def test_deliveries_given_up_are_read_once_each(
    jira_mock: MockHTTPServer, app: JiraClient, address: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.jira.webhooks._PAGE", 2)
    jira_mock.mock.turn({"webhook_time_scale": 1_000_000})
    Webhooks(app).register(HOOK, [Wanted(frozenset({"comment_created"}), "project = AP")])
    for number in range(5):
        act(address, "issue", action="comment", key=key, text=f"No. {number}")
        assert jira_mock.mock.webhooks.deliveries.wait_idle(20)
        jira_mock.mock.clock.advance(1)
    failed = list(Webhooks(app).failed())
    assert len({each.id for each in failed}) == len(failed) == 5
    assert all('"comment_created"' in each.body for each in failed)
    assert [each.id for each in Webhooks(app).failed(failed[2].at)] == [each.id for each in failed[3:]]
