"""What the host side of Connect remembers for one mock site."""

import secrets
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any

from mock_servers.jira.apps import InstalledApp
from mock_servers.jira.connect.keys import KeyServer

DELIVERIES_KEPT = 500
SECRET_BYTES = 48  # 64 characters; the contract asks for at least 32 bytes and at most 128 characters


@dataclass(frozen=True, slots=True)
class Delivery:
    """One lifecycle call to an app. `status` is None when no answer came; `trouble` then says why."""

    at: datetime
    app_key: str
    event: str
    url: str
    signature: str
    status: int | None
    trouble: str = ""

    @property
    def accepted(self) -> bool:
        """Only 200 and 204 count (contract jira-connect, section 2)."""
        return self.status in (200, 204)


@dataclass(slots=True)
class ConnectHost:
    """`removed` keeps uninstalled apps with their last secret, for what may still arrive late in their name.

    `tasks` are installs asked for through the plugin manager, `uploads` its one-time tokens.
    """

    keys: KeyServer = field(default_factory=KeyServer)
    deliveries: deque[Delivery] = field(default_factory=lambda: deque(maxlen=DELIVERIES_KEPT))
    removed: dict[str, InstalledApp] = field(default_factory=dict)
    old_secrets: dict[str, str] = field(default_factory=dict, repr=False)
    descriptor_urls: dict[str, str] = field(default_factory=dict)
    uploads: set[str] = field(default_factory=set, repr=False)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


@contextmanager
def released(lock: RLock) -> Iterator[None]:
    """Lets go of a lock held by this thread, however often, while an app is called: it may well call back."""
    depth = 0
    try:
        while True:
            lock.release()
            depth += 1
    except RuntimeError:
        pass
    try:
        yield
    finally:
        for _ in range(depth):
            lock.acquire()
