"""Doing a duty: one worker at a time, again when it is due, and later after trouble."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from secrets import token_hex

import structlog

from plugin.integrations.hooks import duties, inbox
from plugin.integrations.hooks.draining import drain
from plugin.integrations.hooks.duties import Done, Held
from plugin.integrations.hooks.keeper import keep
from plugin.integrations.hooks.missed import fetch_missed
from plugin.integrations.hooks.sweeping import sweep
from plugin.integrations.parts import Parts
from plugin.sync import ladder
from plugin.sync.circuit_rows import kept_of_site
from plugin.sync.circuits import JIRA, Needs, barred_until
from plugin.sync.stopping import defect
from sage_adapters.errors import Throttled, TransientTrouble, Trouble, UncertainOutcome

log = structlog.get_logger()

AFTER_CONFIGURATION = timedelta(minutes=15)
"""Something must be changed by a person: until then it is tried now and then, so that it goes on by itself."""
ONLY_JIRA = Needs(source=JIRA, target=JIRA)
_WORK: Mapping[str, Callable[[Parts, int, Held, datetime], Done]] = {
    duties.DRAIN: drain,
    duties.KEEP: keep,
    duties.MISSED: fetch_missed,
    duties.SWEEP: sweep,
}


def attend(parts: Parts, site_id: int, name: str, now: datetime) -> bool:
    """Does it, unless another worker is at it or Jira is left alone. Whether the next slice is to be queued at once."""
    with parts.database.writing(site_id) as session:
        held = duties.take(session, name, now)
        if held is None:
            return False
        if until := barred_until(kept_of_site(session, now), ONLY_JIRA, now):
            duties.conclude(session, held, until, tries=held.tries)
            return False
    try:
        done = _WORK[name](parts, site_id, held, now)
    except Trouble as trouble:
        log.warning("hooks.stopped", duty=name, **ladder.describe(trouble))
        _put_off(parts, site_id, held, trouble, now)
        return False
    except Exception:
        reference = token_hex(4)
        log.exception("hooks.broke", duty=name, reference=reference)
        _put_off(parts, site_id, held, defect(reference), now)
        raise
    with parts.database.writing(site_id) as session:
        due_at = done.due_at
        if name == duties.DRAIN and due_at is None and not inbox.is_empty(session):
            due_at = now  # it came while the worker was about to leave
        duties.conclude(session, held, due_at, done_at=now, position=done.position)
    return due_at == now


def _put_off(parts: Parts, site_id: int, held: Held, trouble: Trouble, now: datetime) -> None:
    wait = AFTER_CONFIGURATION
    if isinstance(trouble, Throttled):
        wait = ladder.told(trouble)
    elif isinstance(trouble, TransientTrouble | UncertainOutcome):
        wait = ladder.backoff(held.tries)
    with parts.database.writing(site_id) as session:
        duties.conclude(session, held, now + wait, tries=held.tries + 1, trouble=ladder.describe(trouble))
