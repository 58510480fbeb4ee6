"""Setting batches ready to post, posting them, and why entries stayed behind.

Posting soon after ReadyToPost was seen to fail, and so was posting twice at once: pause between the two and post one
batch of a company at a time (contract sage300, sections 2 and 8). What Sage 300 answers to a posting says little, so
the batch is read again afterwards.

Sage 300 refuses with one code whatever stands in the way. So a refused batch is looked at, and where it stands decides
what is raised:

| the batch is then           | setting it ready                  | posting it                              |
|-----------------------------|-----------------------------------|-----------------------------------------|
| Open                        | TransientTrouble batch-in-use     | RecordTrouble batch-not-ready           |
| Open, without entries       | the refusal itself                | RecordTrouble batch-not-ready           |
| ReadyToPost, PostInProgress | nothing: it is done               | TransientTrouble posting-conflict       |
| Posted                      | nothing: it is done               | nothing: it is done                     |
| Deleted                     | RecordTrouble batch-deleted       | RecordTrouble batch-deleted             |
"""

from __future__ import annotations

from dataclasses import dataclass

from sage_adapters.errors import RecordTrouble, TransientTrouble, Trouble
from sage_adapters.sage300.batches import (
    DELETED,
    INVOICE_BATCHES,
    OPEN,
    POST_IN_PROGRESS,
    POSTED,
    READY_TO_POST,
    BatchHeader,
    BatchKind,
)
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.filters import where
from sage_adapters.sage300.payment_schemas import PostingErrorSchema
from sage_adapters.sage300.schemas import load

PAUSE_SECONDS = 3.0
"""How long to wait between ReadyToPost and posting."""

_REFUSED = "sage300.refused"


@dataclass(frozen=True, slots=True)
class PostingError:
    """Why an entry of a batch was not posted; the entry goes on in a new batch. `kind` is Sage's word for the batch."""

    batch: int
    entry: int
    vendor: str
    document: str
    message: str
    kind: str


def mark_invoices_ready(client: Sage300Client, batch: int) -> None:
    """Sets an invoice batch to ReadyToPost, after which it cannot be edited. Returns too when it was set already.

    ConfigurationTrouble (sage300.release) before Sage 300 2021; TransientTrouble (sage300.batch-in-use) while somebody
    has it open; RecordTrouble when it cannot be.
    """
    mark_ready(client, INVOICE_BATCHES, batch)


def post_invoices(client: Sage300Client, batch: int) -> None:
    """Posts one invoice batch that is ready; one that is not is (assumed) passed over without a word.

    Read the batch again: it may have errors (`posting_errors`), or not be posted. Raises UncertainOutcome when the
    answer was lost, TransientTrouble (sage300.posting-conflict) when Sage 300 cannot post it now.
    """
    post(client, INVOICE_BATCHES, batch)


def posting_errors(client: Sage300Client, sequence: int) -> list[PostingError]:
    """What Sage 300 noted in a posting run, which `BatchHeader.posting_sequence` names.

    Whether invoices and payments count their runs together is unknown: compare `batch`.
    """
    found = client.entries("AP", "APPostingErrorMessages", where=where("PostingSequenceNumber", "eq", sequence))
    place = f"A message of posting run {sequence}"
    return [PostingError(**load(PostingErrorSchema, entry, place)) for entry in found]


def mark_ready(client: Sage300Client, kind: BatchKind, number: int) -> None:
    """As `mark_invoices_ready`, for a batch of either kind."""
    try:
        client.change("AP", kind.resource, kind.key(number), {"BatchStatus": READY_TO_POST})
    except RecordTrouble as refusal:
        header = _looked_at(client, kind, number, refusal)
        if header.status in (READY_TO_POST, POST_IN_PROGRESS, POSTED):
            return
        raise _not_set_ready(kind, header, refusal) from None


def post(client: Sage300Client, kind: BatchKind, number: int) -> None:
    """As `post_invoices`, for a batch of either kind."""
    try:
        client.process("AP", kind.posts, kind.posting_of(number))
    except RecordTrouble as refusal:
        header = _looked_at(client, kind, number, refusal)
        if header.status != POSTED:
            raise _not_posted(kind, header, refusal) from None


def _looked_at(client: Sage300Client, kind: BatchKind, number: int, refusal: RecordTrouble) -> BatchHeader:
    """Where a batch stands that was refused without a reason we may rely on; any other refusal goes on as it is."""
    if refusal.code != _REFUSED:
        raise refusal
    return kind.header_of(client, number)


def _not_set_ready(kind: BatchKind, header: BatchHeader, refusal: RecordTrouble) -> Trouble:
    if header.status == OPEN and header.entries:
        return TransientTrouble(
            refusal.tried,
            refusal.got,
            f"Somebody most likely has {kind.name} {header.number} open in Sage 300. Close it there, or do what Sage "
            "300 asks for: this is tried again by itself.",
            "sage300.batch-in-use",
        )
    return _deleted(kind, header, refusal) if header.status == DELETED else refusal


def _not_posted(kind: BatchKind, header: BatchHeader, refusal: RecordTrouble) -> Trouble:
    if header.status in (READY_TO_POST, POST_IN_PROGRESS):
        return TransientTrouble(
            refusal.tried,
            refusal.got,
            f"{kind.name} {header.number} stays ready to post, and posting it is tried again by itself. If it lasts, "
            "see who posts or has the batch open in Sage 300.",
            "sage300.posting-conflict",
        )
    if header.status == OPEN:
        return RecordTrouble(
            refusal.tried,
            f"{kind.name} {header.number} is open: somebody took Ready to Post off it.",
            "Have the batch looked through in Sage 300, then do this again.",
            "sage300.batch-not-ready",
        )
    return _deleted(kind, header, refusal) if header.status == DELETED else refusal


def _deleted(kind: BatchKind, header: BatchHeader, refusal: RecordTrouble) -> RecordTrouble:
    return RecordTrouble(
        refusal.tried,
        f"{kind.name} {header.number} was deleted in Sage 300.",
        "Enter its documents again there if they are still wanted.",
        "sage300.batch-deleted",
    )
