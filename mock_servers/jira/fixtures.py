"""The pytest fixture `jira_mock`: a mock Jira of its own for each test, served through pytest-httpserver."""

from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug.wrappers import Request, Response

from mock_servers.jira.mock import JiraMock


class ServedJira(HTTPServer):
    """A mock Jira being served: `.mock` is the mock, `.url` its address without a slash at the end."""

    def __init__(self, mock: JiraMock) -> None:
        super().__init__(host="127.0.0.1", port=0, threaded=True)
        self.mock = mock

    @property
    def url(self) -> str:
        return self.url_for("").rstrip("/")

    def application(self, request: Request) -> Response:
        return self.mock.answer(request)


@pytest.fixture
def jira_mock() -> Iterator[ServedJira]:
    with ServedJira(JiraMock()) as served:
        served.mock.settle_address(served.url)
        yield served
        served.mock.stopping.set()
