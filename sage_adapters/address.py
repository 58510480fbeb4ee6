"""Which addresses may be called: a base URL typed by a person is not a way into our own network.

Names are resolved and judged before anything is sent, and the address a connection really reached is judged
again, so that a name which changes its answer in between gains nothing.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.retry import Retry

from sage_adapters.errors import ConnectionTrouble, TransientTrouble, Trouble

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What the operator allows. Denies by default.

    `allow_private`: addresses that are not on the public internet (loopback, private, link-local, reserved).
    `allow_plain_http`: http to public addresses; to an allowed private address http is always possible.
    """

    allow_private: bool = False
    allow_plain_http: bool = False

    def check(self, url: str) -> None:
        """Resolves the host and raises ConnectionTrouble unless every address it has may be called.

        A name server that does not answer raises TransientTrouble instead.
        """
        scheme, host, port = split_address(url)
        for address in _resolve(host, port):
            self.check_address(address, scheme, host)

    def check_address(self, address: Address, scheme: str, host: str) -> None:
        """Raises ConnectionTrouble when this one address must not be called."""
        inner = _embedded(address)
        if not inner.is_global or inner.is_multicast:
            if not self.allow_private:
                raise _refusal(
                    host,
                    f"It leads to {address}, which is not a public address.",
                    "Give a public https address, or ask this app's operator to allow private addresses.",
                    "address.private",
                )
        elif scheme == "http" and not self.allow_plain_http:
            raise _refusal(
                host,
                "It is public and the URL begins with http://, so the password would travel readable.",
                "Give the https:// address of that server.",
                "address.plain-http",
            )


def split_address(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an absolute http(s) URL; raises ConnectionTrouble for any other text.

    User names and passwords inside a URL are refused: URLs end up in logs.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() or ord(c) < 32 for c in url):
        raise ConnectionTrouble(
            "The address of the outside system was read.",
            "It is not a complete web address.",
            "Give it as https://server.example.com/path.",
            "address.malformed",
        )
    if parts.username is not None or parts.password is not None:
        raise ConnectionTrouble(
            f"The address of the outside system at {host} was read.",
            "It contains a user name or password.",
            "Take the part before the @ out of the address; user and password have their own fields.",
            "address.credentials",
        )
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)


def unknown_name(host: str, *, temporary: bool) -> Trouble:
    """The trouble for a host name that could not be turned into an address."""
    tried = f"The server name {host} was looked up."
    if temporary:
        return TransientTrouble(
            tried,
            "The name server did not answer.",
            "This is tried again by itself; if it lasts, check the network of this app.",
            "address.name-server",
        )
    return ConnectionTrouble(
        tried,
        "No such name is known here.",
        "Check the spelling of the address, and that this app's network knows the name.",
        "address.unknown-name",
    )


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise unknown_name(host, temporary=error.errno == socket.EAI_AGAIN) from None
    except UnicodeError:
        raise unknown_name(host, temporary=False) from None
    return [ip_address(sockaddr[0]) for *_, sockaddr in found]


def _embedded(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that only wraps it, else the address itself."""
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _refusal(host: str, got: str, remedy: str, code: str) -> ConnectionTrouble:
    return ConnectionTrouble(f"The address {host} was checked before calling it.", got, remedy, code)


class GuardedAdapter(HTTPAdapter):
    """A requests adapter whose connections are judged by the policy once they are made."""

    def __init__(self, policy: AddressPolicy, retries: Retry) -> None:
        self._policy = policy
        super().__init__(max_retries=retries)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _guarded_pools(self._policy)


@cache
def _guarded_pools(policy: AddressPolicy) -> dict[str, type[HTTPConnectionPool]]:
    def judge(connection: HTTPConnection, scheme: str) -> None:
        peer = ip_address(connection.sock.getpeername()[0])
        try:
            policy.check_address(peer, scheme, connection.host)
        except ConnectionTrouble:
            connection.close()
            raise

    class GuardedConnection(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            judge(self, "http")

    class GuardedSecureConnection(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            judge(self, "https")

    class GuardedPool(HTTPConnectionPool):
        ConnectionCls = GuardedConnection

    class GuardedSecurePool(HTTPSConnectionPool):
        ConnectionCls = GuardedSecureConnection

    return {"http": GuardedPool, "https": GuardedSecurePool}
