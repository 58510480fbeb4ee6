"""One posting run at a time: what another run of the same company meets while one goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.knobs import Knobs

POSTING = frozenset({"APPostInvoices", "APPostPaymentsAndAdjustments"})
_LOOK_EVERY = 0.01  # seconds


class PostingRuns:
    """The runs that go on at this moment.

    `lock` is the mock's own, held by whoever asks for a run and let go of while the run takes its time: reads see
    its batches as PostInProgress meanwhile. `stopping` ends every wait.
    """

    def __init__(self, lock: threading.RLock, stopping: threading.Event) -> None:
        self._lock = lock
        self._stopping = stopping
        self._posting: set[str] = set()

    @contextmanager
    def run(self, company: str, knobs: Knobs) -> Iterator[Callable[[], None]]:
        """A run of this company; calling what it gives takes the run's time.

        General, a processing conflict, while another one goes on, unless runs are serialised, and as often as the
        knob processing_conflicts says.
        """
        if knobs.processing_conflicts > 0:
            knobs.processing_conflicts -= 1
            raise Sage300Error("conflict")
        while company in self._posting:
            if knobs.posting_conflicts == "refuse":
                raise Sage300Error("conflict")
            self._wait(_LOOK_EVERY)
        self._posting.add(company)
        try:
            yield lambda: self._wait(knobs.posting_seconds)
        finally:
            self._posting.discard(company)

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._lock.release()
            try:
                self._stopping.wait(seconds)
            finally:
                self._lock.acquire()
