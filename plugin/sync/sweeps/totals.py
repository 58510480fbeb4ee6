"""What both sides come to, by vendor, period and currency: added up from the findings of one reconciliation.

Amounts are exact decimals kept as text, which databases cannot add up; so the findings of a few vendors at a time are
gone through here, and no more of them is held than their sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.store.models import Finding
from plugin.sync.sweeps.listing import APART

FETCHED_AT_ONCE = 1000


@dataclass
class Side:
    """What one side has: documents, and what those of them that show an amount come to."""

    documents: int = 0
    without_amount: int = 0
    amount: Decimal = Decimal(0)

    def add(self, amount: Decimal | None) -> None:
        self.documents += 1
        self.without_amount += amount is None
        self.amount += amount or 0

    def include(self, other: Side) -> None:
        self.documents += other.documents
        self.without_amount += other.without_amount
        self.amount += other.amount

    @property
    def shows_amounts(self) -> bool:
        return self.documents > self.without_amount


@dataclass
class Total:
    """Both sides of one vendor, period and currency; the last two are empty where they are not known."""

    vendor: str
    vendor_name: str
    period: str
    currency: str
    source: Side = field(default_factory=Side)
    target: Side = field(default_factory=Side)

    @property
    def documents_apart(self) -> int:
        """How many the target has beyond the source; negative for those that it lacks."""
        return self.target.documents - self.source.documents

    @property
    def amount_apart(self) -> Decimal | None:
        """None where the target shows no amounts to compare with."""
        if self.target.without_amount or self.source.without_amount:
            return None
        return self.target.amount - self.source.amount


def vendors(session: Session, sweep_id: int, after: str | None, limit: int, *, apart: bool) -> Sequence[str]:
    """At most `limit` vendor numbers behind `after`, of those with findings; `apart`: where the sides differ."""
    query = select(Finding.vendor).where(Finding.sweep_id == sweep_id).distinct().order_by(Finding.vendor).limit(limit)
    if after is not None:
        query = query.where(Finding.vendor > after)
    return session.scalars(query.where(Finding.verdict.in_(APART)) if apart else query).all()


def by_period(session: Session, sweep_id: int, vendors: Sequence[str]) -> Sequence[Total]:
    """Of these vendors, in the order of vendor, period and currency."""
    rows = session.execute(
        select(
            Finding.vendor, Finding.vendor_name, Finding.period, Finding.currency, Finding.verdict,
            Finding.source_amount, Finding.target_amount, Finding.target_id,
        ).where(Finding.sweep_id == sweep_id, Finding.vendor.in_(vendors)),
        execution_options={"yield_per": FETCHED_AT_ONCE},
    )  # fmt: skip
    totals: dict[tuple[str, str, str], Total] = {}
    for vendor, name, period, currency, verdict, source_amount, target_amount, target_id in rows:
        key = (vendor, period, currency)
        total = totals.setdefault(key, Total(vendor, name, period, currency))
        total.vendor_name = total.vendor_name or name
        if verdict not in ONLY_IN_TARGET:
            total.source.add(source_amount)
        if verdict == "different" or target_id is not None:
            total.target.add(target_amount)
    return [totals[key] for key in sorted(totals)]


ONLY_IN_TARGET = frozenset({"extra", "twice"})


def by_vendor(totals: Iterable[Total]) -> Sequence[Total]:
    """Those of `by_period`, all periods together."""
    together: dict[tuple[str, str], Total] = {}
    for each in totals:
        total = together.setdefault(
            (each.vendor, each.currency), Total(each.vendor, each.vendor_name, "", each.currency)
        )
        total.vendor_name = total.vendor_name or each.vendor_name
        total.source.include(each.source)
        total.target.include(each.target)
    return [together[key] for key in sorted(together)]
