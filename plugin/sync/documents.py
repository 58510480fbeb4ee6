"""What passes between a source, the engine and a target."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sage_adapters.errors import RecordTrouble, Throttled, Trouble

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """One document as its source has it now.

    `content` is the whole record as JSON; the other fields repeat what the ledger is searched by. `belongs_to` is what
    it is part of, e.g. a purchase order's number, "" taken for none. A document that could not be understood carries
    `trouble`, and what was read of it in `content`.
    """

    key: str
    unit: str
    content: JsonObject
    kind: str
    number: str
    vendor: str
    vendor_name: str
    amount: Decimal
    currency: str
    document_date: date | None
    belongs_to: str | None = None
    trouble: RecordTrouble | None = None

    @property
    def document_key(self) -> str:
        return self.key

    @property
    def read_at(self) -> datetime:
        """It comes from the source at this moment."""
        return datetime.now(UTC)


def accounts_of(content: JsonObject) -> list[str]:
    """The general ledger accounts on a record's lines, each once, in order."""
    lines = content.get("lines") or ()
    return list(dict.fromkeys(line["gl_account"] for line in lines if line.get("gl_account")))


@dataclass(frozen=True)
class Unit:
    """A container of the source (a batch), as its header looked when it was read whole."""

    key: str
    signature: str
    open: bool
    read_on: date


@dataclass(frozen=True)
class Page:
    """Whole units with all their documents, in the source's order.

    `position` is where a later slice goes on after this page. `expected` is how many documents this pass reads, as
    far as the source knows by now. `watermark` is set on the last page alone.
    """

    documents: Sequence[Document]
    units: Sequence[Unit]
    position: JsonObject | None = None
    expected: int | None = None
    watermark: JsonObject | None = None


@dataclass(frozen=True)
class Payload:
    """What the target shall say of a document; `hash` is equal exactly when nothing would change there.

    `closed`: the document's business is over, so that it no longer follows what changes around it.
    """

    fields: Mapping[str, Any]
    hash: str = field(compare=False)
    closed: bool = False

    @classmethod
    def of(cls, fields: Mapping[str, Any], *, closed: bool = False) -> Payload:
        return cls(fields, hashlib.sha256(_IN_ONE_WAY.encode(fields).encode()).hexdigest(), closed)


_IN_ONE_WAY = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Delivery:
    """One version of one document on its way to the target. `target_id` is None for a document new to it."""

    entry_id: int
    version: int
    document_key: str
    content: JsonObject
    payload: Payload
    target_id: str | None
    target_key: str | None
    vendor: str
    amount: Decimal
    currency: str
    tries: int
    """How often it was sent before, since it last arrived, without an answer about it."""


@dataclass(frozen=True)
class Settled:
    """The target has it. `in_part`: it was made, and says the rest when it is updated next."""

    target_id: str
    target_key: str
    in_part: bool = False


@dataclass(frozen=True)
class Refused:
    """The target will not have this document as it is."""

    trouble: Trouble


@dataclass(frozen=True)
class Held:
    """Nothing was changed: the whole target is in trouble. `sent`: this document was part of the call that met it."""

    trouble: Trouble
    sent: bool = False


@dataclass(frozen=True)
class Unconfirmed:
    """Sent, and the reply was lost: the target must be asked."""

    trouble: Trouble


TARGET_GONE = "target.gone"
"""Code of a refusal because the target no longer has the document: only a person decides to make it anew."""


@dataclass(frozen=True)
class Found:
    """What the target holds of a document, found by our own key. `payload_hash` is of the last version it took."""

    target_id: str
    target_key: str
    payload_hash: str | None


@dataclass(frozen=True)
class There:
    """Nothing was made: the target had it already, from a time that the ledger knows nothing of."""

    found: Found


@dataclass(frozen=True)
class Delayed:
    """Nothing was changed: the target takes this one document later. Others can go on."""

    trouble: Throttled


Outcome = Settled | There | Refused | Held | Delayed | Unconfirmed


@dataclass(frozen=True)
class Change:
    """A field of the target that a delivery would change, in words for people."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Sight:
    """What the target shows of a document now.

    `document_key` is which document it says it is, by our own mark; None for one that nobody has marked. `amount` is
    what it shows as the document's amount, None where no such field is mapped or it is empty. `changes` is what a
    delivery would change there.
    """

    target_id: str
    target_key: str
    document_key: str | None
    amount: Decimal | None
    changes: Sequence[Change]


@dataclass(frozen=True)
class Marked:
    """Something in the target that carries our own mark."""

    target_id: str
    target_key: str
    document_key: str
    amount: Decimal | None
