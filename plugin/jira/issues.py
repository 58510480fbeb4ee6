"""Issues: created in bulk, edited, fetched and searched (contract jira-rest, section 2).

Jira knows no idempotency key, and its search lags behind. So a document of ours is recognised by a
property of its issue, set in the same request that creates the issue and compared exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from plugin.jira import jql
from plugin.jira.bulk_create import Created, NewIssue, Refused, outcomes_of
from plugin.jira.client import JiraClient, ignored, segment
from plugin.jira.purpose import BULK_READ, READ, WRITE, Blame, Purpose, Scope, Wording
from sage_adapters.errors import ConfigurationTrouble

MOST_CREATED = 50
MOST_FETCHED = 100
MOST_RECONCILED = 50
MOST_LOOKED_UP = 50
"""Values of one look-up by property: keeps the query well below what Jira parses (assumed)."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as Jira tells it: only the fields and properties that were asked for."""

    id: str
    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetched:
    """`missing` are the ids or keys that Jira does not have or does not show us."""

    issues: list[Issue]
    missing: list[str]


class Issues:
    """The issues of one site. `wording` names fields and the place in what goes wrong."""

    def __init__(self, client: JiraClient, wording: Wording | None = None) -> None:
        self._client = client
        self._wording = wording or Wording()

    def create(self, issues: Sequence[NewIssue]) -> list[Created | Refused]:
        """Creates up to 50 issues in one request; one outcome for each, in their order.

        Raises a Trouble when the request as a whole failed, so that nothing was created, and UncertainOutcome
        when some or all may have been.
        """
        if len(issues) > MOST_CREATED:
            raise ValueError(f"Jira creates at most {MOST_CREATED} issues at once, not {len(issues)}.")
        if not issues:
            return []
        purpose = self._purpose(f"Creating {_counted(len(issues))} as {self._wording.place}.", WRITE)
        body = {"issueUpdates": [issue.to_jira() for issue in issues]}
        reply = self._client.exchange(purpose, lambda jira: jira.create_issues(data=body), reading=False)
        return outcomes_of(reply, len(issues), purpose)

    def edit(
        self, key: str, fields: Mapping[str, Any], properties: Mapping[str, Any] | None = None, known_as: str = ""
    ) -> None:
        """Sets these fields and properties; all others stay. None clears a field. An error writes nothing.

        `key` is a key, or an id, which outlives a move; `known_as` is what people call the issue then. Jira does not
        check screens here. RecordTrouble when the issue is gone.
        """
        purpose = self._purpose(f"Updating issue {known_as or key}.", WRITE)
        body = NewIssue(fields, properties or {}).to_jira()
        self._client.write(purpose, lambda jira: jira.edit_issue(segment(key), data=body), ignored)

    def fetch(
        self, ids_or_keys: Iterable[str], *, fields: Sequence[str] = (), properties: Sequence[str] = ()
    ) -> Fetched:
        """Issues as they are now, unlike a search; any number, a hundred per request.

        Ask by id: an issue that was moved answers under its new key, and its old key counts as missing.
        """
        wanted = list(dict.fromkeys(ids_or_keys))
        issues: list[Issue] = []
        for part in _parts(wanted, MOST_FETCHED):
            body = {"issueIdsOrKeys": part, "fields": list(fields) or ["id"], "properties": list(properties)}
            issues += self._fetch_part(body)
        found = {name.upper() for issue in issues for name in (issue.id, issue.key)}
        return Fetched(issues, [name for name in wanted if name.upper() not in found])

    def search(
        self,
        query: str,
        *,
        fields: Iterable[str] = (),
        properties: Iterable[str] = (),
        reconcile_ids: Iterable[str] = (),
        page_size: int = 100,
    ) -> Iterator[Issue]:
        """All issues of a bounded JQL query, page by page.

        The index behind it lags by seconds to minutes. `reconcile_ids`, at most 50, are issues that are judged
        by their present state. `properties` at most 5.
        """
        body = {
            "jql": query,
            "fields": list(fields) or ["id"],
            "properties": list(properties),
            "reconcileIssues": [int(issue_id) for issue_id in reconcile_ids],
            "maxResults": page_size,
        }
        purpose = Purpose("Searching for issues.", READ, Blame.CONFIGURATION, self._wording)
        while True:
            page = self._client.read(
                purpose, lambda jira: jira.search_and_reconsile_issues_using_jql_post(data=body), _Page.parse
            )
            yield from page.issues
            # The token of the page just read would be served for ever.
            if page.next_token is None or page.next_token == body.get("nextPageToken"):
                return
            body["nextPageToken"] = page.next_token

    def find_by_property(
        self,
        project_keys: Collection[str],
        property_key: str,
        path: str,
        values: Iterable[str],
        *,
        fields: Iterable[str] = (),
        reconcile_ids: Iterable[str] = (),
    ) -> dict[str, list[Issue]]:
        """Issues of these projects whose property holds one of these texts at `path`, by that text, oldest first.

        More than one under a text means it was created twice. Texts without an issue are left out. The property
        must be declared as indexed by the app; the comparison is exact, whatever the index does.
        """
        wanted = list(dict.fromkeys(values))
        wanted_fields, reconciled = list(fields), list(reconcile_ids)
        found: dict[str, dict[str, Issue]] = {}
        for part in _parts(wanted, MOST_LOOKED_UP):
            query = property_query(project_keys, property_key, path, part)
            for issue in self.search(query, fields=wanted_fields, properties=[property_key], reconcile_ids=reconciled):
                value = _at(issue.properties.get(property_key), path)
                if value in part:
                    found.setdefault(value, {})[issue.id] = issue
        return {value: sorted(issues.values(), key=lambda issue: int(issue.id)) for value, issues in found.items()}

    def numbered_after(self, project_key: str, number: int, *, properties: Sequence[str] = ()) -> Iterator[Issue]:
        """Issues of a project whose key has a higher number, in its order, as they are now.

        Unlike a search this never lags (assumed, contract jira-rest, section 2: fetching is consistent). It ends where
        a hundred numbers in a row are not there: Jira counts upwards, and gaps come from deleted or moved issues.
        """
        while True:
            keys = [f"{project_key}-{each}" for each in range(number + 1, number + 1 + MOST_FETCHED)]
            fetched = self.fetch(keys, properties=properties)
            yield from fetched.issues
            if not fetched.issues:
                return
            number += MOST_FETCHED

    def check_query(self, query: str) -> None:
        """Raises ConfigurationTrouble unless Jira understands every word of a query.

        A search with an unknown field finds nothing instead of failing, and "no such invoice" would then create
        every invoice again: so look-ups are checked before they are relied on.
        """
        purpose = Purpose("Checking a search for issues.", READ, Blame.CONFIGURATION, self._wording)
        body = {"queries": [query]}
        errors = self._client.read(
            purpose,
            lambda jira: jira.parse_jql_queries(validation="strict", data=body),
            lambda answer: [error for each in answer["queries"] for error in each.get("errors") or []],
        )
        if errors:
            raise ConfigurationTrouble(
                tried=purpose.tried,
                got=f"Jira does not understand it: {' '.join(errors)}",
                remedy="Update the app in Jira, so that the property it searches by is declared there.",
                code="jira.query-refused",
            )

    def _fetch_part(self, body: Mapping[str, Any]) -> list[Issue]:
        purpose = self._purpose(f"Reading {_counted(len(body['issueIdsOrKeys']))}.", BULK_READ)
        return self._client.read(purpose, lambda jira: jira.bulk_fetch_issues(data=body), _issues)

    def _purpose(self, tried: str, scope: Scope) -> Purpose:
        return Purpose(tried, scope, wording=self._wording)


def property_query(project_keys: Collection[str], property_key: str, path: str, values: Iterable[str]) -> str:
    """The query by which issues are found by a text in their property; `path` goes down with dots."""
    where = jql.property_path(property_key, path)
    return f"project IN {jql.quoted_list(project_keys)} AND {where} IN {jql.quoted_list(values)}"


@dataclass(frozen=True, slots=True)
class _Page:
    issues: list[Issue]
    next_token: str | None

    @classmethod
    def parse(cls, answer: Any) -> _Page:
        return cls(_issues(answer), None if answer.get("isLast") else answer.get("nextPageToken"))


def _issues(answer: Any) -> list[Issue]:
    return [_issue(entry) for entry in answer["issues"]]


def _issue(answer: Mapping[str, Any]) -> Issue:
    return Issue(
        id=str(answer["id"]),
        key=answer.get("key", ""),
        fields=answer.get("fields") or {},
        properties=answer.get("properties") or {},
    )


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else None


def _parts(values: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])


def _counted(number: int) -> str:
    return "one issue" if number == 1 else f"{number} issues"
