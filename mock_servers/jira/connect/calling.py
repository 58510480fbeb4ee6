"""Jira's own requests to apps."""

from collections.abc import Mapping
from typing import Any

import requests

TIMEOUT = 10  # seconds; Jira's own is not published (assumed)
BODY_LIMIT = 1_000_000


class Reply:
    """What an app answered. `body` is cut at BODY_LIMIT bytes, `whole` says whether that was all."""

    def __init__(self, status_code: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.status_code = status_code
        self.body = body[:BODY_LIMIT]
        self.whole = len(body) <= BODY_LIMIT
        self.headers = headers


def call(method: str, url: str, **content: Any) -> Reply:
    """One request, no redirect followed, no proxy of this machine used: apps under rehearsal live beside the mock.

    `content` is what requests takes: json, data, headers. Raises requests.RequestException when no answer comes.
    """
    with requests.Session() as session:
        session.trust_env = False
        with session.request(method, url, timeout=TIMEOUT, allow_redirects=False, stream=True, **content) as response:
            body = response.raw.read(BODY_LIMIT + 1, decode_content=True)
        return Reply(response.status_code, body, response.headers)
