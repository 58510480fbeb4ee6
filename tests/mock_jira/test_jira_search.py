"""Searching: what JQL finds, when the index knows it, and how wrong queries are answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.mock_jira.conftest import Caller


def turn(jira_mock: Any, **knobs: Any) -> None:
    jira_mock.mock.turn(knobs)


def test_without_fields_a_search_gives_ids_only(ada: Caller) -> None:
    ada.issue()
    assert ada("POST", "/search/jql", {"jql": "project = AP"}).json() == {"issues": [{"id": "10000"}], "isLast": True}


def test_pages_follow_opaque_tokens_to_the_last(ada: Caller) -> None:
    keys = [ada.issue() for _ in range(5)]
    seen: list[str] = []
    body: dict[str, Any] = {"jql": "project = AP order by key asc", "fields": ["key"], "maxResults": 2}
    while True:
        page = ada("POST", "/search/jql", body).json()
        seen += [issue["key"] for issue in page["issues"]]
        if page["isLast"]:
            break
        body["nextPageToken"] = page["nextPageToken"]
    assert seen == keys
    assert "nextPageToken" not in page
    refused = ada("POST", "/search/jql", {**body, "jql": "project = FIN"})
    assert refused.status_code == 400


def test_pages_may_be_shorter_than_asked(ada: Caller, jira_mock: Any) -> None:
    for _ in range(3):
        ada.issue()
    turn(jira_mock, search_page_limit=2)
    page = ada("POST", "/search/jql", {"jql": "project = AP", "maxResults": 100}).json()
    assert (len(page["issues"]), page["isLast"]) == (2, False)


def test_a_token_dies_after_seven_days(ada: Caller, jira_mock: Any) -> None:
    ada.issue()
    ada.issue()
    body = {"jql": "project = AP", "maxResults": 1}
    token = ada("POST", "/search/jql", body).json()["nextPageToken"]
    jira_mock.mock.clock.advance(8 * 86400)
    assert ada("POST", "/search/jql", {**body, "nextPageToken": token}).status_code == 400


@pytest.mark.parametrize("jql", ["", "order by created", "project = ", "project = AP AND", "project % AP", "user = x"])
def test_what_cannot_be_read_or_asks_for_everything_is_400(ada: Caller, jql: str) -> None:
    assert ada("POST", "/search/jql", {"jql": jql}).status_code == 400


def test_an_unknown_member_of_the_body_is_refused(ada: Caller) -> None:
    assert ada("POST", "/search/jql", {"jql": "project = AP", "startAt": 0}).status_code == 400
    assert ada("POST", "/search/jql", {"jql": "project = AP", "expand": ["names"]}).status_code == 400


@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_old_search_is_gone(ada: Caller, version: str, method: str) -> None:
    answer = ada(method, f"/rest/api/{version}/search", None if method == "GET" else {"jql": "project = AP"})
    assert answer.status_code == 410
    assert "/rest/api/3/search/jql" in answer.json()["errorMessages"][0]


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("status = Open", ["AP-1", "AP-2", "AP-3"]),
        ("status != Open", ["AP-4"]),
        ('status in ("In review", Paid)', ["AP-4"]),
        ("labels = red", ["AP-1", "AP-3"]),
        ("labels = red and labels = blue", ["AP-3"]),
        ("labels is empty", ["AP-2", "AP-4"]),
        ("labels is not EMPTY", ["AP-1", "AP-3"]),
        ("labels not in (blue)", ["AP-1"]),
        ("not (labels = red or status = 'In review')", ["AP-2"]),
        ("key in (AP-2, AP-4)", ["AP-2", "AP-4"]),
        ("id = 10001", ["AP-2"]),
        ("project = AP and key > AP-2", ["AP-3", "AP-4"]),
        ("issuetype = Task", ["AP-2"]),
        ("duedate >= 2026-03-01", ["AP-3"]),
        ("due < 2026-03-01", ["AP-1"]),
        ("reporter = currentUser() and duedate is EMPTY", ["AP-2", "AP-4"]),
        ('summary ~ "acme"', ["AP-1", "AP-3"]),
        ('summary ~ "\\"acme ltd\\""', ["AP-3"]),
        ('summary ~ "acm*" && labels = blue', ["AP-3"]),
        ("created >= -1h AND updated <= now()", ["AP-1", "AP-2", "AP-3", "AP-4"]),
        ("created < startOfDay(-1)", []),
        ('"Cost centre" = "300 Sales"', ["AP-4"]),
        ("cf[10020] is not empty", ["AP-4"]),
    ],
)
def test_jql_finds(ada: Caller, jql: str, found: list[str]) -> None:
    ada.issue(summary="Acme of Ltd", labels=["red"], duedate="2026-01-31")
    ada.issue(summary="Other", issuetype={"name": "Task"})
    ada.issue(summary="ACME Ltd", labels=["red", "blue"], duedate="2026-03-01")
    last = ada.issue(summary="Other", customfield_10020={"value": "300 Sales"})
    ada("POST", f"/issue/{last}/transitions", {"transition": {"id": "11"}})
    assert ada.found(f"{jql} order by key ASC") == found


def test_text_is_found_by_words_so_near_misses_come_too(ada: Caller) -> None:
    field = ada.field("Invoice number")
    for number in ("INV-001", "INV-001-A", "inv 001", "INV-0010", "001-INV"):
        ada.issue(**{field: number})
    clause = f"cf[{field.removeprefix('customfield_')}]"
    assert ada.found(f'{clause} ~ "\\"INV-001\\"" order by key') == ["AP-1", "AP-2", "AP-3"]
    assert ada.found(f'{clause} ~ "INV 001" order by key') == ["AP-1", "AP-2", "AP-3", "AP-5"]


def test_specials_of_the_text_search_need_two_backslashes(ada: Caller, jira_mock: Any) -> None:
    turn(jira_mock, strict_search=True)
    field = ada.field("Invoice number")
    ada.issue(**{field: "INV(1)"})
    clause = f"cf[{field.removeprefix('customfield_')}]"
    assert ada("POST", "/search/jql", {"jql": f'{clause} ~ "INV(1)"'}).status_code == 400
    assert ada.found(f'{clause} ~ "INV\\\\(1\\\\)"') == ["AP-1"]


def test_a_text_field_has_no_equals(ada: Caller, jira_mock: Any) -> None:
    field = ada.field("Vendor")
    ada.issue(**{field: "Acme"})
    jql = "Vendor = Acme"
    assert ada("POST", "/search/jql", {"jql": jql}).json()["issues"] == []
    turn(jira_mock, strict_search=True)
    answer = ada("POST", "/search/jql", {"jql": jql})
    assert answer.status_code == 400
    assert answer.json()["errorMessages"] == ["The operator '=' is not supported by the 'Vendor' field."]


def test_a_field_without_a_searcher_cannot_be_searched(ada: Caller) -> None:
    ada.field("Hidden", searcher=None)
    [parsed] = ada("POST", "/jql/parse?validation=strict", {"queries": ["Hidden ~ x"]}).json()["queries"]
    assert "does not exist" in parsed["errors"][0]


@pytest.mark.parametrize(
    "jql", ["nofield = 1", "project = NOPE", "created > soon", "status = nonsense", "x in nofun()"]
)
def test_nonsense_finds_nothing_or_is_400(ada: Caller, jira_mock: Any, jql: str) -> None:
    ada.issue()
    assert ada("POST", "/search/jql", {"jql": jql}).json()["issues"] == []
    turn(jira_mock, strict_search=True)
    assert ada("POST", "/search/jql", {"jql": jql}).status_code == 400


def test_parsing_shows_the_structure_or_the_errors(ada: Caller) -> None:
    queries = ['project = AP AND issue.property["erp.sync"].key in ("a") ORDER BY key DESC', "nofield = 1", "a = ("]
    good, unknown, broken = ada("POST", "/jql/parse", {"queries": [queries[0], *queries[1:]]}).json()["queries"]
    assert "structure" not in good  # nobody declared that property as searchable
    assert unknown["errors"]
    assert broken["errors"]
    [loose] = ada("POST", "/jql/parse?validation=none", {"queries": queries[:1]}).json()["queries"]
    assert loose["structure"]["where"]["operator"] == "and"
    assert loose["structure"]["orderBy"]["fields"][0]["direction"] == "desc"


def test_properties_are_found_only_where_an_app_declared_them(ada: Caller, app: Caller) -> None:
    key = ada.issue()
    value = {"key": "SAGE|AP|1200|INV-1", "amount": 12.5, "note": "two words", "secret": "x"}
    ada("PUT", f"/issue/{key}/properties/erp.sync", value)
    assert ada.found('issue.property["erp.sync"].key = "SAGE|AP|1200|INV-1"') == [key]
    assert ada.found('erpKey in ("other", "SAGE|AP|1200|INV-1")') == [key]
    assert ada.found('issue.property["erp.sync"].key = "SAGE|AP|1200"') == []
    assert ada.found('issue.property["erp.sync"].amount > 12') == [key]
    assert ada.found('issue.property["erp.sync"].note ~ "words"') == [key]
    assert ada.found('issue.property["erp.sync"].secret = "x"') == []
    ada("PUT", f"/issue/{key}/properties/erp.sync", {"key": "changed"})
    assert ada.found('erpKey = "SAGE|AP|1200|INV-1"') == []
    assert ada.found('erpKey = "changed"') == [key]


def test_remote_links_are_found_by_global_id(ada: Caller) -> None:
    key = ada.issue()
    link = {"globalId": "erp=1", "object": {"url": "https://example.com", "title": "One"}}
    ada("POST", f"/issue/{key}/remotelink", link)
    assert ada.found('issue in issuesWithRemoteLinksByGlobalId("erp=1", "erp=2")') == [key]


def test_search_lags_behind_but_reading_does_not(ada: Caller, app: Caller, jira_mock: Any) -> None:
    turn(jira_mock, index_lag=60)
    key = ada.issue()
    ada("PUT", f"/issue/{key}/properties/erp.sync", {"key": "k"})
    assert ada("GET", f"/issue/{key}").status_code == 200
    assert ada.found('erpKey = "k"') == []
    assert ada.found('erpKey = "k"', reconcileIssues=[10000]) == [key]
    jira_mock.mock.clock.advance(61)
    assert ada.found('erpKey = "k"') == [key]
    ada("DELETE", f"/issue/{key}")
    assert ada.found('erpKey = "k"') == []  # the index still has it, but there is nothing to show


def test_a_found_issue_may_vanish_for_a_moment(ada: Caller, jira_mock: Any) -> None:
    ada.issue()
    turn(jira_mock, index_flicker=0.5)
    seen = {len(ada.found("project = AP")) for _ in range(40)}
    assert seen == {0, 1}


def test_dates_are_read_in_the_zone_of_who_asks(ada: Caller, finn: Caller, jira_mock: Any) -> None:
    jira_mock.mock.clock.set(datetime(2026, 6, 10, 22, 0, tzinfo=UTC))
    key = ada.issue()  # 18:00 on the 10th in New York, 03:30 on the 11th in Kolkata
    assert ada.found('created >= "2026-06-11"') == []
    assert finn.found('created >= "2026-06-11"') == [key]
    assert ada.found('created >= "2026-06-10 18:00" and created < "2026-06-10 18:01"') == [key]


def test_a_count_is_approximate_in_name_only(ada: Caller) -> None:
    ada.issue()
    assert ada("POST", "/search/approximate-count", {"jql": "project = AP"}).json() == {"count": 1}
