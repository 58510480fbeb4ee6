"""From one clause to a test of issues: what each kind of field can be asked, and how."""

import operator
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from mock_servers.jira import adf
from mock_servers.jira.fields import Field
from mock_servers.jira.issues import Snapshot
from mock_servers.jira.jql.dates import function_instant, instant_of
from mock_servers.jira.jql.properties import property_test
from mock_servers.jira.jql.scope import QueryRefused, Scope, Test, values_of
from mock_servers.jira.jql.text_search import TextQuery, TextQueryRefused, text_query, words_of
from mock_servers.jira.jql.tree import Clause, Empty, Function, Several, Single, Value

REMOTE_LINKS = "issueswithremotelinksbyglobalid"
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_CHOICES = {
    "status": "statuses", "issuetype": "issue_types", "priority": "priorities", "resolution": "resolutions",
    "project": "projects", "user": "users", "components": "components",
}  # fmt: skip


def clause_test(scope: Scope, clause: Clause) -> Test:
    """The test of a clause. Raises QueryRefused."""
    name = clause.field
    if name.property_key is not None:
        return property_test(scope, clause, scope.indexed(name.property_key, name.path))
    alias = scope.indexed_by_alias(name.text)
    if alias is not None:
        return property_test(scope, clause, alias)
    tests = [_field_test(scope, field, clause) for field in scope.fields_named(name.text)]
    if len(tests) == 1:
        return tests[0]
    return Test(lambda snapshot: any(test.matches(snapshot) for test in tests))


def _field_test(scope: Scope, field: Field, clause: Clause) -> Test:
    asked = clause.operator
    if isinstance(clause.operand, Empty) and asked in ("=", "!="):
        asked = "is" if asked == "=" else "is not"
    if asked not in field.operators:
        raise QueryRefused(f"The operator '{clause.operator}' is not supported by the '{clause.field.text}' field.")
    if asked in ("is", "is not"):
        empty = asked == "is"
        return Test(lambda snapshot: (not values_of(snapshot, field.id)) == empty)
    if field.kind == "key":
        return _key_test(scope, clause)
    if asked in ("~", "!~"):
        return _words_test(scope, field, clause)
    if field.kind in ("date", "instant"):
        return _date_test(scope, field, clause)
    if field.kind == "number":
        return _number_test(field, clause)
    return _choice_test(scope, field, clause)


def operands(clause: Clause) -> list[Single]:
    """The operands of = and IN alike."""
    if isinstance(clause.operand, Several):
        return list(clause.operand.items)
    return [] if isinstance(clause.operand, Empty) else [clause.operand]


def _key_test(scope: Scope, clause: Clause) -> Test:
    if clause.operator in ("<", "<=", ">", ">="):
        return _key_range_test(scope, clause)
    wanted: set[int] = set()
    for item in operands(clause):
        wanted |= _linked(scope, item) if isinstance(item, Function) else _numbered(scope, item)
    if clause.operator in ("=", "in"):
        return Test(lambda snapshot: snapshot.number in wanted, lambda: wanted)
    return Test(lambda snapshot: snapshot.number not in wanted)


def _numbered(scope: Scope, item: Value) -> set[int]:
    issue = scope.site.find_issue(item.text)
    if issue is None:
        raise QueryRefused(f"An issue with key '{item.text}' does not exist for field 'key'.")
    return {int(issue.id)}


def _key_range_test(scope: Scope, clause: Clause) -> Test:
    compare = COMPARE[clause.operator]
    [item] = operands(clause)
    assert isinstance(item, Value)
    [number] = _numbered(scope, item)
    project = scope.site.issues[str(number)].project_id
    return Test(lambda snapshot: snapshot.fields["project"] == project and compare(snapshot.number, number))


def _linked(scope: Scope, item: Function) -> set[int]:
    """issuesWithRemoteLinksByGlobalId(...)."""
    if item.name.casefold() != REMOTE_LINKS:
        raise QueryRefused(f"Unable to find JQL function '{item.name}({', '.join(item.arguments)})'.")
    postings = scope.site.index.postings(("global id",), lambda snapshot: snapshot.global_ids)
    return set().union(*(postings.find(argument) for argument in item.arguments))


def _words_test(scope: Scope, field: Field, clause: Clause) -> Test:
    if not isinstance(clause.operand, Value):
        raise QueryRefused(f"The field '{clause.field.text}' takes a text after '{clause.operator}'.")
    try:
        query = text_query(clause.operand.text)
    except TextQueryRefused as refused:
        raise QueryRefused(
            f"Unable to parse the text '{clause.operand.text}' for field '{clause.field.text}'."
        ) from refused
    if clause.operator == "!~":
        return Test(lambda snapshot: field.id in snapshot.fields and not query.matches(_text(snapshot, field)))
    return Test(lambda snapshot: query.matches(_text(snapshot, field)), lambda: _holding_words(scope, field, query))


