"""What opening an integration needs of the application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.sealing import Seal


@dataclass(frozen=True)
class Parts:
    """Made once per process, after any fork."""

    settings: Settings
    database: Database
    seal: Seal

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(settings, Database.from_settings(settings), Seal.from_settings(settings))
