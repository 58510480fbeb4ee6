"""The general ledger's journals of posted invoices: one request for each.

Without the right to read the general ledger everything else goes on; the log says it once in a pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import structlog

from plugin.integrations.attributes import key_of
from plugin.store.models import JsonObject
from plugin.sync.ahead import read_ahead
from sage_adapters.errors import ConfigurationTrouble, ConnectionTrouble, RecordTrouble, TransientTrouble
from sage_adapters.records import Money
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.journals import JournalLine, posted_journal

log = structlog.get_logger()


class Journals:
    """Reads them for one pass."""

    def __init__(self, client: Sage300Client, reads_at_once: int) -> None:
        self._client = client
        self._reads_at_once = reads_at_once
        self._refused = False

    def of(self, invoices: Sequence[Mapping[str, Any]], lenient: bool) -> Iterator[JsonObject | None]:
        """For each invoice, by its record's JSON, in order: `period`, `batch`, `entry` and `lines` of its journal,
        debits positive; None while there is none, or none that we could read.

        Raises what went wrong with Sage 300 as a whole. `lenient`: earlier passes have failed, so that one which the
        server stumbles over counts as missing.
        """
        return read_ahead(partial(self._read, lenient), invoices, self._reads_at_once)

    def _read(self, lenient: bool, invoice: Mapping[str, Any]) -> JsonObject | None:
        if self._refused:
            return None
        key = key_of(invoice)
        try:
            lines = posted_journal(
                self._client,
                int(invoice["batch"]),
                int(invoice["entry"]),
                key.number,
                key.vendor,
                total=Money.from_text(invoice["amount"]),
            )
        except ConnectionTrouble:
            raise
        except ConfigurationTrouble as trouble:
            self._refuse(trouble)
            return None
        except RecordTrouble as trouble:
            log.warning("posted journal is unreadable", document=str(key), trouble=str(trouble))
            return None
        except TransientTrouble:
            if not lenient:
                raise
            return None
        return _journal(lines) if lines else None

    def _refuse(self, trouble: ConfigurationTrouble) -> None:
        if not self._refused:
            self._refused = True
            log.warning("posted journals are left out", trouble=str(trouble))


def _journal(lines: Sequence[JournalLine]) -> JsonObject:
    first = lines[0]
    return {
        "period": first.period,
        "batch": first.batch,
        "entry": first.entry,
        "lines": [
            {"gl_account": each.account, "description": each.description, "amount": str(each.amount)} for each in lines
        ],
    }
