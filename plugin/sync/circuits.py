"""Circuits: a system in trouble is left alone by all streams that need it, until one of them may try it again.

Which trouble opens a circuit, for how long, and what closes it, decided in one place and returned as a value:

| a pass met at one side                   | the circuit of that side                                              |
|------------------------------------------|-----------------------------------------------------------------------|
| an answer, if only a refusal             | closes, and earlier failures are forgotten                            |
| TransientTrouble                         | opens after FAILURES_TO_OPEN in a row; each try in vain doubles the wait |
| ConnectionTrouble                        | opens until the stream's next regular look                            |
| Throttled, for the whole connection      | opens for as long as told; that is no failure                         |
| Throttled, for every site                | stays; all sites leave that system alone (`every_site_until`)         |
| Throttled otherwise, an unknown outcome  | stays                                                                 |

A circuit is known by its subject: `jira` for the site's Jira, `connection:5` for a connection. The rows are in
circuit_rows.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from plugin.sync import ladder
from sage_adapters.errors import (
    A_MOMENT,
    EVERY_SITE,
    ONE_DOCUMENT,
    ConfigurationTrouble,
    ConnectionTrouble,
    RecordTrouble,
    Throttled,
    TransientTrouble,
    Trouble,
)

FAILURES_TO_OPEN = 3
PROBE = timedelta(seconds=45)
"""A try that has told nothing after this time is taken for lost, and another stream may try."""
JIRA = "jira"
OURSELVES = "counterfoil"
"""What a side needs that is in our own store: nobody has to be left alone for it."""
_CONNECTION = "connection:"


def of_connection(connection_id: int) -> str:
    return f"{_CONNECTION}{connection_id}"


def connection_in(subject: str) -> int | None:
    """The connection's id; None where the subject is the site's Jira."""
    return int(subject.removeprefix(_CONNECTION)) if subject.startswith(_CONNECTION) else None


@dataclass(frozen=True)
class Needs:
    """The subjects that a stream cannot do without."""

    source: str
    target: str

    def __contains__(self, subject: object) -> bool:
        return subject in (self.source, self.target)


@dataclass(frozen=True)
class State:
    """`failures` in a row; open since `opened_at`, until the system may be tried again at `next_try_at`."""

    failures: int = 0
    opened_at: datetime | None = None
    next_try_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.opened_at is not None

    def bars_until(self, now: datetime) -> datetime | None:
        """Until when nobody may call the system; None when somebody may."""
        return self.next_try_at if self.open and self.next_try_at and self.next_try_at > now else None


CLOSED = State()


@dataclass(frozen=True)
class Contact:
    """What a pass had to do with the system of one of its sides. `answered`: at least once, whatever came later."""

    subject: str
    answered: bool
    trouble: Trouble | None


def state_after(state: State, contact: Contact, *, probed: bool, now: datetime, interval: timedelta) -> State:
    """`probed`: the pass was let through an open circuit to find out. One that had begun before finds out nothing
    new, and must not make the wait longer."""
    trouble = contact.trouble
    if isinstance(trouble, Throttled) and trouble.scope not in _NOT_THE_CONNECTIONS:
        until = now + ladder.told(trouble)
        return State(state.failures, state.opened_at or now, max(until, state.next_try_at or until))
    if state.open and not probed and isinstance(trouble, TransientTrouble | ConnectionTrouble):
        return state
    if isinstance(trouble, TransientTrouble):
        failures = state.failures + 1
        if not state.open and failures < FAILURES_TO_OPEN:
            return replace(state, failures=failures)
        return State(failures, state.opened_at or now, now + ladder.backoff(failures - 1))
    if isinstance(trouble, ConnectionTrouble):
        return State(state.failures, state.opened_at or now, now + interval)
    if contact.answered or isinstance(trouble, ConfigurationTrouble | RecordTrouble):
        return CLOSED
    return state


_NOT_THE_CONNECTIONS = (A_MOMENT, ONE_DOCUMENT, EVERY_SITE)


def every_site_until(trouble: Trouble | None, now: datetime) -> datetime | None:
    """Until when all sites must leave a system alone: it has used up what they share."""
    if isinstance(trouble, Throttled) and trouble.scope == EVERY_SITE:
        return now + ladder.told(trouble)
    return None


@dataclass(frozen=True)
class Kept:
    """What is written down of a subject: its circuit on one site or, `for_every_site`, a pause of the whole app."""

    subject: str
    state: State
    for_every_site: bool


def barred_until(kept: Collection[Kept], needs: Needs, now: datetime) -> datetime | None:
    """Until when a stream must wait for a system that it needs; None when it may begin."""
    return max(filter(None, (each.state.bars_until(now) for each in kept if each.subject in needs)), default=None)


@dataclass
class Doorkeeper:
    """Lets streams through to the queue: of those that need a system which may be tried again, one."""

    kept: Mapping[int, Sequence[Kept]]
    """By site."""
    now: datetime
    _trying: set[tuple[int, str]] = field(default_factory=set)

    def later(self, site_id: int, needs: Needs) -> datetime | None:
        """When the stream is to ask again; None when it may go now."""
        kept = [each for each in self.kept.get(site_id, ()) if each.subject in needs]
        if until := barred_until(kept, needs, self.now):
            return until
        tried = {(site_id, each.subject) for each in kept if each.state.open}
        if tried & self._trying:
            return self.now + PROBE
        self._trying |= tried
        return None
