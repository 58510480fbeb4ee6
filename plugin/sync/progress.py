"""What a run has done so far, kept in its row so that pages can show it live."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from plugin.store.models import JsonObject, Run


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
    """One run's row. A run goes on through the slices of a pass, and through the death of a worker."""

    def __init__(self, run: Run, calls: Calls) -> None:
        self._run_id = run.id
        self._stream_id = run.stream_id
        self._counts: Counter[str] = Counter({name: getattr(run, name) for name in COUNTED})
        self._calls_before: Counter[str] = Counter(run.calls)
        self._expected = run.expected
        self._calls = calls
        self._moved = False

    @classmethod
    def go_on(cls, session: Session, site_id: int, stream_id: int, trigger: str, calls: Calls) -> Progress:
        """Continues the stream's unfinished run, or begins one."""
        now = datetime.now(UTC)
        run = session.scalars(
            select(Run).where(Run.stream_id == stream_id, Run.finished_at.is_(None)).order_by(Run.id.desc()).limit(1)
        ).first()
        if run is None:
            run = Run(
                site_id=site_id, stream_id=stream_id, trigger=trigger, state="running", started_at=now, moved_at=now
            )
            session.add(run)
        run.state = "running"
        session.flush()
        return cls(run, calls)

    def add(self, *, expected: int | None = None, **counts: int) -> None:
        """Note progress, to be written with the next `write`; `counts` are names of COUNTED."""
        self._moved = self._moved or any(counts.values())
        self._counts.update(counts)
        if expected is not None:
            self._expected = expected

    def write(self, session: Session) -> None:
        """What has been noted since it was last written, if anything."""
        if self._moved:
            self._write(session)
            self._moved = False

    def finish(self, session: Session, state: str, trouble: JsonObject | None) -> None:
        """`waiting` (goes on in another slice), `done` or `stopped`."""
        finished = {} if state == "waiting" else {"finished_at": datetime.now(UTC)}
        self._write(session, state=state, trouble=trouble, **finished)

    def _write(self, session: Session, **values: object) -> None:
        self._calls_before.update(self._calls.drain())
        session.execute(
            update(Run)
            .where(Run.id == self._run_id)
            .values(
                **{name: self._counts[name] for name in COUNTED},
                expected=self._expected,
                calls=dict(self._calls_before),
                moved_at=datetime.now(UTC),
                **values,
            )
            .execution_options(synchronize_session=False)
        )


COUNTED = ("read", "created", "updated", "unchanged", "failed")
