"""The way to one Jira site: atlassian-python-api over our own transport.

The library knows Jira's operations, we know when to send, sign, wait and give up. So it gets a carrier in place of
its session (contract jira-rest, section 6): its own retries, which sleep in the worker and repeat writes, are off,
and it hands us answers unread, because it loses the names of refused fields.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from io import BytesIO
from secrets import SystemRandom
from types import TracebackType
from typing import Any, Self, TypeVar

import requests
from atlassian import JiraCloud
from requests.auth import AuthBase

from plugin.jira.errors import trouble_of, unreadable
from plugin.jira.purpose import Purpose
from plugin.jira.throttling import BREAK_SECONDS, BURST, throttled
from sage_adapters.address import AddressPolicy
from sage_adapters.errors import RecordTrouble, TransientTrouble
from sage_adapters.http import GATEWAY_FAILURES, READING, Gate, Reply, RequestLog, Transport

TIMEOUT = (10.0, 60.0)
PAUSES = (0.3, 1.0)
"""Seconds, at most, before a read is sent a second and a third time."""
PATIENCE = 10.0
"""Seconds after which a read that got no answer is not sent again."""

_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")

Parsed = TypeVar("Parsed")
Call = Callable[[Any], Any]
"""Makes one call on the JiraCloud it is given; untyped, as that library is."""


class JiraClient:
    """Reads and writes of one site, on behalf of whoever `auth` signs for.

    `base_url` is the site's, or that of a gateway with a path. `auth` sees method and whole URL of each request, so
    it can sign them. May be shared by threads; each has its own connections. Not to be carried over a fork.
    """

    def __init__(
        self,
        base_url: str,
        auth: AuthBase,
        *,
        policy: AddressPolicy,
        request_log: RequestLog | None = None,
        gate: Gate | None = None,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._gate = gate
        self._transport = Transport("jira", policy, auth=auth, timeout=timeout, request_log=request_log, gate=gate)

    def read(self, purpose: Purpose, call: Call, parse: Callable[[Any], Parsed]) -> Parsed:
        """Makes a call that changes nothing; returns what `parse` makes of the JSON of its answer.

        Repeated by itself, shortly, when Jira or the way to it stumbles. Never raises UncertainOutcome.
        """
        return parsed(self.exchange(purpose, call, reading=True), purpose, parse, reading=True)

    def write(self, purpose: Purpose, call: Call, parse: Callable[[Any], Parsed]) -> Parsed:
        """Makes a call that changes something, and never repeats it; returns as `read` does.

        Raises UncertainOutcome when it may have taken effect, and any other Trouble when it has not.
        """
        return parsed(self.exchange(purpose, call, reading=False), purpose, parse, reading=False)

    def exchange(self, purpose: Purpose, call: Call, *, reading: bool) -> Reply:
        """Makes a call and returns the reply whatever its status; raises only what goes wrong on the way."""
        carrier = _Carrier(self._transport, purpose.tried, reading)
        jira = JiraCloud(self._base_url, session=carrier, advanced_mode=True, retry_with_header=False)
        call(jira)
        if carrier.reply.status == 429 and self._gate:
            trouble = throttled(carrier.reply.headers, purpose)
            if trouble.scope == BURST:  # too many at once from all our workers together
                self._gate.hold_back(trouble.retry_after or BREAK_SECONDS)
        return carrier.reply

    def pages(
        self, purpose: Purpose, values: str, call: Callable[[Any, int], Any], parse: Callable[[Any], Parsed]
    ) -> Iterator[Parsed]:
        """All entries of a paged list, each made by `parse`; a page has them under `values`.

        `call` gets the position to start at.
        """

        def parse_page(page: Any) -> tuple[list[Parsed], bool, int | None]:
            return [parse(entry) for entry in page.get(values) or []], bool(page.get("isLast")), page.get("total")

        start = 0
        while True:
            entries, last, total = self.read(purpose, partial(_call_at, call, start), parse_page)
            yield from entries
            start += len(entries)
            if not entries or last or (total is not None and start >= total):
                return

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def parsed(reply: Reply, purpose: Purpose, parse: Callable[[Any], Parsed], *, reading: bool) -> Parsed:
    """What `parse` makes of the JSON of a success, decimals being Decimal and an empty body None.

    Raises the Trouble of any other reply, and of one that is not made as it should be.
    """
    if reply.status >= 300:
        raise trouble_of(reply, purpose, reading=reading)
    try:
        return parse(json.loads(reply.body, parse_float=Decimal) if reply.body.strip() else None)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise unreadable(reply, purpose, reading=reading) from None


def ignored(answer: Any) -> None:
    """Parses an answer of which only the success matters."""


def segment(name: str) -> str:
    """An issue key, id or property key, safe inside a path: the library does not quote, and `..` would climb.

    Escaping is no way out, because signatures over escaped paths differ between implementations.
    """
    if not _SEGMENT.fullmatch(name):
        raise RecordTrouble(
            tried="Addressing something in Jira.",
            got=f"“{name[:80]}” is not a name that can be part of an address.",
            remedy="Check where this key comes from: it should look like AP-12, 10042 or customfield_10012.",
            code="jira.not-a-key",
        )
    return name


def _call_at(call: Callable[[Any, int], Any], start: int, jira: Any) -> Any:
    return call(jira, start)


class _Carrier:
    """What JiraCloud takes for its session: sends one call by our transport and keeps the reply."""

    verify = True
    reply: Reply

    def __init__(self, transport: Transport, tried: str, reading: bool) -> None:
        self._transport = transport
        self._tried = tried
        self._reading = reading

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], data: str | None = None, **_: object
    ) -> requests.Response:
        body = None if data is None else data.encode()
        self.reply = self._send(method, url, headers, body)
        response = requests.Response()
        response.status_code = self.reply.status
        response.headers = self.reply.headers
        response.raw = BytesIO(self.reply.body)
        return response

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        def once() -> Reply:
            return self._transport.send(
                method, url, tried=self._tried, headers=headers, body=body, reading=self._reading
            )

        if not self._reading:
            return once()
        # The transport repeats a GET as far as its headers; searches and bulk fetches are reads sent by POST.
        started = time.monotonic()
        for pause in PAUSES[:1] if method in READING else PAUSES:
            try:
                reply = once()
                if method in READING or reply.status not in GATEWAY_FAILURES:
                    return reply
            except TransientTrouble:
                if time.monotonic() - started > PATIENCE:
                    raise
            time.sleep(SystemRandom().uniform(pause / 2, pause))
        return once()
