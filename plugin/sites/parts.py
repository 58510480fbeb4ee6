"""What the doors need from the application. It is found in `app.extensions["counterfoil"]`."""

from __future__ import annotations

from typing import Protocol, cast

from flask import current_app

from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.sealing import Seal

EXTENSION = "counterfoil"


class Cache(Protocol):
    """Remembers texts for a while, for all processes where there are several. May forget at any time."""

    def get(self, key: str) -> str | None: ...

    def set(self, key: str, value: str, ttl: float) -> None:
        """`ttl` in seconds."""


class Outcomes(Protocol):
    """Counts how requests at the doors end."""

    def record(self, route: str, outcome: str) -> None:
        """`route` is a Flask endpoint or `-`, `outcome` is `accepted` or a reason's label: both have few values."""


class Parts(Protocol):
    """The application's parts, as far as the doors use them."""

    @property
    def settings(self) -> Settings: ...

    @property
    def database(self) -> Database: ...

    @property
    def seal(self) -> Seal: ...

    @property
    def cache(self) -> Cache: ...

    @property
    def outcomes(self) -> Outcomes: ...


def current_parts() -> Parts:
    """The parts of the Flask application that handles this request."""
    return cast(Parts, current_app.extensions[EXTENSION])
