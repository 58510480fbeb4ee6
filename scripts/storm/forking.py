"""Pieces of work in forked processes: one that is waited for, and one that serves until it is no longer needed."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn


@dataclass(frozen=True)
class Child:
    """How a piece of work ended: what it returned, or that it was killed."""

    output: str
    killed: bool


def forked(work: Callable[[], str], log: Path) -> Child:
    """Runs `work` in a fork, with its standard error in `log`. RuntimeError when it raised."""
    reading, writing = os.pipe()
    pid = _fork()
    if pid == 0:
        os.close(reading)
        _live(lambda: os.write(writing, work().encode()), log)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        output = pipe.read()
    _, status = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not killed and status != 0:
        raise RuntimeError(f"A run broke; {log} tells how.")
    return Child(output, killed)


@contextmanager
def serving(serve: Callable[[], object], log: Path) -> Iterator[None]:
    """`serve` starts threads and returns; they live in a fork until this context is left."""
    reading, writing = os.pipe()
    pid = _fork()
    if pid == 0:
        os.close(reading)

        def keep() -> None:
            kept = serve()
            os.write(writing, b"ready")
            signal.pause()
            del kept

        _live(keep, log)
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            if pipe.read(5) != "ready":
                raise RuntimeError(f"The mocks could not be served; {log} tells why.")
        yield
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _fork() -> int:
    """Locks that another thread holds would stay locked in the fork for ever."""
    if (threads := threading.active_count()) != 1:
        raise RuntimeError(f"There must be one thread, not {threads}: {threading.enumerate()}")
    sys.stdout.flush()
    sys.stderr.flush()
    return os.fork()


def _live(act: Callable[[], object], log: Path) -> NoReturn:
    status = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        with log.open("ab") as file:
            os.dup2(file.fileno(), 2)
        act()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)
