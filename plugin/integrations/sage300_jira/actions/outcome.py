"""What came of an action, as its ledger entry keeps it and issues tell it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How far an action has brought its document in Sage 300."""

    WAITING = "waiting"
    """Approved; the batch waits for others in it."""
    ENTERED = "entered"
    """A payment batch was entered, and is left to people."""
    READY = "ready"
    """Its batch is ready to post, and posting is left to people."""
    POSTED = "posted"


@dataclass(frozen=True)
class Outcome:
    """`said` is what people read. `batch` and `entry` are of the invoice batch, or of the payment batch where it was
    paid. `open_amount` is what a payment has left open, as money; "" for approvals."""

    state: State
    batch: int
    entry: int
    said: str
    open_amount: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


APPROVED = frozenset({State.WAITING, State.READY, State.POSTED})
"""Outcomes by which a document counts as approved."""
