"""A chain of documents as the panel shows it: cut where it is long, and measured against what was ordered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from plugin.integrations.panels import Chain, Measure, Paid, Papers

PAYMENTS = 5


@dataclass(frozen=True)
class Bar:
    """`part` and `excess` are widths, and where the whole ends is `whole`, all of 100. `excess` is what there is more
    than was ordered."""

    measure: Measure
    part: float
    whole: float
    excess: float

    @classmethod
    def of(cls, measure: Measure) -> Bar:
        done, whole = max(Decimal(0), measure.done.amount), max(Decimal(0), measure.whole.amount)
        longest = max(done, whole) or Decimal(1)
        return cls(
            measure,
            part=_width(min(done, whole), longest),
            whole=_width(whole, longest),
            excess=_width(max(Decimal(0), done - whole), longest),
        )

    @property
    def more(self) -> Decimal:
        """What there is more than was ordered; nothing where there is less."""
        return max(Decimal(0), self.measure.done.amount - self.measure.whole.amount)

    @property
    def left(self) -> Decimal:
        return max(Decimal(0), self.measure.whole.amount - self.measure.done.amount)


@dataclass(frozen=True)
class Shown:
    """`payments` are the latest, `earlier_payments` how many came before. `browse` is how addresses of issues begin."""

    chain: Chain
    received: Bar | None
    billed: Bar | None
    payments: Sequence[Paid]
    earlier_payments: int
    browse: str

    @classmethod
    def of(cls, chain: Chain, browse: str) -> Shown | None:
        """None for a document that stands alone."""
        alone = not chain.order_number and not chain.payments
        if alone:
            return None
        return cls(
            chain,
            Bar.of(chain.received) if chain.received else None,
            Bar.of(chain.billed) if chain.billed else None,
            chain.payments[-PAYMENTS:],
            max(0, len(chain.payments) - PAYMENTS),
            browse,
        )

    def cut(self, papers: Papers) -> int:
        """How many are not shown."""
        return max(0, papers.count - len(papers.shown))


def _width(part: Decimal, longest: Decimal) -> float:
    return round(float(100 * part / longest), 2)
