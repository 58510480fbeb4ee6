"""A wish that a document be approved or paid: what somebody has asked for, and how the ledger keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from plugin.integrations.sage300_jira.actions.settings import Action, action_named
from sage_adapters.records import DocumentKey, Money

Content = Mapping[str, Any]


def action_key(action: Action, document_key: str) -> str:
    """One for each document and action, for ever."""
    document = DocumentKey.from_text(document_key)
    number = f"{document.kind}/{document.number}"
    return str(DocumentKey(document.system, document.company, document.vendor, action, number))


@dataclass(frozen=True)
class Wish:
    """What the ledger's content of an action says of the wish that is being fulfilled.

    Beside it the content keeps `wishes` (ids of all that were ever made), and what came of it: `approved` (see
    facts.py) and `outcome` (see outcome.py).
    """

    content: Content

    @cached_property
    def action(self) -> Action:
        return action_named(self.content["action"])

    @property
    def document_key(self) -> str:
        """Of the document that shall be approved or paid."""
        return str(self.content["document_key"])

    @cached_property
    def document(self) -> DocumentKey:
        return DocumentKey.from_text(self.document_key)

    @cached_property
    def amount(self) -> Money:
        """What was shown to whoever asked: the document's amount; when it shall be paid, what of it is open."""
        return Money.from_text(self.content["amount"])

    @property
    def actor(self) -> str:
        """Account id."""
        return str(self.content["actor"])

    @property
    def actor_name(self) -> str:
        return str(self.content["actor_name"] or "somebody")

    @cached_property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.content["wished_at"])

    @property
    def issue_key(self) -> str:
        return str(self.content["issue_key"])

    @property
    def vendor(self) -> str:
        """For people."""
        return f"{self.document.vendor} {self.content['vendor_name']}".strip()

    @property
    def tried(self) -> str:
        """The first sentence of every refusal."""
        doing = "approved" if self.action == "approve" else "paid"
        return (
            f"{self.document.number} of {self.vendor} was to be {doing} in Sage 300, as {self.actor_name} asked on "
            f"{self.issue_key}."
        )
