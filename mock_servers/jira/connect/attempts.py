"""One request to an app as the host would rightly send it, taken apart so that a forgery can change a piece."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import jwt

from mock_servers.jira.apps import InstalledApp
from mock_servers.jira.connect import lifecycle, modules
from mock_servers.jira.connect.calling import Reply, call
from mock_servers.jira.connect.conditions import Place
from mock_servers.jira.connect.frames import frame
from mock_servers.jira.connect.host import new_secret
from mock_servers.jira.connect.keys import KeyServer
from mock_servers.jira.connect.tokens import LIFECYCLE_SECONDS, Claims, request_claims

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

FORGED_SECRET = "a-secret-that-the-attacker-chose-0123456789"  # noqa: S105 - it is no secret, that is the point


@dataclass(slots=True)
class Attempt:
    """What is about to be sent. `key` None leaves the token out; `carrier` is header, query or both."""

    app: InstalledApp
    keys: KeyServer
    event: str
    method: str
    url: str
    claims: Claims
    algorithm: str
    key: Any
    header: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    carrier: str = "header"
    old_secret: str | None = field(default=None, repr=False)

    def token(self) -> str | None:
        if self.key is None:
            return None
        if self.algorithm == "none":
            return _unsigned(self.claims)
        if self.algorithm == "HS256" and isinstance(self.key, bytes):
            return _hs256_with_any_key(self.claims, self.key, self.header)
        return jwt.encode(self.claims, self.key, self.algorithm, self.header)

    def change_query(self, *added: tuple[str, str]) -> None:
        """Adds parameters that the token does not know of."""
        parts = urlsplit(self.url)
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *added])
        self.url = urlunsplit(parts._replace(query=query))

    def send(self) -> Reply:
        token, url, headers = self.token(), self.url, {}
        if token and self.carrier in ("header", "both"):
            headers["Authorization"] = f"JWT {token}"
        if token and self.carrier in ("query", "both"):
            url += ("&" if "?" in url else "?") + urlencode({"jwt": token})
        return call(self.method, url, headers=headers, json=self.body)


def lifecycle_attempt(mock: JiraMock, app: InstalledApp, event: str) -> Attempt:
    """`installed` carries a new secret, so that an app that takes a forged one is seen to change its secret."""
    url = lifecycle.callback_url(app, event)
    if url is None:
        raise lifecycle.AppRefused(f"The app {app.key} declares no lifecycle callback {event!r}.")
    by_host = event in lifecycle.SIGNED_BY_HOST
    claims = request_claims(app, "POST", url, mock.token_time(), LIFECYCLE_SECONDS)
    body = lifecycle.payload(mock, app, event)
    if event == "installed":
        body["sharedSecret"] = new_secret()
    keys = mock.connect_host.keys
    return Attempt(
        app=app,
        keys=keys,
        event=event,
        method="POST",
        url=url,
        claims=claims | ({"aud": [app.base_url]} if by_host else {}),
        algorithm="RS256" if by_host else "HS256",
        key=keys.current.private if by_host else app.shared_secret,
        header={"kid": keys.current.kid} if by_host else {},
        body=body,
        old_secret=mock.connect_host.old_secrets.get(app.key),
    )


def page_attempt(mock: JiraMock, app: InstalledApp, module_key: str, place: Place) -> Attempt:
    """The page of a module as the iframe would ask for it, with the token in the query."""
    found = modules.find(app.descriptor, module_key)
    if found is None:
        raise lifecycle.AppRefused(f"The app {app.key} has no module {module_key!r}.")
    now = mock.token_time()
    shown = frame(app, *found, place, mock.site.display_url, now)
    url, _, token = shown.url.rpartition("&jwt=")
    claims = jwt.decode(token, options={"verify_signature": False}, algorithms=["HS256"])
    return _hs256(mock, app, "page", "GET", url, claims, carrier="query")


def request_attempt(mock: JiraMock, app: InstalledApp, method: str, path: str, body: dict[str, Any] | None) -> Attempt:
    """Any request to the app with the kind of token that webhooks carry."""
    url = app.base_url + path
    return _hs256(
        mock, app, "webhook", method, url, request_claims(app, method, url, mock.token_time(), 900), body=body
    )


def _hs256(
    mock: JiraMock, app: InstalledApp, event: str, method: str, url: str, claims: Claims, **more: Any
) -> Attempt:
    old = mock.connect_host.old_secrets.get(app.key)
    keys = mock.connect_host.keys
    return Attempt(app, keys, event, method, url, claims, "HS256", app.shared_secret, old_secret=old, **more)


def _unsigned(claims: Claims) -> str:
    return ".".join([_part({"alg": "none", "typ": "JWT"}), _part(claims), ""])


def _hs256_with_any_key(claims: Claims, key: bytes, header: dict[str, Any]) -> str:
    """PyJWT rightly refuses to sign HS256 with a public key; an attacker does not."""
    signing = f"{_part({'alg': 'HS256', 'typ': 'JWT', **header})}.{_part(claims)}"
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(signing.encode(), key)
    return f"{signing}.{_encoded(signature)}"


def _part(value: dict[str, Any]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
