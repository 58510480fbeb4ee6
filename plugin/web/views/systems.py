"""*Try now* at a system that is left alone."""

from __future__ import annotations

from plugin.sync.circuit_rows import try_now
from plugin.sync.circuits import JIRA, of_connection
from plugin.web.visit import Fragment, Visit


def hurry(visit: Visit) -> Fragment:
    """The connection `connection`, or else the site's Jira, is tried at once, by one of its streams."""
    subject = of_connection(visit.number("connection")) if visit.parameters.get("connection") else JIRA
    with visit.writing() as session:
        streams = try_now(session, subject, visit.now)
    for stream_id in streams[:1]:
        visit.parts.queue.run_stream(visit.site_id, stream_id)
    return Fragment.go(f"overview?{visit.asked_now}" if streams else "overview")
