"""Raises notices, says them again when they press more, and clears them when they are over.

Any number of watches may look at the same time. The database has one open notice for each subject and code, and a
change counts only for the watch whose statement found the row as it was before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.notices import outbox
from plugin.notices.conditions import Condition, present
from plugin.notices.hearing import unheard
from plugin.settings import Settings
from plugin.store.database import Database
from plugin.store.models import Notice, Site

log = structlog.get_logger()


class _Change(NamedTuple):
    """What is wrong now beside the notice that is open about it; one of the two may be missing."""

    condition: Condition | None
    notice: Notice | None


def look(database: Database, settings: Settings, now: datetime) -> None:
    """One look at every site that has not left."""
    with database.reading_every_site() as session:
        conditions = {each.key: each for each in (*present(session, now), *unheard(session, now))}
        opened = select(Notice).join(Site, Site.id == Notice.site_id)
        notices = {
            (each.site_id, each.subject, each.code): each
            for each in session.scalars(opened.where(Notice.cleared_at.is_(None), Site.left_at.is_(None)))
        }
    for site_id, changes in _changes(conditions, notices).items():
        with database.writing(site_id) as session:
            address = session.scalars(select(Site.display_url).where(Site.id == site_id)).one()
            head = outbox.Letterhead(address, settings.app_key, now)
            events = [event for change in changes if (event := _carry_out(session, head, change))]
        for word, notice in events:
            say = log.info if word == "cleared" else log.warning
            say(
                f"notice.{word}",
                site=site_id,
                subject=notice.subject,
                code=notice.code,
                sentence=notice.sentence,
                remedy=notice.remedy,
            )


_Key = tuple[int, str, str]


def _changes(conditions: Mapping[_Key, Condition], notices: Mapping[_Key, Notice]) -> Mapping[int, list[_Change]]:
    """By site."""
    changes: dict[int, list[_Change]] = defaultdict(list)
    for key in sorted(conditions.keys() | notices.keys()):
        change = _Change(conditions.get(key), notices.get(key))
        if _matters(*change):
            changes[key[0]].append(change)
    return changes


def _matters(condition: Condition | None, notice: Notice | None) -> bool:
    if condition is None:
        return True
    if notice is None or not condition.raises:
        return notice is None and condition.raises
    said = (notice.stage, notice.sentence, notice.remedy)
    return said != (condition.stage, condition.sentence, condition.remedy)


def _carry_out(session: Session, head: outbox.Letterhead, change: _Change) -> tuple[str, Notice] | None:
    """The event for the log; None when nobody is told: another watch was first, or only the wording has changed."""
    condition, notice = change
    if notice is None:
        assert condition is not None
        return _raise(session, head, condition)
    if condition is None or condition.stage < notice.stage:
        return _clear(session, head, notice)
    return _say_again(session, head, notice, condition)


def _raise(session: Session, head: outbox.Letterhead, condition: Condition) -> tuple[str, Notice] | None:
    notice = Notice(
        subject=condition.subject,
        code=condition.code,
        sentence=condition.sentence,
        remedy=condition.remedy,
        stage=condition.stage,
        raised_at=head.at,
    )
    try:
        with session.begin_nested():
            session.add(notice)
    except IntegrityError:
        return None  # another watch was first
    outbox.tell(session, head, notice)
    return "raised", notice


def _clear(session: Session, head: outbox.Letterhead, notice: Notice) -> tuple[str, Notice] | None:
    if not _changed(session, notice, cleared_at=head.at):
        return None
    outbox.tell_all_clear(session, head, notice)
    return "cleared", notice


def _say_again(
    session: Session, head: outbox.Letterhead, notice: Notice, condition: Condition
) -> tuple[str, Notice] | None:
    pressing = condition.stage > notice.stage
    words = {"sentence": condition.sentence, "remedy": condition.remedy, "stage": condition.stage}
    if not _changed(session, notice, **words) or not pressing:
        return None
    notice.sentence, notice.remedy, notice.stage = condition.sentence, condition.remedy, condition.stage
    outbox.tell(session, head, notice)
    return "raised", notice


def _changed(session: Session, notice: Notice, **values: object) -> bool:
    """False when another watch has cleared it, or said it again, since it was read."""
    return bool(
        session.scalars(
            update(Notice)
            .where(Notice.id == notice.id, Notice.cleared_at.is_(None), Notice.stage == notice.stage)
            .values(**values)
            .returning(Notice.id)
            .execution_options(synchronize_session=False)
        ).all()
    )
