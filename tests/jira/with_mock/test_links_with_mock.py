from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plugin.jira import links
from plugin.jira.client import JiraClient
from plugin.jira.links import LinkTypes
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble, UncertainOutcome
from tests.jira.with_mock.conftest import fault, field_of, made

if TYPE_CHECKING:
    from mock_servers.harness.httpserver import MockHTTPServer


def test_a_link_reads_in_the_direction_that_was_meant(jira: JiraClient, address: str, key: str) -> None:
    order = made(address, "An order")
    kind = next(each for each in LinkTypes.read(jira) if each.inward != each.outward)
    links.link(jira, kind.id, order, key)
    links.link(jira, kind.id, order, key)
    (seen_from_order,) = field_of(jira, order, "issuelinks")
    (seen_from_invoice,) = field_of(jira, key, "issuelinks")
    assert seen_from_order["outwardIssue"]["key"] == key, f"{order} {kind.outward} {key}"
    assert seen_from_invoice["inwardIssue"]["key"] == order, f"{key} {kind.inward} {order}"
    assert links.linked([seen_from_order], kind.id) == {key}
    assert links.linked([seen_from_invoice], kind.id) == {order}


def test_a_link_whose_reply_was_lost_is_there_and_can_be_made_again(jira: JiraClient, address: str, key: str) -> None:
    order = made(address, "An order")
    relates = next(each for each in LinkTypes.read(jira) if each.name == "Relates")
    fault(address, "POST", ".*/issueLink", "lost_reply")
    with pytest.raises(UncertainOutcome):
        links.link(jira, relates.id, order, key)
    links.link(jira, relates.id, order, key)
    assert links.linked(field_of(jira, key, "issuelinks"), relates.id) == {order}
    assert len(field_of(jira, key, "issuelinks")) == 1


def test_a_link_that_cannot_be_made_tells_issue_from_type(jira: JiraClient, address: str, key: str) -> None:
    relates = next(each for each in LinkTypes.read(jira) if each.name == "Relates")
    with pytest.raises(RecordTrouble):
        links.link(jira, relates.id, key, "AP-9999")
    with pytest.raises(ConfigurationTrouble, match="choose another one"):
        links.link(jira, "99999", key, made(address, "An order"))


def test_linking_switched_off_is_for_the_administrator(
    jira_mock: MockHTTPServer, jira: JiraClient, address: str, key: str
) -> None:
    jira_mock.mock.turn({"linking_enabled": False})
    with pytest.raises(ConfigurationTrouble):
        LinkTypes.read(jira)
    with pytest.raises(ConfigurationTrouble):
        links.link(jira, "10000", key, made(address, "An order"))
