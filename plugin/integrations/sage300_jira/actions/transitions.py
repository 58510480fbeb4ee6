"""Wishes uttered by moving an issue: what those who listen to Jira are told of this stream."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from plugin.integrations.hooks.wishing import Uttered
from plugin.integrations.sage300_jira.actions.ledgers import INVOICES
from plugin.integrations.sage300_jira.actions.settings import action_named, statuses
from plugin.integrations.sage300_jira.actions.wishes import Asked, wish
from plugin.store.models import LedgerEntry, Stream
from plugin.sync import ledger


class TransitionWishes:
    """An issue that enters a configured status wishes for an action; the change's id in Jira's changelog tells the same
    wish from another."""

    documents = INVOICES

    def statuses(self, stream: Stream) -> Mapping[str, str]:
        return statuses(stream.settings)

    def take(self, session: Session, stream: Stream, entry: LedgerEntry, uttered: Uttered) -> None:
        """An issue whose document could not be read wishes in vain: there is nothing to approve or pay."""
        change = uttered.change
        if ledger.was_unreadable(entry):
            return
        wish(
            session,
            stream,
            Asked(
                action=action_named(uttered.action),
                document_key=entry.document_key,
                issue_id=entry.target_id or "",
                issue_key=entry.target_key or "",
                actor=change.actor_id or "",
                actor_name=change.actor_name or "",
                at=change.at,
                via=uttered.via,
                id=change.id,
            ),
        )
