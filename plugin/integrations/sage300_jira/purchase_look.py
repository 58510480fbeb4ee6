"""How an order and a receipt look as issues: summaries, and the descriptions they are born with.

A description is written once, so it says what was ordered or has come, not how far an order has got. What the whole
comes to stands before the table, which is cut where Jira would refuse an order of hundreds of lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from plugin.integrations.amounts import figure, in_words
from plugin.integrations.attributes import Content, day, key_of
from plugin.integrations.sage300_jira.vendor_attributes import vendor_name
from plugin.jira import adf, values
from sage_adapters.records import Money

HEADER = ("Item", "Description", "Quantity and price", "Amount")
"""Few columns: each cell takes room, of which Jira gives an order of hundreds of lines too little anyway."""


def order_summary(content: Content) -> str:
    """E.g. "Chloride Systems · Order PO0000012 · USD 1,200.00"."""
    return _summary(content, "Order")


def receipt_summary(content: Content) -> str:
    return _summary(content, "Receipt")


def order_description(content: Content) -> adf.Node:
    expected = day(content, "expected_date")
    more: list[adf.Inline] = [f", expected on {_in_words(expected)}"] if expected else []
    lines = [_row(line, line["quantity_ordered"]) for line in content["lines"]]
    return _described(content, ["Purchase order ", *_named(content, "order_date", "with"), *more], lines)


def receipt_description(content: Content) -> adf.Node:
    order = content.get("po_number")
    against: list[adf.Inline] = [" against purchase order ", adf.strong(order)] if order else []
    lines = [_row(line, line["quantity_received"]) for line in content["lines"]]
    return _described(content, ["Receipt ", *_named(content, "receipt_date", "from"), *against], lines)


def _summary(content: Content, kind: str) -> str:
    amount = Money.from_text(content["amount"])
    return values.summary(f"{vendor_name(content)} · {kind} {key_of(content).number} · {in_words(amount)}")


def _named(content: Content, date_name: str, preposition: str) -> list[adf.Inline]:
    key, dated = key_of(content), day(content, date_name)
    when = f" of {_in_words(dated)}" if dated else ""
    return [
        adf.strong(key.number),
        f"{when} {preposition} ",
        adf.strong(vendor_name(content)),
        f" ({key.vendor}), Sage 300 company {key.company}",
    ]


def _described(content: Content, claim: Sequence[adf.Inline], rows: Sequence[Sequence[adf.Inline]]) -> adf.Node:
    before = [adf.paragraph(*claim, ".")]
    texts = [content[name] for name in ("description", "reference", "comment") if content.get(name)]
    before += [adf.paragraph(adf.em(text)) for text in texts]
    before.append(adf.paragraph("Total: ", adf.strong(in_words(Money.from_text(content["amount"])))))
    return adf.doc_with_table(
        before, HEADER, rows, numbers={3}, more=lambda left: f"and {left} more lines, which the panel shows."
    )


def _row(line: dict[str, Any], quantity: str) -> tuple[adf.Inline, ...]:
    """E.g. "A1-103/0", "Fluorescent desk lamp", "1,000 Ea. at 25.125", "25,125.00"."""
    cost, amount = Money.from_text(line["unit_cost"]), Money.from_text(line["amount"])
    many = f"{Decimal(quantity).normalize():,f} {line['unit']}".strip()
    price = figure(cost.amount, cost.currency)
    return line["item"], line["description"], f"{many} at {price}", figure(amount.amount, amount.currency)


def _in_words(day: Any) -> str:
    return f"{day:%d %b %Y}".removeprefix("0")
