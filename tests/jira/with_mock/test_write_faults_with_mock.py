from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from plugin.jira import links, transitions
from plugin.jira.changelog import status_changes
from plugin.jira.client import JiraClient
from plugin.jira.comments import Comments
from sage_adapters.errors import (
    RecordTrouble,
    Throttled,
    TransientTrouble,
    Trouble,
    UncertainOutcome,
)
from tests.jira.with_mock.conftest import DOCUMENT, fault, field_of, made

Write = Callable[[JiraClient, str], None]


def comment_on(jira: JiraClient, key: str) -> None:
    Comments(jira).add(key, DOCUMENT, {})


def move(jira: JiraClient, key: str) -> None:
    transitions.take(jira, key, "11")


def link_to_another(jira: JiraClient, key: str) -> None:
    links.link(jira, "10000", "AP-2", key)


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("status", {"status": 409}, TransientTrouble),
        ("status", {"status": 413}, RecordTrouble),
        ("status", {"status": 503}, TransientTrouble),
        ("status", {"status": 500}, UncertainOutcome),
        ("throttle", {"retry_after": 3}, Throttled),
        ("reset", {}, UncertainOutcome),
    ],
)
@pytest.mark.parametrize("write", [comment_on, move, link_to_another], ids=lambda write: write.__name__)
def test_each_fault_of_a_write_becomes_its_trouble_and_writes_nothing(
    jira: JiraClient, address: str, key: str, kind: str, more: dict[str, Any], expected: type[Trouble], write: Write
) -> None:
    made(address, "Another")
    fault(address, "POST", ".*/(comment|transitions|issueLink)", kind, **more)
    with pytest.raises(expected) as caught:
        write(jira, key)
    assert type(caught.value) is expected
    assert Comments(jira).of_issue(key) == []
    assert status_changes(jira, key) == []
    assert field_of(jira, key, "issuelinks") == []
