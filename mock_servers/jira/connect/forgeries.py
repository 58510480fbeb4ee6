"""The attacks of contract jira-connect, section 8, sent to an installed app.

An order has `event` (installed, uninstalled, enabled, disabled, page or webhook) and `forgery`, a name of FORGERIES.
`page` takes `module_key`, and `issue` or `project` for its place and `account_id` for its reader; `webhook` takes
`path` under the base URL, `method` and `body`. The forgery `none` sends the genuine request, to compare with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import requests

from mock_servers.jira.apps import InstalledApp
from mock_servers.jira.connect.attempts import (
    FORGED_SECRET,
    Attempt,
    lifecycle_attempt,
    page_attempt,
    request_attempt,
)
from mock_servers.jira.connect.conditions import Place
from mock_servers.jira.connect.host import released
from mock_servers.jira.connect.qsh import CONTEXT_QSH, query_string_hash

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

Order = dict[str, Any]
Forgery = Callable[[Attempt], None]

LIFECYCLE_EVENTS = ("installed", "uninstalled", "enabled", "disabled")
HOUR = 3600
SHOWN = 2000  # characters of the answer that are reported


class NoSuchForgery(Exception):
    """An order that names no known forgery or event."""


def send(mock: JiraMock, app: InstalledApp, order: Order) -> Order:
    """Sends one forged request; returns what was sent and the `status` and `body` that the app answered."""
    attempt = _genuine(mock, app, order)
    name = str(order.get("forgery"))
    change = FORGERIES.get(name)
    if change is None:
        raise NoSuchForgery(f"There is no forgery {name!r}; there are {', '.join(FORGERIES)}.")
    change(attempt)
    with released(mock.lock):
        try:
            reply = attempt.send()
        except requests.RequestException as trouble:
            return {"forgery": name, "event": attempt.event, "status": None, "trouble": str(trouble)}
    return {
        "forgery": name,
        "event": attempt.event,
        "method": attempt.method,
        "url": attempt.url,
        "status": reply.status_code,
        "accepted": 200 <= reply.status_code < 300,
        "headers": dict(reply.headers),
        "body": reply.body.decode("utf-8", "replace")[:SHOWN],
    }


def _genuine(mock: JiraMock, app: InstalledApp, order: Order) -> Attempt:
    event = order.get("event")
    if event in LIFECYCLE_EVENTS:
        return lifecycle_attempt(mock, app, str(event))
    if event == "page":
        site = mock.site
        issue = site.find_issue(str(order["issue"])) if order.get("issue") else None
        project = site.project_of(issue) if issue else site.find_project(str(order.get("project", "")))
        return page_attempt(mock, app, order["module_key"], Place(site, order.get("account_id"), project, issue))
    if event == "webhook":
        return request_attempt(mock, app, str(order.get("method", "POST")), order["path"], order.get("body"))
    raise NoSuchForgery(f"There is no event {event!r}; there are {', '.join(LIFECYCLE_EVENTS)}, page and webhook.")


# Item 1: the algorithm and the key.


def _alg_none(attempt: Attempt) -> None:
    attempt.algorithm = "none"


def _hs256_with_public_pem(attempt: Attempt) -> None:
    attempt.algorithm, attempt.key = "HS256", attempt.keys.current.public_pem


def _hs256_with_secret(attempt: Attempt) -> None:
    attempt.algorithm, attempt.key, attempt.header = "HS256", attempt.app.shared_secret, {}


def _rs256(attempt: Attempt) -> None:
    attempt.algorithm, attempt.key = "RS256", attempt.keys.current.private
    attempt.header = {"kid": attempt.keys.current.kid}


def _wrong_secret(attempt: Attempt) -> None:
    attempt.algorithm, attempt.key, attempt.header = "HS256", FORGED_SECRET, {}


# Item 2: takeover by a forged installed.


def _unsigned(attempt: Attempt) -> None:
    attempt.key = None


def _self_signed(attempt: Attempt) -> None:
    _wrong_secret(attempt)
    attempt.body = {**(attempt.body or {}), "sharedSecret": FORGED_SECRET}


def _claim(name: str, value: Any) -> Forgery:
    """Sets a claim; None removes it."""

    def change(attempt: Attempt) -> None:
        attempt.claims.pop(name, None)
        if value is not None:
            attempt.claims[name] = value

    return change


def _in_body(name: str, value: Any) -> Forgery:
    def change(attempt: Attempt) -> None:
        attempt.body = {**(attempt.body or {}), name: value}

    return change


# Items 3 to 5: what the token is bound to.


def _context_token(attempt: Attempt) -> None:
    attempt.algorithm, attempt.key, attempt.header = "HS256", attempt.app.shared_secret, {}
    attempt.claims = {**attempt.claims, "qsh": CONTEXT_QSH, "context": {"jira": {}}}


def _session_token(attempt: Attempt) -> None:
    _context_token(attempt)
    attempt.claims = {**attempt.claims, "iss": attempt.app.key, "aud": [attempt.app.client_key]}
    attempt.claims.pop("qsh")


def _expired(attempt: Attempt) -> None:
    attempt.claims["iat"] -= 2 * HOUR
    attempt.claims["exp"] -= 2 * HOUR


def _other_path(attempt: Attempt) -> None:
    attempt.claims["qsh"] = query_string_hash(attempt.method, "/somewhere/else")


def _other_method(attempt: Attempt) -> None:
    base = urlsplit(attempt.app.base_url).path
    attempt.claims["qsh"] = query_string_hash("PUT", attempt.url, base)


def _ampersand_in_path(attempt: Attempt) -> None:
    parts = urlsplit(attempt.url)
    attempt.url = urlunsplit(parts._replace(path=parts.path + "&x=1"))


# Item 6: the key id. Item 8: the audience.


def _kid(value: str | None) -> Forgery:
    def change(attempt: Attempt) -> None:
        attempt.header = {} if value is None else {"kid": value}

    return change


def _foreign_kid(attempt: Attempt) -> None:
    _foreign_key(attempt)
    attempt.header = {"kid": attempt.keys.attacker.kid}


def _foreign_key(attempt: Attempt) -> None:
    _rs256(attempt)
    attempt.key = attempt.keys.attacker.private


def _audience_substring(attempt: Attempt) -> None:
    attempt.claims["aud"] = [attempt.app.base_url + ".evil.example"]


# Items 12 and 18: carriers and old secrets.


def _twice_carried(attempt: Attempt) -> None:
    attempt.carrier = "both"


def _old_secret(attempt: Attempt) -> None:
    if attempt.old_secret is None:
        raise NoSuchForgery(f"The app {attempt.app.key} never had another secret; rotate it or install it again.")
    attempt.algorithm, attempt.key, attempt.header = "HS256", attempt.old_secret, {}


FORGERIES: dict[str, Forgery] = {
    "none": lambda _: None,
    "unsigned": _unsigned,
    "self-signed": _self_signed,
    "alg-none": _alg_none,
    "hs256-with-public-pem": _hs256_with_public_pem,
    "hs256-with-secret": _hs256_with_secret,
    "rs256": _rs256,
    "wrong-secret": _wrong_secret,
    "old-secret": _old_secret,
    "wrong-iss": _claim("iss", "11111111-aaaa-4bbb-8ccc-222222222222"),
    "missing-iss": _claim("iss", None),
    "other-client-key-in-body": _in_body("clientKey", "11111111-aaaa-4bbb-8ccc-222222222222"),
    "other-app-in-body": _in_body("key", "some.other.app"),
    "other-event-in-body": _in_body("eventType", "uninstalled-or-so"),
    "private-base-url": _in_body("baseUrl", "http://169.254.169.254"),
    "foreign-base-url": _in_body("baseUrl", "https://attacker.example"),
    "context-token": _context_token,
    "session-token": _session_token,
    "context-qsh": _claim("qsh", CONTEXT_QSH),
    "missing-qsh": _claim("qsh", None),
    "other-path": _other_path,
    "other-method": _other_method,
    "ampersand-in-path": _ampersand_in_path,
    "extra-parameter": lambda attempt: attempt.change_query(("extra", "1")),
    "duplicate-parameter": lambda attempt: attempt.change_query(("lic", "none"), ("lic", "active")),
    "missing-exp": _claim("exp", None),
    "missing-iat": _claim("iat", None),
    "expired": _expired,
    "missing-kid": _kid(None),
    "foreign-kid": _foreign_kid,
    "foreign-key": _foreign_key,
    "kid-traversal": _kid("../install-keys/00000000-0000-4000-8000-000000000000"),
    "kid-absolute": _kid("https://attacker.example/key"),
    "kid-leading-slash": _kid("//attacker.example/key"),
    "kid-query": _kid("key?x=1"),
    "kid-fragment": _kid("key#x"),
    "kid-line-break": _kid("key\r\nHost: attacker.example"),
    "kid-long": _kid("k" * 200),
    "missing-aud": _claim("aud", None),
    "other-aud": _claim("aud", ["https://other-app.example.com"]),
    "aud-substring": _audience_substring,
    "twice-carried": _twice_carried,
}
