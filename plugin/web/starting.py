"""Starting streams: the one that an administrator has set up, and with a product's main one those that need nothing."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from plugin.integrations.lines import siblings_of
from plugin.integrations.parts import Parts
from plugin.store.models import Stream
from plugin.sync.progress import Calls
from plugin.web.setting_up import Setup, connection_of


def start(parts: Parts, session: Session, setup: Setup, since: date | None, now: datetime) -> list[Stream]:
    """Which streams have been started by it: the one that waits for the others comes last. Makes no call."""
    started = [setup.stream]
    siblings = siblings_of(session, setup.integration.id)
    if setup.is_main:
        alone = [each.name for each in setup.product.streams if each.starts_by_itself]
        started += [siblings[name] for name in alone if siblings[name].started_at is None]
        for stream in started[1:]:
            stream.interval_seconds = setup.stream.interval_seconds
    for stream in started:
        begin(stream, now)
        # It has no documents yet, which what happened beside it until now could concern.
        stream.followed = {str(each.id): each.chain_length for each in siblings.values()}
    if since is not None:
        # As one that has read everything from before that day.
        connection = connection_of(session, setup.integration)
        source = setup.described.open_source(parts, setup.stream, connection, Calls())
        setup.stream.since, setup.stream.watermark = since, source.from_day(since)
    return started[::-1]


def begin(stream: Stream, now: datetime) -> None:
    stream.active = True
    stream.started_at = stream.due_at = stream.reached_at = now
