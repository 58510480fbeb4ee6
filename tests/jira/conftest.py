"""A client of a Jira that is answered by `responses`; addresses are loopback, so no name is looked up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from requests.auth import HTTPBasicAuth

from plugin.jira.client import JiraClient
from plugin.jira.projects import IssueType, Project
from sage_adapters.address import AddressPolicy

SITE = "http://127.0.0.1:9"


@pytest.fixture
def site() -> str:
    return SITE


@pytest.fixture
def jira() -> Iterator[responses.RequestsMock]:
    """Fails a test that sends what it did not announce, and one whose announced answer was never asked for."""
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def log() -> list[tuple[str, str, str, int | None]]:
    """The requests our log was told of: system, method, path, status."""
    return []


@pytest.fixture
def client(log: list[tuple[str, str, str, int | None]]) -> Iterator[JiraClient]:
    def note(system: str, method: str, path: str, status: int | None, seconds: float) -> None:
        log.append((system, method, path, status))

    auth = HTTPBasicAuth("app@example.com", "canary-secret")
    policy = AddressPolicy(allow_private=True)
    with JiraClient(SITE, auth, policy=policy, request_log=note) as made:
        yield made


@pytest.fixture
def payables() -> Project:
    return Project("10001", "AP", "Accounts payable", False, (IssueType("10004", "Invoice"),))


@pytest.fixture
def invoice(payables: Project) -> IssueType:
    return payables.issue_types[0]
