"""Looking for status changes that nobody told us of: issues that are in a status which wishes for something, and were
changed since the last look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice, product
from math import ceil

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from plugin.integrations.connections import open_jira_client
from plugin.integrations.hooks import duties, listening
from plugin.integrations.hooks.duties import Held
from plugin.integrations.hooks.reactions import Listener, status_changed
from plugin.integrations.hooks.wishing import SWEEP
from plugin.integrations.parts import Parts
from plugin.jira import jql
from plugin.jira.issues import MOST_FETCHED, Issue, Issues
from plugin.store.models import WebhookRegistration
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble, Trouble

log = structlog.get_logger()

EVERY = timedelta(minutes=5)
OVERLAP = timedelta(minutes=10)
"""Jira's search lags behind by seconds to minutes (contract jira-rest, section 2): each look goes back this much behind
the one before. What is found twice is the same wish."""
UNTIL = "until"


def sweep(parts: Parts, site_id: int, held: Held, now: datetime) -> duties.Done:
    """Raises a Trouble of Jira's."""
    with parts.database.reading(site_id) as session:
        watches = listening.watches(session)
        configured = listening.projects(session).get(site_id, [])
        listened_to = session.scalars(select(WebhookRegistration.project_key)).all()  # former ones with documents too
        projects = sorted({*configured, *listened_to})
    if not watches or not configured:
        return duties.Done(None)
    seen = held.position.get(listening.SEEN, {})
    with open_jira_client(parts, site_id) as client:
        listener = Listener(client, watches, seen, now, SWEEP)
        since = min(watch.since(seen, now) for watch in watches)
        if until := held.position.get(UNTIL):
            since = max(since, datetime.fromisoformat(until))
        found = _found(Issues(client), projects, sorted(listener.wishing), now - since + OVERLAP)
        for issue_ids in _parts(issue.id for issue in found):
            _look(parts, site_id, listener, issue_ids)
    return duties.Done(now + EVERY, {UNTIL: now.isoformat()})


def _found(issues: Issues, projects: list[str], statuses: list[str], back: timedelta) -> Iterator[Issue]:
    """Each project and status by itself: a search that names one which is gone, or hidden from us, finds nothing,
    mostly without a word (contract jira-rest, section 2). Raises ConfigurationTrouble when every search is refused."""
    refused: list[ConfigurationTrouble] = []
    searches = [_query(project, status, back) for project, status in product(projects, statuses)]
    for query in searches:
        try:
            yield from issues.search(query)
        except ConfigurationTrouble as trouble:
            log.warning("hooks.search-refused", query=query, code=trouble.code)
            refused.append(trouble)
    if len(refused) == len(searches):
        raise refused[0]


def _query(project: str, status: str, back: timedelta) -> str:
    """Back from Jira's own present: an instant in JQL would be read in the time zone of the app's user."""
    minutes = ceil(back.total_seconds() / 60)
    return f'project = {jql.quoted(project)} AND status = {status} AND updated >= "-{minutes}m"'


def _look(parts: Parts, site_id: int, listener: Listener, issue_ids: list[str]) -> None:
    """A document that cannot be dealt with holds up no other one."""
    with parts.database.reading(site_id) as session:
        documents = listening.ours(session, issue_ids)
    for issue_id, entries in documents.items():
        try:
            write = status_changed(listener, issue_id, entries)
            with parts.database.writing(site_id) as session:
                write(session)
        except RecordTrouble as trouble:  # deleted or hidden since it was found
            log.info("hooks.issue-gone", issue=issue_id, code=trouble.code)
        except (Trouble, SQLAlchemyError):
            raise
        except Exception:
            log.exception("hooks.sweep-broke", issue=issue_id)


def _parts(ids: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(ids)
    while part := list(islice(remaining, MOST_FETCHED)):
        yield part
