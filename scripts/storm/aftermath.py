"""All that is known once a storm has settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sage_adapters.records import DocumentKey
from scripts.storm.agreement import Sight
from scripts.storm.desk import Diary, Document
from scripts.storm.wishes import Told, Wishes

OUTCOME, POSTING = "outcome", "posting"
Comments = Mapping[str, list[Told]]


@dataclass(frozen=True)
class Aftermath:
    """Both systems as they were before and as they are now; what people asked for, did, and were told."""

    before: Sight
    sight: Sight
    wishes: Wishes
    comments: Comments
    diary: Diary
    begun_on: str
    """ISO date."""
    denied: bool
    """Whether Jira was made to answer 401 or 403 to some requests."""

    def outcomes(self, document: str, action: str) -> list[Told]:
        """Comments about what became of an action, the oldest first."""
        key = DocumentKey.from_text(document)
        about = str(DocumentKey(key.system, key.company, key.vendor, OUTCOME, f"{action}/{key.kind}/{key.number}"))
        return [told for issue in self.sight.by_document().get(document, ()) for told in self._about(issue, about)]

    def postings(self, document: str) -> list[Told]:
        key = DocumentKey.from_text(document)
        about = str(DocumentKey(key.system, key.company, key.vendor, POSTING, f"{key.kind}/{key.number}"))
        return [told for issue in self.sight.by_document().get(document, ()) for told in self._about(issue, about)]

    def _about(self, issue: Document, about: str) -> list[Told]:
        return [each for each in self.comments.get(issue["key"], ()) if each.about == about]
