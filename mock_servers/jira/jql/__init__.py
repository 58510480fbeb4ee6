"""JQL as far as the mock understands it (contract jira-rest, section 2, Search, and section 7, item 5)."""

from mock_servers.jira.jql.parsing import JqlSyntaxError, parse
from mock_servers.jira.jql.scope import QueryRefused, Scope
from mock_servers.jira.jql.searching import UNBOUNDED, faults, found_numbers, node_test

__all__ = [
    "UNBOUNDED",
    "JqlSyntaxError",
    "QueryRefused",
    "Scope",
    "faults",
    "found_numbers",
    "node_test",
    "parse",
]
