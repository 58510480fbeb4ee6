"""The systematic run: a worker is killed once at every call and every commit of some work, and each call once loses its
reply; each time all must end well.

Each point starts from the same database, copied, and from the same mocks: they live in this process without being
served, and for each point a fork of it serves them. A fork costs a few milliseconds, and its changes are gone with it.
So this process must have one thread only while it forks.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from click.testing import CliRunner

from plugin import logs
from plugin.cli import counterfoil
from scripts.storm.desk import Diary
from scripts.storm.forking import Child, forked
from scripts.storm.ledger import Ledger
from scripts.storm.points import COMMIT, DEADLY, UNANSWERED, Point, Tripwire
from scripts.storm.scenes import Scene
from scripts.storm.verdict import judge
from scripts.storm.work import NOW, Program

UNDISTURBED_RUNS = 3
MOST_TRIES = 6
"""Work in which threads take turns differently may make one commit less, and not come by the last one."""
MOST_FURTHER_RUNS = 12
WAIT_SECONDS = 0.25
"""For what the dead worker's other threads had under way; longer than the uncertain wait of the stage."""


Environment = dict[str, str]
Found = tuple[Counter[str], list[str]]
"""The counts after one point, and sentences for what is wrong."""


@dataclass
class Coverage:
    """What became of the points of one scene, by kind."""

    covered: Counter[str] = field(default_factory=Counter)
    not_reached: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def cover(scene: Scene, every: int) -> Coverage:
    """Goes through all points of the scene's work, or each `every`th of them."""
    coverage = Coverage()
    points = list(_points(_passed_by(scene)))
    for point in points[::every]:
        tries = (_strike(scene, point) for _ in range(MOST_TRIES))
        found = next((each for each in tries if each is not None), None)
        if found is None:
            coverage.not_reached.append(str(point))
            continue
        coverage.covered[point.kind] += 1
        counts, wrong = found
        coverage.counts.update(counts)
        coverage.wrong += [f"{scene.name}, {point}: {sentence}" for sentence in wrong]
    return coverage


def _points(passed: Counter[str]) -> Iterator[Point]:
    for moment in (*DEADLY, UNANSWERED):
        for name, times in sorted(passed.items()):
            if moment == UNANSWERED and name == COMMIT:
                continue
            for number in range(1, times + 1):
                yield Point(moment, name, number)


def _passed_by(scene: Scene) -> Counter[str]:
    """What the work calls and commits undisturbed: the most of several times, as threads take turns differently."""
    passed: Counter[str] = Counter()
    for _ in range(UNDISTURBED_RUNS):
        with scene.opened() as environment:
            passed |= Counter(json.loads(_run(scene, environment, None, scene.program).output)["passed"])
    return passed


def _strike(scene: Scene, point: Point) -> Found | None:
    """The work, disturbed at `point`, and what it takes to be done; None when it never came by."""
    with scene.opened() as environment:
        child = _run(scene, environment, point, scene.program)
        if not child.killed and not json.loads(child.output)["reply_lost"]:
            return None
        ledger = Ledger(scene.database(environment))
        try:
            quiet = _go_on(scene, environment, ledger)
            return _judge(scene, environment, ledger, quiet)
        finally:
            ledger.dispose()


def _go_on(scene: Scene, environment: Environment, ledger: Ledger) -> bool:
    """Other workers take over; whether all was done in the end, and the last of them found nothing to do."""
    for _ in range(MOST_FURTHER_RUNS):
        time.sleep(WAIT_SECONDS)
        ledger.end_leases_of_the_dead()
        ledger.let_time_pass(NOW, NOW)
        last = ledger.last_run()
        _run(scene, environment, None, scene.afterwards)
        names = scene.afterwards.stream_names
        if ledger.all_quiet_since(last, names) and not ledger.worked_since(last) and not ledger.something_open(names):
            return True
    return False


def _judge(scene: Scene, environment: Environment, ledger: Ledger, quiet: bool) -> Found:
    """Nobody does anything in Sage 300 here that could be a reason to refuse."""
    judged = judge(scene.stage.addresses, scene.before, Diary())
    parked = ledger.parked()
    breaks = _broken_chains(scene, environment)
    counts = Counter({**judged.counts, "parked": len(parked), "chain_breaks": len(breaks)})
    counts["unsettled"] = not quiet
    wrong = [*judged.wrong, *(f"{each} is parked." for each in parked), *breaks]
    return counts, wrong if quiet else [*wrong, f"It never came to rest: {dict(ledger.states())}."]


def _broken_chains(scene: Scene, environment: Environment) -> list[str]:
    """What `counterfoil audit verify` says, called in a fork: starting it anew would take longer than all else."""

    def verify() -> str:
        told = CliRunner(env=environment).invoke(counterfoil, ["audit", "verify"])
        return told.output if told.exit_code else ""

    return forked(verify, scene.log).output.splitlines()


def _run(scene: Scene, environment: Environment, point: Point | None, program: Program) -> Child:
    """Work as a worker does it, in a process of its own."""
    work = program.at(scene.site_id, scene.streams)
    return forked(lambda: _work(environment, Tripwire(point), work), scene.log)


def _work(environment: Environment, tripwire: Tripwire, work: Program) -> str:
    logs.configure("json")
    os.environ.clear()
    os.environ.update(environment)
    tripwire.install()
    work.carry_out(tripwire.quietly)
    return json.dumps({"passed": tripwire.passed, "reply_lost": tripwire.reply_lost})
