"""The systematic run: a worker is killed once at every call and every commit, and each time all must end well.

Three passes are gone through: a first one that creates, one with changes of every kind, and one that has to ask what
became of lost replies. Each point starts from the same database, copied, and from the same mocks: they live in this
process without being served, and for each point a fork of it serves them. A fork costs a few milliseconds, and its
changes are gone with it. So this process must have one thread only while it forks.
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
from plugin.jobs import tasks
from scripts.rehearsal.comparison import compare
from scripts.storm.forking import Child, forked
from scripts.storm.ledger import OPEN_STATES, PARKED_STATES, Ledger
from scripts.storm.points import MOMENTS, Point, Tripwire
from scripts.storm.scenes import Scene
from scripts.storm.verdict import counted

UNDISTURBED_RUNS = 3
MOST_TRIES = 6
"""A run in which threads take turns differently may make one commit less, and not come by the last one."""
MOST_FURTHER_RUNS = 12
WAIT_SECONDS = 0.25
"""For what the dead worker's other threads had under way; longer than the uncertain wait of the stage."""


Environment = dict[str, str]
Found = tuple[Counter[str], list[str]]
"""The counts after one point, and sentences for what is wrong."""


@dataclass
class Coverage:
    """What became of the points of one pass, by kind."""

    covered: Counter[str] = field(default_factory=Counter)
    not_reached: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def cover(scene: Scene, every: int) -> Coverage:
    """Goes through all points of the scene's next pass, or each `every`th of them: at each the worker dies."""
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
    for moment in MOMENTS:
        for name, times in sorted(passed.items()):
            for number in range(1, times + 1):
                yield Point(moment, name, number)


def _passed_by(scene: Scene) -> Counter[str]:
    """What undisturbed runs of the pass call and commit: the most of several, as threads take turns differently."""
    passed: Counter[str] = Counter()
    for _ in range(UNDISTURBED_RUNS):
        with scene.opened() as environment:
            passed |= Counter(json.loads(_run(scene, environment, None).output))
    return passed


def _strike(scene: Scene, point: Point) -> Found | None:
    """One run that dies at `point`, and as many as it takes to be done; None when the run never came by."""
    with scene.opened() as environment:
        if not _run(scene, environment, point).killed:
            return None
        ledger = Ledger(scene.database(environment))
        try:
            quiet = _go_on(scene, environment, ledger)
            return _judge(scene, environment, ledger, quiet)
        finally:
            ledger.dispose()


def _go_on(scene: Scene, environment: Environment, ledger: Ledger) -> bool:
    """Other workers take over; whether all was done in the end, and the last of them found nothing to do."""
    time.sleep(WAIT_SECONDS)
    for _ in range(MOST_FURTHER_RUNS):
        ledger.end_lease_of_the_dead()
        last = ledger.last_run()
        _run(scene, environment, None)
        states = ledger.states()
        if any(states[state] for state in OPEN_STATES):
            time.sleep(WAIT_SECONDS)
        elif ledger.quiet_run_after(last):
            return True
    return False


def _judge(scene: Scene, environment: Environment, ledger: Ledger, quiet: bool) -> Found:
    difference = compare(scene.stage.addresses)
    parked = ledger.documents_in(*PARKED_STATES)
    breaks = _broken_chains(scene, environment)
    counts = Counter({**counted(difference), "parked": len(parked), "chain_breaks": len(breaks)})
    counts["unsettled"] = not quiet
    wrong = [*difference.sentences, *(f"{each} is parked." for each in parked), *breaks]
    return counts, wrong if quiet else [*wrong, f"It never came to rest: {dict(ledger.states())}."]


def _broken_chains(scene: Scene, environment: Environment) -> list[str]:
    """What `counterfoil audit verify` says, called in a fork: starting it anew would take longer than all else."""

    def verify() -> str:
        told = CliRunner(env=environment).invoke(counterfoil, ["audit", "verify"])
        return told.output if told.exit_code else ""

    return forked(verify, scene.log).output.splitlines()


def _run(scene: Scene, environment: Environment, point: Point | None) -> Child:
    """One job as a worker runs it, in a process of its own."""
    return forked(lambda: _work(scene, environment, Tripwire(point)), scene.log)


def _work(scene: Scene, environment: Environment, tripwire: Tripwire) -> str:
    logs.configure("json")
    os.environ.clear()
    os.environ.update(environment)
    tripwire.install()
    tasks.run_stream(scene.site_id, scene.stream_id, "schedule")
    return json.dumps(tripwire.passed)
