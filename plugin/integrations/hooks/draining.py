"""Working off the inbox: many messages in one job, in any order, each issue asked about once.

Trouble with Jira as a whole leaves all of it waiting. A message that cannot be worked off by itself is tried a few
times and then set aside with its reason, so that it holds up nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError

from plugin.integrations.connections import open_jira_client
from plugin.integrations.hooks import duties, inbox, listening
from plugin.integrations.hooks.duties import Held
from plugin.integrations.hooks.messages import Subject, subject_of
from plugin.integrations.hooks.reactions import Entries, Listener, react
from plugin.integrations.hooks.wishing import TRANSITION
from plugin.integrations.parts import Parts
from plugin.store.models import InboxMessage, JsonObject
from plugin.sync import ladder
from plugin.sync.stopping import defect
from sage_adapters.errors import RecordTrouble, Trouble

log = structlog.get_logger()

MOST_TRIES = 5
AFTER_A_DEFECT = timedelta(minutes=1)
Messages = Sequence[InboxMessage]


def drain(parts: Parts, site_id: int, held: Held, now: datetime) -> duties.Done:
    """Works off what waits, for as long as a slice lasts. Raises a Trouble of Jira's."""
    database, begun = parts.database, monotonic()
    with database.reading(site_id) as session:
        watches = listening.watches(session)
        seen = duties.position(session, duties.SWEEP).get(listening.SEEN, {})
    with open_jira_client(parts, site_id) as client:
        listener = Listener(client, watches, seen, now, TRANSITION)
        while monotonic() - begun < parts.settings.slice_seconds:
            with database.reading(site_id) as session:
                messages = inbox.waiting(session)
                documents = listening.ours(session, sorted({each.issue_id for each in messages if each.issue_id}))
            if not messages:
                break
            _pass_over(parts, site_id, messages, documents, now)
            by_issue = _by_issue(messages, documents).items()
            done = [_work_off(parts, site_id, listener, each, documents[each], told) for each, told in by_issue]
            if not all(done):
                return duties.Done(now + AFTER_A_DEFECT)
    with database.reading(site_id) as session:
        return duties.Done(None if inbox.is_empty(session) else now)


def _by_issue(messages: Messages, documents: Mapping[str, Entries]) -> Mapping[str, list[InboxMessage]]:
    """Those from which something follows."""
    found: dict[str, list[InboxMessage]] = defaultdict(list)
    for message in messages:
        issue_id = message.issue_id
        if issue_id in documents and issue_id and subject_of(message.event, message.body):
            found[issue_id].append(message)
    return found


def _pass_over(parts: Parts, site_id: int, messages: Messages, documents: Collection[str], now: datetime) -> None:
    """What concerns no issue of ours, or tells nothing that matters. A change of status that does not even say of
    which issue is looked for."""
    subjects = {message.id: subject_of(message.event, message.body) for message in messages}
    strange = [each for each in messages if subjects[each.id] is None or each.issue_id not in documents]
    nameless = any(each.issue_id is None and subjects[each.id] is Subject.STATUS for each in strange)
    with parts.database.writing(site_id) as session:
        inbox.note_heard(session, messages)
        inbox.taken(session, [message.id for message in strange], now)
        if nameless:
            duties.hasten(session, duties.SWEEP, now)


def _work_off(
    parts: Parts, site_id: int, listener: Listener, issue_id: str, entries: Entries, messages: Messages
) -> bool:
    """False when it was a defect of ours that left them waiting."""
    ids = [message.id for message in messages]
    subjects = dict.fromkeys(filter(None, (subject_of(each.event, each.body) for each in messages)))
    try:
        writings = [react(listener, subject, issue_id, entries) for subject in subjects]
        with parts.database.writing(site_id) as session:
            for write in writings:
                write(session)
            inbox.taken(session, ids, listener.now)
    except RecordTrouble as trouble:  # the issue is gone, or hidden from us
        with parts.database.writing(site_id) as session:
            inbox.taken(session, ids, listener.now, ladder.describe(trouble))
    except Trouble as trouble:
        with parts.database.writing(site_id) as session:
            inbox.tried(session, ids, ladder.describe(trouble))
        raise
    except SQLAlchemyError:
        raise  # the database is away, or busy: no message's fault
    except Exception:
        reference = token_hex(4)
        log.exception("hooks.message-broke", reference=reference, issue=issue_id)
        _give_up_or_wait(parts, site_id, messages, ladder.describe(defect(reference)), listener.now)
        return False
    return True


def _give_up_or_wait(parts: Parts, site_id: int, messages: Messages, trouble: JsonObject, now: datetime) -> None:
    exhausted = [message.id for message in messages if message.attempts + 1 >= MOST_TRIES]
    others = [message.id for message in messages if message.id not in exhausted]
    with parts.database.writing(site_id) as session:
        inbox.taken(session, exhausted, now, trouble)
        inbox.tried(session, others, trouble)
