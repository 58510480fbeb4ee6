"""What makes a document the same document, everywhere and for ever."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """What makes a document the same document. A number alone does not: suppliers share invoice numbers.

    `kind` is the record's kind, for invoices the slug of its document type; `vendor` is "" where a record has
    none. `str()` is stable, ASCII without blanks, read back by `from_text`; equal texts mean equal keys.
    """

    system: str
    company: str
    vendor: str
    kind: str
    number: str

    @classmethod
    def from_text(cls, text: str) -> DocumentKey:
        return _key_in(text)

    def __str__(self) -> str:
        parts = (self.system, self.company, self.vendor, self.kind, self.number)
        return ":".join(quote(part, safe="") for part in parts)


@lru_cache(maxsize=256)
def _key_in(text: str) -> DocumentKey:
    """Kept for a while: a document is asked for parts of its key one after the other."""
    parts = text.split(":")
    if len(parts) != 5:
        raise ValueError(f"A document key has five parts separated by colons, not {len(parts)}: {text!r}")
    return DocumentKey(*map(unquote, parts))
