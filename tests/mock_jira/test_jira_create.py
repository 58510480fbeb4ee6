"""Creating issues: what is checked, how refusals look, and that nothing is written then."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_jira.conftest import Caller, adf, invoice


def in_a_paragraph(inline: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [inline]}]}


def errors(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.text
    return dict(answer.json()["errors"])


def test_a_created_issue_can_be_read_at_once(ada: Caller) -> None:
    answer = ada("POST", "/issue", {"fields": invoice(description=adf("Two\nlines"), labels=["sage"])})
    assert answer.status_code == 201
    assert answer.json().keys() == {"id", "key", "self"}
    fields = ada("GET", f"/issue/{answer.json()['key']}").json()["fields"]
    assert fields["summary"] == "An invoice"
    assert fields["labels"] == ["sage"]
    assert fields["description"] == adf("Two\nlines")
    assert fields["status"]["statusCategory"]["key"] == "new"


def test_keys_count_by_project_and_ids_are_strings_from_10000(ada: Caller) -> None:
    first = ada("POST", "/issue", {"fields": invoice()}).json()
    other = ada("POST", "/issue", {"fields": invoice(project={"key": "FIN"})}).json()
    assert (first["key"], first["id"]) == ("AP-1", "10000")
    assert (other["key"], other["id"]) == ("FIN-1", "10001")


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"summary": "x" * 256}, "summary", "Summary can't exceed 255 characters."),
        ({"summary": None}, "summary", "You must specify a summary of the issue."),
        ({"summary": "a\nb"}, "summary", "newline"),
        ({"summary": 7}, "summary", "must be a string"),
        ({"description": "plain"}, "description", "Operation value must be an Atlassian Document"),
        (
            {"description": {"type": "doc", "version": 1, "content": [{"type": "nonsense"}]}},
            "description",
            "INVALID_INPUT",
        ),
        (
            {"description": in_a_paragraph({"type": "mention", "attrs": "x"})},
            "description",
            "INVALID_INPUT",
        ),
        (
            {"description": in_a_paragraph({"type": "text", "text": "x", "marks": [{"type": "glow"}]})},
            "description",
            "INVALID_INPUT",
        ),
        ({"description": adf("x" * 32768)}, "description", "32,767"),
        ({"labels": ["two words"]}, "labels", "contains spaces"),
        ({"duedate": "20.11.2026"}, "duedate", "date"),
        ({"duedate": "2026-02-30"}, "duedate", "date"),
        ({"project": {"key": "NOPE"}}, "project", "valid project"),
        ({"issuetype": {"name": "Nope"}}, "issuetype", "valid issue type"),
        ({"priority": {"name": "Nope"}}, "priority", "not valid"),
        ({"assignee": {"accountId": "nobody"}}, "assignee", "valid value"),
        ({"customfield_99999": "x"}, "customfield_99999", "It is not on the appropriate screen, or unknown."),
        ({"customfield_10021": "x"}, "customfield_10021", "It is not on the appropriate screen, or unknown."),
        ({"customfield_10020": {"value": "Nope"}}, "customfield_10020", "not valid"),
        ({"status": {"id": "3"}}, "status", "cannot be set"),
    ],
)
def test_a_wrong_value_is_refused_under_its_field(ada: Caller, wrong: dict[str, Any], field: str, message: str) -> None:
    found = errors(ada("POST", "/issue", {"fields": invoice(**wrong)}))
    assert list(found) == [field]
    assert message in found[field]
    assert ada.found("project = AP") == []


def test_the_length_of_a_description_is_that_of_its_words_and_of_what_parts_them(ada: Caller) -> None:
    def table(letters: int) -> dict[str, Any]:
        texts = ({"type": "text", "text": text} for text in ("a", "x" * letters))
        cells = [{"type": "tableCell", "content": in_a_paragraph(text)["content"]} for text in texts]
        rows = [{"type": "tableRow", "content": cells}]
        return {"type": "doc", "version": 1, "content": [{"type": "table", "content": rows}]}

    longest = 32_767 - len("a | ")
    assert ada.issue(description=table(longest))
    wrong = ada("POST", "/issue", {"fields": invoice(description=table(longest + 1))})
    assert "32,767" in errors(wrong)["description"]


@pytest.mark.parametrize(
    ("kind", "searcher", "good", "shown", "bad"),
    [
        ("textfield", "textsearcher", "INV-1", "INV-1", "x" * 256),
        ("float", "exactnumber", 12, 12.0, "12"),
        ("datepicker", "daterange", "2026-11-20", "2026-11-20", "2026-11-20T10:00:00"),
        ("url", "exacttextsearcher", "https://example.com/1", "https://example.com/1", "no url"),
        ("textarea", "textsearcher", adf("note"), adf("note"), "note"),
        ("labels", "labelsearcher", ["a", "b"], ["a", "b"], ["a b"]),
    ],
)
def test_custom_fields_take_only_values_of_their_type(
    ada: Caller, kind: str, searcher: str, good: Any, shown: Any, bad: Any
) -> None:
    field = ada.field("Under test", kind, searcher)
    assert field in errors(ada("POST", "/issue", {"fields": invoice(**{field: bad})}))
    key = ada.issue(**{field: good})
    assert ada("GET", f"/issue/{key}").json()["fields"][field] == shown
    assert ada("PUT", f"/issue/{key}", {"fields": {field: None}}).status_code == 204
    assert ada("GET", f"/issue/{key}").json()["fields"][field] is None


def test_a_required_field_must_be_given(ada: Caller, jira_mock: Any) -> None:
    field = ada.field("Vendor number")
    jira_mock.mock.act("field", {"action": "require", "field": field, "project": "AP"})
    assert errors(ada("POST", "/issue", {"fields": invoice()})) == {field: "Vendor number is required."}
    assert ada.issue(**{field: "1200"}) == "AP-1"


def test_a_field_narrowed_to_another_project_cannot_be_set(ada: Caller, jira_mock: Any) -> None:
    field = ada.field("Vendor number")
    jira_mock.mock.act("field", {"action": "narrow", "field": field, "projects": ["FIN"]})
    assert field in errors(ada("POST", "/issue", {"fields": invoice(**{field: "1"})}))


def test_a_subtask_needs_a_parent_of_its_project(ada: Caller) -> None:
    parent = ada.issue()
    kind = {"name": "Subtask"}
    assert "parent" in errors(ada("POST", "/issue", {"fields": invoice(issuetype=kind)}))
    child = ada.issue(issuetype=kind, parent={"key": parent})
    subtasks = ada("GET", f"/issue/{parent}").json()["fields"]["subtasks"]
    assert [subtask["key"] for subtask in subtasks] == [child]
    refused = ada("DELETE", f"/issue/{parent}")
    assert refused.status_code == 400
    assert ada("DELETE", f"/issue/{parent}?deleteSubtasks=True").status_code == 204
    assert ada("GET", f"/issue/{child}").status_code == 404


def test_properties_come_with_the_issue(ada: Caller) -> None:
    body = {"fields": invoice(), "properties": [{"key": "erp.sync", "value": {"key": "k"}}]}
    key = ada("POST", "/issue", body).json()["key"]
    assert ada("GET", f"/issue/{key}/properties/erp.sync").json() == {"key": "erp.sync", "value": {"key": "k"}}


def test_bulk_creation_reports_each_failure_by_its_place(ada: Caller) -> None:
    updates = [{"fields": invoice()}, {"fields": invoice(summary="x" * 300)}, {"fields": invoice()}]
    answer = ada("POST", "/issue/bulk", {"issueUpdates": updates})
    assert answer.status_code == 201
    assert [issue["key"] for issue in answer.json()["issues"]] == ["AP-1", "AP-2"]
    [error] = answer.json()["errors"]
    assert (error["failedElementNumber"], error["status"]) == (1, 400)
    assert "summary" in error["elementErrors"]["errors"]


def test_bulk_creation_is_400_of_the_same_shape_when_all_fail(ada: Caller) -> None:
    answer = ada("POST", "/issue/bulk", {"issueUpdates": [{"fields": {}}, {"fields": invoice(summary="")}]})
    assert answer.status_code == 400
    assert answer.json()["issues"] == []
    assert [error["failedElementNumber"] for error in answer.json()["errors"]] == [0, 1]


def test_bulk_creation_takes_fifty_at_most(ada: Caller) -> None:
    assert ada("POST", "/issue/bulk", {"issueUpdates": [{"fields": invoice()}] * 50}).status_code == 201
    assert ada("POST", "/issue/bulk", {"issueUpdates": [{"fields": invoice()}] * 51}).status_code == 400
    assert len(ada.found("project = AP", maxResults=100)) == 50


def test_create_meta_tells_the_fields_of_the_create_screen(ada: Caller) -> None:
    field = ada.field("Vendor")
    types = ada("GET", "/issue/createmeta/AP/issuetypes").json()["issueTypes"]
    [number] = [kind["id"] for kind in types if kind["name"] == "Invoice"]
    fields = ada("GET", f"/issue/createmeta/AP/issuetypes/{number}?maxResults=200").json()["fields"]
    required = {each["fieldId"] for each in fields if each["required"]}
    assert required == {"summary", "project", "issuetype"}
    assert field in {each["fieldId"] for each in fields}
    assert ada("GET", f"/issue/createmeta/AP/issuetypes/{number}?maxResults=201").status_code == 400


def test_an_archived_project_takes_no_issue_until_it_is_restored(ada: Caller, jira_mock: Any) -> None:
    key = ada.issue()
    jira_mock.mock.act("project", {"action": "archive", "project": "AP"})
    assert "project" in errors(ada("POST", "/issue", {"fields": invoice()}))
    assert ada("PUT", f"/issue/{key}", {"fields": {"summary": "x"}}).status_code == 403
    jira_mock.mock.act("project", {"action": "delete", "project": "AP"})
    assert ada("GET", "/project/AP").status_code == 404
    jira_mock.mock.act("project", {"action": "restore", "project": "AP"})
    jira_mock.mock.act("project", {"action": "unarchive", "project": "AP"})
    assert ada.issue() == "AP-2"
