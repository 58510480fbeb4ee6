"""What the books hold at the start: a small believable company, an export of real payables, or many invoices."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mock_servers.harness import Clock
from mock_servers.sage300.company import Company
from mock_servers.sage300.knobs import Knobs
from mock_servers.sage300.seeding import generated, masters, sample, spreadsheet

FIRST_COMPANY = "SAMLTD"
SECOND_COMPANY = "SAMINC"


@dataclass(frozen=True, slots=True)
class Seed:
    """What the first company holds: the rows of `csv`, else `invoices` generated ones, else a small sample.

    `per_batch` is the size of the batches of generated invoices. The second company always holds a sample.
    """

    csv: Path | None = None
    invoices: int = 0
    per_batch: int = 50


def companies(what: Seed, seed: int, clock: Clock, knobs: Knobs, notes: list[str]) -> dict[str, Company]:
    """The companies by code. `notes` gets sentences about what could not be taken over as it was.

    ValueError with a sentence for people when the CSV file cannot be read.
    """
    first = Company(FIRST_COMPANY, "Sample Company Limited", "GBP" if what.csv else "USD", clock, knobs)
    second = Company(SECOND_COMPANY, "Sample Company Incorporated", "CAD", clock, knobs)
    for company in (first, second):
        masters.set_up(company)
    if what.csv is not None:
        notes.extend(spreadsheet.load(first, what.csv))
    elif what.invoices:
        generated.fill(first, what.invoices, what.per_batch, seed)
    else:
        sample.fill(first, seed, documents=40)
    sample.fill(second, seed + 1, documents=12)
    if what.csv is not None or what.invoices:
        first.ledger_transfer.skip_history()  # journals of a hundred thousand invoices would only cost memory
    for company in (first, second):
        company.tell_ledger()
        company.ledger_transfer.skip_history()
    return {first.code: first, second.code: second}
