"""Running a query: which issues it finds for whom, in which order."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mock_servers.jira.issues import Snapshot
from mock_servers.jira.jql.conditions import clause_test
from mock_servers.jira.jql.scope import QueryRefused, Scope, Test
from mock_servers.jira.jql.tree import Clause, Compound, Node, Query
from mock_servers.jira.values import words

UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query and try again."


def node_test(scope: Scope, node: Node) -> Test:
    """The test of a query's condition. Raises QueryRefused at its first fault."""
    if isinstance(node, Clause):
        return clause_test(scope, node)
    tests = [node_test(scope, part) for part in node.parts]
    if node.operator == "not":
        [inner] = tests
        return Test(lambda snapshot: not inner.matches(snapshot))
    if node.operator == "and":
        return Test(lambda snapshot: all(test.matches(snapshot) for test in tests), lambda: _fewest(tests))
    return Test(lambda snapshot: any(test.matches(snapshot) for test in tests), lambda: _together(tests))


def _fewest(tests: list[Test]) -> set[int] | None:
    short = [found for test in tests if (found := test.candidates()) is not None]
    return min(short, key=len) if short else None


def _together(tests: list[Test]) -> set[int] | None:
    short = [test.candidates() for test in tests]
    known = [found for found in short if found is not None]
    return set().union(*known) if len(known) == len(short) else None


def faults(scope: Scope, query: Query) -> list[str]:
    """What is wrong with a query that can be read, one sentence per clause."""
    found = []
    for clause in _clauses(query.where):
        try:
            clause_test(scope, clause)
        except QueryRefused as refused:
            found.append(str(refused))
    for item in query.order:
        try:
            scope.fields_named(item.field.text)
        except QueryRefused as refused:
            found.append(str(refused))
    return found


def _clauses(node: Node | None) -> Iterator[Clause]:
    if isinstance(node, Clause):
        yield node
    elif isinstance(node, Compound):
        for part in node.parts:
            yield from _clauses(part)


def found_numbers(scope: Scope, query: Query, fresh: Iterable[int]) -> list[int]:
    """Numbers of the issues found, in order. `fresh` ones are looked at as they are, others as the index has them.

    Raises QueryRefused.
    """
    assert query.where is not None
    test = node_test(scope, query.where)
    index = scope.site.index
    index.catch_up()
    allowed = {
        project.id
        for project in scope.site.projects.values()
        if not project.archived and scope.site.may(scope.account_id, "BROWSE_PROJECTS", project)
    }
    reconciled = {number: issue.snapshot() for number in fresh if (issue := scope.site.issues.get(str(number)))}
    candidates = test.candidates()
    snapshots = (
        index.snapshots.values()
        if candidates is None
        else (index.snapshots[number] for number in candidates if number in index.snapshots)
    )
    found = [
        snapshot
        for snapshot in snapshots
        if snapshot.number not in reconciled
        and snapshot.fields["project"] in allowed
        and test.matches(snapshot)
        and not index.vanishes()
    ]
    found += [s for s in reconciled.values() if s.fields["project"] in allowed and test.matches(s)]
    return [snapshot.number for snapshot in _ordered(scope, query, found)]


def _ordered(scope: Scope, query: Query, found: list[Snapshot]) -> list[Snapshot]:
    """By what the query says, then the newest first."""
    found.sort(key=lambda snapshot: -snapshot.number)
    for item in reversed(query.order):
        [field, *_] = scope.fields_named(item.field.text)
        key = _sort_key(scope, field.id)
        descending = item.direction == "desc" or (item.direction is None and field.kind in ("instant", "date"))
        found.sort(key=key, reverse=descending)
    return found


def _sort_key(scope: Scope, field_id: str) -> Callable[[Snapshot], tuple[bool, Any]]:
    if field_id == "issuekey":
        return lambda snapshot: (False, (snapshot.fields["project"], snapshot.number))
    field = scope.site.fields[field_id]

    def key(snapshot: Snapshot) -> tuple[bool, Any]:
        value = snapshot.fields.get(field_id)
        if value is None:
            return (True, "")
        return (False, value if field.kind in ("number", "instant", "date") else words(scope.site, field, value) or "")

    return key
