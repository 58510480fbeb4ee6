"""What follows from a change of an issue of ours.

A reaction asks Jira how things stand and returns what is to be written down about it; that happens in the transaction
in which the messages count as worked off. So a worker that dies in between only asks again, and a message that came
twice, too late or with wrong words does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plugin.integrations.hooks.listening import Watch
from plugin.integrations.hooks.messages import Subject
from plugin.integrations.hooks.wishing import Uttered
from plugin.jira import people, worklogs
from plugin.jira.changelog import StatusChange, status_changes
from plugin.jira.client import JiraClient
from plugin.jira.comments import Comments
from plugin.jira.issues import Issues
from plugin.store.models import Counterfoil, IssueTotals, JsonObject, LedgerEntry, Stream
from plugin.sync.counterfoils import Stub
from plugin.sync.turn import between_passes

Entries = Sequence[int]
"""Ids of the ledger's entries that stand in Jira as one issue."""
Writing = Callable[[Session], None]
ISSUE_DELETED = "issue-deleted"


@dataclass(frozen=True)
class Listener:
    """Who reacts: with the site's Jira at hand, and knowing which statuses wish for something.

    `seen` is when each was first seen to be configured; `via` tells how we heard of a change.
    """

    client: JiraClient
    watches: Sequence[Watch]
    seen: JsonObject
    now: datetime
    via: str
    wishing: Mapping[str, Sequence[Watch]] = field(init=False)
    """By status."""

    def __post_init__(self) -> None:
        statuses = dict.fromkeys(watch.status_id for watch in self.watches)
        by_status = {each: [watch for watch in self.watches if watch.status_id == each] for each in statuses}
        object.__setattr__(self, "wishing", by_status)

    @cached_property
    def ourselves(self) -> str:
        """Our own account id."""
        return people.own_account(self.client)


def react(listener: Listener, subject: Subject, issue_id: str, entries: Entries) -> Writing:
    """Raises RecordTrouble when Jira shows no such issue, and any other Trouble of Jira's."""
    return _REACTIONS[subject](listener, issue_id, entries)


def status_changed(listener: Listener, issue_id: str, entries: Entries) -> Writing:
    """Statuses that mean nothing cost no request. What we have moved ourselves, after a document's state or what came
    of an action, nobody has wished."""
    if not listener.wishing:
        return _nothing
    changes = [each for each in status_changes(listener.client, issue_id) if each.to_id in listener.wishing]
    wished = [each for each in changes if each.actor_id != listener.ourselves]
    return partial(_utter, listener, wished, entries) if wished else _nothing


def _utter(listener: Listener, changes: Sequence[StatusChange], entries: Entries, session: Session) -> None:
    """The oldest first: a wish that came before another one was uttered before it."""
    documents = session.execute(
        select(LedgerEntry, Stream).join(Stream, Stream.id == LedgerEntry.stream_id).where(LedgerEntry.id.in_(entries))
    ).all()
    for change in changes:
        for watch in listener.wishing[change.to_id]:
            if change.at < watch.since(listener.seen, listener.now):
                continue
            for entry, stream in documents:
                beside = stream.integration_id == watch.stream.integration_id
                if beside and stream.name == watch.wishes.documents:
                    watch.wishes.take(session, watch.stream, entry, Uttered(watch.action, change, listener.via))


def deleted(listener: Listener, issue_id: str, entries: Entries) -> Writing:
    """The documents stay as they are: whoever delivers the next change finds that their issue is gone, and asks a
    person. Until then their history tells of it."""
    if not Issues(listener.client).fetch([issue_id]).missing:
        return _nothing
    return partial(_note_deletion, issue_id, entries)


def _note_deletion(issue_id: str, entries: Entries, session: Session) -> None:
    for entry in session.scalars(select(LedgerEntry).where(LedgerEntry.id.in_(entries))):
        mine = (Counterfoil.stream_id == entry.stream_id, Counterfoil.document_key == entry.document_key)
        stub = Stub.of(ISSUE_DELETED, entry, source="jira", target=f"jira {entry.target_key}")
        with between_passes(session, entry.stream_id) as turn:  # its lock comes first: two hooks may tell of the same
            known = select(Counterfoil.id).where(
                *mine, Counterfoil.action == ISSUE_DELETED, Counterfoil.target == stub.target
            )
            if session.scalars(known.limit(1)).first() is None:
                turn.chain.add(stub)
    session.execute(
        delete(IssueTotals).where(IssueTotals.issue_id == issue_id).execution_options(synchronize_session=False)
    )


def talked(listener: Listener, issue_id: str, entries: Entries) -> Writing:
    """Counts anew, so that events which came twice, or never, do not matter."""
    comments = sum(comment.mark is None for comment in Comments(listener.client).of_issue(issue_id))
    worked, _ = worklogs.total(listener.client, issue_id)
    return partial(_keep_totals, issue_id, comments, worked, listener.now)


def _keep_totals(issue_id: str, comments: int, worked: timedelta, now: datetime, session: Session) -> None:
    totals = session.scalars(
        select(IssueTotals).where(IssueTotals.issue_id == issue_id).with_for_update()
    ).one_or_none()
    if totals is None:
        totals = IssueTotals(issue_id=issue_id)
        session.add(totals)
    totals.comments, totals.worklog_seconds, totals.counted_at = comments, int(worked.total_seconds()), now
    session.flush()


def _nothing(session: Session) -> None:
    """Nothing follows."""


_REACTIONS: Mapping[Subject, Callable[[Listener, str, Entries], Writing]] = {
    Subject.STATUS: status_changed,
    Subject.DELETED: deleted,
    Subject.TALK: talked,
}
