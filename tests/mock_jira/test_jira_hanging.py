"""What hangs on an issue: comments, worklogs, properties, links, remote links, attachments."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_jira.conftest import Caller, adf

NO_CHECK = {"X-Atlassian-Token": "no-check"}


def test_comments_are_added_edited_and_deleted(ada: Caller, nora: Caller) -> None:
    key = ada.issue()
    comment = ada("POST", f"/issue/{key}/comment", {"body": adf("First")})
    assert comment.status_code == 201
    path = f"/issue/{key}/comment/{comment.json()['id']}"
    assert nora("PUT", path, {"body": adf("Mine")}).status_code == 400
    assert ada("PUT", path, {"body": adf("Second")}).json()["body"] == adf("Second")
    page = ada("GET", f"/issue/{key}/comment").json()
    assert (page["total"], page["comments"][0]["body"]) == (1, adf("Second"))
    assert ada("DELETE", path).status_code == 204
    assert ada("GET", path).status_code == 404


@pytest.mark.parametrize("body", ["plain", None, adf("")])
def test_a_comment_that_is_no_document_is_refused(ada: Caller, body: Any) -> None:
    key = ada.issue()
    assert "comment" in ada("POST", f"/issue/{key}/comment", {"body": body}).json()["errors"]


def test_a_worklog_moves_the_time_tracking(ada: Caller) -> None:
    key = ada.issue(timetracking={"originalEstimate": "1d"})
    started = "2026-11-20T10:00:00.000+0100"
    wrong = {"started": started, "timeSpent": "1h", "timeSpentSeconds": 3600}
    assert ada("POST", f"/issue/{key}/worklog", wrong).status_code == 400
    answer = ada("POST", f"/issue/{key}/worklog", {"started": started, "timeSpentSeconds": 3600, "comment": adf("x")})
    assert answer.status_code == 201
    assert (answer.json()["timeSpent"], answer.json()["started"]) == ("1h", started)
    tracking = ada("GET", f"/issue/{key}").json()["fields"]["timetracking"]
    assert (tracking["timeSpent"], tracking["remainingEstimate"]) == ("1h", "7h")


def test_a_property_is_created_once_and_then_replaced_whole(ada: Caller) -> None:
    path = f"/issue/{ada.issue()}/properties/erp.sync"
    assert ada("PUT", path, {"a": 1}).status_code == 201
    assert ada("PUT", path, {"b": 2}).status_code == 200
    assert ada("GET", path).json() == {"key": "erp.sync", "value": {"b": 2}}
    assert ada("PUT", path, {"big": "x" * 32768}).status_code == 400
    assert ada("PUT", path.replace("erp.sync", "k" * 256), 1).status_code == 400
    assert ada("DELETE", path).status_code == 204
    assert ada("GET", path).status_code == 404
    assert ada("DELETE", path).status_code == 404


def test_the_inward_issue_of_a_link_is_its_source(ada: Caller) -> None:
    blocker, blocked = ada.issue(), ada.issue()
    body = {"type": {"name": "Blocks"}, "inwardIssue": {"key": blocker}, "outwardIssue": {"key": blocked}}
    for _ in range(2):
        answer = ada("POST", "/issueLink", body)
        assert (answer.status_code, answer.content) == (201, b"")
    [shown] = ada("GET", f"/issue/{blocker}").json()["fields"]["issuelinks"]
    assert (shown["outwardIssue"]["key"], shown["type"]["outward"]) == (blocked, "blocks")
    [shown] = ada("GET", f"/issue/{blocked}").json()["fields"]["issuelinks"]
    assert shown["inwardIssue"]["key"] == blocker
    assert ada("DELETE", f"/issueLink/{shown['id']}").status_code == 204
    assert ada("GET", f"/issue/{blocker}").json()["fields"]["issuelinks"] == []


def test_links_to_what_is_not_there_are_404(ada: Caller) -> None:
    key = ada.issue()
    ends = {"inwardIssue": {"key": key}, "outwardIssue": {"key": "AP-99"}}
    assert ada("POST", "/issueLink", {"type": {"name": "Blocks"}, **ends}).status_code == 404
    same = {"inwardIssue": {"key": key}, "outwardIssue": {"key": key}}
    assert ada("POST", "/issueLink", {"type": {"name": "Nope"}, **same}).status_code == 404


def test_a_remote_link_is_replaced_by_its_global_id_and_loses_what_is_omitted(ada: Caller) -> None:
    path = f"/issue/{ada.issue()}/remotelink"
    target = {"url": "https://example.com/1", "title": "Batch 1"}
    body = {"globalId": "erp=1", "relationship": "source", "object": {**target, "summary": "s"}}
    first = ada("POST", path, body)
    again = ada("POST", path, {"globalId": "erp=1", "object": target})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    [link] = ada("GET", path).json()
    assert link["object"] == target
    assert "relationship" not in link
    assert ada("POST", path, {"object": target}).status_code == 201
    assert ada("POST", path, {"object": target}).status_code == 201
    assert len(ada("GET", path).json()) == 3


def test_deleting_remote_links_without_a_content_type_is_415(ada: Caller) -> None:
    path = f"/issue/{ada.issue()}/remotelink"
    ada("POST", path, {"globalId": "erp=1", "object": {"url": "https://example.com", "title": "x"}})
    assert ada("DELETE", f"{path}?globalId=erp%3D1").status_code == 415
    json = {"Content-Type": "application/json"}
    assert ada("DELETE", f"{path}?globalId=erp%3D1", headers=json).status_code == 204
    assert ada("GET", path).json() == []


def test_files_are_attached_only_with_the_token_header(ada: Caller, jira_mock: Any) -> None:
    path = f"/issue/{ada.issue()}/attachments"
    files = [("file", ("a.pdf", b"one", "application/pdf")), ("file", ("b.txt", b"three", "text/plain"))]
    assert ada("POST", path, files=files).status_code == 403
    added = ada("POST", path, files=files, headers=NO_CHECK)
    assert added.status_code == 200
    assert [(file["filename"], file["size"]) for file in added.json()] == [("a.pdf", 3), ("b.txt", 5)]
    assert ada("GET", f"/attachment/content/{added.json()[1]['id']}").content == b"three"
    jira_mock.mock.turn({"attachment_limit": 4})
    assert ada("GET", "/attachment/meta").json() == {"enabled": True, "uploadLimit": 4}
    assert ada("POST", path, files=files[1:], headers=NO_CHECK).status_code == 413
    jira_mock.mock.turn({"attachments_enabled": False})
    assert ada("POST", path, files=files, headers=NO_CHECK).status_code == 404


def test_an_issue_has_room_for_so_many(ada: Caller, jira_mock: Any) -> None:
    key = ada.issue()
    jira_mock.mock.turn({"issue_limits": {"comments": 1, "remote_links": 0}})
    assert ada("POST", f"/issue/{key}/comment", {"body": adf("x")}).status_code == 201
    assert ada("POST", f"/issue/{key}/comment", {"body": adf("x")}).status_code == 413
    link = {"object": {"url": "https://example.com", "title": "x"}}
    assert ada("POST", f"/issue/{key}/remotelink", link).status_code == 413
