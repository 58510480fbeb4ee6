"""What pages offer to choose from: statuses, components, priorities."""

from __future__ import annotations

import pytest
import responses

from plugin.jira import choices, statuses
from plugin.jira.choices import Choice
from plugin.jira.client import JiraClient
from plugin.jira.statuses import Status
from sage_adapters.errors import ConfigurationTrouble

NOT_THERE = {"errorMessages": ["No project could be found with key '10001'."]}


def test_statuses_are_those_of_the_issue_type(client: JiraClient, jira: responses.RequestsMock, site: str) -> None:
    done = {"id": "10002", "name": "Paid", "statusCategory": {"id": 3, "key": "done"}}
    types = [
        {"id": "10004", "name": "Invoice", "statuses": [{"id": "3", "name": "In review"}, done]},
        {"id": "10005", "name": "Task", "statuses": [{"id": "1", "name": "Open"}]},
    ]
    jira.get(f"{site}/rest/api/3/project/10001/statuses", json=types)
    assert statuses.of_project(client, "10001", "10004") == [
        Status("3", "In review", "undefined"),
        Status("10002", "Paid", "done"),
    ]
    assert statuses.of_project(client, "10001", "10009") == []


def test_components_are_offered_by_name(client: JiraClient, jira: responses.RequestsMock, site: str) -> None:
    found = [{"id": "10001", "name": "travel"}, {"id": "10000", "name": "Building", "lead": {"accountId": "1"}}]
    jira.get(f"{site}/rest/api/3/project/AP/components", json=found)
    assert choices.components(client, "AP") == [Choice("10000", "Building"), Choice("10001", "travel")]


def test_priorities_keep_jiras_order(client: JiraClient, jira: responses.RequestsMock, site: str) -> None:
    jira.get(f"{site}/rest/api/3/priority", json=[{"id": "1", "name": "Highest"}, {"id": "2", "name": "High"}])
    assert choices.priorities(client) == [Choice("1", "Highest"), Choice("2", "High")]


@pytest.mark.parametrize("part", ["statuses", "components"])
def test_a_project_that_is_gone_is_for_the_administrator(
    client: JiraClient, jira: responses.RequestsMock, site: str, part: str
) -> None:
    jira.get(f"{site}/rest/api/3/project/10001/{part}", status=404, json=NOT_THERE)
    with pytest.raises(ConfigurationTrouble, match="No project could be found"):
        choices.components(client, "10001") if part == "components" else statuses.of_project(client, "10001", "1")
