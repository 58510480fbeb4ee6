"""Keeps a few processes running: starts one again when it ends, and stops them all when told to."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from types import FrameType

import structlog

log = structlog.get_logger()

LOOK_SECONDS = 0.2
SHORT_LIFE_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 30.0
STOP_SECONDS = 10.0


@dataclass
class _Kept:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes]
    started_at: float
    deaths: int = 0
    again_at: float | None = None


class Supervisor:
    """Each process has a session of its own, so that a Ctrl-C reaches us alone and we stop them in order."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        self._stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def start(self, name: str, command: list[str]) -> None:
        self._kept.append(_Kept(name, command, _spawn(command), time.monotonic()))

    def keep(self) -> None:
        """Until SIGTERM or SIGINT; then stops the processes, the last started first."""
        try:
            while not self._stopping:
                for kept in self._kept:
                    self._look_after(kept)
                time.sleep(LOOK_SECONDS)
        finally:
            for kept in reversed(self._kept):
                _end(kept.process)

    def _look_after(self, kept: _Kept) -> None:
        if kept.process.poll() is None:
            return
        now = time.monotonic()
        if kept.again_at is None:
            kept.deaths = 0 if now - kept.started_at > SHORT_LIFE_SECONDS else kept.deaths + 1
            pause = min(LONGEST_PAUSE_SECONDS, 0.5 * 2**kept.deaths)
            kept.again_at = now + pause
            log.warning("process.ended", name=kept.name, status=kept.process.returncode, again_in=pause)
        elif now >= kept.again_at:
            kept.process, kept.started_at, kept.again_at = _spawn(kept.command), now, None

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, start_new_session=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks, asks again (a worker then gives up its job, which another takes over), and kills what does not listen."""
    for _ in range(2):
        if process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
