"""What a document is told together with: documents of other streams about the same business.

An issue about an invoice may name its vendor's terms and what was paid. So before anything is said of a document, its
content is completed from the ledgers of the streams beside its own; a page of documents costs the same few queries,
however many they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from plugin.sync.documents import JsonObject


class Told(Protocol):
    """A document of the source, an entry of the ledger, or a row with these columns of it."""

    @property
    def document_key(self) -> str: ...

    @property
    def content(self) -> JsonObject: ...

    @property
    def read_at(self) -> datetime: ...


@dataclass(frozen=True)
class Completed:
    """`wait`: the target shall not have it yet, because what it belongs to is still on its way; for so long at least.
    `left_out`: the stream's selection leaves it out."""

    content: JsonObject
    wait: timedelta | None = None
    left_out: bool = False


class Companions(Protocol):
    """Completes contents. Makes no call."""

    def complete(self, session: Session, documents: Sequence[Told]) -> Sequence[Completed]:
        """One for each, in order."""


class Alone:
    """Of documents that say all by themselves."""

    def complete(self, session: Session, documents: Sequence[Told]) -> Sequence[Completed]:
        return [Completed(document.content) for document in documents]
