from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import responses

from plugin.jira.changelog import StatusChange, status_changes
from plugin.jira.client import JiraClient
from sage_adapters.errors import RecordTrouble

NORA = {"accountId": "712020:nora", "displayName": "Nora Normal"}


@pytest.fixture
def address(site: str) -> str:
    return f"{site}/rest/api/3/issue/AP-1/changelog"


def entry(number: int, created: str, *items: dict[str, Any], author: Any = NORA) -> dict[str, Any]:
    return {"id": str(number), "created": created, "author": author, "items": list(items)}


def status(before: str, after: str, **more: Any) -> dict[str, Any]:
    names = {"fromString": f"S{before}", "toString": f"S{after}"}
    return {"field": "status", "fieldtype": "jira", "fieldId": "status", "from": before, "to": after, **names, **more}


def test_only_changes_of_status_are_told_the_oldest_first(
    client: JiraClient, jira: responses.RequestsMock, address: str
) -> None:
    other = {"field": "Status", "fieldId": "customfield_10010", "from": None, "to": None, "toString": "Open"}
    summary = {"field": "summary", "fieldId": "summary", "from": None, "to": None}
    first = [entry(1, "2026-11-01T09:00:00.000+0100", summary), entry(2, "2026-11-01T09:00:01.500+0100", other)]
    rest = [
        entry(3, "2026-11-02T09:00:00.000+0100", summary, status("1", "3")),
        entry(4, "2026-11-03T08:00:00.000+0000", status("3", "10001"), author=None),
    ]
    jira.get(f"{address}?startAt=0&maxResults=100", json={"values": first, "isLast": False, "total": 4})
    jira.get(f"{address}?startAt=2&maxResults=100", json={"values": rest, "isLast": True, "total": 4})
    assert status_changes(client, "AP-1") == [
        StatusChange("3", datetime(2026, 11, 2, 8, tzinfo=UTC), "712020:nora", "Nora Normal", "1", "3", "S1", "S3"),
        StatusChange("4", datetime(2026, 11, 3, 8, tzinfo=UTC), "", "", "3", "10001", "S3", "S10001"),
    ]


def test_an_item_without_the_id_of_its_field_is_known_by_its_name(
    client: JiraClient, jira: responses.RequestsMock, address: str
) -> None:
    item = status("1", "3", field="Status")
    del item["fieldId"]
    jira.get(address, json={"values": [entry(7, "2026-11-02T09:00:00.000+0100", item)], "isLast": True})
    assert [change.to_id for change in status_changes(client, "AP-1")] == ["3"]


def test_since_includes_its_own_instant(client: JiraClient, jira: responses.RequestsMock, address: str) -> None:
    days = [entry(day, f"2026-11-0{day}T09:00:00.000+0000", status("1", "3")) for day in (1, 2, 3)]
    jira.get(address, json={"values": days, "isLast": True})
    since = datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert [change.id for change in status_changes(client, "AP-1", since)] == ["2", "3"]


def test_an_issue_that_is_gone_is_this_documents_trouble(
    client: JiraClient, jira: responses.RequestsMock, address: str
) -> None:
    jira.get(address, status=404, json={"errorMessages": ["Issue does not exist"]})
    with pytest.raises(RecordTrouble):
        status_changes(client, "AP-1")
