"""What opening an integration needs of the application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.sealing import Seal
from sage_adapters.errors import A_MOMENT, Throttled
from sage_adapters.http import Gate


@dataclass(frozen=True)
class Pace:
    """How fast a system may be called: `per_second` in the long run, and `at_once` after a rest.

    `in_words` says it, as in "60 a minute"; `remedy` where it can be changed.
    """

    per_second: float
    at_once: float
    in_words: str
    remedy: str

    def exceeded(self, label: str, wait: float) -> Throttled:
        """The trouble of a request that may go out in `wait` seconds, to a system that people call `label`."""
        return Throttled(
            tried=f"A request was about to be sent to {label}.",
            got=f"All requests that it may get for the moment, {self.in_words}, have been sent.",
            remedy=f"Nothing is lost; Counterfoil goes on by itself in {wait:.0f} seconds. {self.remedy}",
            code="connection.paced",
            retry_after=wait,
            scope=A_MOMENT,
        )


class Pacing(Protocol):
    """Keeps paces, for all workers together."""

    def gate(self, name: str, label: str, pace: Pace) -> Gate:
        """`name` is the same in all workers; `label` is what people call the system."""


@dataclass(frozen=True)
class Parts:
    """Made once per process, after any fork. Without `pacing`, systems are called as fast as they answer."""

    settings: Settings
    database: Database
    seal: Seal
    pacing: Pacing | None = None

    @classmethod
    def from_settings(cls, settings: Settings, pacing: Pacing | None = None) -> Self:
        return cls(settings, Database.from_settings(settings), Seal.from_settings(settings), pacing)
