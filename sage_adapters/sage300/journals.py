"""What the general ledger made of a posted invoice: the lines of its journal.

No documented field of a posted transaction says which A/P entry it came from. How it is found out is (assumed) and
stands in this module only: by the invoice number, which Sage 300 puts in the reference of each line unless the
company's G/L Integration says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sage_adapters.records import Money
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.filters import where
from sage_adapters.sage300.schemas import load
from sage_adapters.sage300.service_schemas import PostedTransactionSchema

_OF_INVOICES = frozenset({"IN", "DB", "CR", "IT"})
"""The source types of invoices, debit notes, credit notes and interest; payments have others."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line of a posted journal; a debit is positive, a credit negative.

    `amount` is in the invoice's currency, but in the company's where the line has no other. `period` is as in
    "2026-03"; `batch` and `entry` are those of the general ledger, padded with zeros as it writes them.
    """

    account: str
    description: str
    amount: Money
    period: str
    batch: str
    entry: str


def posted_journal(
    client: Sage300Client,
    invoice_batch: int,
    entry: int,
    document: str,
    vendor: str,
    *,
    total: Money | None = None,
) -> list[JournalLine]:
    """The journal of one invoice, [] while the general ledger has none or where it cannot be told which it is.

    Vendors share invoice numbers: a journal that names the vendor goes before others, and with `total`, what the
    invoice comes to, one in which no line has this amount is not taken. Give it.

    Raises ConfigurationTrouble (sage300.rights) for a user without rights in General Ledger.
    """
    chosen = where("SourceLedgerCode", "eq", "AP") & where("JournalDetailReference", "eq", document)
    place = f"The journal of entry {entry} of AP invoice batch {invoice_batch}"
    journals: dict[tuple[str, str], Rows] = {}
    for found in client.entries("GL", "GLPostedTransactions", where=chosen):
        row = load(PostedTransactionSchema, found, place)
        if row["source_type"] in _OF_INVOICES:
            journals.setdefault((row["batch"], row["entry"]), []).append(row)
    candidates = [rows for rows in journals.values() if total is None or _comes_to(rows, total)]
    named = [rows for rows in candidates if _names(rows, vendor)]
    journal = _only(named) or _only(candidates)
    return [_line(row) for row in sorted(journal, key=lambda row: int(row["transaction"]))]


def _only(journals: list[Rows]) -> Rows:
    return journals[0] if len(journals) == 1 else []


def _comes_to(rows: Rows, total: Money) -> bool:
    return any(abs(_amount(row).amount) == abs(total.amount) for row in rows)


def _names(rows: Rows, vendor: str) -> bool:
    return any(vendor in f"{row['description']} {row['reference']}".split() for row in rows)


def _line(row: Mapping[str, Any]) -> JournalLine:
    return JournalLine(
        account=row["account"],
        description=row["description"],
        amount=_amount(row),
        period=f"{row['year']}-{row['period']}",
        batch=row["batch"],
        entry=row["entry"],
    )


def _amount(row: Mapping[str, Any]) -> Money:
    """A line without a currency of its own, as one that takes up an exchange difference, is in the company's."""
    if row["source_currency"] and (row["source_amount"] or not row["amount"]):
        return Money.rounded(row["source_amount"], row["source_currency"])
    return Money.rounded(row["amount"], row["currency"])
