"""The retry ladder: which class of trouble leads to what, decided in one place and returned as a value."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

from plugin.sync.documents import Held, JsonObject, Outcome, Refused, Unconfirmed
from sage_adapters.errors import RecordTrouble, Throttled, TransientTrouble, Trouble, UncertainOutcome

FIRST_WAIT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 900.0
THROTTLED_WITHOUT_HINT_SECONDS = 30.0
LONGEST_TOLD_SECONDS = 86400.0
"""However long a system says that we should wait: it may be mistaken."""


def outcome_of(trouble: Trouble) -> Outcome:
    """What a trouble met while writing means for the document at hand."""
    if isinstance(trouble, UncertainOutcome):
        return Unconfirmed(trouble)
    if isinstance(trouble, RecordTrouble):
        return Refused(trouble)
    return Held(trouble, sent=isinstance(trouble, TransientTrouble))


def held_by(trouble: Trouble) -> Held:
    """For documents that were not sent because an earlier one of the same call met `trouble`."""
    if isinstance(trouble, UncertainOutcome):
        trouble = TransientTrouble(trouble.tried, trouble.got, trouble.remedy, trouble.code)
    return Held(trouble)


ALONE_AFTER = 2
"""A document whose call has ended so often without an answer about it is sent by itself: it may be to blame."""
PARKED_AFTER = 6
"""And is parked after so many, when others have arrived meanwhile."""


def wait_alone(tries: int) -> timedelta:
    """How long a document that may be to blame stands aside, so that others go on."""
    return backoff(tries)


def backoff(times: int) -> timedelta:
    """The wait after something has failed in vain so often before: doubling with jitter."""
    longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(times, 10))
    return timedelta(seconds=random.uniform(longest / 2, longest))


def told(trouble: Throttled) -> timedelta:
    """How long a system wants us to wait."""
    return timedelta(seconds=min(trouble.retry_after or THROTTLED_WITHOUT_HINT_SECONDS, LONGEST_TOLD_SECONDS))


@dataclass(frozen=True)
class Pause:
    """How long a stream stands still, and how many transient troubles in a row it then has had."""

    wait: timedelta
    attempts: int


def pause_after(trouble: Trouble, attempts: int, interval: timedelta) -> Pause:
    """When to try the stream again after `trouble`.

    Throttled: as told, and no attempt is spent. Transient: doubling with jitter. Configuration: with the next regular
    poll, so that it heals by itself once an administrator has mended it.
    """
    if isinstance(trouble, Throttled):
        return Pause(told(trouble), attempts)
    if isinstance(trouble, TransientTrouble):
        return Pause(backoff(attempts), attempts + 1)
    return Pause(interval, 0)


def describe(trouble: Trouble) -> JsonObject:
    """A trouble as it is stored and shown."""
    return {
        "kind": _kind(trouble),
        "code": trouble.code,
        "tried": trouble.tried,
        "got": trouble.got,
        "remedy": trouble.remedy,
    }


def _kind(trouble: Trouble) -> str:
    for kind, name in _KINDS:
        if isinstance(trouble, kind):
            return name
    return "configuration"


_KINDS: tuple[tuple[type[Trouble], str], ...] = (
    (RecordTrouble, "record"),
    (Throttled, "throttled"),
    (TransientTrouble, "transient"),
    (UncertainOutcome, "uncertain"),
)
