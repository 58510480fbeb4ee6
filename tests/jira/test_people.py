from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from responses import matchers

from plugin.jira import people
from plugin.jira.client import JiraClient
from plugin.jira.people import Person
from sage_adapters.errors import ConfigurationTrouble, ConnectionTrouble, RecordTrouble, Trouble


def user(number: int | str, name: str | None = None, **more: Any) -> dict[str, Any]:
    named = {} if name is None else {"displayName": name}
    return {"accountId": f"712020:{number}", "accountType": "atlassian", "active": True, **named, **more}


def test_groups_are_told_by_name(client: JiraClient, jira: responses.RequestsMock, site: str) -> None:
    groups = [{"name": "finance", "groupId": "1"}, {"name": "jira-users", "groupId": "2"}]
    jira.get(f"{site}/rest/api/3/user/groups?accountId=712020%3A1", json=groups)
    assert people.groups_of(client, "712020:1") == {"finance", "jira-users"}


@pytest.mark.parametrize(("known", "kind"), [([], None), ([user(1, "Nora")], RecordTrouble)])
def test_only_somebody_who_is_gone_is_in_no_group(
    client: JiraClient, jira: responses.RequestsMock, site: str, known: list[Any], kind: type[Trouble] | None
) -> None:
    jira.get(f"{site}/rest/api/3/user/groups", status=404, json={"errorMessages": ["Specified user does not exist"]})
    jira.get(f"{site}/rest/api/3/user/bulk", json={"values": known, "isLast": True, "total": len(known)})
    with pytest.raises(kind) if kind else nullcontext():
        assert people.groups_of(client, "712020:1") == set()


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ({"status": 403, "json": {"errorMessages": ["No"]}}, ConfigurationTrouble, "Browse users and groups"),
        ({"status": 401, "json": {"message": "scope does not match"}}, ConfigurationTrouble, "read:jira-user"),
        ({"status": 404, "body": "<title>Gone</title>", "content_type": "text/html"}, ConnectionTrouble, "Gone"),
    ],
)
def test_groups_that_cannot_be_read_are_not_taken_for_none(
    client: JiraClient,
    jira: responses.RequestsMock,
    site: str,
    answer: dict[str, Any],
    kind: type[Trouble],
    words: str,
) -> None:
    jira.get(f"{site}/rest/api/3/user/groups", **answer)
    with pytest.raises(kind, match=words):
        people.groups_of(client, "712020:1")


def test_those_who_can_be_assigned_are_offered_by_name(
    client: JiraClient, jira: responses.RequestsMock, site: str
) -> None:
    found = [
        user(1, "nora"),
        user(2, "Ada"),
        user(3, "Counterfoil", accountType="app"),
        user(4, "Former", active=False),
    ]
    query = {"project": "AP", "query": "", "maxResults": "100"}
    jira.get(f"{site}/rest/api/3/user/assignable/search", json=found, match=[matchers.query_param_matcher(query)])
    assert people.assignable(client, "AP", "") == [Person("712020:2", "Ada"), Person("712020:1", "nora")]


def test_people_of_a_project_that_is_gone_are_for_the_administrator(
    client: JiraClient, jira: responses.RequestsMock, site: str
) -> None:
    jira.get(f"{site}/rest/api/3/user/assignable/search", status=404, json={"errorMessages": ["No project"]})
    with pytest.raises(ConfigurationTrouble):
        people.assignable(client, "AP", "n")


def test_names_are_asked_for_in_few_requests_and_each_once(
    client: JiraClient, jira: responses.RequestsMock, site: str
) -> None:
    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        ids = parse_qs(urlsplit(request.url).query)["accountId"]
        values = [user(each.partition(":")[2], f"Name {each}") for each in ids if each != "712020:7"]
        return 200, {}, json.dumps({"values": values, "isLast": True})

    jira.add_callback("GET", f"{site}/rest/api/3/user/bulk", answer)
    ids = [f"712020:{number}" for number in range(60)]
    found = people.names(client, [*ids, *ids])
    assert len(jira.calls) == 2
    assert len(found) == 59
    assert found["712020:59"] == "Name 712020:59"


def test_nobody_asked_for_is_no_request(client: JiraClient) -> None:
    assert people.names(client, []) == {}
