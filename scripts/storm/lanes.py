"""Carries a storm out: a thread for each lane of decisions, and one that keeps the streams due."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import requests
from sqlalchemy.exc import SQLAlchemyError

from plugin.integrations.hooks.duties import SWEEP
from scripts.rehearsal.administrator import Administrator, SetUpFailed
from scripts.storm import moods, plan
from scripts.storm.buyer import PURCHASES, Buyer
from scripts.storm.clerk import Clerk
from scripts.storm.crew import Crew
from scripts.storm.databases import Store
from scripts.storm.desk import Refused
from scripts.storm.ledger import Ledger
from scripts.storm.people import People
from scripts.storm.plan import Decision, Edit, Front, Kill, Lane, Mood, Move, Nuisance

LANES = 7
LOOK_SECONDS = 0.05
NUDGE_SECONDS = 0.15
SWEEP_SECONDS = 6.0
"""What takes five minutes with customers."""


@dataclass
class Storm:
    """Everything that takes part, and what has been done so far."""

    seed: int
    addresses: dict[str, str]
    crew: Crew
    store: Store
    ledger: Ledger
    clerk: Clerk
    buyer: Buyer
    people: People
    administrator: Administrator
    faults: Counter[str] = field(default_factory=Counter)
    """By kind, as many as the mocks have used up."""
    nuisances: Counter[str] = field(default_factory=Counter)
    moods: Counter[str] = field(default_factory=Counter)
    pages_failed: Counter[str] = field(default_factory=Counter)
    """By what the page said: a person presses on while nothing works."""
    _ordered: dict[str, Counter[str]] = field(default_factory=dict)
    _clocks: dict[str, float] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)

    def rage(self, seconds: float) -> None:
        """Returns when `seconds` are over, what was begun has ended, and no fault is left in the mocks."""
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(LANES, "lane") as threads:
            lanes = [
                threads.submit(self._follow, plan.kills(self.seed), self._kill),
                threads.submit(self._follow, plan.weather(self.seed), self._change_weather),
                threads.submit(self._follow, plan.edits(self.seed), self._edit),
                threads.submit(self._follow, plan.nuisances(self.seed), self._annoy),
                threads.submit(self._follow, plan.moves(self.seed), self._move),
                threads.submit(self._follow, plan.moods(self.seed), self._fall_into),
                threads.submit(self._nudge),
            ]
            try:
                while time.monotonic() < until and not _failed(lanes):
                    self.crew.look_after()
                    time.sleep(LOOK_SECONDS)
            finally:
                self._over.set()
            while not all(lane.done() for lane in lanes):
                self.crew.look_after()
                time.sleep(LOOK_SECONDS)
        for lane in lanes:
            lane.result()
        for system in ("sage300", "jira"):
            self._change_weather(Front(system, ()))
        moods.calm_down(self.addresses)

    def _follow(self, lane: Lane[Decision], carry_out: Callable[[Decision], None]) -> None:
        for pause, decision in lane:
            if self._over.wait(pause):
                return
            carry_out(decision)

    def _kill(self, kill: Kill) -> None:
        self.crew.kill(kill.victim, kill.number, kill.after)

    def _change_weather(self, front: Front) -> None:
        """What is left of the front before has not been met by anybody: it is not counted."""
        address = f"{self.addresses[front.system]}/__mock__/faults"
        used_up = self._ordered.pop(front.system, Counter())
        for left in requests.get(address, timeout=60).json():
            used_up[left["kind"]] -= left["times"]
        requests.delete(address, timeout=60).raise_for_status()
        self.faults.update(used_up)
        if front.faults:
            requests.post(address, json=front.faults, timeout=60).raise_for_status()
            self._ordered[front.system] = Counter()
            for fault in front.faults:
                self._ordered[front.system][fault["kind"]] += fault["times"]

    def _edit(self, edit: Edit) -> None:
        with contextlib.suppress(Refused):
            (self.buyer if edit.action in PURCHASES else self.clerk).carry_out(edit)
            self.clerk.desk.done[edit.action] += 1

    def _move(self, move: Move) -> None:
        with contextlib.suppress(Refused):
            self.people.carry_out(move)

    def _fall_into(self, mood: Mood) -> None:
        with contextlib.suppress(Refused):
            moods.fall_into(mood, self.addresses)
            self.moods[mood.kind] += 1

    def _annoy(self, nuisance: Nuisance) -> None:
        match nuisance.kind:
            case "freeze":
                self.crew.freeze(nuisance.seconds)
            case "restart queue":
                self.crew.kill_queue()
            case "lock":
                self.store.lock(nuisance.seconds)
            case "starve":
                self.store.starve(nuisance.seconds, self.crew.worker_processes)
            case "clock":
                self._set_clock(nuisance.system, nuisance.seconds)
        self.nuisances[nuisance.kind] += 1

    def _set_clock(self, system: str, ahead: float) -> None:
        """`ahead` of real time, wherever it was before. Jira's only goes forwards: what people did there has an
        order."""
        before = self._clocks.get(system, -plan.FURTHEST_CLOCK_SECONDS if system == "jira" else 0.0)
        ahead = max(ahead, before) if system == "jira" else ahead
        advance = {"advance": ahead - self._clocks.get(system, 0.0)}
        requests.post(f"{self.addresses[system]}/__mock__/clock", json=advance, timeout=60).raise_for_status()
        self._clocks[system] = ahead

    def _nudge(self) -> None:
        """Somebody presses *Sync now* whenever nobody is at work, time passes faster than it does, and leases do not
        outlive their holder for long."""
        swept_at, pressed = 0.0, 0
        while not self._over.wait(NUDGE_SECONDS):
            try:
                self.ledger.end_leases_of_the_dead()
                self.ledger.let_time_pass()
                if time.monotonic() - swept_at > SWEEP_SECONDS:
                    self.ledger.come_round_to(datetime.now(UTC), SWEEP)
                    swept_at = time.monotonic()
                if idle := self.ledger.idle_streams():
                    pressed += 1
                    self.administrator.sync_now(idle[pressed % len(idle)])
            except SQLAlchemyError as error:
                self.pages_failed[f"our own look: {type(error).__name__}"] += 1
            except (SetUpFailed, requests.RequestException, LookupError) as error:
                self.pages_failed[str(error)[:160]] += 1


def _failed(lanes: list[Future[None]]) -> bool:
    return any(lane.done() and lane.exception() is not None for lane in lanes)
