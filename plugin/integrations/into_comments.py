"""A stream whose documents become comments on issues that other streams have made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from plugin.integrations.connections import open_jira_client
from plugin.integrations.into_jira import CALLS_AT_ONCE, USUAL_CALLS_AT_ONCE
from plugin.integrations.issue_comments import IssueComments, Telling
from plugin.integrations.issues import Owner
from plugin.integrations.parts import Parts
from plugin.store.models import Connection, Integration, Stream
from sage_adapters.http import RequestLog


@dataclass(frozen=True)
class IntoComments:
    """What a product says in them."""

    telling: Telling

    def open(
        self,
        parts: Parts,
        stream: Stream,
        integration: Integration,
        connection: Connection,
        request_log: RequestLog,
        *,
        look_first: bool = False,
    ) -> IssueComments:
        client = open_jira_client(parts, stream.site_id, request_log)
        owner = Owner(stream.id, lambda: _streams(parts, stream.site_id), stream.look_first or look_first)
        return IssueComments(client, self.telling, owner)

    def calls_at_once(self, integration: Integration) -> int:
        return int(integration.settings.get(CALLS_AT_ONCE) or USUAL_CALLS_AT_ONCE)


def _streams(parts: Parts, site_id: int) -> Sequence[int]:
    with parts.database.reading(site_id) as session:
        return session.scalars(select(Stream.id)).all()
