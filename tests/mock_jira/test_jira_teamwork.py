"""Who may do what and how work moves: groups, assignees, components, conditions, screens, links, other projects."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.mock_jira.conftest import Caller, adf


@pytest.fixture
def do(jira_mock: Any) -> Any:
    """Does something by the control API; gives the reply."""

    def act(kind: str, **order: Any) -> requests.Response:
        return requests.post(f"{jira_mock.url}/__mock__/documents/{kind}", json=order, timeout=10)

    return act


def account(caller: Caller) -> str:
    return str(caller("GET", "/myself").json()["accountId"])


def test_the_groups_of_a_person_are_told_in_two_ways(ada: Caller, finn: Caller) -> None:
    number = account(finn)
    groups = ada("GET", f"/user/groups?accountId={number}").json()
    assert [group["name"] for group in groups] == ["finance", "jira-users"]
    assert len({group["groupId"] for group in groups}) == 2
    shown = ada("GET", f"/user?accountId={number}&expand=groups").json()
    assert [group["name"] for group in shown["groups"]["items"]] == ["finance", "jira-users"]
    assert "groups" not in ada("GET", f"/user?accountId={number}").json()
    assert ada("GET", "/user/groups?accountId=nobody").status_code == 404


def test_people_join_and_leave_groups(ada: Caller, nora: Caller, do: Any) -> None:
    number = account(nora)
    assert do("user", action="join", email="nora@example.com", group="approvers").status_code == 200
    names = [group["name"] for group in ada("GET", f"/user/groups?accountId={number}").json()]
    assert names == ["approvers", "jira-users"]
    assert [group["name"] for group in ada("GET", "/groups/picker?query=appr").json()["groups"]] == ["approvers"]
    do("user", action="leave", email="nora@example.com", group="approvers")
    assert len(ada("GET", f"/user/groups?accountId={number}").json()) == 1


def test_groups_are_hidden_from_who_may_not_browse_them(nora: Caller, do: Any) -> None:
    do("group", action="revoke", permission="USER_PICKER", group="jira-users")
    assert nora("GET", f"/user/groups?accountId={account(nora)}").status_code == 403
    held = nora("GET", "/mypermissions?permissions=USER_PICKER").json()["permissions"]["USER_PICKER"]
    assert held["havePermission"] is False
    do("group", action="grant", permission="USER_PICKER", group="jira-users")
    assert nora("GET", f"/user/groups?accountId={account(nora)}").status_code == 200


def test_a_new_person_signs_in_and_is_found(jira_mock: Any, ada: Caller, do: Any) -> None:
    do("user", action="create", name="Olga Outside", email="olga@example.com")
    olga = Caller(jira_mock.url, ("olga@example.com", "olga-token"))
    assert olga("GET", "/myself").json()["displayName"] == "Olga Outside"
    assert [user["displayName"] for user in ada("GET", "/user/search?query=olga").json()] == ["Olga Outside"]
    do("user", action="deactivate", email="olga@example.com")
    assert ada("GET", "/user/search?query=olga").json() == []


def test_only_who_works_in_a_project_is_assigned_there(ada: Caller, nora: Caller, finn: Caller) -> None:
    names = {user["displayName"] for user in ada("GET", "/user/assignable/search?project=FIN").json()}
    assert "Finn Finance" in names
    assert "Nora Normal" not in names
    fields = {"project": {"key": "FIN"}, "issuetype": {"name": "Invoice"}, "summary": "x"}
    refused = ada("POST", "/issue", {"fields": {**fields, "assignee": {"accountId": account(nora)}}})
    assert refused.json()["errors"] == {"assignee": "User 'Nora Normal' cannot be assigned issues."}
    assert ada.issue(project={"key": "FIN"}, assignee={"accountId": account(finn)}) == "FIN-1"


def test_components_belong_to_a_project_and_are_set_and_searched(ada: Caller, do: Any) -> None:
    made = do("component", action="create", project="AP", name="Post room").json()
    do("component", action="create", project="FIN", name="Vault")
    assert [one["name"] for one in ada("GET", "/project/AP/components").json()] == ["Post room"]
    assert ada("GET", "/project/AP/component?query=post").json()["total"] == 1
    assert [one["name"] for one in ada("GET", "/project/AP").json()["components"]] == ["Post room"]
    key, by_id = ada.issue(components=[{"name": "Post room"}]), ada.issue(components=[{"id": made["id"]}])
    assert [one["name"] for one in ada("GET", f"/issue/{key}").json()["fields"]["components"]] == ["Post room"]
    assert ada.found('project = AP and component = "Post room" order by key') == [key, by_id]
    wrong = {"fields": {"components": [{"name": "Vault"}]}}
    assert ada("PUT", f"/issue/{key}", wrong).json()["errors"] == {"components": "Component name 'Vault' is not valid"}
    fields = ada("GET", "/issue/createmeta/AP/issuetypes/10001").json()["fields"]
    offered = next(field for field in fields if field["fieldId"] == "components")
    assert [one["name"] for one in offered["allowedValues"]] == ["Post room"]
    do("component", action="delete", project="AP", name="Post room")
    assert ada("GET", f"/issue/{key}").json()["fields"]["components"] == []


def test_a_condition_hides_a_transition_from_others(ada: Caller, nora: Caller, do: Any) -> None:
    do("workflow", action="restrict", project="AP", transition="Start review", group="finance")
    key = ada.issue()
    assert nora("GET", f"/issue/{key}/transitions").json()["transitions"] == []
    shown = nora("GET", f"/issue/{key}/transitions?includeUnavailableTransitions=true").json()["transitions"]
    assert [(one["name"], one["isAvailable"], one["isConditional"]) for one in shown] == [("Start review", False, True)]
    assert nora("POST", f"/issue/{key}/transitions", {"transition": {"id": "11"}}).status_code == 400
    refused = do("issue", action="transition", key=key, to="In review", **{"as": "Nora"})
    assert "available to Nora Normal: none" in refused.json()["error"]
    assert do("issue", action="transition", key=key, to="In review", **{"as": "Finn"}).json()["status"] == "In review"


def test_a_required_field_of_a_transition_screen_is_demanded(ada: Caller, do: Any) -> None:
    do("workflow", action="ask", project="AP", transition="Start review", field="Reference")
    key = ada.issue()
    do("field", action="require", project="AP", field="Reference")
    [shown] = ada("GET", f"/issue/{key}/transitions?expand=transitions.fields").json()["transitions"]
    assert (shown["hasScreen"], shown["fields"]["customfield_10021"]["required"]) == (True, True)
    body: dict[str, Any] = {"transition": {"id": "11"}}
    refused = ada("POST", f"/issue/{key}/transitions", body)
    assert (refused.status_code, refused.json()["errors"]) == (400, {"customfield_10021": "Reference is required."})
    body["fields"] = {"customfield_10021": "R-1"}
    assert ada("POST", f"/issue/{key}/transitions", body).status_code == 204


def test_a_validator_is_told_by_nothing_before_it_refuses(ada: Caller, do: Any) -> None:
    do("workflow", action="demand", project="AP", transition="Start review", field="duedate")
    key = ada.issue()
    [shown] = ada("GET", f"/issue/{key}/transitions?expand=transitions.fields").json()["transitions"]
    assert (shown["hasScreen"], shown["fields"]) == (False, {})
    assert ada("POST", f"/issue/{key}/transitions", {"transition": {"id": "11"}}).status_code == 400
    ada("PUT", f"/issue/{key}", {"fields": {"duedate": "2026-12-01"}})
    assert ada("POST", f"/issue/{key}/transitions", {"transition": {"id": "11"}}).status_code == 204


def test_a_workflow_gets_another_status(ada: Caller, do: Any) -> None:
    do("workflow", action="create_status", name="On hold")
    order = {"name": "Hold", "from": ["Open", "In review"], "to": "On hold"}
    assert do("workflow", action="add_transition", project="AP", **order).status_code == 200
    key = ada.issue()
    names = [one["to"]["name"] for one in ada("GET", f"/issue/{key}/transitions").json()["transitions"]]
    assert names == ["In review", "On hold"]
    statuses = next(kind for kind in ada("GET", "/project/AP/statuses").json() if kind["name"] == "Invoice")
    assert "On hold" in {status["name"] for status in statuses["statuses"]}


def test_a_history_comes_in_pages_the_oldest_first(ada: Caller, nora: Caller) -> None:
    key = ada.issue()
    for caller, number in ((nora, "11"), (ada, "21")):
        caller("POST", f"/issue/{key}/transitions", {"transition": {"id": number}})
    first = ada("GET", f"/issue/{key}/changelog?maxResults=1").json()
    assert (first["total"], first["isLast"], "nextPage" in first) == (2, False, True)
    [change] = first["values"]
    [item] = change["items"]
    assert (change["author"]["displayName"], item["fieldId"], item["toString"]) == (
        "Nora Normal",
        "status",
        "In review",
    )
    second = ada("GET", f"/issue/{key}/changelog?startAt=1").json()
    assert (second["isLast"], second["values"][0]["items"][0]["toString"]) == (True, "Approved")
    found = ada("POST", f"/issue/{key}/changelog/list", {"changelogIds": [int(change["id"]), 99]}).json()
    assert [one["id"] for one in found["histories"]] == [change["id"]]


def test_a_moved_issue_has_another_key_and_is_found_by_the_old_one(ada: Caller, nora: Caller, do: Any) -> None:
    key = ada.issue(description=adf("x"))
    ada("PUT", f"/issue/{key}/properties/erp.sync", {"key": "k"})
    assert do("issue", action="move", key=key, project="FIN").json()["key"] == "FIN-1"
    moved = ada("GET", f"/issue/{key}?properties=*all").json()
    assert (moved["key"], moved["fields"]["project"]["key"]) == ("FIN-1", "FIN")
    assert moved["properties"] == {"erp.sync": {"key": "k"}}
    assert ada.found(f"key = {key}") == ["FIN-1"]
    assert nora("GET", f"/issue/{key}").status_code == 404
    items = ada("GET", "/issue/FIN-1/changelog").json()["values"][-1]["items"]
    assert {item["field"]: (item["fromString"], item["toString"]) for item in items} == {
        "project": ("Accounts payable", "Finance"),
        "Key": (key, "FIN-1"),
    }
    assert do("issue", action="move", key="FIN-1", project="FIN").status_code == 400
    assert ada("DELETE", f"/issue/{key}").status_code == 204
    assert ada("GET", "/issue/FIN-1").status_code == 404


def test_linking_needs_the_permission_and_can_be_turned_off(ada: Caller, nora: Caller, do: Any, jira_mock: Any) -> None:
    ends = {"inwardIssue": {"key": ada.issue()}, "outwardIssue": {"key": ada.issue()}}
    do("project", action="revoke", project="AP", permission="LINK_ISSUES", group="jira-users")
    assert nora("POST", "/issueLink", {"type": {"name": "Relates"}, **ends}).status_code == 403
    jira_mock.mock.turn({"linking_enabled": False})
    assert ada("POST", "/issueLink", {"type": {"name": "Relates"}, **ends}).status_code == 404
    assert ada("GET", "/issueLinkType").status_code == 404


def test_people_link_comment_and_log_work(ada: Caller, do: Any) -> None:
    key, other = ada.issue(), ada.issue()
    linked = do("issue", action="link", key=key, to=other, type="Blocks").json()
    assert linked["links"] == [{"type": "Blocks", "reads": "blocks", "issue": other}]
    assert do("issue", action="unlink", key=other, to=key).json()["links"] == []
    do("issue", action="comment", key=key, text="One", **{"as": "Finn"})
    edited = do("issue", action="edit_comment", key=key, text="Two", **{"as": "Finn"}).json()["comments"]
    assert [(one["author"], one["body"]) for one in edited] == [("Finn Finance", "Two")]
    assert do("issue", action="delete_comment", key=key, **{"as": "Finn"}).json()["comments"] == []
    do("issue", action="log_work", key=key, time="1h", **{"as": "Finn"})
    do("issue", action="edit_work", key=key, seconds=60, **{"as": "Finn"})
    [work] = do("issue", action="log_work", key=other, seconds=120).json()["worklogs"]
    assert (work["author"], work["seconds"]) == ("Nora Normal", 120)
    assert ada("GET", f"/issue/{key}").json()["fields"]["timetracking"]["timeSpentSeconds"] == 60
    assert do("issue", action="delete_work", key=key, **{"as": "Finn"}).json()["worklogs"] == []
    assert do("issue", action="assign", key=key, to="Finn").status_code == 200
    assert ada("GET", f"/issue/{key}").json()["fields"]["assignee"]["displayName"] == "Finn Finance"


def test_priorities_are_searched_in_pages(ada: Caller) -> None:
    page = ada("GET", "/priority/search?maxResults=2").json()
    assert (page["total"], len(page["values"]), page["isLast"]) == (5, 2, False)
    assert [one["name"] for one in ada("GET", "/priority/search?priorityName=low").json()["values"]] == [
        "Low",
        "Lowest",
    ]
