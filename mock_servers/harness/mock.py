"""The abstract mock: a WSGI app that meets each request with latency, faults and a journal entry."""

from __future__ import annotations

import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from werkzeug.wrappers import Request, Response

from mock_servers.harness import collector, connections, control
from mock_servers.harness.clock import Clock
from mock_servers.harness.control import ControlRefused
from mock_servers.harness.faults import Fault, FaultList
from mock_servers.harness.journal import Journal
from mock_servers.harness.page import Table, table_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CONTROL_PREFIX = "/__mock__"

Observer = Callable[[Request, Response], None]


class Mock(ABC):
    """One stateful mock vendor, a WSGI app. Several live in one process and share nothing.

    Deriving classes set `name` and build their first state by calling `seed` at the end of their own
    `__init__`. `lock` is held while `respond` runs; a mock that must wait inside `respond` sets
    `locks_itself` and takes the lock where it touches its state.
    """

    name: ClassVar[str]
    locks_itself: ClassVar[bool] = False

    def __init__(self, *, clock: Clock | None = None, seed: int = 1, latency: float = 0.0) -> None:
        self.clock = clock or Clock()
        self.faults = FaultList()
        self.journal = Journal()
        self.latency = latency
        self.lock = threading.RLock()
        self.stopping = threading.Event()
        self._first_seed = seed
        self._in_flight = 0
        self._counting = threading.Lock()
        self._observers: list[Observer] = []

    @abstractmethod
    def respond(self, request: Request) -> Response:
        """The vendor's behaviour."""

    @abstractmethod
    def trouble(self, kind: str, status: int | None, retry_after: int | None) -> Response:
        """The vendor's own body for the fault kinds status, html and throttle (`retry_after` in seconds)."""

    @abstractmethod
    def state(self, type: str | None) -> dict[str, list[dict[str, Any]]]:
        """Every document by type, or those of one type. ControlRefused for a type there is not."""

    @abstractmethod
    def act(self, type: str, body: dict[str, Any]) -> dict[str, Any]:
        """Does what a person in that system would do; `body["action"]` says what. Returns the document.

        ControlRefused when the system would not let the person do it.
        """

    @abstractmethod
    def seed(self, seed: int) -> None:
        """(Re)builds the start state from this seed."""

    @abstractmethod
    def assumptions(self) -> list[str]:
        """Which parts of the behaviour are assumed, one sentence each; said at start-up."""

    def knobs(self) -> dict[str, Any]:
        """The settings that can be turned while the mock runs, with their present values."""
        return {}

    def turn(self, knobs: dict[str, Any]) -> None:
        """Sets knobs by name. ControlRefused for a name or value there is not."""
        for name in knobs:
            raise ControlRefused(f"The mock {self.name} has no knob {name}.")

    def documents_page(self) -> list[Table]:
        """The tables on the page for people: every type of `state`, newest rows first."""
        return [table_of(type, rows) for type, rows in self.state(None).items()]

    def route_of(self, path: str) -> str:
        """The path with its keys left out, under which the journal counts it."""
        return _KEYS.sub("*", path)

    @property
    def in_flight(self) -> int:
        """How many vendor requests are being answered at this moment, waiting ones included."""
        return self._in_flight

    def watch(self, observer: Observer) -> None:
        """Calls `observer` with each vendor request and reply, e.g. to check both against a schema."""
        self._observers.append(observer)

    def reset(self, seed: int | None = None) -> None:
        """Back to the start: state, faults, journal and clock."""
        with self.lock:
            self.clock.reset()
            self.faults.clear()
            self.journal.clear()
            self.seed(self._first_seed if seed is None else seed)
            collector.look_at_everything()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # Not noted in the environment: that would be a cycle, and every body would wait for the collector.
        return self.answer(Request(environ, populate_request=False))(environ, start_response)

    def answer(self, request: Request) -> Response:
        """The reply to one request, control API included.

        Raises ConnectionAbortedError after it dropped the connection because a fault says so.
        """
        if request.path == CONTROL_PREFIX or request.path.startswith(f"{CONTROL_PREFIX}/"):
            return control.answer(self, request)
        started = time.perf_counter()
        body = request.get_data()
        fault = self.faults.take(request.method, request.path)
        status: int | None = None
        try:
            with self._counted():
                response = self._meet(request, fault)
            status = response.status_code
        finally:
            self.journal.record(
                method=request.method,
                path=request.path,
                route=self.route_of(request.path),
                query=request.query_string.decode("utf-8", "replace"),
                status=status,
                ms=(time.perf_counter() - started) * 1000,
                authorization=request.headers.get("Authorization"),
                fault=fault.kind if fault else None,
                body=body,
            )
        for observer in self._observers:
            observer(request, response)
        return response

    def _meet(self, request: Request, fault: Fault | None) -> Response:
        if self.latency:
            self.stopping.wait(self.latency)
        if fault is None:
            return self._respond(request)
        if fault.kind in ("status", "html", "throttle"):
            return self.trouble(fault.kind, fault.status, fault.retry_after)
        if fault.kind == "slow":
            self.stopping.wait(1.0 if fault.seconds is None else fault.seconds)
            return self._respond(request)
        return self._break(request, fault)

    def _break(self, request: Request, fault: Fault) -> Response:
        if fault.kind == "reset":
            connections.reset(request.environ)
        if fault.kind == "timeout" and not fault.commits:
            connections.hold(request.environ, 60.0 if fault.seconds is None else fault.seconds, self.stopping)
        response = self._respond(request)
        if fault.kind == "timeout":
            connections.hold(request.environ, 60.0 if fault.seconds is None else fault.seconds, self.stopping)
        if fault.kind == "lost_reply":
            connections.drop(request.environ)
        return connections.truncated(request.environ, response)

    def _respond(self, request: Request) -> Response:
        if self.locks_itself:
            return self.respond(request)
        with self.lock:
            return self.respond(request)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._counting:
            self._in_flight += 1
        try:
            yield
        finally:
            with self._counting:
                self._in_flight -= 1


# A key is what stands in parentheses, a long number, an issue key or a long id. Version segments stay.
_KEYS = re.compile(
    r"(?<=\().*(?=\))"
    r"|(?<=/)(?:\d{2,}|[A-Z][A-Z0-9_]+-\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-fA-F]{16,})(?=/|$)"
)
