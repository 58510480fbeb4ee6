from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from requests.auth import HTTPBasicAuth

from plugin.jira.client import JiraClient
from plugin.jira.comments import Comments
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble, Throttled, UncertainOutcome
from tests.jira.with_mock.conftest import DOCUMENT, NORA, act, connect, fault

if TYPE_CHECKING:
    from mock_servers.harness.httpserver import MockHTTPServer


def test_a_comment_of_ours_is_known_by_its_mark_among_those_of_people(jira: JiraClient, address: str, key: str) -> None:
    act(address, "issue", action="comment", key=key, text="Is this ours?")
    comment_id = Comments(jira).add(key, DOCUMENT, {"posting": "K1", "version": 2})
    theirs, ours = Comments(jira).of_issue(key)
    assert (theirs.author_id, theirs.text, theirs.mark) == (NORA, "Is this ours?", None)
    assert (ours.id, ours.mark) == (comment_id, {"posting": "K1", "version": 2})
    assert ours.text == "Posted in Sage 300.\nAccount\tDebit\n6000\t12.50"
    assert theirs.created <= ours.created <= datetime.now(UTC)


@pytest.mark.parametrize("kind", ["lost_reply", "truncate"])
def test_a_comment_whose_reply_was_lost_is_found_by_its_mark(
    jira: JiraClient, address: str, key: str, kind: str
) -> None:
    fault(address, "POST", ".*/comment", kind)
    with pytest.raises(UncertainOutcome):
        Comments(jira).add(key, DOCUMENT, {"posting": "K1"})
    assert [comment.mark for comment in Comments(jira).of_issue(key)] == [{"posting": "K1"}]


def test_the_mark_is_found_where_jira_does_not_send_properties_with_comments(
    jira_mock: MockHTTPServer, jira: JiraClient, address: str, key: str
) -> None:
    jira_mock.mock.turn({"comment_properties_expanded": False})
    act(address, "issue", action="comment", key=key, text="Mine", **{"as": "Ada"})
    act(address, "issue", action="comment", key=key, text="Theirs")
    Comments(jira).add(key, DOCUMENT, {"posting": "K1"})
    assert [comment.mark for comment in Comments(jira).of_issue(key)] == [None, None, {"posting": "K1"}]


def test_many_comments_are_read_page_by_page(
    jira: JiraClient, address: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.jira.comments._PAGE", 2)
    for number in range(5):
        act(address, "issue", action="comment", key=key, text=f"No. {number}")
    assert [comment.text for comment in Comments(jira).of_issue(key)] == [f"No. {number}" for number in range(5)]


def test_a_full_issue_takes_no_more_comments_for_good(
    jira_mock: MockHTTPServer, jira: JiraClient, address: str, key: str
) -> None:
    jira_mock.mock.turn({"issue_limits": {"comments": 1}})
    act(address, "issue", action="comment", key=key, text="The last one")
    with pytest.raises(RecordTrouble) as caught:
        Comments(jira).add(key, DOCUMENT, {})
    assert caught.value.code == "jira.issue-full"


def test_commenting_without_the_permission_is_for_the_administrator(address: str, key: str) -> None:
    everybody = ["jira-users", "jira-administrators", "finance", "atlassian-addons-admin"]
    for group in everybody:
        act(address, "project", action="revoke", project="AP", permission="ADD_COMMENTS", group=group)
    with connect(address, HTTPBasicAuth("nora@example.com", "nora-token")) as nora:
        with pytest.raises(ConfigurationTrouble) as caught:
            Comments(nora).add(key, DOCUMENT, {})
        assert caught.value.code == "jira.forbidden"


def test_one_issue_written_to_too_often_is_told_as_such(jira: JiraClient, key: str) -> None:
    def talk() -> None:
        for _ in range(25):
            Comments(jira).add(key, DOCUMENT, {})

    with pytest.raises(Throttled) as caught:
        talk()
    assert caught.value.scope == "issue-writes"
    assert caught.value.retry_after
