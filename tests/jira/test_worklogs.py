from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from plugin.jira import worklogs
from plugin.jira.client import JiraClient
from plugin.jira.worklogs import Worklog
from sage_adapters.errors import RecordTrouble


def entry(number: int, seconds: int, author: str | None = "nora") -> dict[str, Any]:
    user = None if author is None else {"accountId": author}
    return {"id": str(number), "author": user, "timeSpentSeconds": seconds, "started": "2026-11-02T09:00:00.000+0100"}


def test_work_is_totalled_over_all_pages_and_nothing_counts_twice(
    client: JiraClient, jira: responses.RequestsMock, site: str
) -> None:
    address = f"{site}/rest/api/3/issue/AP-1/worklog"
    jira.get(f"{address}?startAt=0&maxResults=1000", json={"worklogs": [entry(1, 3600), entry(2, 60)], "total": 4})
    jira.get(f"{address}?startAt=2&maxResults=1000", json={"worklogs": [entry(2, 60), entry(3, 1, None)], "total": 4})
    at = datetime(2026, 11, 2, 8, tzinfo=UTC)
    logged = [Worklog("nora", 3600, at), Worklog("nora", 60, at), Worklog("", 1, at)]
    assert worklogs.total(client, "AP-1") == (timedelta(hours=1, minutes=1, seconds=1), logged)


def test_an_issue_without_work_totals_nothing(client: JiraClient, jira: responses.RequestsMock, site: str) -> None:
    jira.get(f"{site}/rest/api/3/issue/AP-1/worklog", json={"worklogs": [], "total": 0})
    assert worklogs.total(client, "AP-1") == (timedelta(0), [])


def test_an_issue_that_is_gone_is_this_documents_trouble(
    client: JiraClient, jira: responses.RequestsMock, site: str
) -> None:
    jira.get(f"{site}/rest/api/3/issue/AP-1/worklog", status=404, json={"errorMessages": ["Issue does not exist"]})
    with pytest.raises(RecordTrouble):
        worklogs.total(client, "AP-1")
