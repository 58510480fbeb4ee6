"""After a storm: waits until nothing is open any more, everything said in Jira was heard, and no stream has found
anything left to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import requests
from sqlalchemy.exc import SQLAlchemyError

from plugin.integrations.hooks.duties import MISSED, SWEEP
from scripts.rehearsal.administrator import Administrator, SetUpFailed
from scripts.storm.crew import Crew
from scripts.storm.ledger import LONGEST_DUTY, Ledger

MOST_SECONDS = 300
LOOK_SECONDS = 0.2
SWEEPS = 2
"""The first look finds what nobody told of; the second one, that there is no more."""


@dataclass
class Settling:
    """Who takes part. `not_before`: seconds after which Jira's search knows what people did last."""

    crew: Crew
    ledger: Ledger
    administrator: Administrator
    not_before: float
    _pressed: set[int] = field(default_factory=set)

    def wait(self) -> float | None:
        """Seconds until all was quiet; None when it never was.

        Nobody helps but for one press of *Sync now* on each stream: one that failed many times in a row may wait a
        quarter of an hour by itself, which is right and too long for us. Leases of the dead end in their own time.
        """
        began = time.monotonic()
        steps = self._steps(began)
        while time.monotonic() < began + MOST_SECONDS:
            self.crew.look_after()
            try:
                self._press()
                since = timedelta(seconds=time.monotonic() - began)
                self.ledger.let_time_pass(duty=max(LONGEST_DUTY, since))  # nobody is killed any more
                next(steps)
            except StopIteration:
                return time.monotonic() - began
            except SQLAlchemyError:
                steps = self._steps(began)
            time.sleep(LOOK_SECONDS)
        return None

    def _steps(self, began: float) -> Iterator[None]:
        """Each is a look; it ends when all is quiet."""
        while time.monotonic() < began + self.not_before:
            yield
        for _ in range(SWEEPS):
            moment = datetime.now(UTC)
            while not self.ledger.attended_since(moment, SWEEP, MISSED):
                self.ledger.come_round_to(moment, SWEEP, MISSED)
                yield
        while True:
            asked_after = self.ledger.last_run()
            while not self.ledger.all_quiet_since(asked_after) or self.ledger.something_open():
                yield
            if not self.ledger.worked_since(asked_after):
                return

    def _press(self) -> None:
        for stream in self.ledger.streams():
            if stream.id not in self._pressed:
                try:
                    self.administrator.sync_now(stream.id)
                except (SetUpFailed, requests.RequestException, LookupError):
                    return
                self._pressed.add(stream.id)
