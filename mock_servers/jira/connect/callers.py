"""Who calls the REST API with `Authorization: JWT` (contract jira-connect, sections 3, 4 and 9, item 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jwt
from werkzeug.wrappers import Request

from mock_servers.jira.apps import Caller, InstalledApp
from mock_servers.jira.connect.qsh import query_string_hash
from mock_servers.jira.exceptions import JiraError, unauthorized

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

LEEWAY = 60  # seconds


def authenticate(mock: JiraMock, request: Request) -> Caller:
    """The app that signed this request, acting as its app user. Raises JiraError 401 for anything else.

    The token must be HS256 with the app's secret, name the app as issuer, carry exp and iat and the hash of this very
    request. With an audience, it must be this site's client key.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "JWT" or not token:
        raise unauthorized()
    app = _issuer(mock, token)
    claims = _verified(mock, app, token)
    site_path = urlsplit(mock.site.base_url).path
    if claims["qsh"] not in {query_string_hash(request.method, raw, site_path) for raw in _targets(request)}:
        raise _refused("the query string hash is not that of this request")
    return Caller(app.account_id, app.key, app.scopes)


def _issuer(mock: JiraMock, token: str) -> InstalledApp:
    try:
        claims = jwt.decode(token, options={"verify_signature": False}, algorithms=["HS256"])
    except jwt.InvalidTokenError as wrong:
        raise _refused("it cannot be read") from wrong
    app = mock.site.installed_apps.get(str(claims.get("iss")))
    if app is None or not app.enabled:
        raise _refused("its issuer is not the key of an installed and enabled app")
    return app


def _verified(mock: JiraMock, app: InstalledApp, token: str) -> dict[str, Any]:
    try:
        claims = jwt.decode(
            token,
            app.shared_secret,
            algorithms=["HS256"],
            options={
                "require": ["exp", "iat", "iss", "qsh"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_aud": False,
            },
        )
    except jwt.InvalidTokenError as wrong:
        raise _refused(str(wrong)) from wrong
    _check_times(mock, claims)
    audience = claims.get("aud")
    if audience is not None and app.client_key not in ([audience] if isinstance(audience, str) else audience):
        raise _refused("its audience is another site")
    return claims


def _check_times(mock: JiraMock, claims: dict[str, Any]) -> None:
    """By the mock's clock, which may be shifted."""
    now = mock.token_time().timestamp()
    try:
        issued, expires = int(claims["iat"]), int(claims["exp"])
    except (TypeError, ValueError) as wrong:
        raise _refused("exp and iat must be numbers") from wrong
    if expires + LEEWAY < now:
        raise _refused("it has expired")
    if issued - LEEWAY > now:
        raise _refused("it was issued in the future")


def _targets(request: Request) -> list[str]:
    """The request target as it came, and with its path decoded: signers differ in which of them they hash."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI")
    query = request.query_string.decode("latin-1")
    return [target for target in (raw, f"{request.root_path}{request.path}?{query}") if target]


def _refused(why: str) -> JiraError:
    answer = unauthorized()
    answer.body = {"errorMessages": [f"The JWT was refused: {why}."], "errors": {}}
    return answer
