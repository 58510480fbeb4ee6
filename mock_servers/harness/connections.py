"""What can happen to a connection: dropped, reset, held open in silence, cut in the middle of a reply.

They act on the socket that werkzeug's server leaves in the WSGI environment.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from werkzeug.wrappers import Response

_LOOK_EVERY = 0.05  # seconds between looks whether the other side has given up


def drop(environ: Mapping[str, Any]) -> NoReturn:
    """Ends the connection without another byte; the client sees it closed."""
    _shut(_socket_of(environ))
    raise ConnectionAbortedError("The connection was dropped on purpose.")


def reset(environ: Mapping[str, Any]) -> NoReturn:
    """Resets the connection; the client sees "connection reset by peer"."""
    connection = _socket_of(environ)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # Only closing sends the reset, and the server still holds the descriptor: it is replaced by one end of
    # a closed pair, on which the server then reads an ordinary end.
    ours, theirs = socket.socketpair()
    with ours, theirs:
        os.dup2(ours.fileno(), connection.fileno())
    raise ConnectionAbortedError("The connection was reset on purpose.")


def hold(environ: Mapping[str, Any], seconds: float, stopping: threading.Event) -> NoReturn:
    """Says nothing until the client gives up, `seconds` have passed or the server stops; then drops."""
    connection = _socket_of(environ)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not stopping.is_set() and not _given_up(connection):
        stopping.wait(_LOOK_EVERY)
    drop(environ)


def truncated(environ: Mapping[str, Any], response: Response) -> Response:
    """The same reply that promises its whole length and ends after half of it."""
    body = response.get_data()

    def half() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        drop(environ)

    headers = response.headers.copy()
    headers["Content-Length"] = str(max(len(body), 1))
    return Response(half(), status=response.status, headers=headers)


def _socket_of(environ: Mapping[str, Any]) -> socket.socket:
    connection = environ.get("werkzeug.socket")
    if not isinstance(connection, socket.socket):
        raise RuntimeError("Connection faults need a real server, such as mock_servers.harness.serve.")
    return connection


def _given_up(connection: socket.socket) -> bool:
    readable, _, _ = select.select([connection], [], [], 0)
    if not readable:
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client was faster
