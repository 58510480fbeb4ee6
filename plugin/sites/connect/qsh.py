"""The query hash that ties a Connect token to one request (contract jira-connect, section 3).

A hash covers method, path and every query parameter but the token itself; never the body. The same rules serve
requests that Jira sends us and requests that we send to Jira.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

TOKEN_PARAMETER = "jwt"  # noqa: S105 - the name of the parameter, not a token
_ABSOLUTE_TARGET = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """What a received request asked for, as its web server saw it."""

    method: str
    raw: str
    """The request line's target, escapes untouched; may be absolute (`http://host/path?query`)."""
    decoded_path: str
    """The path with its escapes decoded, including any prefix under which the app is mounted."""
    query: str
    """The raw query string."""


def query_hash(method: str, path: str, query: str, base_path: str = "") -> str:
    """The `qsh` claim: SHA-256 in hex of the canonical request."""
    return hashlib.sha256(
        canonical_request(method, path, query, base_path).encode("utf-8", "surrogateescape")
    ).hexdigest()


def acceptable_hashes(target: Target, base_path: str) -> tuple[str, ...]:
    """The hashes that a genuine sender may have computed for a received request, the usual one first.

    Java signers hash the decoded path, JavaScript ones the path as sent; they differ only where a path segment
    holds escapes.
    """
    raw_path = _ABSOLUTE_TARGET.sub("", target.raw, count=1).partition("?")[0]
    hashes = (query_hash(target.method, path, target.query, base_path) for path in (raw_path, target.decoded_path))
    return tuple(dict.fromkeys(hashes))


def canonical_request(method: str, path: str, query: str, base_path: str = "") -> str:
    """`METHOD&PATH&QUERY`. `base_path` is the path of the receiver's base URL, which is left out of the hash."""
    return "&".join((method.upper(), _canonical_path(path, base_path), _canonical_query(query)))


def _canonical_path(path: str, base_path: str) -> str:
    prefix = base_path.rstrip("/")
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        path = path[len(prefix) :]
    if len(path) > 1 and path.endswith("/"):
        path = path[:-1]
    if not path.startswith("/"):
        path = f"/{path}"
    return path.replace("&", "%26")


def _canonical_query(query: str) -> str:
    """Values of one name are ordered by their decoded text: so the published vectors have it, unlike the prose."""
    values: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in parse_qsl(query, keep_blank_values=True, errors="surrogateescape"):
        if name != TOKEN_PARAMETER:
            values[name].append(value)
    encoded = {_encode(name): ",".join(map(_encode, sorted(texts))) for name, texts in values.items()}
    return "&".join(f"{name}={encoded[name]}" for name in sorted(encoded))


def _encode(text: str) -> str:
    """Bytes that are not UTF-8 come back unchanged, so that no two different queries share a hash."""
    return quote(text, safe="", errors="surrogateescape")
