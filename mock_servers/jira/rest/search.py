"""Searching with JQL, and checking JQL (contract jira-rest, section 2, Search)."""

import base64
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mock_servers.jira.exceptions import JiraError, malformed, problem
from mock_servers.jira.issues import Issue
from mock_servers.jira.jql import UNBOUNDED, JqlSyntaxError, QueryRefused, Scope, faults, found_numbers, parse
from mock_servers.jira.jql.tree import Query
from mock_servers.jira.rest.issues import shown_issue
from mock_servers.jira.rest.routing import Answer, Call, Route, texts
from mock_servers.jira.wire import Selection

PAGE_LIMIT = 5000
PROPERTY_LIMIT = 5
RECONCILE_LIMIT = 50
TOKEN_LIFE = timedelta(days=7)
SCANS_KEPT = 1000
REMOVED_MESSAGE = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline "
    "is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)


@dataclass(frozen=True, slots=True)
class Scan:
    """One search whose pages are still being fetched: the issues it found when it began."""

    jql: str
    account_id: str | None
    numbers: list[int]
    begun: datetime


class Scans:
    """The searches behind page tokens. A token is opaque: a scan's name and where its next page starts."""

    def __init__(self) -> None:
        self._scans: OrderedDict[str, Scan] = OrderedDict()

    def begin(self, scan: Scan) -> str:
        name = secrets.token_hex(8)
        self._scans[name] = scan
        while len(self._scans) > SCANS_KEPT:
            self._scans.popitem(last=False)
        return name

    def token(self, name: str, start: int) -> str:
        return base64.urlsafe_b64encode(f"{name}:{start}".encode()).decode()

    def find(self, token: str, now: datetime) -> tuple[str, Scan, int] | None:
        """The scan and start of a token; None when it is unknown or too old."""
        try:
            name, _, start = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        except ValueError:
            return None
        scan = self._scans.get(name)
        if scan is None or now - scan.begun > TOKEN_LIFE or not start.isdecimal():
            return None
        return name, scan, int(start)


@dataclass(frozen=True, slots=True)
class Search:
    """One search request, from query or body."""

    jql: str
    selection: Selection
    ids_only: bool
    count: int
    token: str | None
    fresh: tuple[int, ...]

    @property
    def bare(self) -> bool:
        """Whether nothing but ids is asked for."""
        return self.ids_only and not self.selection.properties and not self.selection.expand


def search_by_body(call: Call) -> Answer:
    """The body's schema is closed; `expand` is one string with commas."""
    body = call.closed_body(
        "jql", "fields", "maxResults", "nextPageToken", "expand", "properties", "fieldsByKeys", "reconcileIssues"
    )
    expand = body.get("expand") or ""
    count, fresh = body.get("maxResults", 50), body.get("reconcileIssues") or []
    if not isinstance(expand, str) or not isinstance(count, int) or not isinstance(fresh, list):
        raise malformed()
    if not all(isinstance(number, int) for number in fresh):
        raise malformed()
    fields = list(texts(body.get("fields")))
    selection = Selection.of(fields, texts(body.get("properties")), expand.split(","))
    jql, token = str(body.get("jql") or ""), body.get("nextPageToken")
    return _search(call, Search(jql, selection, _ids_only(fields), count, token, tuple(fresh)))


def search_by_query(call: Call) -> Answer:
    selection = Selection.of(call.words("fields"), call.words("properties"), call.words("expand"))
    fresh = call.words("reconcileIssues")
    if not all(number.isdecimal() for number in fresh):
        raise problem(400, "Bad Request", "Failed to convert 'reconcileIssues'", call.request.path)
    numbers = tuple(int(number) for number in fresh)
    count, token = call.number("maxResults", 50), call.text("nextPageToken")
    ids_only = _ids_only(call.words("fields"))
    return _search(call, Search(call.text("jql") or "", selection, ids_only, count, token, numbers))


def _ids_only(fields: list[str]) -> bool:
    return set(fields) <= {"id"}


