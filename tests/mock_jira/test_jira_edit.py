"""Editing and moving issues, reading many, and who may."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_jira.conftest import Caller, adf


def test_an_edit_answers_204_or_the_issue(ada: Caller) -> None:
    key = ada.issue()
    assert ada("PUT", f"/issue/{key}", {"fields": {"summary": "New"}}).status_code == 204
    answer = ada("PUT", f"/issue/{key}?returnIssue=True", {"fields": {"summary": "Newer"}})
    assert answer.status_code == 200
    assert answer.json()["fields"]["summary"] == "Newer"


def test_an_edit_does_not_ask_screens_but_a_create_does(ada: Caller) -> None:
    key = ada.issue()
    assert ada("PUT", f"/issue/{key}", {"fields": {"customfield_10021": "R-1"}}).status_code == 204
    assert ada("GET", f"/issue/{key}").json()["fields"]["customfield_10021"] == "R-1"


def test_a_refused_edit_writes_nothing(ada: Caller) -> None:
    key = ada.issue()
    body = {"fields": {"summary": "New", "duedate": "soon"}, "properties": [{"key": "p", "value": 1}]}
    assert list(ada("PUT", f"/issue/{key}", body).json()["errors"]) == ["duedate"]
    assert ada("GET", f"/issue/{key}").json()["fields"]["summary"] == "An invoice"
    assert ada("GET", f"/issue/{key}/properties/p").status_code == 404


def test_a_field_in_both_fields_and_update_is_refused(ada: Caller) -> None:
    key = ada.issue()
    body = {"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}}
    assert ada("PUT", f"/issue/{key}", body).status_code == 400


def test_labels_are_added_and_removed_one_by_one(ada: Caller) -> None:
    key = ada.issue(labels=["a", "b"])
    ada("PUT", f"/issue/{key}", {"update": {"labels": [{"add": "c"}, {"remove": "a"}]}})
    assert ada("GET", f"/issue/{key}").json()["fields"]["labels"] == ["b", "c"]


def test_a_transition_moves_the_status_and_is_in_the_history(ada: Caller) -> None:
    key = ada.issue()
    [start] = ada("GET", f"/issue/{key}/transitions").json()["transitions"]
    assert (start["name"], start["to"]["name"], start["to"]["statusCategory"]["key"]) == (
        "Start review",
        "In review",
        "indeterminate",
    )
    assert start["id"] != start["to"]["id"]
    assert ada("POST", f"/issue/{key}/transitions", {"transition": {"id": start["id"]}}).status_code == 204
    [change] = ada("GET", f"/issue/{key}/changelog").json()["values"]
    [item] = [item for item in change["items"] if item["field"] == "status"]
    assert (item["from"], item["fromString"], item["to"], item["toString"]) == ("10000", "Open", "3", "In review")


def test_a_transition_not_available_now_is_400(ada: Caller) -> None:
    key = ada.issue()
    answer = ada("POST", f"/issue/{key}/transitions", {"transition": {"id": "31"}})
    assert answer.status_code == 400
    assert answer.json()["errorMessages"] == ["Transition id '31' is not valid for this issue."]


def test_a_transition_takes_only_fields_of_its_screen_and_comments(ada: Caller) -> None:
    key = ada.issue()
    ada("POST", f"/issue/{key}/transitions", {"transition": {"id": "11"}})
    body = {"transition": {"id": "41"}, "fields": {"summary": "x"}}
    assert "summary" in ada("POST", f"/issue/{key}/transitions", body).json()["errors"]
    comment = {"comment": [{"add": {"body": adf("No order")}}]}
    body = {"transition": {"id": "41"}, "fields": {"resolution": {"name": "Won't Do"}}, "update": comment}
    assert ada("POST", f"/issue/{key}/transitions", body).status_code == 204
    fields = ada("GET", f"/issue/{key}").json()["fields"]
    assert (fields["status"]["name"], fields["resolution"]["name"]) == ("Rejected", "Won't Do")
    assert [comment["body"] for comment in fields["comment"]["comments"]] == [adf("No order")]


def test_paying_resolves_and_reopening_takes_it_back(ada: Caller) -> None:
    key = ada.issue()
    for transition in ("11", "21", "31"):
        assert ada("POST", f"/issue/{key}/transitions", {"transition": {"id": transition}}).status_code == 204
    fields = ada("GET", f"/issue/{key}").json()["fields"]
    assert fields["resolution"]["name"] == "Done"
    assert fields["resolutiondate"] is not None


def test_without_the_right_there_are_no_transitions(nora: Caller, jira_mock: Any) -> None:
    key = nora.issue()
    order = {"action": "revoke", "project": "AP", "permission": "TRANSITION_ISSUES", "group": "jira-users"}
    jira_mock.mock.act("project", order)
    assert nora("GET", f"/issue/{key}/transitions").json()["transitions"] == []


def test_what_one_may_not_see_is_404(ada: Caller, nora: Caller, finn: Caller) -> None:
    key = ada.issue(project={"key": "FIN"})
    assert finn("GET", f"/issue/{key}").status_code == 200
    refused = nora("GET", f"/issue/{key}")
    assert refused.status_code == 404
    assert refused.json()["errorMessages"] == ["Issue does not exist or you do not have permission to see it."]
    assert nora.found(f"project in (AP, FIN) and key = {key}") == []


def test_bulk_fetch_is_in_order_of_id_and_reports_the_missing(ada: Caller) -> None:
    keys = [ada.issue(summary=f"Number {number}") for number in range(3)]
    wanted = [keys[2], "AP-99", keys[0]]
    answer = ada("POST", "/issue/bulkfetch", {"issueIdsOrKeys": wanted, "fields": ["summary"]}).json()
    assert [issue["key"] for issue in answer["issues"]] == [keys[0], keys[2]]
    assert answer["issues"][0]["fields"] == {"summary": "Number 0"}
    assert [error["id"] for error in answer["issueErrors"]] == ["AP-99"]
    assert ada("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["AP-1"] * 101}).status_code == 400


def test_only_administrators_may_suppress_notifications(ada: Caller, nora: Caller) -> None:
    key = nora.issue()
    assert nora("PUT", f"/issue/{key}?notifyUsers=False", {"fields": {"summary": "x"}}).status_code == 400
    assert ada("PUT", f"/issue/{key}?notifyUsers=False", {"fields": {"summary": "x"}}).status_code == 204


def test_timestamps_are_in_the_sites_zone_and_not_in_utc(ada: Caller) -> None:
    created = ada("GET", f"/issue/{ada.issue()}").json()["fields"]["created"]
    assert created[-5:] in ("+0100", "+0200")
    assert created[-9] == "."


@pytest.mark.parametrize("body", [b"{", b"[]", b""])
def test_a_body_that_is_no_json_object_is_400_without_errors(ada: Caller, body: bytes) -> None:
    answer = ada("POST", "/issue", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json().keys() == {"errorMessages"}


def test_the_changelog_names_custom_fields_by_name_and_id(ada: Caller) -> None:
    field = ada.field("Vendor")
    key = ada.issue(**{field: "Old"})
    ada("PUT", f"/issue/{key}", {"fields": {field: "New"}})
    shown = ada("GET", f"/issue/{key}?expand=changelog").json()["changelog"]["histories"]
    [item] = shown[0]["items"]
    assert (item["field"], item["fieldtype"], item["fieldId"]) == ("Vendor", "custom", field)
    assert (item["fromString"], item["toString"]) == ("Old", "New")
