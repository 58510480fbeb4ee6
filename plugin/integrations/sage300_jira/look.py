"""How an invoice looks as an issue: its summary, and the description it is born with."""

from __future__ import annotations

from typing import Any

from plugin.integrations.amounts import in_words
from plugin.integrations.attributes import Content, day, key_of
from plugin.integrations.sage300_jira.signs import signed, signed_amount
from plugin.integrations.sage300_jira.vendor_attributes import vendor_name
from plugin.jira import adf, values

INVOICE = "Invoice"


def summary(content: Content) -> str:
    """E.g. "AHR Building Consultancy Limited · CACP534 · GBP 12,109.00"; one line, within Jira's limit."""
    amount = signed_amount(content)
    return values.summary(f"{vendor_name(content)} · {_name(content)} · {in_words(amount)}")


def description(content: Content) -> adf.Node:
    """Who claims what, and the distribution lines as a table, cut where Jira would refuse it."""
    before = [adf.paragraph(*_claim(content))]
    if content.get("description"):
        before.append(adf.paragraph(adf.em(content["description"])))
    rows = [_row(content, line) for line in content["lines"]]
    if rows:
        rows += _totals(content)
    return adf.doc_with_table(
        before,
        ("Account", "Description", "Amount"),
        rows,
        numbers={2},
        more=lambda left: f"and {left} more lines, which the panel shows.",
    )


def _name(content: Content) -> str:
    number = key_of(content).number
    return number if content["document_type"] == INVOICE else f"{content['document_type']} {number}"


def _claim(content: Content) -> list[adf.Inline]:
    key = key_of(content)
    dated, due = day(content, "document_date"), day(content, "due_date")
    when = f" of {dated:%d %b %Y}".replace(" 0", " ") if dated else ""
    until = f", due on {due:%d %b %Y}".replace(" 0", " ") if due else ""
    place = f", Sage 300 company {key.company}, batch {content['batch']}, entry {content['entry']}."
    return [
        f"{content['document_type']} ",
        adf.strong(key.number),
        f"{when} from ",
        adf.strong(vendor_name(content)),
        f" ({key.vendor}){until}{place}",
    ]


def _row(content: Content, line: dict[str, Any]) -> tuple[adf.Inline, ...]:
    return line["gl_account"], line["description"], f"{signed(content, line['amount']).amount:,}"


def _totals(content: Content) -> list[tuple[adf.Inline, ...]]:
    tax = signed(content, content["tax_total"])
    taxed = [("", "Tax", f"{tax.amount:,}")] if tax.amount else []
    return [*taxed, ("", adf.strong("Total"), adf.strong(in_words(signed_amount(content))))]
