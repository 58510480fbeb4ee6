"""The sign-on of a Sage 300 user, which never shows itself."""

from __future__ import annotations

import re
from base64 import b64encode

from requests import PreparedRequest
from requests.auth import AuthBase

SHORTEST_SECRET = 4  # shorter passwords would blot out ordinary words


class Credentials(AuthBase):
    """Basic authentication; user and password as they are sent."""

    def __init__(self, user: str, password: str) -> None:
        self._password = password
        self._token = b64encode(f"{user}:{password}".encode()).decode()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Basic {self._token}"
        return request

    def conceal(self, text: str) -> str:
        """The text without our secrets, should a server repeat them."""
        for secret in (self._token, self._password):
            if len(secret) >= SHORTEST_SECRET:
                text = re.sub(re.escape(secret), "•••", text, flags=re.IGNORECASE)
        return text