def _search(call: Call, search: Search) -> Answer:
    if not 1 <= search.count <= PAGE_LIMIT:
        raise malformed(f"The value of 'maxResults' must be between 1 and {PAGE_LIMIT}.")
    if len(search.fresh) > RECONCILE_LIMIT:
        raise malformed(f"No more than {RECONCILE_LIMIT} issues can be reconciled.")
    if len(search.selection.properties) > PROPERTY_LIMIT:
        raise malformed(f"No more than {PROPERTY_LIMIT} properties can be requested.")
    query = bounded(search.jql)
    name, scan, start = _scan(call, search, query)
    end = start + min(search.count, call.mock.search_page_limit or search.count)
    page = [issue for number in scan.numbers[start:end] if (issue := call.site.issues.get(str(number)))]
    wire = call.wire
    body: dict[str, Any] = {"issues": [_found(call, issue, search) for issue in page]}
    body["isLast"] = end >= len(scan.numbers)
    if not body["isLast"]:
        body["nextPageToken"] = call.mock.scans.token(name, end)
    if "names" in search.selection.expand:
        body["names"] = wire.names(wire.selected(search.selection))
    if "schema" in search.selection.expand:
        body["schema"] = wire.schemas(wire.selected(search.selection))
    return Answer(200, body, points=1 + len(page))


def _found(call: Call, issue: Issue, search: Search) -> dict[str, Any]:
    """Asked for ids only, an issue is its id; else as GET shows it."""
    if search.bare:
        return {"id": issue.id}
    shown = shown_issue(call, issue, search.selection)
    return {name: value for name, value in shown.items() if name not in ("names", "schema")}


def bounded(jql: str) -> Query:
    """The query; 400 when it cannot be read or asks for everything."""
    try:
        query = parse(jql)
    except JqlSyntaxError as wrong:
        raise JiraError(400, str(wrong)) from wrong
    if query.where is None:
        raise JiraError(400, UNBOUNDED)
    return query


def _scan(call: Call, search: Search, query: Query) -> tuple[str, Scan, int]:
    now = call.site.now()
    if search.token is not None:
        found = call.mock.scans.find(search.token, now)
        if found is None or found[1].jql != search.jql or found[1].account_id != call.caller.account_id:
            raise malformed("The provided next page token is invalid or has expired.")
        return found
    scope = Scope(call.site, call.caller.account_id)
    try:
        numbers = found_numbers(scope, query, search.fresh)
    except QueryRefused as refused:
        if call.mock.strict_search:
            raise JiraError(400, *faults(scope, query)) from refused
        numbers = []
    scan = Scan(search.jql, call.caller.account_id, numbers, now)
    return call.mock.scans.begin(scan), scan, 0


def count_issues(call: Call) -> Answer:
    query = bounded(str(call.closed_body("jql").get("jql") or ""))
    try:
        return Answer(200, {"count": len(found_numbers(Scope(call.site, call.actor), query, ()))})
    except QueryRefused as refused:
        raise JiraError(400, str(refused)) from refused


def parse_queries(call: Call) -> Answer:
    """`validation`: strict (errors, and then no structure), warn, none."""
    validation = call.text("validation") or "strict"
    if validation not in ("strict", "warn", "none"):
        raise problem(400, "Bad Request", f"Failed to convert 'validation': '{validation}'", call.request.path)
    queries = call.body.get("queries")
    if not isinstance(queries, list) or not queries:
        raise malformed("At least one query must be given in 'queries'.")
    return Answer(200, {"queries": [_parsed(call, str(text), validation) for text in queries]})


def _parsed(call: Call, text: str, validation: str) -> dict[str, Any]:
    try:
        query = parse(text)
    except JqlSyntaxError as wrong:
        return {"query": text, "errors": [str(wrong)]}
    wrong_parts = faults(Scope(call.site, call.actor), query) if validation != "none" else []
    if wrong_parts and validation == "strict":
        return {"query": text, "errors": wrong_parts}
    shown: dict[str, Any] = {"query": text, "structure": query.shown()}
    return shown | ({"warnings": wrong_parts} if wrong_parts else {})


def removed(_: Call) -> Answer:
    raise JiraError(410, REMOVED_MESSAGE)


REMOVED = (Route("GET", "/search", removed, "READ"), Route("POST", "/search", removed, "READ"))
ROUTES = (
    Route("POST", "/search/jql", search_by_body, "READ"),
    Route("GET", "/search/jql", search_by_query, "READ"),
    Route("POST", "/search/approximate-count", count_issues, "READ"),
    Route("POST", "/jql/parse", parse_queries, "READ"),
    *REMOVED,
)
