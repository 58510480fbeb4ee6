"""The query string hash that binds a token to one request (contract jira-connect, section 3)."""

import hashlib
from collections import defaultdict
from urllib.parse import parse_qsl, quote, urlsplit

CONTEXT_QSH = "context-qsh"


def canonical_request(method: str, target: str, base_path: str = "") -> str:
    """`METHOD&PATH&QUERY` of a request.

    `target` is the raw request target or a whole URL. `base_path` is the path of the receiver's base URL, which is
    not hashed. A parameter named `jwt` is left out; values of a repeated name are ordered by their decoded text.
    """
    parts = urlsplit(target)
    path = parts.path
    base_path = base_path.rstrip("/")
    if base_path and (path == base_path or path.startswith(base_path + "/")):
        path = path[len(base_path) :]
    path = "/" + path.lstrip("/") if path.startswith("/") else "/" + path
    if len(path) > 1 and path.endswith("/"):
        path = path[:-1]
    return f"{method.upper()}&{path.replace('&', '%26')}&{_canonical_query(parts.query)}"


def _canonical_query(query: str) -> str:
    values: dict[str, list[str]] = defaultdict(list)
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name != "jwt":
            values[name].append(value)
    encoded = {quote(name, safe=""): sorted(found) for name, found in values.items()}
    return "&".join(f"{name}={','.join(quote(value, safe='') for value in encoded[name])}" for name in sorted(encoded))


def query_string_hash(method: str, target: str, base_path: str = "") -> str:
    """Hex SHA-256 of the canonical request."""
    return hashlib.sha256(canonical_request(method, target, base_path).encode()).hexdigest()
