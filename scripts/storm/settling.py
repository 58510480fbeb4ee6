"""After a storm: waits until nothing is open any more and the stream itself has found nothing left to do."""

from __future__ import annotations

import time

import requests
from sqlalchemy.exc import SQLAlchemyError

from scripts.rehearsal.administrator import Administrator, SetUpFailed
from scripts.storm.crew import Crew
from scripts.storm.ledger import OPEN_STATES, Ledger

MOST_SECONDS = 300
LOOK_SECONDS = 0.2


def settle(crew: Crew, ledger: Ledger, administrator: Administrator) -> float | None:
    """Seconds until all was quiet; None when it never was.

    Nobody helps but for one press of *Sync now*: a stream that failed many times in a row may wait a quarter of an
    hour by itself, which is right and too long for us. Leases of the dead end in their own time.
    """
    began = time.monotonic()
    pressed = False
    asked_after: int | None = None
    while time.monotonic() < began + MOST_SECONDS:
        crew.look_after()
        try:
            if not pressed:
                pressed = _press(ledger, administrator)
            busy = ledger.states()
            if any(busy[state] for state in OPEN_STATES):
                asked_after = None
            elif asked_after is None:
                asked_after = ledger.last_run()
            elif ledger.quiet_run_after(asked_after):
                return time.monotonic() - began
        except SQLAlchemyError:
            asked_after = None
        time.sleep(LOOK_SECONDS)
    return None


def _press(ledger: Ledger, administrator: Administrator) -> bool:
    stream = ledger.stream()
    if stream is None:
        return False
    try:
        administrator.sync_now(stream.id)
    except (SetUpFailed, requests.RequestException, LookupError):
        return False
    return True
