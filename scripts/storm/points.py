"""The points at which a worker can die that matter: around each call it makes and around each of its commits; and the
calls whose reply can get lost while the worker lives.

Counted from outside the program, by wrapping what every call and every commit passes through: the `send` of requests'
adapter and the `do_commit` of SQLAlchemy's dialect.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http.client import RemoteDisconnected
from typing import Any, Literal
from urllib.parse import urlsplit

from requests import ConnectionError, PreparedRequest
from requests.adapters import HTTPAdapter
from sqlalchemy.engine.default import DefaultDialect
from urllib3.exceptions import ProtocolError

Moment = Literal["before", "after", "without a reply to"]
DEADLY: tuple[Moment, ...] = ("before", "after")
UNANSWERED: Moment = "without a reply to"
COMMIT = "COMMIT"


@dataclass(frozen=True)
class Point:
    """At the `number`th call of this name, which is its method and path, or `COMMIT`."""

    moment: Moment
    name: str
    number: int

    @property
    def kind(self) -> str:
        """As counted and told."""
        return f"{self.moment} a {'commit' if self.name == COMMIT else 'call'}"

    def __str__(self) -> str:
        return f"{self.moment} {self.name} number {self.number}"


@dataclass
class Tripwire:
    """Notes the points that this process comes by, and kills it at `point`, or keeps a reply from it there."""

    point: Point | None = None
    passed: Counter[str] = field(default_factory=Counter)
    reply_lost: bool = False
    paused: bool = False
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def install(self) -> None:
        """For the rest of this process's life."""
        send, commit = HTTPAdapter.send, DefaultDialect.do_commit

        def sending(adapter: HTTPAdapter, request: PreparedRequest, *words: Any, **options: Any) -> Any:
            name = f"{request.method} {urlsplit(request.url or '').path}"
            return self._around(name, partial(send, adapter, request, *words, **options))

        def committing(dialect: DefaultDialect, connection: Any) -> None:
            self._around(COMMIT, partial(commit, dialect, connection))

        setattr(HTTPAdapter, "send", sending)  # noqa: B010 - to a type checker a method is no variable
        setattr(DefaultDialect, "do_commit", committing)  # noqa: B010

    def quietly(self, act: Callable[[], None]) -> None:
        """What happens in it counts for nothing."""
        self.paused = True
        act()
        self.paused = False

    def _around(self, name: str, act: Callable[[], Any]) -> Any:
        if self.paused:
            return act()
        with self._guard:
            self.passed[name] += 1
            number = self.passed[name]
        if self.point == Point("before", name, number):
            os.kill(os.getpid(), signal.SIGKILL)
        done = act()
        if self.point == Point("after", name, number):
            os.kill(os.getpid(), signal.SIGKILL)
        if self.point == Point(UNANSWERED, name, number):
            self.reply_lost = True
            raise ConnectionError(ProtocolError("Connection aborted.", RemoteDisconnected("No reply came.")))
        return done
