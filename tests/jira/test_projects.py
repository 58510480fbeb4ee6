from __future__ import annotations

import pytest
import responses

from plugin.jira.client import JiraClient
from plugin.jira.projects import choosable_projects, read_project
from sage_adapters.errors import ConfigurationTrouble


def project(key: str, style: str = "classic") -> dict[str, object]:
    kinds = [{"id": "10004", "name": "Invoice", "subtask": False}, {"id": "10005", "name": "Step", "subtask": True}]
    return {"id": "10001", "key": key, "name": f"Project {key}", "style": style, "issueTypes": kinds}


def test_projects_to_choose_from_come_page_by_page(client: JiraClient, jira: responses.RequestsMock, site: str) -> None:
    address = f"{site}/rest/api/3/project/search"
    jira.get(address, json={"values": [project("AP"), project("TM", "next-gen")], "isLast": False, "total": 3})
    jira.get(address, json={"values": [project("ZZ")], "isLast": True, "total": 3})
    found = list(choosable_projects(client))
    assert [(each.key, each.team_managed) for each in found] == [("AP", False), ("TM", True), ("ZZ", False)]
    assert [each.name for each in found[0].issue_types] == ["Invoice"]
    assert "action=create" in jira.calls[0].request.url
    assert "startAt=2" in jira.calls[1].request.url


def test_a_project_that_vanished_is_for_the_administrator(
    client: JiraClient, jira: responses.RequestsMock, site: str
) -> None:
    said = "No project could be found with key 'AP'."
    jira.get(f"{site}/rest/api/3/project/AP", status=404, json={"errorMessages": [said], "errors": {}})
    with pytest.raises(ConfigurationTrouble, match="No project could be found"):
        read_project(client, "AP")
