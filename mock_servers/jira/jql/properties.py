"""Searching issue properties: only values that an installed app declared as indexed can be found."""

import operator
from datetime import datetime
from typing import Any

from mock_servers.jira.apps import IndexedProperty
from mock_servers.jira.issues import Snapshot
from mock_servers.jira.jql.dates import instant_of
from mock_servers.jira.jql.scope import QueryRefused, Scope, Test, property_values
from mock_servers.jira.jql.text_search import TextQueryRefused, text_query
from mock_servers.jira.jql.tree import Clause, Empty, Several, Value

_EQUALITY = frozenset({"=", "!=", "in", "not in", "is", "is not"})
_RANGE = _EQUALITY | {"<", "<=", ">", ">="}
_OPERATORS = {
    "string": _EQUALITY,
    "user": _EQUALITY,
    "number": _RANGE,
    "date": _RANGE,
    "text": frozenset({"~", "!~", "is", "is not"}),
}
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def property_test(scope: Scope, clause: Clause, declared: IndexedProperty | None) -> Test:
    """The test of `issue.property[key].path`. Raises QueryRefused, also for a value nobody declared."""
    name = clause.field.written
    if declared is None:
        raise QueryRefused(f"Field '{name}' does not exist or you do not have permission to view it.")
    key, path = declared.property_key, declared.object_name
    asked = clause.operator
    if isinstance(clause.operand, Empty):
        asked = {"=": "is", "!=": "is not"}.get(asked, asked)
    if asked not in _OPERATORS[declared.type]:
        raise QueryRefused(f"The operator '{clause.operator}' is not supported by the '{name}' field.")
    if asked in ("is", "is not"):
        empty = asked == "is"
        return Test(lambda snapshot: (not property_values(snapshot, key, path)) == empty)
    if asked in ("~", "!~"):
        return _text_test(clause, key, path)
    wanted = [_read(scope, declared, text) for text in _texts(clause)]
    if asked in ("=", "in"):
        found = set(wanted)
        return Test(
            lambda s: not found.isdisjoint(_held(scope, declared, s)),
            (lambda: scope.with_property(key, path, found))
            if declared.type in ("string", "number")
            else (lambda: None),
        )
    if asked in ("!=", "not in"):
        return Test(lambda s: bool(held := _held(scope, declared, s)) and not set(wanted) & set(held))
    compare, [limit] = _COMPARE[asked], wanted
    return Test(lambda s: any(compare(value, limit) for value in _held(scope, declared, s)))


def _texts(clause: Clause) -> list[str]:
    items = clause.operand.items if isinstance(clause.operand, Several) else (clause.operand,)
    texts = [item.text for item in items if isinstance(item, Value)]
    if len(texts) != len(items):
        raise QueryRefused(f"The field '{clause.field.written}' does not support functions.")
    return texts


def _text_test(clause: Clause, key: str, path: str) -> Test:
    [text] = _texts(clause)
    try:
        query = text_query(text)
    except TextQueryRefused as refused:
        raise QueryRefused(f"Unable to parse the text '{text}' for field '{clause.field.written}'.") from refused
    wanted = clause.operator == "~"

    def matches(snapshot: Snapshot) -> bool:
        held = property_values(snapshot, key, path)
        return bool(held) and any(query.matches(str(value)) for value in held) == wanted

    return Test(matches)


def _held(scope: Scope, declared: IndexedProperty, snapshot: Snapshot) -> list[Any]:
    """The values in the declared type; those of another type are not in the index."""
    found = property_values(snapshot, declared.property_key, declared.object_name)
    if declared.type == "number":
        return [value for value in found if not isinstance(value, str)]
    if declared.type == "date":
        return [moment for value in found if (moment := _moment(scope, str(value)))]
    return [value for value in found if isinstance(value, str)]


def _read(scope: Scope, declared: IndexedProperty, text: str) -> Any:
    if declared.type == "number":
        try:
            return float(text)
        except ValueError as wrong:
            raise QueryRefused(f"The value '{text}' is not a number.") from wrong
    if declared.type == "date":
        moment = _moment(scope, text)
        if moment is None:
            raise QueryRefused(f"The value '{text}' is not a date.")
        return moment
    return text


def _moment(scope: Scope, text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return instant_of(text, scope.now, scope.zone)
    return moment if moment.tzinfo else moment.replace(tzinfo=scope.zone)
