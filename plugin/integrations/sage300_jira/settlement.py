"""Whether an invoice is paid, told from its posted document and the payments applied to it.

The posted document counts, as discounts and adjustments lower what is open too. Until it was read, the payments do.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from plugin.integrations.attributes import Content, day
from plugin.integrations.sage300_jira.invoices import DELETED
from plugin.integrations.sage300_jira.signs import signed
from sage_adapters.records import InvoiceStatus, Money

OPEN, PART_PAID, PAID = "Open", "Part paid", "Paid"
STATES = (
    InvoiceStatus.OPEN.value,
    InvoiceStatus.ON_HOLD.value,
    InvoiceStatus.READY_TO_POST.value,
    InvoiceStatus.POSTED.value,
    PART_PAID,
    PAID,
    DELETED,
)
"""What an invoice goes through in Sage 300, in order."""


def outstanding(content: Content) -> Money:
    """What is still open of it, as it adds to what is owed."""
    return signed(content, str(_outstanding(content)))


def paid(content: Content) -> Money:
    """What was taken off it so far."""
    amount, left = Money.from_text(content["amount"]), _outstanding(content)
    return signed(content, str(Money(amount.amount - left.amount, amount.currency)))


def last_paid_on(content: Content) -> date | None:
    """None also where all payments were taken back, which their batches do not tell."""
    if not paid(content).amount:
        return None
    days = (day(payment, "payment_date") for payment in content.get("payments") or ())
    return max(filter(None, days), default=None)


def payment_status(content: Content) -> str:
    """Open, Part paid or Paid; one that is not posted is open."""
    posted = content.get("posted")
    if posted and posted["fully_paid"]:
        return PAID
    amount, left = Money.from_text(content["amount"]).amount, _outstanding(content).amount
    if left == amount:
        return OPEN
    return PART_PAID if left > 0 else PAID


def state(content: Content) -> str:
    """How far it has come: its own status until it is posted, then how far it is paid."""
    status = str(content["status"])
    payment = payment_status(content) if status == InvoiceStatus.POSTED.value else OPEN
    return payment if payment != OPEN else status


def closed(content: Content) -> bool:
    return state(content) in (PAID, DELETED, InvoiceStatus.DELETED.value)


def _outstanding(content: Content) -> Money:
    """As printed: a credit note of which nothing is used yet has all of it left."""
    posted = content.get("posted")
    if posted:
        return Money.from_text(posted["outstanding"])
    amount = Money.from_text(content["amount"])
    payments = (Money.from_text(payment["amount"]).amount for payment in content.get("payments") or ())
    return Money(amount.amount - abs(sum(payments, Decimal(0))), amount.currency)
