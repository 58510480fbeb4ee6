"""Sending a request to an outside system, and what can go wrong before it answers.

`Transport` is shared by the threads of a process: a session per thread, one cookie jar for all. It follows
no redirect, reads no proxy or netrc from the environment (credentials go only where the administrator said),
caps what it reads, repeats only reads, and turns every failure of the wire into one of our troubles. What an
answer means is left to the adapter of that system.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import Cookie
from typing import Protocol
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError as WireError
from urllib3.util.retry import Retry

from sage_adapters.address import AddressPolicy as AddressPolicy
from sage_adapters.address import GuardedAdapter
from sage_adapters.errors import ConfigurationTrouble, ConnectionTrouble, UncertainOutcome
from sage_adapters.wire_failures import trouble_of

READING = frozenset({"GET", "HEAD", "OPTIONS"})
GATEWAY_FAILURES = frozenset({502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
TIMEOUT = (10.0, 120.0)
LARGEST_REPLY = 256 * 1024 * 1024
_CHUNK = 256 * 1024

RequestLog = Callable[[str, str, str, int | None, float], None]
"""Called as (system, method, path, status, seconds) for each request sent; status None without an answer."""


class Gate(Protocol):
    """What every request passes before it is sent, so that all who call a system together keep its pace."""

    def __call__(self) -> None:
        """Returns when the request may go out, after a short wait if need be; else raises Throttled: it was not sent.

        Called from many threads.
        """

    def hold_back(self, seconds: float) -> None:
        """The system has asked for a break: nobody sends anything for so long."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer, of any status except a redirect."""

    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()


class Transport:
    """The way to one outside system.

    `timeout` is (connect, read) in seconds; `ca_bundle` a file of certificates to trust instead of the public
    ones.
    """

    def __init__(
        self,
        system: str,
        policy: AddressPolicy,
        *,
        auth: AuthBase | None = None,
        timeout: tuple[float, float] = TIMEOUT,
        ca_bundle: str | None = None,
        request_log: RequestLog | None = None,
        gate: Gate | None = None,
        largest_reply: int = LARGEST_REPLY,
    ) -> None:
        self.system = system
        self._policy = policy
        self._auth = auth
        self._timeout = timeout
        self._verify: bool | str = ca_bundle or True
        self._request_log = request_log
        self._gate = gate
        self._largest_reply = largest_reply
        self._cookies = SharedCookies()
        self._own = threading.local()
        self._sessions: list[requests.Session] = []
        self._guard = threading.Lock()
        self._checked: frozenset[str] = frozenset()

    def send(
        self,
        method: str,
        url: str,
        *,
        tried: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        reading: bool | None = None,
    ) -> Reply:
        """Sends one request and returns the whole answer.

        `tried` is the sentence that says, in a trouble, what was attempted. `reading` tells that a POST
        changes nothing; by default the method decides. Raises a Trouble for every failure of the wire,
        UncertainOutcome for a write whose effect is unknown (reply lost, gateway failure 502 or 504), Throttled
        when the gate does not let it through, and
        ConnectionTrouble for a redirect.
        """
        reads = method in READING if reading is None else reading
        host = self._check(url)
        if self._gate:
            self._gate()
        started = time.monotonic()
        status: int | None = None
        try:
            with self._session().request(
                method,
                url,
                headers=headers,
                data=body,
                stream=True,
                allow_redirects=False,
                timeout=self._timeout,
            ) as response:
                status = response.status_code
                self._log_repeats(response)
                reply = Reply(status, response.headers, self._read(response, tried, reads))
        except (requests.RequestException, WireError) as error:
            raise trouble_of(error, tried=tried, host=host, reading=reads) from None
        finally:
            self._log(method, url, status, time.monotonic() - started)
        _refuse_redirect(reply, tried, host)
        if reply.status in (502, 504) and not reads:
            raise _gateway_failed(reply.status, tried, host)
        return reply

    def close(self) -> None:
        """Closes the connections of all threads."""
        with self._guard:
            for session in self._sessions:
                session.close()
            self._sessions.clear()
        self._own = threading.local()

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self, url: str) -> str:
        """The host of the URL, judged once per origin: each connection is judged again when it is made."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._checked:
            self._policy.check(url)
            self._checked |= {origin}
        return parts.hostname or ""

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = requests.Session()
            session.trust_env = False
            session.auth = self._auth
            session.verify = self._verify
            session.cookies = self._cookies
            session.headers["User-Agent"] = "Counterfoil"
            adapter = GuardedAdapter(self._policy, _repeat_reads())
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            with self._guard:
                self._sessions.append(session)
        return session

    def _read(self, response: requests.Response, tried: str, reads: bool) -> bytes:
        """The body, within the size cap and, against a server that trickles, within the time-outs.

        Read as it arrives: requests' own way would wait for a whole chunk, however slowly it comes.
        """
        started = time.monotonic()
        chunks: list[bytes] = []
        size = 0
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > self._largest_reply:
                raise _too_large(self._largest_reply, tried, reads)
            if time.monotonic() - started > sum(self._timeout):
                raise requests.ReadTimeout
        return b"".join(chunks)

    def _log(self, method: str, url: str, status: int | None, seconds: float) -> None:
        if self._request_log:
            self._request_log(self.system, method, urlsplit(url).path, status, seconds)

    def _log_repeats(self, response: requests.Response) -> None:
        """The attempts before this answer, so that counts of requests stay true."""
        retries = getattr(response.raw, "retries", None)
        for attempt in retries.history if retries else ():
            self._log(attempt.method or "", attempt.url or "", attempt.status, 0.0)


class SharedCookies(RequestsCookieJar):
    """A jar that one thread may read while another one's answer changes it."""

    def __iter__(self) -> Iterator[Cookie]:  # type: ignore[override]  # the stubs inherit a mapping's
        with self._cookies_lock:  # type: ignore[attr-defined]
            return iter(list(super().__iter__()))


def _repeat_reads() -> Retry:
    return Retry(
        total=2,
        read=1,
        redirect=0,
        allowed_methods=READING,
        status_forcelist=GATEWAY_FAILURES,
        backoff_factor=0.3,
        backoff_jitter=0.3,
        respect_retry_after_header=False,
        raise_on_status=False,
    )


def _refuse_redirect(reply: Reply, tried: str, host: str) -> None:
    if reply.status not in REDIRECTS:
        return
    target = urlsplit(reply.headers.get("Location", ""))
    place = f"{target.scheme}://{target.hostname}" if target.hostname else "another page of the same server"
    raise ConnectionTrouble(
        tried,
        f"{host} sent us on to {place} (status {reply.status}). Redirects are not followed with credentials.",
        "Give the final address, with https:// if that is where it leads.",
        "http.redirected",
    )


def _gateway_failed(status: int, tried: str, host: str) -> UncertainOutcome:
    return UncertainOutcome(
        tried,
        f"A gateway in front of {host} answered {status}: the server behind it may still have done the work.",
        "Its state is asked before anything is sent again.",
        "http.gateway",
    )


def _too_large(limit: int, tried: str, reads: bool) -> ConfigurationTrouble | UncertainOutcome:
    kind = ConfigurationTrouble if reads else UncertainOutcome
    return kind(
        tried,
        f"The answer is larger than {limit // (1024 * 1024)} MB and was not read.",
        "Ask for less at a time, for example with a smaller page size on that server.",
        "http.too-large",
    )
