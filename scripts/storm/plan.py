"""What happens in a storm, decided by a seed and by nothing else: a seed that failed makes the same decisions again.

Decisions are made in lanes that do not wait for each other, each an endless row of (seconds to wait, decision). What a
decision meets when it is carried out differs from run to run: which instruction a killed worker was at, whose request
meets a fault. Hence a lane draws its numbers before it looks at anything.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from scripts.storm.faults import Fault, System, fronts

Victim = Literal["horse", "both", "worker", "scheduler"]
Trouble = Literal["freeze", "restart queue", "lock", "starve", "clock"]
MoodKind = Literal["webhooks", "conflicts", "posting takes time", "batch in use"]
Decision = TypeVar("Decision")
Lane = Iterator[tuple[float, Decision]]

VICTIMS: tuple[Victim, ...] = ("horse", "both", "worker", "scheduler")
TROUBLES: tuple[Trouble, ...] = ("freeze", "restart queue", "lock", "starve", "clock")
MOODS: tuple[MoodKind, ...] = ("webhooks", "conflicts", "posting takes time", "batch in use")
PERSONS = ("Ada", "Nora", "Finn")
SECONDS_BETWEEN_KILLS = 1.1
SECONDS_BETWEEN_FRONTS = 0.3
SECONDS_BETWEEN_EDITS = 0.3
SECONDS_BETWEEN_MOVES = 0.25
SECONDS_BETWEEN_MOODS = 2.5
SECONDS_BETWEEN_NUISANCES = 9.0
FURTHEST_CLOCK_SECONDS = 20.0
"""Jira refuses tokens of an app whose clock differs by more than a minute."""


@dataclass(frozen=True)
class Kill:
    """SIGKILL. A `horse` is the process in which a worker runs one job; it is waited for, and hit `after` seconds."""

    victim: Victim
    number: int
    after: float


@dataclass(frozen=True)
class Front:
    """Faults that a system meets from now on, in place of those before."""

    system: System
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Edit:
    """What a clerk or a buyer does in Sage 300. `pick` from 0 to 1 chooses the document; `amount` in hundredths."""

    action: str
    pick: float
    amount: int
    many: int


@dataclass(frozen=True)
class Move:
    """What a person does with issues of invoices in Jira. `other` is the second one where two do it at once."""

    action: str
    pick: float
    person: str
    other: str


@dataclass(frozen=True)
class Mood:
    """How a system behaves from now on: `webhooks` come twice, not at all, or late by `much` of the most; Sage 300
    answers the next runs with a processing `conflict`, needs time to post, or somebody has a `batch in use`."""

    kind: MoodKind
    much: float
    pick: float


@dataclass(frozen=True)
class Nuisance:
    """`freeze` (a worker stands still), `restart queue`, `lock` or `starve` the database, move a `clock`."""

    kind: Trouble
    seconds: float
    number: int
    system: System


def kills(seed: int) -> Lane[Kill]:
    chance = _chance(seed, "kills")
    while True:
        victim = chance.choices(VICTIMS, (60, 15, 12, 13))[0]
        kill = Kill(victim, chance.randrange(1000), chance.choice((0.0, 0.02, 0.1, 0.3, 0.8)) * chance.random())
        yield chance.uniform(0.5, 1.5) * SECONDS_BETWEEN_KILLS, kill


def weather(seed: int) -> Lane[Front]:
    chance = _chance(seed, "weather")
    for system, faults in fronts(chance):
        yield chance.uniform(0.5, 1.5) * SECONDS_BETWEEN_FRONTS, Front(system, faults)


def edits(seed: int) -> Lane[Edit]:
    chance = _chance(seed, "edits")
    actions, weights = zip(*EDITS.items(), strict=True)
    while True:
        action = chance.choices(actions, weights)[0]
        edit = Edit(action, chance.random(), chance.randrange(100, 900_000), chance.randint(3, 20))
        yield chance.uniform(0.5, 1.5) * SECONDS_BETWEEN_EDITS, edit


def moves(seed: int) -> Lane[Move]:
    chance = _chance(seed, "moves")
    actions, weights = zip(*MOVES.items(), strict=True)
    while True:
        action = chance.choices(actions, weights)[0]
        move = Move(action, chance.random(), chance.choices(PERSONS, (40, 15, 45))[0], chance.choice(PERSONS))
        yield chance.uniform(0.5, 1.5) * SECONDS_BETWEEN_MOVES, move


def moods(seed: int) -> Lane[Mood]:
    chance = _chance(seed, "moods")
    while True:
        mood = Mood(chance.choice(MOODS), chance.choice((0.0, 0.3, 0.6, 1.0)), chance.random())
        yield chance.uniform(0.5, 1.5) * SECONDS_BETWEEN_MOODS, mood


def nuisances(seed: int) -> Lane[Nuisance]:
    chance = _chance(seed, "nuisances")
    while True:
        kind = chance.choices(TROUBLES, (25, 15, 20, 15, 25))[0]
        system: System = chance.choice(("sage300", "jira"))
        span = chance.uniform(-1, 1) * FURTHEST_CLOCK_SECONDS if kind == "clock" else _span(chance, kind)
        nuisance = Nuisance(kind, span, chance.randrange(1000), system)
        yield chance.uniform(0.5, 1.5) * SECONDS_BETWEEN_NUISANCES, nuisance


EDITS = {
    "enter": 20, "enter alone": 12, "enter many": 5, "credit": 5, "amount": 14, "due date": 7, "hold": 4,
    "release": 3, "move": 4, "rename": 3, "delete": 3, "post": 7, "delete batch": 1,
    "order": 16, "change order": 4, "close order": 2, "delete order": 3, "receive": 12, "bill": 9, "bill by hand": 9,
    "rename vendor": 6, "hold vendor": 2, "release vendor": 3, "vendor terms": 2,
    "pay part": 3, "prepare payment": 3, "settle payment": 3,
}  # fmt: skip
MOVES = {
    "review": 10, "approve": 16, "approve at once": 10, "approve all of a batch": 14, "approve twice": 5,
    "two approve": 5, "pay": 26, "two pay": 8, "reopen": 5, "approve and pay": 8,
}  # fmt: skip
LONGER_THAN_A_WORKER_WAITS = 11.5
"""SQLite's busy_timeout of the app is 10 seconds."""


def _span(chance: random.Random, kind: str) -> float:
    """Mostly short. One lock in eight lasts until a waiting worker gives up."""
    span = chance.uniform(0.5, 3.5)
    return LONGER_THAN_A_WORKER_WAITS if chance.random() < 1 / 8 and kind == "lock" else span


def _chance(seed: int, lane: str) -> random.Random:
    return random.Random(f"{seed}/{lane}")  # noqa: S311 - it must be the same again
