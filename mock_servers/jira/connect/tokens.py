"""The tokens that Jira hands to apps (contract jira-connect, section 3)."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import jwt

from mock_servers.jira.apps import InstalledApp
from mock_servers.jira.connect.keys import InstallKey
from mock_servers.jira.connect.qsh import CONTEXT_QSH, query_string_hash

IFRAME_SECONDS = 900
CONTEXT_SECONDS = 900  # longer than the iframe token at the vendor, by how much is not published (assumed)
LIFECYCLE_SECONDS = 180  # "short" in the contract (assumed)

Claims = dict[str, Any]


def request_claims(app: InstalledApp, method: str, url: str, now: datetime, seconds: int) -> Claims:
    """Claims that bind a token to one request to the app at `url`, a whole address."""
    issued = int(now.timestamp())
    return {
        "iss": app.client_key,
        "iat": issued,
        "exp": issued + seconds,
        "qsh": query_string_hash(method, url, urlsplit(app.base_url).path),
    }


def iframe_token(app: InstalledApp, url: str, account_id: str | None, now: datetime) -> str:
    """The token in the address of an iframe. `account_id` None is an anonymous reader: no `sub`."""
    claims = request_claims(app, "GET", url, now, IFRAME_SECONDS)
    return sign(app, {**claims, **_subject(account_id), "context": {}})


def context_token(app: InstalledApp, context: Claims, account_id: str | None, now: datetime) -> str:
    """What AP.context.getToken gives: bound to where the reader is, not to a request."""
    issued = int(now.timestamp())
    return sign(
        app,
        {
            "iss": app.client_key,
            "iat": issued,
            "exp": issued + CONTEXT_SECONDS,
            "qsh": CONTEXT_QSH,
            "context": {"jira": context},
            **_subject(account_id),
        },
    )


def request_token(app: InstalledApp, method: str, url: str, now: datetime) -> str:
    """The token of a webhook, `enabled` or `disabled`."""
    return sign(app, request_claims(app, method, url, now, IFRAME_SECONDS))


def lifecycle_token(app: InstalledApp, key: InstallKey, url: str, now: datetime) -> str:
    """The RS256 token of `installed` and `uninstalled`; its audience is the app's base URL."""
    claims = request_claims(app, "POST", url, now, LIFECYCLE_SECONDS)
    return jwt.encode({**claims, "aud": [app.base_url]}, key.private, "RS256", {"kid": key.kid})


def sign(app: InstalledApp, claims: Claims) -> str:
    return jwt.encode(claims, app.shared_secret, "HS256")


def _subject(account_id: str | None) -> Claims:
    return {} if account_id is None else {"sub": account_id}
