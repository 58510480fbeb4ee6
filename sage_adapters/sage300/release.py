"""What this release of the Web API can do. Every release calls itself v1.0, so it is found out by reading.

Since 2022.2 receipts are read from POGetReceipts and POReceipts takes only POST; since 2021 batches can be patched
(contract sage300, section 1).
"""

from __future__ import annotations

from dataclasses import dataclass

from sage_adapters.errors import ConfigurationTrouble
from sage_adapters.sage300.client import Sage300Client

READ_SINCE_2022 = "POGetReceipts"
READ_BEFORE = "POReceipts"
NOT_OFFERED = frozenset({"sage300.unknown-resource", "sage300.base-path", "sage300.release"})


@dataclass(frozen=True, slots=True)
class Release:
    """`receipts` is the resource to read receipts from; `batch_patch` None where reading cannot tell.

    In that case the first patch tells: 405 (ConfigurationTrouble sage300.release) means that it cannot.
    """

    receipts: str
    batch_patch: bool | None
    said: str


def detect_release(client: Sage300Client) -> Release:
    """Finds out with one or two GETs and writes nothing.

    Whether a release older than 2022.2 patches batches cannot be learnt by reading, so it is left open there.

    Raises the trouble of reading receipts when neither resource can be read, most often for missing rights.
    """
    if _offers(client, READ_SINCE_2022):
        return Release(READ_SINCE_2022, True, "Sage 300 2022.2 or newer.")
    if not _offers(client, READ_BEFORE):
        raise ConfigurationTrouble(
            f"Sage 300 company {client.company} was asked for purchase order receipts.",
            f"It offers neither {READ_SINCE_2022} nor {READ_BEFORE}.",
            "Check that Purchase Orders is activated in this company.",
            "sage300.no-receipts",
        )
    return Release(READ_BEFORE, None, "Older than Sage 300 2022.2.")


def _offers(client: Sage300Client, resource: str) -> bool:
    try:
        next(client.pages("PO", resource, top=1))
    except ConfigurationTrouble as trouble:
        if trouble.code in NOT_OFFERED:
            return False
        raise
    return True
