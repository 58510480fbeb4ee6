"""The schedule's part of webhooks: which duties sites have, and which are due."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from plugin.integrations.hooks import duties, inbox, keeper, listening
from plugin.integrations.hooks.listening import Watch
from plugin.jobs.queue import Queue
from plugin.store.database import Database
from plugin.store.models import HookDuty, JsonObject


class _Duty(NamedTuple):
    due_at: datetime | None
    position: JsonObject


def enqueue_due_duties(database: Database, queue: Queue, now: datetime) -> None:
    """One look; any number of schedulers may do this."""
    with database.reading_every_site() as session:
        due = duties.due(session, now)
    for site_id, name, due_at in due:
        with database.writing(site_id) as session:
            claimed = duties.claim(session, name, due_at, now)
        if claimed:
            queue.attend(site_id, name)


def follow_configuration(database: Database, now: datetime) -> None:
    """Gives sites the duties that their settings ask for now. Also mends what was lost: an inbox that nobody is at.

    Reads the settings instead of being told of changes: many pages make some, and none may be forgotten.
    """
    with database.reading_every_site() as session:
        wanted = listening.projects(session)
        watches: dict[int, list[Watch]] = defaultdict(list)
        for watch in listening.watches(session):
            watches[watch.stream.site_id].append(watch)
        rows = session.execute(select(HookDuty.site_id, HookDuty.name, HookDuty.due_at, HookDuty.position))
        present: dict[int, dict[str, _Duty]] = defaultdict(dict)
        for site_id, name, due_at, position in rows:
            present[site_id][name] = _Duty(due_at, position)
        left_waiting = set(duties.sites_left_waiting(session, now))
    for site_id in wanted.keys() | present.keys():
        asked = _asked(wanted.get(site_id, []), watches[site_id], present[site_id], now)
        if site_id in left_waiting:
            asked[duties.DRAIN] = {}
        if asked:
            with database.writing(site_id) as session:
                for name, position in asked.items():
                    duties.make_due(session, name, now, position)


def forget_old_messages(database: Database, now: datetime) -> None:
    with database.writing_every_site() as session:
        inbox.forget_old(session, now)


def _asked(
    projects: list[str], watches: list[Watch], present: dict[str, _Duty], now: datetime
) -> dict[str, JsonObject]:
    """Duties that are to be done now, and what they are to know."""
    asked: dict[str, JsonObject] = {}
    keep = present.get(duties.KEEP, _Duty(None, {}))
    if projects != keep.position.get(keeper.PROJECTS, []) and not (keep.due_at and keep.due_at <= now):
        asked[duties.KEEP] = {}
    if not projects:
        return asked  # the app may only be switched off for a while: what happens meanwhile is found afterwards
    if duties.MISSED not in present:
        asked[duties.MISSED] = {}
    sweep = present.get(duties.SWEEP, _Duty(None, {}))
    seen = sweep.position.get(listening.SEEN, {})
    wished = listening.first_seen(watches, seen, now)
    if wished != seen or (wished and sweep.due_at is None):
        asked[duties.SWEEP] = {listening.SEEN: wished}
    return asked