def _text(snapshot: Snapshot, field: Field) -> str:
    value = snapshot.fields.get(field.id) or ""
    return adf.text_of(value) if isinstance(value, dict) else str(value)


def _holding_words(scope: Scope, field: Field, query: TextQuery) -> set[int] | None:
    words = query.plain_words()
    if not words:
        return None
    postings = scope.site.index.postings(("words", field.id), lambda snapshot: set(words_of(_text(snapshot, field))))
    return min((postings.find(word) for word in words), key=len)


def _date_test(scope: Scope, field: Field, clause: Clause) -> Test:
    """Instants are compared by the minute, dates by the day."""
    wanted = [_moment(scope, clause, item) for item in operands(clause)]
    seen = _day if field.kind == "date" else _minute
    given = [seen(moment) for moment in wanted] if field.kind == "instant" else [m.date() for m in wanted]
    if clause.operator in ("in", "not in"):
        inside = clause.operator == "in"
        return Test(lambda s: bool(values_of(s, field.id)) and (seen(s.fields[field.id]) in given) == inside)
    compare, [moment] = COMPARE[clause.operator], given
    return Test(lambda s: field.id in s.fields and compare(seen(s.fields[field.id]), moment))


def _day(stored: Any) -> Any:
    return datetime.fromisoformat(stored).date() if isinstance(stored, str) else stored


def _minute(stored: Any) -> Any:
    return stored - timedelta(seconds=stored.second, microseconds=stored.microsecond)


def _moment(scope: Scope, clause: Clause, item: Single) -> datetime:
    if isinstance(item, Function):
        found = function_instant(item.name, item.arguments, scope.now, scope.zone)
        if found is None:
            raise QueryRefused(f"Unable to find JQL function '{item.name}({', '.join(item.arguments)})'.")
    else:
        found = instant_of(item.text, scope.now, scope.zone)
        if found is None:
            raise QueryRefused(
                f"Date value '{item.text}' for field '{clause.field.text}' is invalid. Valid formats include: "
                "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', "
                "'4w 2d'."
            )
    return found.astimezone(scope.zone)


def _number_test(field: Field, clause: Clause) -> Test:
    try:
        wanted = [float(item.text) for item in operands(clause) if isinstance(item, Value)]
    except ValueError as wrong:
        raise QueryRefused(f"A value for the field '{clause.field.text}' is not a number.") from wrong
    if clause.operator in ("in", "not in"):
        inside = clause.operator == "in"
        return Test(lambda s: field.id in s.fields and (s.fields[field.id] in wanted) == inside)
    compare, [number] = COMPARE[clause.operator], wanted
    return Test(lambda s: field.id in s.fields and compare(s.fields[field.id], number))


def _choice_test(scope: Scope, field: Field, clause: Clause) -> Test:
    """= != IN NOT IN of fields with values of their own; `!=` and NOT IN leave issues without a value out."""
    wanted: set[Any] = set()
    for item in operands(clause):
        wanted |= _stored(scope, field, clause, item)
    if clause.operator in ("=", "in"):
        return Test(
            lambda s: not wanted.isdisjoint(values_of(s, field.id)), lambda: scope.with_values(field.id, wanted)
        )
    return Test(lambda s: bool(values_of(s, field.id)) and wanted.isdisjoint(values_of(s, field.id)))


def _stored(scope: Scope, field: Field, clause: Clause, item: Single) -> set[Any]:
    if isinstance(item, Function):
        if item.name.casefold() != "currentuser" or field.kind != "user":
            raise QueryRefused(f"Unable to find JQL function '{item.name}({', '.join(item.arguments)})'.")
        return {scope.account_id}
    found = _values_called(scope, field, item.text)
    if not found:
        raise QueryRefused(f"The value '{item.text}' does not exist for the field '{clause.field.text}'.")
    return found


def _values_called(scope: Scope, field: Field, text: str) -> set[Any]:
    """The stored values that a text means: by id, name, or whatever the kind of field goes by."""
    wanted = text.casefold()
    if field.kind in _CHOICES:
        known = getattr(scope.site, _CHOICES[field.kind])
        return {number for number, thing in known.items() if text == number or wanted in _names(thing)}
    if field.kind in ("option", "options"):
        offered = [option for context in field.contexts for option in context.options]
        return {option.id for option in offered if text == option.id or option.value.casefold() == wanted}
    if field.kind == "parent":
        issue = scope.site.find_issue(text)
        return {issue.id} if issue else set()
    return {text}


def _names(thing: Any) -> set[str]:
    return {str(getattr(thing, name)).casefold() for name in ("name", "key", "email") if hasattr(thing, name)}
