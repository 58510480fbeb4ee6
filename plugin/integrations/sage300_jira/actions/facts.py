"""What must still be so when a document is paid: its amount, and how and where its vendor gets money.

Frozen when the document is approved, read from Sage 300 itself at that moment; compared with Sage 300 again before
anything is paid. Whoever changes a vendor's bank between the two stops the payment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugin.integrations.sage300_jira.actions.wish import Wish
from sage_adapters.records import Invoice, Money, PostedDocument, Vendor

Facts = Mapping[str, Any]
"""By name of COMPARED: a text. In those of an approval also `by` (account id), `by_name` and `at` (ISO)."""

COMPARED: Mapping[str, str] = {
    "amount": "the amount of {number}",
    "document_terms": "the terms of {number}",
    "document_remit_to": "the remit-to location of {number}",
    "terms": "the terms of {vendor}",
    "remit_to": "the remit-to location of {vendor}",
    "bank": "the bank of {vendor}",
    "payment_code": "the payment code of {vendor}",
}
"""What people call each fact."""


def facts_of(document: Invoice | PostedDocument, vendor: Vendor) -> dict[str, str]:
    """As Sage 300 says now."""
    return {
        "amount": str(document.amount),
        "document_terms": document.terms,
        "document_remit_to": document.remit_to,
        "terms": vendor.terms,
        "remit_to": vendor.remit_to,
        "bank": vendor.bank,
        "payment_code": vendor.payment_code,
    }


def facts_shown(invoice: Mapping[str, Any], vendor: Mapping[str, Any] | None) -> dict[str, str]:
    """As our ledgers say, from the records' JSON: for a document that nobody has approved through us. What was not
    read yet is left out."""
    of_invoice = {"amount": "amount", "document_terms": "terms", "document_remit_to": "remit_to"}
    of_vendor = ("terms", "remit_to", "bank", "payment_code")
    shown = {name: invoice[source] for name, source in of_invoice.items() if source in invoice}
    return shown | {name: vendor[name] for name in of_vendor if vendor and name in vendor}


def frozen(wish: Wish, facts: Facts) -> dict[str, str]:
    """The facts as whoever approves lets them pass."""
    return {**facts, "by": wish.actor, "by_name": wish.actor_name, "at": wish.at.isoformat()}


def changes(before: Facts, now: Facts, wish: Wish) -> list[str]:
    """As in "the bank of 1200 was changed from MAIN to OTHER". A fact that was not known before is not compared."""
    words = {"number": wish.document.number, "vendor": wish.document.vendor}
    return [
        f"{label.format(**words)} was changed from {before[name] or 'nothing'} to {now[name] or 'nothing'}"
        for name, label in COMPARED.items()
        if name in before and not _same(name, before[name], now[name])
    ]


def differ(before: Facts, now: Facts) -> bool:
    """Whether anything that is known on both sides has changed."""
    return any(not _same(name, before[name], now[name]) for name in COMPARED if name in before and name in now)


def _same(name: str, before: str, now: str) -> bool:
    return Money.from_text(before) == Money.from_text(now) if name == "amount" else before == now
