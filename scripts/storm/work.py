"""Work as workers do it: passes of streams and duties, one after the other, in one process."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from plugin.integrations.hooks import duties
from plugin.jobs import tasks
from scripts.storm.ledger import Ledger

Quietly = Callable[[Callable[[], None]], None]
NOW = timedelta()
DUTIES = frozenset({duties.DRAIN, duties.SWEEP, duties.MISSED})


def _as_it_is(act: Callable[[], None]) -> None:
    act()


@dataclass(frozen=True)
class Program:
    """Names of streams and duties in their order; and where they are: their site, and the ids of its streams."""

    names: tuple[str, ...]
    site_id: int = 0
    streams: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, said: str) -> Self:
        names, site_id, streams = json.loads(said)
        return cls(tuple(names), site_id, streams)

    def said(self) -> str:
        return json.dumps([self.names, self.site_id, dict(self.streams)])

    def at(self, site_id: int, streams: Mapping[str, int]) -> Program:
        return replace(self, site_id=site_id, streams=streams)

    @property
    def stream_names(self) -> frozenset[str]:
        return frozenset(self.names) - DUTIES

    def carry_out(self, quietly: Quietly = _as_it_is) -> None:
        """What put itself off for a while goes on at once. `quietly` carries out what is no part of the work."""
        for name in self.names:
            quietly(_let_time_pass)
            if name in DUTIES:
                tasks.attend(self.site_id, name)
            else:
                tasks.run_stream(self.site_id, self.streams[name], "schedule")


def _let_time_pass() -> None:
    ledger = Ledger(tasks.parts().database)
    ledger.let_time_pass(NOW, NOW)
    ledger.come_round_to(datetime.now(UTC), *DUTIES)


VENDORS = Program(("vendors",))
INVOICES_ALONE = Program(("invoices",))
PURCHASES = Program(("orders", "receipts", "invoices"))
PURCHASES_AFTERWARDS = Program(("orders", "receipts", "invoices", "orders"))
APPROVAL = Program((duties.DRAIN, "actions", "actions", "outcomes"))
APPROVAL_AFTERWARDS = Program(
    (duties.DRAIN, duties.SWEEP, "actions", "actions", "invoices", "posted", "postings", "outcomes")
)
POSTING = Program(("invoices", "postings"))
POSTING_AFTERWARDS = Program(("invoices", "posted", "payments", "invoices", "orders", "postings"))
PAYMENT = Program((duties.SWEEP, "actions", "actions", "outcomes"))
PAYMENT_AFTERWARDS = Program((duties.SWEEP, "actions", "actions", "outcomes", "posted", "payments", "invoices"))
EVERYTHING = Program(
    (
        "vendors", "orders", "receipts", "invoices", "orders", "posted", "payments", "actions", "invoices",
        "postings", "outcomes",
    )
)  # fmt: skip
