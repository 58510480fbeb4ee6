from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests

from plugin.jira import choices, people, statuses, worklogs
from plugin.jira.client import JiraClient
from plugin.jira.people import Person
from plugin.jira.projects import Project
from sage_adapters.errors import ConfigurationTrouble
from tests.jira.with_mock.conftest import NORA, OPEN, act


def test_choices_for_rules_are_those_of_the_site(jira: JiraClient, payables: Project) -> None:
    invoice = next(each for each in payables.issue_types if each.name == "Invoice")
    found = statuses.of_project(jira, payables.id, invoice.id)
    assert [(each.name, each.category) for each in found if each.id in (OPEN, "10002")] == [
        ("Open", "new"),
        ("Paid", "done"),
    ]
    assert "High" in [each.name for each in choices.priorities(jira)]
    assert [person.name for person in people.assignable(jira, "AP", "no")] == ["Nora Normal"]
    assert Person(NORA, "Nora Normal") in people.assignable(jira, payables.key, "")
    assert people.names(jira, [NORA, "712020:nobody"]) == {NORA: "Nora Normal"}


def test_groups_are_those_of_the_person(jira: JiraClient) -> None:
    finn = next(person.id for person in people.assignable(jira, "AP", "Finn"))
    assert "finance" in people.groups_of(jira, finn)
    assert "finance" not in people.groups_of(jira, NORA)
    assert people.groups_of(jira, "712020:nobody") == set()


def test_groups_that_may_not_be_read_are_not_taken_for_none(jira: JiraClient, address: str) -> None:
    for group in ["jira-users", "jira-administrators", "finance", "atlassian-addons-admin"]:
        act(address, "group", action="revoke", permission="USER_PICKER", group=group)
    with pytest.raises(ConfigurationTrouble, match="Browse users and groups"):
        people.groups_of(jira, NORA)


def test_components_are_those_of_the_project(jira: JiraClient, address: str, payables: Project) -> None:
    for name in ("Travel", "building"):
        act(address, "component", action="create", project="AP", name=name)
    assert [each.name for each in choices.components(jira, "AP") if each.name in ("Travel", "building")] == [
        "building",
        "Travel",
    ]
    assert choices.components(jira, payables.key) == choices.components(jira, payables.id)
    with pytest.raises(ConfigurationTrouble):
        choices.components(jira, "NONE")


def test_work_is_totalled_with_who_did_it(jira: JiraClient, address: str, key: str) -> None:
    for name, body in (("nora", {"timeSpent": "1h 30m"}), ("ada", {"timeSpentSeconds": 90})):
        started = {"started": "2026-11-02T09:00:00.000+0100", **body}
        logged = requests.post(
            f"{address}/rest/api/3/issue/{key}/worklog",
            json=started,
            auth=(f"{name}@example.com", f"{name}-token"),
            timeout=10,
        )
        assert logged.status_code == 201, logged.text
    spent, entries = worklogs.total(jira, key)
    assert spent == timedelta(minutes=91, seconds=30)
    assert [(each.author_id == NORA, each.seconds) for each in entries] == [(True, 5400), (False, 90)]
    assert {each.started for each in entries} == {datetime(2026, 11, 2, 8, tzinfo=UTC)}
