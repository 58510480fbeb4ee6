"""Signing our own requests to a Jira site."""

from __future__ import annotations

from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase

from plugin.sites.connect.qsh import query_hash
from plugin.sites.connect.tokens import sign_outbound
from sage_adapters.address import split_address
from sage_adapters.errors import ConfigurationTrouble


class ConnectAuth(AuthBase):
    """Gives each request a fresh token, good for three minutes and for its method, path and query only.

    For the `auth` of a `requests` session, also of one inside atlassian-python-api. A request to any other origin
    than the site's base URL raises ConfigurationTrouble and gets no token.
    """

    def __init__(self, app_key: str, base_url: str, secret: str) -> None:
        self._app_key = app_key
        self._base_url = base_url
        self._base_path = urlsplit(base_url).path
        self._secret = secret

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        url = request.url or ""
        parts = urlsplit(url)
        if split_address(url) != split_address(self._base_url) or not self._is_below_base(parts.path):
            raise ConfigurationTrouble(
                "A request to Jira was about to be signed.",
                f"It goes to {parts.hostname}, which is not this site's Jira.",
                "This is a defect of Counterfoil: please report it.",
                "connect.foreign-origin",
            )
        hashed = query_hash(request.method or "GET", parts.path, parts.query, self._base_path)
        token = sign_outbound(self._app_key, self._secret, hashed)
        request.headers["Authorization"] = f"JWT {token}"
        return request

    def _is_below_base(self, path: str) -> bool:
        return path == self._base_path or path.startswith(f"{self._base_path}/")
