"""What a run has done so far, kept in its row so that pages can show it live."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from plugin.store.database import site_of
from plugin.store.models import JsonObject, Run
from plugin.store.rows import Row, table_of


class Calls:
    """Counts requests per system; a `RequestLog` of sage_adapters.http, called from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def __call__(self, system: str, _method: str, _path: str, _status: int | None, _seconds: float) -> None:
        with self._lock:
            self._counts[system] += 1

    def drain(self) -> Counter[str]:
        """The counts since the last drain."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return counts


class Progress:
    """One run's row. A run goes on through the slices of a pass, and through the death of a worker.

    A poll that finds nothing writes it once, at its end.
    """

    def __init__(self, row: Row, calls: Calls, run_id: int | None = None) -> None:
        self._run_id = run_id
        self._row = row
        self._counts: Counter[str] = Counter({name: row.get(name, 0) for name in COUNTED})
        self._calls_before: Counter[str] = Counter(row.get("calls"))
        self._calls = calls
        self._moved = False

    @classmethod
    def go_on(cls, session: Session, stream_id: int, trigger: str, calls: Calls) -> Progress:
        """Continues the stream's unfinished run, or begins one. What a person has asked for shows at once."""
        unfinished = session.execute(
            select(Run.id, Run.expected, Run.calls, *(getattr(Run, name) for name in COUNTED))
            .where(Run.stream_id == stream_id, Run.finished_at.is_(None))
            .order_by(Run.started_at.desc())
            .limit(1)
        ).first()
        if unfinished is not None:
            row = dict(unfinished._mapping)
            progress = cls({"stream_id": stream_id, **row}, calls, row.pop("id"))
        else:
            row = {"stream_id": stream_id, "trigger": trigger, "started_at": datetime.now(UTC), "expected": None}
            progress = cls(row, calls)
        if unfinished is not None or trigger == PERSON:
            progress._write(session, "running")
        return progress

    @property
    def changed(self) -> bool:
        """Whether any document has got somewhere else."""
        return any(self._counts[name] for name in ("created", "updated", "failed"))

    def add(self, *, expected: int | None = None, **counts: int) -> None:
        """Note progress, to be written with the next `write`; `counts` are names of COUNTED."""
        self._moved = self._moved or any(counts.values())
        self._counts.update(counts)
        if expected is not None:
            self._row["expected"] = expected

    def write(self, session: Session) -> None:
        """What has been noted since it was last written, if anything."""
        if self._moved:
            self._write(session, "running")
            self._moved = False

    def finish(self, session: Session, state: str, trouble: JsonObject | None) -> None:
        """`waiting` (goes on in another slice), `done` or `stopped`."""
        finished_at = None if state == "waiting" else datetime.now(UTC)
        self._write(session, state, trouble=trouble, finished_at=finished_at)

    def _write(self, session: Session, state: str, **values: object) -> None:
        self._calls_before.update(self._calls.drain())
        row = {
            **self._row,
            **{name: self._counts[name] for name in COUNTED},
            "state": state,
            "calls": dict(self._calls_before),
            "moved_at": datetime.now(UTC),
            **values,
        }
        connection = session.connection()
        if self._run_id is not None:
            mine = (_RUNS.c.id == self._run_id) & (_RUNS.c.stream_id == row["stream_id"])
            if connection.execute(update(_RUNS).where(mine).values(**row)).rowcount:
                return
        # Not written yet, or in a transaction that was taken back.
        inserted = connection.execute(insert(_RUNS).values(site_id=site_of(session), **row).returning(_RUNS.c.id))
        self._run_id = inserted.scalar_one()


PERSON = "person"
_RUNS = table_of(Run)
COUNTED = ("read", "created", "updated", "unchanged", "failed")
