"""The search index: what search sees, which lags behind what is (contract jira-rest, section 2, Search).

Values are looked up through postings (value -> issue numbers), each built when first asked for and then kept
up to date, so that a property or a word is found among 100,000 issues without reading them all.
"""

import random
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mock_servers.harness.clock import Clock
from mock_servers.jira.issues import Issue, Snapshot

Extract = Callable[[Snapshot], Iterable[Any]]


@dataclass(slots=True)
class Postings:
    """Which issues hold which value. A value held by one issue only, the usual case, costs no set."""

    extract: Extract
    numbers: dict[Any, int | set[int]] = field(default_factory=dict)

    def add(self, snapshot: Snapshot) -> None:
        for value in self.extract(snapshot):
            held = self.numbers.get(value)
            if held is None:
                self.numbers[value] = snapshot.number
            elif isinstance(held, set):
                held.add(snapshot.number)
            elif held != snapshot.number:
                self.numbers[value] = {held, snapshot.number}

    def remove(self, snapshot: Snapshot) -> None:
        for value in self.extract(snapshot):
            held = self.numbers.get(value)
            if isinstance(held, set):
                held.discard(snapshot.number)
            elif held == snapshot.number:
                del self.numbers[value]

    def find(self, value: Any) -> set[int]:
        held = self.numbers.get(value)
        if held is None:
            return set()
        return held if isinstance(held, set) else {held}


class SearchIndex:
    """Snapshots of issues as search knows them.

    `lag` seconds (of the mock's clock) pass before a change is seen. With `flicker` above zero an issue that was
    found may be left out of a search with that probability: the index is not monotonic.
    """

    def __init__(self, clock: Clock, seed: int) -> None:
        self.lag = 0.0
        self.flicker = 0.0
        self.snapshots: dict[int, Snapshot] = {}
        self._clock = clock
        self._dice = random.Random(seed)  # noqa: S311 - chance for rehearsal, not for secrets
        self._pending: deque[tuple[datetime, int, Snapshot | None]] = deque()
        self._postings: dict[tuple[str, ...], Postings] = {}

    def note(self, issue: Issue) -> None:
        """The issue was created or changed."""
        self._enqueue(int(issue.id), issue.snapshot())

    def forget(self, issue: Issue) -> None:
        """The issue was deleted."""
        self._enqueue(int(issue.id), None)

    def set_lag(self, seconds: float) -> None:
        """Another lag from now on; with none, all that was held back is seen at once."""
        self.lag = seconds
        if seconds <= 0:
            while self._pending:
                _, number, snapshot = self._pending.popleft()
                self._apply(number, snapshot)

    def catch_up(self) -> None:
        """Applies what the lag no longer holds back. Called before each search."""
        now = self._clock.now()
        while self._pending and self._pending[0][0] <= now:
            _, number, snapshot = self._pending.popleft()
            self._apply(number, snapshot)

    def postings(self, name: tuple[str, ...], extract: Extract) -> Postings:
        """The postings of this name, made with `extract` if they are new."""
        found = self._postings.get(name)
        if found is None:
            found = self._postings[name] = Postings(extract)
            for snapshot in self.snapshots.values():
                found.add(snapshot)
        return found

    def drop_postings(self) -> None:
        """Forgets all postings, because what they were made from is described differently now."""
        self._postings.clear()

    def vanishes(self) -> bool:
        """Whether an issue that was found is left out this time."""
        return self.flicker > 0 and self._dice.random() < self.flicker

    def _enqueue(self, number: int, snapshot: Snapshot | None) -> None:
        if self.lag <= 0 and not self._pending:
            self._apply(number, snapshot)
        else:
            self._pending.append((self._clock.now() + timedelta(seconds=self.lag), number, snapshot))

    def _apply(self, number: int, snapshot: Snapshot | None) -> None:
        before = self.snapshots.get(number)
        for postings in self._postings.values():
            if before is not None:
                postings.remove(before)
            if snapshot is not None:
                postings.add(snapshot)
        if snapshot is None:
            self.snapshots.pop(number, None)
        else:
            self.snapshots[number] = snapshot
