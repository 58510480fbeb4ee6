"""What a product says of a stream whose documents are wishes: by which status of which issues people utter them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from plugin.jira.changelog import StatusChange
from plugin.store.models import LedgerEntry, Stream

TRANSITION, SWEEP = "transition", "sweep"


@dataclass(frozen=True)
class Uttered:
    """An issue entered a status that says what is wished. `via` tells how we heard of it: TRANSITION or SWEEP."""

    action: str
    change: StatusChange
    via: str


class Wishes(Protocol):
    """Told of every change into a status of its own, again and again: the same change is the same wish."""

    @property
    def documents(self) -> str:
        """The stream beside it whose issues people move."""

    def statuses(self, stream: Stream) -> Mapping[str, str]:
        """By id of a Jira status, the action that entering it wishes, as the settings of `stream` have it."""

    def take(self, session: Session, stream: Stream, entry: LedgerEntry, uttered: Uttered) -> None:
        """Writes the wish down, unless it is known, and makes `stream` due. `entry` is the issue's document."""
