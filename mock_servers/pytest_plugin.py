"""Fixtures that serve mocks to tests through pytest-httpserver.

A served mock has `url` (no slash at its end) and `mock`. Nothing of the mocks is imported before a test asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mock_servers.harness import Mock
    from mock_servers.harness.httpserver import MockHTTPServer

    ServeMock = Callable[[Mock], MockHTTPServer]


@pytest.fixture
def serve_mock() -> Iterator[ServeMock]:
    """Serves a mock until the test ends: `served = serve_mock(Sage300Mock(page_size=2))`."""
    from mock_servers.harness.httpserver import MockHTTPServer

    with ExitStack() as running:

        def serve(mock: Mock) -> MockHTTPServer:
            server = MockHTTPServer(mock)
            running.callback(server.clear)
            return running.enter_context(server)

        yield serve


@pytest.fixture
def sage300_mock(serve_mock: ServeMock) -> MockHTTPServer:
    """A mock Sage 300 with its small sample companies."""
    from mock_servers.sage300 import Sage300Mock

    return serve_mock(Sage300Mock())


@pytest.fixture
def jira_mock(serve_mock: ServeMock) -> MockHTTPServer:
    """A mock Jira site."""
    from mock_servers import jira

    return serve_mock(jira.create())
