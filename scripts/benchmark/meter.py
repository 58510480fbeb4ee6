"""What a piece of work has cost the process that did it."""

from __future__ import annotations

import resource
import time


class Meter:
    """Runs from its making. `read` tells wall seconds and CPU seconds since then, and the process's peak memory."""

    def __init__(self) -> None:
        self._seconds = time.perf_counter()
        self._cpu_seconds = _cpu_seconds()

    def read(self) -> dict[str, float]:
        return {
            "seconds": time.perf_counter() - self._seconds,
            "cpu_seconds": _cpu_seconds() - self._cpu_seconds,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
