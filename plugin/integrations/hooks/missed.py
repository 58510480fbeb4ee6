"""Deliveries that Jira gave up, fetched into the inbox (contract jira-rest, section 1).

Jira tries for little more than an hour, and tells of what failed for three days. Asked every hour, so that nobody has
to notice that we were away: whoever is away does not notice.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from plugin.integrations.connections import open_jira_client
from plugin.integrations.hooks import duties, inbox
from plugin.integrations.hooks.duties import Held
from plugin.integrations.hooks.messages import told_by
from plugin.integrations.parts import Parts
from plugin.jira.webhooks import Failed, Webhooks

EVERY = timedelta(hours=1)
OVERLAP = timedelta(minutes=5)
"""Looked back behind the last one: what is known already is recognised by its identifier."""
AFTER = "after"


def fetch_missed(parts: Parts, site_id: int, held: Held, now: datetime) -> duties.Done:
    """Raises a Trouble of Jira's; what was fetched until then stays."""
    last = datetime.fromisoformat(held.position[AFTER]) if AFTER in held.position else None
    with open_jira_client(parts, site_id) as client:
        for failed in Webhooks(client).failed(last and last - OVERLAP):
            delivery = _delivery(failed)
            with parts.database.writing(site_id) as session:
                if delivery is not None and inbox.receive(session, delivery, now):
                    duties.make_due(session, duties.DRAIN, now)
            last = max(last or failed.at, failed.at)
    return duties.Done(now + EVERY, {AFTER: last.isoformat()} if last else None)


def _delivery(failed: Failed) -> inbox.Delivery | None:
    """None where Jira kept no body, or one that tells nothing: then the sweep makes up for it."""
    try:
        told = told_by(json.loads(failed.body))
    except ValueError:
        return None
    return inbox.Delivery(inbox.CONNECT, inbox.DYNAMIC, failed.id, told)
