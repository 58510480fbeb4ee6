from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import responses

from plugin.jira import links
from plugin.jira.client import JiraClient
from plugin.jira.links import LinkType, LinkTypes
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble, Trouble, UncertainOutcome

BLOCKS = {"id": "10000", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
RELATES = {"id": "10003", "name": "Relates", "inward": "relates to", "outward": "relates to"}
NO_LINKING = {"errorMessages": ["Issue linking is currently disabled."]}


@pytest.fixture
def link_address(site: str) -> str:
    return f"{site}/rest/api/3/issueLink"


@pytest.fixture
def types_address(site: str) -> str:
    return f"{site}/rest/api/3/issueLinkType"


def test_link_types_are_told_with_both_phrases(
    client: JiraClient, jira: responses.RequestsMock, types_address: str
) -> None:
    jira.get(types_address, json={"issueLinkTypes": [BLOCKS, RELATES]})
    assert LinkTypes.read(client) == [
        LinkType("10000", "Blocks", "is blocked by", "blocks"),
        LinkType("10003", "Relates", "relates to", "relates to"),
    ]


def test_linking_switched_off_is_for_the_administrator(
    client: JiraClient, jira: responses.RequestsMock, types_address: str
) -> None:
    jira.get(types_address, status=404, json=NO_LINKING)
    with pytest.raises(ConfigurationTrouble, match="linking is currently disabled"):
        LinkTypes.read(client)


@pytest.mark.parametrize(
    ("source", "target", "ends"),
    [("AP-1", "AP-2", ({"key": "AP-1"}, {"key": "AP-2"})), ("10001", "10002", ({"id": "10001"}, {"id": "10002"}))],
)
def test_the_issue_that_the_sentence_starts_with_is_sent_as_the_inward_one(
    client: JiraClient, jira: responses.RequestsMock, link_address: str, source: str, target: str, ends: Any
) -> None:
    jira.post(link_address, status=201)
    links.link(client, "10000", source, target)
    sent = json.loads(jira.calls[0].request.body or "")
    assert sent == {"type": {"id": "10000"}, "inwardIssue": ends[0], "outwardIssue": ends[1]}


def test_linked_issues_are_told_by_type_from_either_end() -> None:
    value = [
        {"id": "1", "type": BLOCKS, "outwardIssue": {"id": "2", "key": "AP-2"}},
        {"id": "2", "type": BLOCKS, "inwardIssue": {"id": "3", "key": "AP-3"}},
        {"id": "3", "type": RELATES, "outwardIssue": {"id": "4", "key": "AP-4"}},
    ]
    assert links.linked(value, "10000") == {"AP-2", "AP-3"}
    assert links.linked([], "10000") == set()


def test_a_link_to_an_issue_that_is_gone_is_this_documents_trouble(
    client: JiraClient, jira: responses.RequestsMock, link_address: str, types_address: str
) -> None:
    jira.post(link_address, status=404, json={"errorMessages": ["Issue does not exist"]})
    jira.get(types_address, json={"issueLinkTypes": [BLOCKS]})
    with pytest.raises(RecordTrouble, match="Linking issue AP-1 to AP-2"):
        links.link(client, "10000", "AP-1", "AP-2")


@pytest.mark.parametrize("types", [{"json": {"issueLinkTypes": [RELATES]}}, {"status": 404, "json": NO_LINKING}])
def test_a_link_type_that_is_gone_is_for_the_administrator(
    client: JiraClient, jira: responses.RequestsMock, link_address: str, types_address: str, types: dict[str, Any]
) -> None:
    jira.post(link_address, status=404, json={"errorMessages": ["No issue link type with id '10000' found."]})
    jira.get(types_address, **types)
    with pytest.raises(ConfigurationTrouble):
        links.link(client, "10000", "AP-1", "AP-2")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 413, "json": {"errorMessages": ["The limit of 2000 links"]}}, RecordTrouble),
        ({"status": 401, "json": {"errorMessages": ["No"]}}, ConfigurationTrouble),
        ({"status": 502}, UncertainOutcome),
        ({"body": requests.ReadTimeout()}, UncertainOutcome),
    ],
)
def test_each_failure_of_linking_becomes_its_trouble(
    client: JiraClient, jira: responses.RequestsMock, link_address: str, answer: dict[str, Any], kind: type[Trouble]
) -> None:
    sent = jira.post(link_address, **answer)
    with pytest.raises(kind):
        links.link(client, "10000", "AP-1", "AP-2")
    assert sent.call_count == 1
