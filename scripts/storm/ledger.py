"""The app's database as the storm sees it: what is open, who works, and the little it may change there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from plugin.integrations.hooks import duties
from plugin.store.database import Database
from plugin.store.models import HookDuty, InboxMessage, LedgerEntry, Run, Stream
from scripts.storm.crew import alive

STREAM_SECONDS = 1
OPEN_STATES = ("pending", "sending", "uncertain")
PARKED_STATES = ("parked", "unreadable")
ACTIONS = "actions"
LONGEST_WAIT = timedelta(seconds=4)
"""What puts itself off for a minute, as after a processing conflict, goes on after this time: a storm has few minutes.
Longer than the pause between setting a batch ready and posting it."""
LONGEST_DUTY = timedelta(seconds=15)
"""A worker that was killed at a duty keeps it from others for a quarter of an hour. Nobody can tell it from one that
is slow, and two at once do no harm: so a storm does not wait."""


class Ledger:
    """Of all streams of the one site."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def streams(self) -> Sequence[Stream]:
        """Those that are started."""
        with self._database.reading_every_site() as session:
            return session.scalars(select(Stream).where(Stream.active).order_by(Stream.id)).all()

    def poll_every_second(self) -> None:
        """Pages know whole minutes only."""
        with self._database.writing_every_site() as session:
            every = update(Stream).values(interval_seconds=STREAM_SECONDS)
            session.execute(every.execution_options(synchronize_session=False))

    def idle_streams(self) -> list[int]:
        """Ids of those whose lease nobody holds."""
        now = datetime.now(UTC)
        return [each.id for each in self.streams() if not (each.lease_until and each.lease_until > now)]

    def end_leases_of_the_dead(self) -> None:
        """Half a minute early, so that a storm has time for many; a holder that lives keeps its lease."""
        for stream in self.streams():
            if stream.lease_owner and not alive(int(stream.lease_owner.split(":")[1])):
                self._end_lease(stream)

    def let_time_pass(self, wait: timedelta = LONGEST_WAIT, duty: timedelta = LONGEST_DUTY) -> None:
        """What waits for more than moments goes on: actions that put themselves off, and duties of dead workers."""
        now = datetime.now(UTC)
        late = select(LedgerEntry.id).where(LedgerEntry.state == "pending", LedgerEntry.next_try_at > now + wait)
        taken = HookDuty.lease_until < now + duties.LEASE - duty
        with self._database.reading_every_site() as session:
            waiting = session.scalars(late).all()
            held = session.scalars(select(HookDuty.id).where(taken, HookDuty.lease_until > now)).all()
        if not waiting and not held:
            return
        soon = update(LedgerEntry).where(LedgerEntry.id.in_(waiting), LedgerEntry.state == "pending")
        free = update(HookDuty).where(HookDuty.id.in_(held)).values(lease_until=now, due_at=now)
        with self._database.writing_every_site() as session:
            session.execute(soon.values(next_try_at=now + wait).execution_options(synchronize_session=False))
            session.execute(free.execution_options(synchronize_session=False))

    def come_round_to(self, moment: datetime, *names: str) -> None:
        """The time for these duties has come, unless somebody is at one or has been since that moment. Whoever ends
        one afterwards sets its time anew: to be said again until it is done."""
        now = datetime.now(UTC)
        idle = HookDuty.lease_until.is_(None) & (HookDuty.due_at > now + duties.GRACE)
        before = HookDuty.done_at.is_(None) | (HookDuty.done_at <= moment)
        late = select(HookDuty.id).where(HookDuty.name.in_(names), idle, before)
        with self._database.reading_every_site() as session:
            found = session.scalars(late).all()
        if found:
            with self._database.writing_every_site() as session:
                due = update(HookDuty).where(HookDuty.id.in_(found), idle).values(due_at=now)
                session.execute(due.execution_options(synchronize_session=False))

    def attended_since(self, moment: datetime, *names: str) -> bool:
        """Whether these duties have come to their end since then, and nothing waits in the inbox."""
        with self._database.reading_every_site() as session:
            done = session.scalars(select(HookDuty.done_at).where(HookDuty.name.in_(names))).all()
            waiting = session.scalar(select(func.count(InboxMessage.id)).where(InboxMessage.taken_at.is_(None)))
        return not waiting and len(done) == len(names) and all(each and each > moment for each in done)

    def states(self) -> Counter[tuple[str, str]]:
        """By stream and state."""
        counted = select(Stream.name, LedgerEntry.state, func.count()).join(Stream, Stream.id == LedgerEntry.stream_id)
        with self._database.reading_every_site() as session:
            rows = session.execute(counted.group_by(Stream.name, LedgerEntry.state)).all()
        return Counter({(row[0], row[1]): row[2] for row in rows})

    def something_open(self, names: Collection[str] = ()) -> bool:
        """In the ledgers of these streams, or of all."""
        return any(state in OPEN_STATES for name, state in self.states() if not names or name in names)

    def parked(self) -> list[str]:
        """Document keys with the code of their trouble. An action that was refused is no failure: its reason is judged
        by itself."""
        found = (
            select(LedgerEntry.document_key, LedgerEntry.trouble_code)
            .join(Stream, Stream.id == LedgerEntry.stream_id)
            .where(LedgerEntry.state.in_(PARKED_STATES), Stream.name != ACTIONS)
        )
        with self._database.reading_every_site() as session:
            return [f"{key} ({code})" for key, code in session.execute(found)]

    def last_run(self) -> int:
        with self._database.reading_every_site() as session:
            return session.scalar(select(func.max(Run.id))) or 0

    def all_quiet_since(self, run_id: int, names: Collection[str] = ()) -> bool:
        """Whether these streams, or all, have come to an end after that run and found nothing to do."""
        nothing = (Run.created == 0, Run.updated == 0, Run.failed == 0)
        with self._database.reading_every_site() as session:
            quiet = session.scalars(
                select(Run.stream_id).where(Run.id > run_id, Run.state == "done", *nothing).distinct()
            ).all()
        return {each.id for each in self.streams() if not names or each.name in names} <= set(quiet)

    def worked_since(self, run_id: int) -> bool:
        """Whether any run after that one had anything to do."""
        something = (Run.created > 0) | (Run.updated > 0) | (Run.failed > 0)
        with self._database.reading_every_site() as session:
            return session.scalars(select(Run.id).where(Run.id > run_id, something).limit(1)).first() is not None

    def dispose(self) -> None:
        self._database.dispose()

    def _end_lease(self, stream: Stream) -> None:
        """As if its time were over, unless it has changed hands."""
        ended = datetime.now(UTC) - timedelta(seconds=1)
        with self._database.writing_every_site() as session:
            session.execute(
                update(Stream)
                .where(Stream.id == stream.id, Stream.lease_owner == stream.lease_owner)
                .values(lease_until=ended)
                .execution_options(synchronize_session=False)
            )
