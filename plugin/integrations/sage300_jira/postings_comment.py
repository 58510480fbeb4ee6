"""The comment about a posted invoice: its distribution, and its journal, as tables of debits and credits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from plugin.integrations.amounts import figure, in_words
from plugin.integrations.attributes import Content, day
from plugin.integrations.sage300_jira.signs import signed, signed_amount
from plugin.jira import adf
from plugin.store.models import JsonObject
from sage_adapters.records import DocumentKey, Money

DISTRIBUTION, JOURNAL = "distribution", "journal"
COLUMNS = ("Account", "Description", "Debit", "Credit")
NUMBERS = (2, 3)
Line = tuple[str, str, Money]
"""Account, description, and what it is debited with; a credit is negative."""


class PostingComments:
    """A first comment when an invoice is posted; another one when its journal comes later, or anything changes."""

    def parts(self, content: JsonObject) -> Mapping[str, Any]:
        lines = [[account, description, str(amount)] for account, description, amount in _distribution(content)]
        said = {DISTRIBUTION: {"lines": lines, "period": _period(content), "posting_date": content["posting_date"]}}
        return {**said, JOURNAL: content["journal"]} if content["journal"] else said

    def comment(self, content: JsonObject, parts: Collection[str], first: bool) -> adf.Node:
        blocks = [_head(content, first)]
        sections = [name for name in (DISTRIBUTION, JOURNAL) if name in parts]
        for left, name in zip(range(len(sections), 0, -1), sections, strict=True):
            room = adf.length(adf.doc(*blocks)) + (adf.LARGEST - adf.length(adf.doc(*blocks))) // left
            blocks = _section(name, content, blocks, first, room)
        return adf.doc(*blocks)

    def status(self, content: JsonObject) -> str | None:
        return None


def _section(name: str, content: Content, before: Sequence[adf.Node], first: bool, room: int) -> list[adf.Node]:
    if name == DISTRIBUTION:
        lines, sentences = _distribution(content), [adf.paragraph(*_about_distribution(first)), *_doubts(content)]
    else:
        lines, sentences = _journal(content), [adf.paragraph(*_about_journal(content, first))]
    rows, totals = _rows(lines), _totals(amount for _, _, amount in lines)
    sides = [f"debits come to {debits}, credits to {credits}" for *_, debits, credits in map(_words, totals)]
    whole = adf.doc_with_table(
        [*before, *sentences],
        COLUMNS,
        [*rows, *totals],
        NUMBERS,
        lambda left: f"and {max(left - len(totals), 0)} more lines, which Sage 300 shows; {'; '.join(sides)}.",
        room,
    )
    return list(whole["content"])


def _head(content: Content, first: bool) -> adf.Node:
    """E.g. "Counterfoil: posted in Sage 300. Invoice INV-1 of Chloride Systems, USD 108.25: batch 58, entry 1, ..."."""
    invoice = DocumentKey.from_text(content["document_key"])
    posted = day(content, "posting_date")
    when = f", posting date {posted:%d %b %Y}".replace(" 0", " ") if posted else ""
    where = f"batch {content['batch']}, entry {content['entry']}{when}, fiscal period {_period(content)}"
    return adf.paragraph(
        adf.strong("Counterfoil: posted in Sage 300. " if first else "Counterfoil: more about the posting. "),
        f"{content['document_type']} ",
        adf.strong(invoice.number),
        f" of {content['vendor_name']}, {in_words(signed_amount(content))}: {where}.",
    )


def _about_distribution(first: bool) -> list[adf.Inline]:
    return [adf.strong("Distribution")] if first else [adf.strong("Distribution"), ", as it is now in Sage 300"]


def _about_journal(content: Content, first: bool) -> list[adf.Inline]:
    journal = content["journal"]
    arrived = "" if first else " has been posted"
    return [
        adf.strong("Journal of the general ledger"),
        f"{arrived}: batch {journal['batch']}, entry {journal['entry']}, period {journal['period']}",
    ]


def _doubts(content: Content) -> list[adf.Node]:
    return [adf.paragraph(adf.em(doubt)) for doubt in content["doubts"] or ()]


def _distribution(content: Content) -> list[Line]:
    """With the other side, as far as an invoice tells it: tax, and what is owed from then on."""
    lines = [(line["gl_account"], line["description"], signed(content, line["amount"])) for line in content["lines"]]
    tax = signed(content, content["tax_total"])
    taxed = [("", "Tax", tax)] if tax.amount else []
    account_set = f", account set {content['account_set']}" if content["account_set"] else ""
    return [*lines, *taxed, ("", f"Accounts payable{account_set}", -signed_amount(content))]


def _journal(content: Content) -> list[Line]:
    return [
        (line["gl_account"], line["description"], Money.from_text(line["amount"]))
        for line in content["journal"]["lines"]
    ]


def _rows(lines: Sequence[Line]) -> list[tuple[adf.Inline, ...]]:
    return [(account, description, *_sides(amount)) for account, description, amount in lines]


def _totals(amounts: Iterable[Money]) -> list[tuple[adf.Inline, ...]]:
    """A line for each currency: usually one."""
    sides: dict[str, tuple[Decimal, Decimal]] = {}
    for each in amounts:
        debits, credits = sides.get(each.currency, (Decimal(0), Decimal(0)))
        sides[each.currency] = (debits + max(each.amount, Decimal(0)), credits - min(each.amount, Decimal(0)))
    return [
        ("", adf.strong("Total"), *(adf.strong(in_words(Money(side, currency))) for side in both))
        for currency, both in sides.items()
    ]


def _words(row: Sequence[adf.Inline]) -> list[str]:
    return [adf.to_text(cell) for cell in row]


def _sides(amount: Money) -> tuple[str, str]:
    """What stands under Debit, and under Credit."""
    shown = figure(abs(amount.amount), amount.currency)
    return ("", shown) if amount.amount < 0 else (shown, "")


def _period(content: Content) -> str:
    return "-".join(filter(None, (content["fiscal_year"], content["fiscal_period"]))) or "unknown"
