from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from plugin.jira import adf
from plugin.jira.client import JiraClient
from plugin.jira.comments import Comment, Comments
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble, Throttled, Trouble, UncertainOutcome

DOCUMENT = adf.doc(adf.paragraph("Posted in Sage 300."))
MARK = {"posting": "sage300|SAMLTD|1200|invoice|INV-1", "version": 2}


@pytest.fixture
def address(site: str) -> str:
    return f"{site}/rest/api/3/issue/AP-1/comment"


def comment(number: int, author: str | None = "app", **more: Any) -> dict[str, Any]:
    user = None if author is None else {"accountId": author, "displayName": author}
    body = adf.doc(adf.paragraph(f"Comment {number}"))
    return {"id": str(number), "author": user, "body": body, "created": "2026-09-27T10:03:11.123+0200", **more}


def marked(value: Any, key: str = "counterfoil") -> list[dict[str, Any]]:
    return [{"key": "sd.public.comment", "value": {"internal": False}}, {"key": key, "value": value}]


def page(*comments: dict[str, Any], total: int, start: int = 0) -> dict[str, Any]:
    return {"comments": list(comments), "total": total, "startAt": start, "maxResults": 2}


def test_a_comment_and_its_mark_go_in_one_request(
    client: JiraClient, jira: responses.RequestsMock, address: str
) -> None:
    jira.post(address, status=201, json={"id": "10500"})
    assert Comments(client).add("AP-1", DOCUMENT, MARK) == "10500"
    sent = json.loads(jira.calls[0].request.body or "")
    assert sent == {"body": DOCUMENT, "properties": [{"key": "counterfoil", "value": MARK}]}


def test_comments_come_page_by_page_with_author_instant_mark_and_text(
    client: JiraClient, jira: responses.RequestsMock, address: str
) -> None:
    first = page(comment(1, properties=marked(MARK)), comment(2, None, properties=[]), total=3)
    query = {"startAt": "0", "maxResults": "500", "orderBy": "created", "expand": "properties"}
    jira.get(address, json=first, match=[matchers.query_param_matcher(query)])
    rest = page(comment(3, "nora", properties=marked({"posting": "forged"}, "other")), total=3, start=2)
    jira.get(address, json=rest, match=[matchers.query_param_matcher({**query, "startAt": "2"})])
    at = datetime(2026, 9, 27, 8, 3, 11, 123000, UTC)
    assert Comments(client).of_issue("AP-1") == [
        Comment("1", "app", at, MARK, "Comment 1"),
        Comment("2", "", at, None, "Comment 2"),
        Comment("3", "nora", at, None, "Comment 3"),
    ]


def test_a_comment_on_two_pages_is_told_once(client: JiraClient, jira: responses.RequestsMock, address: str) -> None:
    """As when Jira pages by more comments than it shows us."""
    jira.get(address, json=page(comment(1, properties=[]), comment(2, properties=[]), total=4))
    jira.get(address, json=page(comment(2, properties=[]), comment(3, properties=[]), total=4, start=2))
    assert [each.id for each in Comments(client).of_issue("AP-1")] == ["1", "2", "3"]


def test_where_jira_expands_nothing_the_marks_of_our_own_comments_are_asked_for(
    client: JiraClient, jira: responses.RequestsMock, address: str, site: str
) -> None:
    jira.get(address, json=page(comment(1), comment(2, "nora"), comment(3), total=3))
    jira.get(f"{site}/rest/api/3/myself", json={"accountId": "app", "displayName": "Counterfoil"})
    asked = jira.post(
        f"{site}/rest/api/3/comment/list?expand=properties",
        json={"values": [comment(3, properties=marked(MARK)), comment(1, properties=[])], "isLast": True},
        match=[matchers.json_params_matcher({"ids": [1, 3]})],
    )
    assert [each.mark for each in Comments(client).of_issue("AP-1")] == [None, None, MARK]
    assert asked.call_count == 1


def test_of_an_issue_without_comments_nothing_more_is_asked(
    client: JiraClient, jira: responses.RequestsMock, address: str
) -> None:
    jira.get(address, json=page(total=0))
    assert Comments(client).of_issue("AP-1") == []


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ({"status": 413, "json": {"errorMessages": ["The limit of 5000 comments"]}}, RecordTrouble, "another issue"),
        ({"status": 404, "json": {"errorMessages": ["Issue does not exist"]}}, RecordTrouble, "AP-1"),
        ({"status": 400, "json": {"errors": {"comment": "Comment body is not valid!"}}}, RecordTrouble, "not valid"),
        (
            {"status": 400, "json": {"errors": {"comment": "App, you do not have the permission to comment."}}},
            ConfigurationTrouble,
            "permission scheme",
        ),
        (
            {"status": 429, "headers": {"RateLimit-Reason": "jira-per-issue-on-write", "Retry-After": "2"}},
            Throttled,
            "one issue was changed too often",
        ),
        ({"status": 201, "body": "{"}, UncertainOutcome, "may have been done"),
        ({"body": requests.ReadTimeout()}, UncertainOutcome, "AP-1"),
        ({"status": 403, "json": {"errorMessages": ["lacks the scope"]}}, ConfigurationTrouble, "write:jira-work"),
    ],
)
def test_what_happened_to_a_comment_is_told(
    client: JiraClient,
    jira: responses.RequestsMock,
    address: str,
    answer: dict[str, Any],
    kind: type[Trouble],
    words: str,
) -> None:
    sent = jira.post(address, **answer)
    with pytest.raises(kind, match=words):
        Comments(client).add("AP-1", DOCUMENT, MARK)
    assert sent.call_count == 1


def test_an_issue_that_is_gone_is_this_documents_trouble(
    client: JiraClient, jira: responses.RequestsMock, address: str
) -> None:
    jira.get(address, status=404, json={"errorMessages": ["Issue does not exist"]})
    with pytest.raises(RecordTrouble) as caught:
        Comments(client).of_issue("AP-1")
    assert caught.value.code == "jira.not-found"
