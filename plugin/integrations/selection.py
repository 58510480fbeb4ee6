"""What takes part: the documents that an administrator wants of a stream.

One that is left out stays in the ledger with all it says, so that it can be listed, and is brought when it meets the
conditions later: because it changed, or they. What has arrived once goes on to be kept up to date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from plugin.integrations.conditions import Condition
from plugin.integrations.products import Siblings, StreamDescription
from plugin.sync.companions import Companions, Completed, Told

SELECTION = "selection"
"""Setting of a stream: conditions, all of which a document has to meet."""


@dataclass(frozen=True)
class Selecting:
    """Completes contents, and says which documents are left out."""

    companions: Companions
    conditions: Sequence[Condition]

    @classmethod
    def of(cls, described: StreamDescription, siblings: Siblings) -> Companions:
        """Raises ConfigurationTrouble for a condition that makes no sense."""
        companions = described.companions(siblings)
        stored = siblings[described.name].settings.get(SELECTION) if described.name in siblings else None
        if not stored or described.into_jira is None:
            return companions
        subjects = described.into_jira.subjects
        return cls(companions, [Condition.from_json(each, subjects) for each in stored])

    def complete(self, session: Session, documents: Sequence[Told]) -> Sequence[Completed]:
        return [
            replace(told, left_out=not all(condition.holds(told.content) for condition in self.conditions))
            for told in self.companions.complete(session, documents)
        ]
