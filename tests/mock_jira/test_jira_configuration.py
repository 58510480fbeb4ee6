"""What an administrator, and an app, finds out and sets up: fields, screens, projects, permissions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_jira.conftest import TYPES, Caller, invoice


def test_a_new_field_has_a_global_context_and_is_on_no_screen(ada: Caller) -> None:
    body = {"name": "Vendor", "type": TYPES + "textfield", "searcherKey": TYPES + "textsearcher"}
    field = ada("POST", "/field", body).json()
    assert field["schema"]["custom"] == TYPES + "textfield"
    assert f"cf[{field['schema']['customId']}]" in field["clauseNames"]
    [context] = ada("GET", f"/field/{field['id']}/context").json()["values"]
    assert (context["isGlobalContext"], context["isAnyIssueType"]) == (True, True)
    assert ada("GET", f"/field/{field['id']}/screens").json()["values"] == []
    assert field["id"] in ada("POST", "/issue", {"fields": invoice(**{field["id"]: "x"})}).json()["errors"]


def test_names_of_fields_need_not_be_unique(ada: Caller) -> None:
    body = {"name": "Vendor", "type": TYPES + "textfield"}
    first, second = (ada("POST", "/field", body).json()["id"] for _ in range(2))
    assert first != second
    found = ada("GET", "/field/search?type=custom&query=vend").json()["values"]
    assert {field["id"] for field in found} == {first, second}


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "type": TYPES + "textfield"},
        {"name": "x", "type": TYPES + "nonsense"},
        {"name": "x", "type": TYPES + "float", "searcherKey": TYPES + "textsearcher"},
    ],
)
def test_a_wrong_field_is_not_created(ada: Caller, body: dict[str, Any]) -> None:
    assert ada("POST", "/field", body).status_code == 400


def test_without_the_right_creating_a_field_is_400_and_reading_screens_403(nora: Caller) -> None:
    assert nora("POST", "/field", {"name": "x", "type": TYPES + "textfield"}).status_code == 400
    assert nora("GET", "/screens").status_code == 403


def test_a_field_goes_on_a_tab_once_and_comes_off_again(ada: Caller) -> None:
    field = ada("POST", "/field", {"name": "x", "type": TYPES + "textfield"}).json()["id"]
    screen = next(s for s in ada("GET", "/screens").json()["values"] if s["name"].startswith("FIN: Create"))
    [tab] = ada("GET", f"/screens/{screen['id']}/tabs").json()
    path = f"/screens/{screen['id']}/tabs/{tab['id']}/fields"
    assert ada("POST", path, {"fieldId": field}).status_code == 200
    assert ada("POST", path, {"fieldId": field}).status_code == 400
    assert field in {each["id"] for each in ada("GET", path).json()}
    assert ada("POST", "/issue", {"fields": invoice(project={"key": "FIN"}, **{field: "x"})}).status_code == 201
    assert ada("DELETE", f"{path}/{field}").status_code == 204
    assert ada("POST", "/issue", {"fields": invoice(project={"key": "FIN"}, **{field: "x"})}).status_code == 400


def test_add_to_default_is_404_the_second_time(ada: Caller) -> None:
    field = ada.field("Vendor")
    assert ada("POST", f"/screens/addToDefault/{field}").status_code == 404


def test_the_screens_of_a_project_can_be_found(ada: Caller) -> None:
    [scheme] = ada("GET", "/issuetypescreenscheme/project?projectId=10001").json()["values"]
    number = scheme["issueTypeScreenScheme"]["id"]
    mapping = ada("GET", f"/issuetypescreenscheme/mapping?issueTypeScreenSchemeId={number}").json()["values"]
    [used] = {each["screenSchemeId"] for each in mapping}
    [screens] = ada("GET", f"/screenscheme?id={used}").json()["values"]
    assert screens["screens"] == {"default": 10001, "create": 10000, "edit": 10001, "view": 10001}


def test_options_belong_to_a_context(ada: Caller) -> None:
    field = ada.field("Terms", "select", "multiselectsearcher")
    [context] = ada("GET", f"/field/{field}/context").json()["values"]
    path = f"/field/{field}/context/{context['id']}/option"
    assert ada("POST", path, {"options": [{"value": "30 days"}, {"value": "60 days"}]}).status_code == 200
    assert ada("POST", path, {"options": [{"value": "30 days"}]}).status_code == 400
    key = ada.issue(**{field: {"value": "60 days"}})
    assert ada("GET", f"/issue/{key}").json()["fields"][field]["value"] == "60 days"
    assert ada.found('Terms = "60 days"') == [key]


def test_a_second_global_context_is_409(ada: Caller) -> None:
    field = ada.field("Terms")
    assert ada("POST", f"/field/{field}/context", {"name": "Other"}).status_code == 409
    answer = ada("POST", f"/field/{field}/context", {"name": "AP only", "projectIds": ["10000"]})
    assert answer.status_code == 201
    assert answer.json()["projectIds"] == ["10000"]


def test_projects_and_their_types_and_statuses(ada: Caller, nora: Caller) -> None:
    project = ada("GET", "/project/AP").json()
    assert (project["id"], project["style"]) == ("10000", "classic")
    names = [kind["name"] for kind in project["issueTypes"]]
    assert names == ["Invoice", "Purchase order", "Goods receipt", "Task", "Subtask"]
    statuses = ada("GET", "/project/AP/statuses").json()[0]["statuses"]
    assert [s["name"] for s in statuses] == ["Open", "In review", "Approved", "Paid", "Rejected"]
    assert [p["key"] for p in nora("GET", "/project/search").json()["values"]] == ["AP"]
    assert nora("GET", "/project/FIN").status_code == 404


def test_myself_has_the_zone_in_which_jql_is_read(ada: Caller, app: Caller) -> None:
    assert ada("GET", "/myself").json()["timeZone"] == "America/New_York"
    me = app("GET", "/myself").json()
    assert (me["accountType"], me["displayName"]) == ("app", "app.one")


def test_my_permissions_must_be_named_and_known(ada: Caller, nora: Caller) -> None:
    assert ada("GET", "/mypermissions").status_code == 400
    assert ada("GET", "/mypermissions?permissions=FLY").status_code == 400
    path = "/mypermissions?permissions=ADMINISTER,CREATE_ISSUES&projectKey=AP"
    held = {
        who: {name: each["havePermission"] for name, each in caller("GET", path).json()["permissions"].items()}
        for who, caller in (("ada", ada), ("nora", nora))
    }
    assert held["ada"] == {"ADMINISTER": True, "CREATE_ISSUES": True}
    assert held["nora"] == {"ADMINISTER": False, "CREATE_ISSUES": True}


def test_an_app_checks_the_permissions_of_a_person(ada: Caller, nora: Caller, app: Caller) -> None:
    key = ada.issue()
    issue = int(ada("GET", f"/issue/{key}?fields=summary").json()["id"])
    ask = [{"permissions": ["EDIT_ISSUES"], "projects": [10000, 10001], "issues": [issue]}]
    persons = {who: caller("GET", "/myself").json()["accountId"] for who, caller in (("ada", ada), ("nora", nora))}
    body = {"globalPermissions": ["ADMINISTER"], "projectPermissions": ask}
    answer = app("POST", "/permissions/check", {"accountId": persons["nora"], **body}).json()
    assert answer == {
        "globalPermissions": [],
        "projectPermissions": [{"permission": "EDIT_ISSUES", "projects": [10000], "issues": [issue]}],
    }
    answer = app("POST", "/permissions/check", {"accountId": persons["ada"], **body}).json()
    assert answer["globalPermissions"] == ["ADMINISTER"]
    assert nora("POST", "/permissions/check", {"accountId": persons["ada"], **body}).status_code == 403


def test_a_configuration_breaks_and_heals(ada: Caller, jira_mock: Any) -> None:
    field = ada.field("Vendor")
    act = jira_mock.mock.act
    key = ada.issue(**{field: "Acme"})
    act("field", {"action": "hide", "field": field})
    assert field in ada("POST", "/issue", {"fields": invoice(**{field: "x"})}).json()["errors"]
    act("field", {"action": "show", "field": field})
    act("field", {"action": "trash", "field": field})
    assert field in ada("POST", "/issue", {"fields": invoice(**{field: "x"})}).json()["errors"]
    assert field not in {each["id"] for each in ada("GET", "/field").json()}
    act("field", {"action": "restore", "field": field})
    assert ada("GET", f"/issue/{key}").json()["fields"][field] == "Acme"
    act("field", {"action": "rename", "field": "Vendor", "name": "Supplier"})
    assert ada.found("Supplier ~ acme") == [key]
    act("field", {"action": "change_type", "field": field, "type": "float"})
    assert "number" in ada("PUT", f"/issue/{key}", {"fields": {field: "Acme"}}).json()["errors"][field]
    act("field", {"action": "remove", "field": field})
    assert field not in ada("GET", f"/issue/{key}").json()["fields"]
