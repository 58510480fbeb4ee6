"""Which descriptors the mock takes (contract jira-connect, section 1)."""

from typing import Any

import pytest

from mock_servers.jira.connect.descriptor import DescriptorRefused, check

PANEL = {
    "key": "invoice",
    "name": {"value": "Invoice"},
    "url": "/panel?issue={issue.key}",
    "location": "atl.jira.view.issue.right.context",
}


def descriptor(**changes: Any) -> dict[str, Any]:
    return {
        "key": "tiny.app",
        "baseUrl": "https://app.example.com",
        "authentication": {"type": "jwt"},
        "lifecycle": {"installed": "/installed"},
        "modules": {"webPanels": [PANEL]},
        **changes,
    }


def test_a_good_descriptor_is_taken_as_it_is() -> None:
    good = descriptor()
    assert check(good) is good


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"key": "no spaces"}, "letters, digits"),
        ({"key": "k" * 65}, "64 are allowed"),
        ({"baseUrl": "http://app.example.com"}, "must be https"),
        ({"baseUrl": "https://app.example.com/"}, "end with a slash"),
        ({"authentication": {"type": "none"}}, "jwt"),
        ({"scopes": ["READ", "EVERYTHING"]}, "EVERYTHING"),
        ({"name": "n" * 81}, "longer than 80"),
        ({"lifecycle": {}}, "never receive its shared secret"),
        ({"lifecycle": {"installed": "installed"}}, "start with a slash"),
        ({"apiMigrations": {"gpdr": True}}, "gpdr"),
        ({"modules": {"webPannels": [PANEL]}}, "webPannels"),
        ({"modules": {"webPanels": [{**PANEL, "location": None}]}}, "location is missing"),
        ({"modules": {"webPanels": [PANEL, PANEL]}}, "used 2 times"),
        ({"modules": {"webPanels": [{**PANEL, "name": "Invoice"}]}}, '{"value"'),
        ({"modules": {"webPanels": [{**PANEL, "url": "https://elsewhere.example"}]}}, "relative to baseUrl"),
        ({"modules": {"webPanels": [{**PANEL, "url": "/panel/x{issue.key}"}]}}, "whole path segment"),
        ({"modules": {"jiraIssueContents": [{**PANEL, "target": {"type": "page"}}]}}, "web_panel"),
        ({"modules": {"adminPages": PANEL}}, "must be a list"),
        ({"surprise": True}, "surprise"),
    ],
)
def test_what_jira_would_refuse_is_refused_by_name(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(DescriptorRefused) as refused:
        check(descriptor(**changes))
    assert says in str(refused.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(DescriptorRefused) as refused:
        check(descriptor(scopes=["X"], baseUrl="ftp://x", modules={"nothing": []}))
    assert len(refused.value.problems) == 3


def test_plain_http_is_allowed_on_this_machine_only() -> None:
    check(descriptor(baseUrl="http://localhost:5000"))
    with pytest.raises(DescriptorRefused):
        check(descriptor(baseUrl="http://localhost.example.com"))
