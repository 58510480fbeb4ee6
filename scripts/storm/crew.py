"""The app as single processes, so that each can be killed by itself: queue, web, workers, schedulers."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator

import psutil
import requests

from scripts.rehearsal.processes import DidNotStart, Systems

SCHEDULERS = 2
PATIENCE_SECONDS = 60
WAIT_FOR_A_HORSE_SECONDS = 0.7
STOP_SECONDS = 5


class Crew:
    """Keeps its members alive. A worker's `horse` is the process it forks for one job."""

    def __init__(self, systems: Systems, workers: int) -> None:
        self.kills: Counter[str] = Counter()
        self.ended_by_themselves: Counter[str] = Counter()
        self._systems = systems
        self._workers = [f"worker-{number}" for number in range(1, workers + 1)]
        self._schedulers = [f"scheduler-{number}" for number in range(1, SCHEDULERS + 1)]
        self._members: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: dict[str, subprocess.Popen[bytes]] = {}
        self._killed: set[int] = set()
        self._guard = threading.Lock()

    def start(self, *, schedulers: bool = True) -> None:
        """Web and queue answer when this returns."""
        self._start("queue")
        self._start("web")
        address = f"{self._systems.addresses['app']}/readyz"
        until = time.monotonic() + PATIENCE_SECONDS
        while not _answers(address):
            if time.monotonic() > until:
                raise DidNotStart(f"The app did not start:\n{self._systems.log_of('web').read_text()[-2000:]}")
            time.sleep(0.1)
        for name in (*self._workers, *(self._schedulers if schedulers else ())):
            self._start(name)

    def look_after(self) -> None:
        """Starts again who has ended."""
        with self._guard:
            for name, process in list(self._members.items()):
                if process.poll() is not None:
                    if process.pid not in self._killed:
                        self.ended_by_themselves[name.rstrip("-0123456789")] += 1
                    self._start(name)

    def kill(self, victim: str, number: int, after: float) -> None:
        """SIGKILL to a scheduler, a worker, the horse of one, or worker and horse at once."""
        if victim == "scheduler":
            self._kill_member(self._schedulers[number % len(self._schedulers)], "scheduler")
            return
        horse = self._next_horse()
        if horse is None:
            self._kill_member(self._workers[number % len(self._workers)], "idle worker")
            return
        time.sleep(after)
        name = self._name_of_worker(horse)
        if victim != "horse" and name is not None:
            self._kill_member(name, victim)
        if victim != "worker":
            with contextlib.suppress(psutil.NoSuchProcess):
                horse.kill()
                self.kills["horse"] += victim == "horse"

    def kill_queue(self) -> None:
        self._kill_member("queue", "queue")

    def freeze(self, seconds: float) -> None:
        """A horse stands still for a while, and then goes on as if nothing had been."""
        horse = self._next_horse()
        if horse is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            horse.suspend()
            time.sleep(seconds)
            horse.resume()

    def worker_processes(self) -> list[psutil.Process]:
        """Workers and their horses, those without a worker among them."""
        return [process for process in self._everyone() if "worker" in _words(process)]

    def dismiss_workers(self) -> None:
        """From now on what is put on the queue stays there."""
        for name in self._workers:
            self._members[name].terminate()
            self._members[name].wait()

    def stop(self) -> None:
        """Asks the members to stop, and ends whoever of ours is left, horses that lost their worker among them."""
        for process in self._members.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in self._members.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
        for stray in self._everyone():
            with contextlib.suppress(psutil.NoSuchProcess):
                stray.kill()
        for process in self._members.values():
            process.wait()
        for log in self._logs.values():
            log.communicate()
        self._members.clear()
        self._logs.clear()

    def _start(self, name: str) -> None:
        what = name.partition("-")[0]
        port = self._systems.addresses["app"].rpartition(":")[2]
        options = ["--bind", f"127.0.0.1:{port}", "--processes", "1"] if what == "web" else []
        self._members[name] = subprocess.Popen(
            [sys.executable, "-m", "plugin.cli", what, *options],
            stdout=self._log(name).stdin,
            stderr=subprocess.STDOUT,
            env=self._systems.environment(),
            start_new_session=True,
        )

    def _log(self, name: str) -> subprocess.Popen[bytes]:
        """Written by another process, so that a member that may not write files can still say so."""
        if name not in self._logs:
            with self._systems.log_of(name).open("ab") as file:
                self._logs[name] = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=file, start_new_session=True)
        return self._logs[name]

    def _kill_member(self, name: str, counted_as: str) -> None:
        with self._guard:
            process = self._members[name]
            self._killed.add(process.pid)
            process.kill()
            process.wait()
            self.kills[counted_as] += 1
            self._start(name)

    def _next_horse(self) -> psutil.Process | None:
        """The one that has been at work longest: of several only one holds the stream."""
        until = time.monotonic() + WAIT_FOR_A_HORSE_SECONDS
        while True:
            horses = sorted(self._horses(), key=lambda horse: horse.create_time())
            if horses or time.monotonic() > until:
                return horses[0] if horses else None
            time.sleep(0.005)

    def _horses(self) -> Iterator[psutil.Process]:
        for name in self._workers:
            with contextlib.suppress(psutil.Error):
                yield from psutil.Process(self._members[name].pid).children()

    def _name_of_worker(self, horse: psutil.Process) -> str | None:
        with contextlib.suppress(psutil.Error):
            parent = horse.ppid()
            return next((name for name in self._workers if self._members[name].pid == parent), None)
        return None

    def _everyone(self) -> Iterator[psutil.Process]:
        """Every process that works in our data folder, whoever its parent is by now."""
        folder = str(self._systems.folder / "data")
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.pid != os.getpid() and process.environ().get("COUNTERFOIL_DATA") == folder:
                    yield process


def alive(pid: int) -> bool:
    """Whether a process is more than an entry that nobody has taken note of yet."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _words(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return list(process.cmdline())
    return []


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.RequestException:
        return False
