"""Failures of the wire (names, connections, TLS, time-outs, lost replies) as troubles a person can act on."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import requests
from urllib3 import exceptions as wire

from sage_adapters.address import unknown_name
from sage_adapters.errors import ConnectionTrouble, TransientTrouble, Trouble, UncertainOutcome

_NEVER_SENT = (wire.NewConnectionError, wire.ConnectTimeoutError)


def trouble_of(error: requests.RequestException | wire.HTTPError, *, tried: str, host: str, reading: bool) -> Trouble:
    """The trouble behind an exception of `requests` or of urllib3 beneath it.

    Whatever failed before the request left is harmless even for a write; after that a write is uncertain.
    """
    causes = list(_chain(error))
    for cause in causes:
        if isinstance(cause, wire.NameResolutionError):
            return unknown_name(host, temporary=_is_temporary(causes))
        if isinstance(cause, ssl.SSLError) and (found := _tls_trouble(cause, tried, host)):
            return found
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return ConnectionTrouble(
            tried, "The address is not one that can be called.", "Correct the address.", "address.malformed"
        )
    if isinstance(error, requests.ConnectTimeout) or any(isinstance(each, _NEVER_SENT) for each in causes):
        return _not_reached(causes, tried, host)
    return _reply_lost(error, causes, tried=tried, host=host, reading=reading)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and everything it wraps: requests and urllib3 use arguments, reasons and causes."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [*current.args, getattr(current, "reason", None), current.__cause__, current.__context__]


def _is_temporary(causes: list[BaseException]) -> bool:
    return any(isinstance(each, socket.gaierror) and each.errno == socket.EAI_AGAIN for each in causes)


def _not_reached(causes: list[BaseException], tried: str, host: str) -> Trouble:
    if any(isinstance(each, ConnectionRefusedError) for each in causes):
        return TransientTrouble(
            tried,
            f"{host} refused the connection: nothing listens at that port, or a firewall turns us away.",
            "Check that the web server there is running and that address and port are right.",
            "http.refused",
        )
    return TransientTrouble(
        tried,
        f"{host} could not be reached in time.",
        "Check that the server is up and that its firewall lets this app in.",
        "http.unreachable",
    )


def _reply_lost(error: BaseException, causes: list[BaseException], *, tried: str, host: str, reading: bool) -> Trouble:
    timed_out = isinstance(error, requests.Timeout) or any(
        isinstance(each, wire.ReadTimeoutError | TimeoutError) for each in causes
    )
    got = (
        f"{host} took the request but gave no complete answer in time."
        if timed_out
        else f"{host} dropped the connection before a complete answer came."
    )
    code = "http.timeout" if timed_out else "http.dropped"
    if reading:
        return TransientTrouble(
            tried,
            got,
            "This is tried again by itself; if it lasts, look at the load and the event log of that server.",
            code,
        )
    return UncertainOutcome(
        tried, got, "It may have been done there: its state is asked before anything is sent again.", code
    )


def _tls_trouble(error: ssl.SSLError, tried: str, host: str) -> Trouble | None:
    """None for a TLS failure in the middle of a conversation, which is an ordinary lost connection."""
    if isinstance(error, ssl.SSLCertVerificationError):
        got, remedy, code = _certificate_sentences(error, host)
        return ConnectionTrouble(tried, got, remedy, code)
    if "WRONG_VERSION_NUMBER" in str(error) or "HTTP_REQUEST" in str(error):
        return ConnectionTrouble(
            tried,
            f"{host} does not speak TLS at that port.",
            "Check the port, or bind an https certificate to the site in IIS.",
            "tls.not-spoken",
        )
    if "PROTOCOL" in str(error) and "EOF" not in str(error):
        return ConnectionTrouble(
            tried,
            f"{host} and this app have no TLS version in common.",
            "Turn on TLS 1.2 or newer on that server.",
            "tls.version",
        )
    return None


def _certificate_sentences(error: ssl.SSLCertVerificationError, host: str) -> tuple[str, str, str]:
    reason = error.verify_message or "it could not be verified"
    if "mismatch" in reason or "not valid for" in reason:
        return (
            f"The certificate of {host} is made out to another name.",
            "Use the name that the certificate carries, or have one issued for this name.",
            "tls.name",
        )
    if "expired" in reason:
        return f"The certificate of {host} has expired.", "Renew it on that server.", "tls.expired"
    return (
        f"The certificate of {host} is not trusted: {reason}.",
        "Give the certificate of your own authority as CA bundle, or install one from a public authority.",
        "tls.untrusted",
    )
