"""Registered webhooks, and what their filters may say."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mock_servers.jira.events import DYNAMIC_EVENTS
from mock_servers.jira.jql import JqlSyntaxError, parse
from mock_servers.jira.jql.tree import Clause, Compound, Empty, Node

LIFE = timedelta(days=30)
_FILTER_FIELDS = frozenset(
    {"issue", "issuekey", "key", "project", "issuetype", "type", "status", "priority", "assignee", "reporter"}
)
_FILTER_OPERATORS = frozenset({"=", "!=", "in", "not in"})


@dataclass(slots=True)
class DynamicHook:
    """One registration of an app through /rest/api/3/webhook."""

    id: int
    app_key: str
    url: str
    events: frozenset[str]
    jql: str
    field_ids: frozenset[str] | None
    property_keys: frozenset[str] | None
    expires: datetime


@dataclass(slots=True)
class AdminHook:
    """One webhook that an administrator set up; `jql` empty means all issues. The secret is never shown."""

    id: int
    name: str
    url: str
    events: frozenset[str]
    jql: str
    exclude_body: bool
    secret: str | None = field(repr=False)
    enabled: bool
    changed: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class DescriptorHook:
    """A webhook that an app declares in its descriptor. `url` is absolute."""

    app_key: str
    url: str
    event: str
    jql: str
    exclude_body: bool
    property_keys: frozenset[str] | None


def descriptor_hooks(app_key: str, base_url: str, descriptor: dict[str, Any]) -> list[DescriptorHook]:
    return [
        DescriptorHook(
            app_key,
            base_url.rstrip("/") + module["url"],
            module["event"],
            module.get("filter", ""),
            bool(module.get("excludeBody")),
            frozenset(module["propertyKeys"]) if module.get("propertyKeys") else None,
        )
        for module in descriptor.get("modules", {}).get("webhooks", [])
    ]


def registration_errors(entry: dict[str, Any]) -> list[str]:
    """What is wrong with one entry of a dynamic registration, in Jira's words."""
    events = entry.get("events")
    if not isinstance(events, list) or not events:
        return ["At least one event must be given."]
    wrong = [f"The event {event} is not supported." for event in events if event not in DYNAMIC_EVENTS]
    if entry.get("fieldIdsFilter") and "jira:issue_updated" not in events:
        wrong.append("fieldIdsFilter can only be used with jira:issue_updated.")
    return wrong + filter_errors(entry.get("jqlFilter"))


def filter_errors(jql: Any) -> list[str]:
    """Dynamic webhooks take a small part of JQL only: some fields, and = != IN NOT IN."""
    if not isinstance(jql, str) or not jql.strip():
        return ["The jqlFilter must not be empty."]
    try:
        query = parse(jql)
    except JqlSyntaxError as wrong:
        return [str(wrong)]
    if query.order:
        return ["ORDER BY is not supported."]
    return _unsupported(query.where)


def _unsupported(node: Node | None) -> list[str]:
    if isinstance(node, Compound):
        return [message for part in node.parts for message in _unsupported(part)]
    if not isinstance(node, Clause):
        return []
    name = node.field.text
    if node.field.property_key is None and name.casefold() not in _FILTER_FIELDS:
        return [f"The clause {name} is unsupported"]
    if node.operator not in _FILTER_OPERATORS or isinstance(node.operand, Empty):
        return [f"The operator {node.operator} is unsupported for the clause {name}"]
    return []
