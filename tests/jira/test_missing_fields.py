"""Create missing fields, against a Jira small enough to read: fields, contexts and the screens of one project."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import responses
from urllib3.exceptions import ProtocolError

from plugin.jira.client import JiraClient
from plugin.jira.fields import AttributeType
from plugin.jira.missing_fields import WantedField, create_missing_fields
from plugin.jira.projects import IssueType, Project
from sage_adapters.errors import ConfigurationTrouble, UncertainOutcome

AMOUNT = WantedField("Amount", AttributeType.MONEY, "The invoice's total.")
DUE = WantedField("Due date", AttributeType.DATE)
PREFIX = "com.atlassian.jira.plugin.system.customfieldtypes:"

Answer = tuple[int, dict[str, str], str]


@dataclass
class SmallJira:
    """One project whose create, edit and view screens are 1, 2 and 2. `hidden` fields lack a context."""

    fields: list[dict[str, Any]] = field(default_factory=list)
    screens: dict[int, list[str]] = field(default_factory=lambda: {1: ["summary"], 2: ["summary"]})
    hidden: set[str] = field(default_factory=set)
    lose: bool = False
    """Commits the next creation of a field and drops the connection."""
    writes: list[str] = field(default_factory=list)

    def own(self, name: str, kind: str) -> str:
        number = 10100 + len(self.fields)
        schema = {"type": "any", "custom": PREFIX + kind, "customId": number}
        entry = {"id": f"customfield_{number}", "name": name, "custom": True, "schema": schema}
        self.fields.append(entry)
        return str(entry["id"])

    def answer(self, request: Any) -> Answer:
        path, _, query = request.url.partition("/rest/api/3/")[2].partition("?")
        if request.method == "POST":
            self.writes.append(path)
            return self.write(path, json.loads(request.body))
        status, body = self.read(path, query)
        return status, {}, json.dumps(body)

    def read(self, path: str, query: str) -> tuple[int, Any]:
        if path == "field":
            return 200, self.fields
        if path.startswith("issue/createmeta"):
            shown = [name for name in self.screens[1] if name not in self.hidden]
            entry = {"required": False, "operations": ["set"]}
            return 200, {"fields": [entry | {"fieldId": name, "name": name} for name in shown], "total": len(shown)}
        if tab := re.fullmatch(r"screens/(\d+)/tabs/7/fields", path):
            return 200, [{"id": name, "name": name} for name in self.screens[int(tab.group(1))]]
        values: dict[str, list[dict[str, Any]]] = {
            "issuetypescreenscheme/project": [{"issueTypeScreenScheme": {"id": "5"}, "projectIds": ["10001"]}],
            "issuetypescreenscheme/mapping": [
                {"issueTypeId": "default", "screenSchemeId": "60"},
                {"issueTypeId": "10004", "screenSchemeId": "61"},
            ],
            "screenscheme": [{"id": 61, "screens": {"default": 2, "create": 1}}] if query == "id=61" else [],
        }
        if path in values:
            return 200, {"values": values[path], "isLast": True}
        if path.endswith("/context/projectmapping"):
            return 200, {"values": [{"contextId": "1", "projectId": "99"}], "isLast": True}
        return 200, [{"id": 7, "name": "Field tab"}]

    def write(self, path: str, body: dict[str, Any]) -> Answer:
        if path == "field":
            made = self.own(body["name"], body["type"].removeprefix(PREFIX))
            if self.lose:
                self.lose = False
                raise requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError()))
            return 201, {}, json.dumps(next(each for each in self.fields if each["id"] == made))
        if path.endswith("/context"):
            self.hidden.discard(path.split("/")[1])
            return 201, {}, json.dumps(body | {"id": "2"})
        screen = self.screens[int(path.split("/")[1])]
        if body["fieldId"] in screen:
            return 400, {}, json.dumps({"errorMessages": ["The field already exists on the screen."]})
        screen.append(body["fieldId"])
        return 200, {}, json.dumps({"id": body["fieldId"]})


@pytest.fixture
def small(site: str) -> Iterator[SmallJira]:
    state = SmallJira()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in ("GET", "POST"):
            mock.add_callback(method, re.compile(f"{site}/rest/api/3/.*"), state.answer)
        yield state


def test_fields_are_created_and_put_on_every_screen(
    client: JiraClient, small: SmallJira, payables: Project, invoice: IssueType
) -> None:
    made = create_missing_fields(client, payables, invoice, [AMOUNT, DUE])
    ids = [each.field.id for each in made]
    assert [each.field.label for each in made] == ["Amount · Number", "Due date · Date"]
    assert all(each.created for each in made)
    assert small.screens == {1: ["summary", *ids], 2: ["summary", *ids]}


def test_pressing_the_button_again_changes_nothing(
    client: JiraClient, small: SmallJira, payables: Project, invoice: IssueType
) -> None:
    first = create_missing_fields(client, payables, invoice, [AMOUNT, DUE])
    small.writes.clear()
    again = create_missing_fields(client, payables, invoice, [AMOUNT, DUE])
    assert small.writes == []
    assert [each.field.id for each in again] == [each.field.id for each in first]
    assert not any(each.created for each in again)


def test_a_field_of_the_same_name_and_kind_is_taken_and_put_where_it_lacks(
    client: JiraClient, small: SmallJira, payables: Project, invoice: IssueType
) -> None:
    small.own("Amount", "textfield")
    number = small.own("Amount", "float")
    small.screens[2].append(number)
    (made,) = create_missing_fields(client, payables, invoice, [AMOUNT])
    assert (made.field.id, made.created) == (number, False)
    assert small.screens == {1: ["summary", number], 2: ["summary", number]}
    assert small.writes == ["screens/1/tabs/7/fields"]


def test_of_two_that_would_do_the_one_on_the_screen_is_taken(
    client: JiraClient, small: SmallJira, payables: Project, invoice: IssueType
) -> None:
    small.own("Amount", "float")
    shown = small.own("Amount", "float")
    small.screens[1].append(shown)
    (made,) = create_missing_fields(client, payables, invoice, [AMOUNT])
    assert made.field.id == shown
    assert small.writes == []


def test_a_lost_reply_makes_no_second_field(
    client: JiraClient, small: SmallJira, payables: Project, invoice: IssueType
) -> None:
    small.lose = True
    (made,) = create_missing_fields(client, payables, invoice, [AMOUNT])
    assert [each["name"] for each in small.fields] == ["Amount"]
    assert made.created
    assert made.field.id in small.screens[1]


def test_a_lost_creation_is_told_and_the_next_try_completes_it(
    client: JiraClient, small: SmallJira, payables: Project, invoice: IssueType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(small, "own", lambda *_: "")
        small.lose = True
        with pytest.raises(UncertainOutcome):
            create_missing_fields(client, payables, invoice, [AMOUNT])
    create_missing_fields(client, payables, invoice, [AMOUNT])
    assert len(small.fields) == 1


def test_a_field_without_a_context_for_the_project_gets_one(
    client: JiraClient, small: SmallJira, payables: Project, invoice: IssueType
) -> None:
    number = small.own("Amount", "float")
    small.hidden.add(number)
    create_missing_fields(client, payables, invoice, [AMOUNT])
    assert f"field/{number}/context" in small.writes
    assert small.hidden == set()


def test_a_field_that_stays_hidden_is_named(
    client: JiraClient, small: SmallJira, payables: Project, invoice: IssueType, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = small.own("Amount", "float")
    monkeypatch.setattr(small, "hidden", frozenset({number}))
    monkeypatch.setattr("plugin.jira.missing_fields._is_covered", lambda *_: True)
    with pytest.raises(ConfigurationTrouble, match=rf"Amount \({number}\)"):
        create_missing_fields(client, payables, invoice, [AMOUNT])


def test_a_team_managed_project_is_explained_and_left_alone(
    client: JiraClient, small: SmallJira, invoice: IssueType
) -> None:
    team = Project("10002", "TM", "Team", True, (invoice,))
    with pytest.raises(ConfigurationTrouble, match=r"Issue types > Invoice: Amount \(number\), Due date \(date\)"):
        create_missing_fields(client, team, invoice, [AMOUNT, DUE])
    assert small.writes == []


def test_a_project_without_screens_is_told_to_do_it_by_hand(
    client: JiraClient, small: SmallJira, payables: Project, invoice: IssueType, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = small.read

    def without(path: str, query: str) -> tuple[int, Any]:
        return (200, {"values": [], "isLast": True}) if path.startswith("issuetypescreen") else read(path, query)

    monkeypatch.setattr(small, "read", without)
    with pytest.raises(ConfigurationTrouble, match="by hand"):
        create_missing_fields(client, payables, invoice, [AMOUNT])
