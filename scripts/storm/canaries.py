"""Looks for planted secrets wherever they must not be: in logs, in the database, in the queue, on pages."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import requests
from redis import Redis

from plugin.web.routes import Right
from plugin.web.views import routes
from scripts.rehearsal.administrator import Administrator, SetUpFailed

NOT_OURS = ("sage300.", "jira.", "mocks.", "postgresql/")
"""Outside systems know their own secrets. PostgreSQL's files are read as a dump."""
EVERYTHING = "&".join(f"{name}=1" for name in ("id", "connection", "integration", "stream", "entry"))
"""What any page may ask for: there is one of each."""
_DEFLATED = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_ENCODED = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
_LONGEST = 1 << 20


class Canaries:
    """`secrets` by what each is. A finding is a sentence that names the secret by that, and the place."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._forms = {name: _forms(secret) for name, secret in secrets.items()}

    def found_in(self, place: str, text: bytes) -> list[str]:
        """In the bytes as they are, and in what is packed or encoded in them, as the queue keeps its jobs."""
        return [
            f"The {name} is in {place}."
            for name, forms in self._forms.items()
            if any(form in view for view in _views(text) for form in forms)
        ]

    def in_files(self, folder: Path) -> list[str]:
        """Logs, database files, the queue's append-only file, metrics."""
        return [
            finding
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not str(path.relative_to(folder)).startswith(NOT_OURS)
            for finding in self.found_in(str(path.relative_to(folder)), path.read_bytes())
        ]

    def in_rows(self, rows: Iterator[str]) -> list[str]:
        return self.found_in("a dump of the database", "\n".join(rows).encode())

    def in_queue(self, redis: Redis) -> list[str]:
        """Every key with all it holds."""
        return [
            finding
            for key in redis.scan_iter()
            for finding in self.found_in(f"the queue, {key!r}", key + b" " + b" ".join(_held(redis, key)))
        ]

    def on_pages(self, administrator: Administrator, app: str, metrics_token: str) -> list[str]:
        """All that an administrator can open or save to a file, and the metrics."""
        metrics = requests.get(f"{app}/metrics", headers={"Authorization": f"Bearer {metrics_token}"}, timeout=30)
        findings = self.found_in("the metrics", metrics.content)
        for name in administrators_pages():
            try:
                answer = administrator.look(f"{name}?{EVERYTHING}").whole
            except SetUpFailed as refused:
                answer = str(refused)  # not everything is there to be looked at, and a refusal keeps secrets too
            findings += self.found_in(f"the page {name}", answer.encode())
        return findings


def administrators_pages() -> list[str]:
    """Taken from the app's own table, so that a new page or export is looked at without being added here."""
    return [route.name for route in routes() if route.right is Right.ADMINISTRATOR and not route.writes]


def _forms(secret: str) -> list[bytes]:
    """As it is, in lower case, and for a key also the bytes it stands for."""
    forms = {secret.encode(), secret.lower().encode()}
    try:
        raw = base64.b64decode(secret, validate=True)
    except ValueError:
        raw = b""
    if len(raw) >= 16:
        forms |= {raw, raw.hex().encode(), base64.urlsafe_b64encode(raw).rstrip(b"=")}
    return sorted(forms)


def _views(text: bytes) -> Iterator[bytes]:
    yield text
    yield from _inflated(text)
    for found in _ENCODED.finditer(text):
        try:
            raw = base64.b64decode(found[0])
        except ValueError:
            continue
        yield raw
        yield from _inflated(raw)


def _inflated(text: bytes) -> Iterator[bytes]:
    for found in _DEFLATED.finditer(text):
        try:
            yield zlib.decompressobj().decompress(text[found.start() :], _LONGEST)
        except zlib.error:
            continue


def _held(redis: Any, key: bytes) -> Iterator[bytes]:
    """The parts of a value; `redis` answers in bytes, which its types do not tell."""
    match redis.type(key):
        case b"string":
            yield redis.get(key) or b""
        case b"hash":
            yield from (part for pair in redis.hgetall(key).items() for part in pair)
        case b"list":
            yield from redis.lrange(key, 0, -1)
        case b"set":
            yield from redis.smembers(key)
        case b"zset":
            yield from redis.zrange(key, 0, -1)
        case b"stream":
            yield from (part for _, pairs in redis.xrange(key) for pair in pairs.items() for part in pair)
