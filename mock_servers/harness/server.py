"""A threaded werkzeug server with HTTP/1.1 keep-alive, started in a thread and stopped cleanly."""

from __future__ import annotations

import logging
import socket
import threading
import weakref
from collections.abc import Iterator
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self, cast

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wsgi import LimitedStream

from mock_servers.harness.mock import Mock

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_log = logging.getLogger(__name__)

POLL = 0.05  # seconds the accepting loop takes to notice that it should stop
_LEFTOVER_LIMIT = 64 * 1024 * 1024  # bytes of an unread body that are worth reading to keep a connection


class OpenConnections:
    """The connections a server has open, so that stopping it ends them too."""

    def __init__(self) -> None:
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._closed = False

    def add(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
            if self._closed:
                _end(connection)

    def close(self) -> None:
        """Ends every connection, and those still to come."""
        with self._lock:
            self._closed = True
            for connection in list(self._open):
                _end(connection)


class KeepAliveHandler(WSGIRequestHandler):
    """Werkzeug's handler, which closes after each request, with persistent connections instead."""

    protocol_version = "HTTP/1.1"
    # Head and body leave in one write, unless they are larger than this. Of several, Nagle's algorithm would hold back
    # the second until the client's delayed acknowledgement, 40 ms later.
    wbufsize = 1024 * 1024
    disable_nagle_algorithm = True
    connections: OpenConnections

    def setup(self) -> None:
        super().setup()
        self.connections.add(self.connection)

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").lower().strip() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        body = self._body_of(environ)
        exchange = _Exchange(self)
        try:
            for chunk in exchange.run(self.server.app, environ):
                exchange.write(chunk)
            exchange.finish()
            self.wfile.flush()
        except (ConnectionError, TimeoutError):
            self.close_connection = True
            return
        except Exception:
            self.close_connection = True
            _log.exception("The mock failed on %s %s", self.command, self.path)
            if not exchange.begun:
                self.send_error(500, explain="The mock failed; its log has the reason.")
            return
        if body is not None and not _drained(body):
            self.close_connection = True

    def _body_of(self, environ: WSGIEnvironment) -> LimitedStream | None:
        """Confines the request's body to its length, as the next request follows on the same connection."""
        if environ.get("wsgi.input_terminated"):
            self.close_connection = True
            return None
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = LimitedStream(cast("IO[bytes]", self.rfile), length)
        environ["wsgi.input"] = body
        environ["wsgi.input_terminated"] = True
        return body

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing: the journal has every request."""


class _Exchange:
    """One reply on its way out: status and headers before the first byte, chunks when no length is known."""

    def __init__(self, handler: KeepAliveHandler) -> None:
        self._handler = handler
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self._chunked = False
        self.begun = False

    def run(self, app: WSGIApplication, environ: WSGIEnvironment) -> Iterator[bytes]:
        iterable = app(environ, self._start)
        try:
            yield from iterable
        finally:
            close = getattr(iterable, "close", None)
            if close is not None:
                close()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        if exc_info is not None and self.begun:
            raise RuntimeError("The reply had already begun.")
        self._status, self._headers = status, headers
        return self.write

    def write(self, data: bytes) -> None:
        if not self.begun:
            self._begin()
        if not data or self._handler.command == "HEAD":
            return
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data)
        self._handler.wfile.flush()

    def finish(self) -> None:
        if not self.begun:
            self._begin()
        if self._chunked:
            self._handler.wfile.write(b"0\r\n\r\n")

    def _begin(self) -> None:
        self.begun = True
        code, _, reason = self._status.partition(" ")
        self._handler.send_response(int(code), reason)
        names = {name.lower() for name, _ in self._headers}
        for name, value in self._headers:
            self._handler.send_header(name, value)
        has_no_body = int(code) in (204, 304) or self._handler.command == "HEAD"
        if "content-length" not in names and not has_no_body:
            self._chunked = True
            self._handler.send_header("Transfer-Encoding", "chunked")
        if self._handler.close_connection:
            self._handler.send_header("Connection", "close")
        self._handler.end_headers()


def handler_for(connections: OpenConnections) -> type[KeepAliveHandler]:
    """A handler class that notes its connections in `connections`."""
    return type("Handler", (KeepAliveHandler,), {"connections": connections})


class RunningMock:
    """A mock being served. `url` has no slash at its end. Leaving the context, or `stop`, ends it."""

    def __init__(self, mock: Mock, host: str, port: int) -> None:
        self.mock = mock
        mock.stopping.clear()
        self._connections = OpenConnections()
        with socket.create_server((host, port), backlog=128) as listener:
            self._server = make_server(
                host,
                port,
                mock,
                threaded=True,
                request_handler=handler_for(self._connections),
                fd=listener.fileno(),
            )
        self.port = self._server.port
        self.url = f"http://{host}:{self.port}"
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"mock-{mock.name}", daemon=True)
        self._thread.start()
        self._ready.wait()

    def _run(self) -> None:
        self._ready.set()
        self._server.serve_forever(poll_interval=POLL)

    def stop(self) -> None:
        """Ends accepting, the open connections and the thread. May be called twice."""
        self.mock.stopping.set()
        self._server.shutdown()
        self._connections.close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(mock: Mock, host: str = "127.0.0.1", port: int = 0) -> RunningMock:
    """Serves a mock in a thread; port 0 takes a free one. OSError when the port is taken."""
    return RunningMock(mock, host, port)


def _drained(body: LimitedStream) -> bool:
    """Reads what the app left of the body; False when that is not worth it."""
    read = 0
    while chunk := body.read(1024 * 1024):
        read += len(chunk)
        if read > _LEFTOVER_LIMIT:
            return False
    return True


def _end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # already closed
