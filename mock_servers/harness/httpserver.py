"""A mock served through pytest-httpserver, for fixtures."""

from __future__ import annotations

from pytest_httpserver import HTTPServer
from werkzeug.wrappers import Request, Response

from mock_servers.harness.mock import Mock
from mock_servers.harness.server import POLL, OpenConnections, handler_for


class MockHTTPServer(HTTPServer):
    """pytest-httpserver's threaded server, with keep-alive, all of whose requests one mock answers."""

    def __init__(self, mock: Mock, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host, port, threaded=True)
        self.mock = mock
        self._connections = OpenConnections()

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://{self.host}:{self.port}"

    def application(self, request: Request) -> Response:
        """Answers as the mock does, whose journal takes the place of this server's log."""
        return self.mock.answer(request)

    def start(self) -> None:
        """Starts to serve."""
        self.mock.stopping.clear()
        super().start()
        assert self.server is not None
        # No connection has been made yet: nobody knows the port before this returns.
        self.server.RequestHandlerClass = handler_for(self._connections)

    def stop(self) -> None:
        """Stops, and ends the open connections."""
        self.mock.stopping.set()
        super().stop()
        self._connections.close()

    def thread_target(self) -> None:
        """Serves until told to stop, which is noticed sooner than by default."""
        assert self.server is not None
        self.server.serve_forever(poll_interval=POLL)
