"""What a purchase order and a receipt can tell a Jira field.

What an order has brought so far is told from its own lines, which Sage 300 raises with each receipt; how many receipts
and invoices there are, and what was billed, from the streams beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from plugin.integrations.attributes import Attribute, Content, day_named, key_of, text_named
from plugin.integrations.sage300_jira.orders import DELETED
from plugin.integrations.sage300_jira.vendor_attributes import VENDOR_ATTRIBUTES, VENDOR_NAME
from plugin.jira.fields import AttributeType
from plugin.jira.values import Value
from sage_adapters.records import Money

TEXT, MONEY, DATE, NUMBER = AttributeType.TEXT, AttributeType.MONEY, AttributeType.DATE, AttributeType.NUMBER
OPEN, ON_HOLD, PART_RECEIVED, COMPLETE, RECEIVED = "Open", "On hold", "Part received", "Complete", "Received"
ORDER_STATES = (OPEN, ON_HOLD, PART_RECEIVED, COMPLETE, DELETED)
"""What an order goes through, in order."""
RECEIPT_STATES = (RECEIVED, DELETED)


def order_state(content: Content) -> str:
    if content.get("status") == DELETED:
        return DELETED
    if content["completed"]:
        return COMPLETE
    if content["on_hold"]:
        return ON_HOLD
    received = any(Decimal(line["quantity_received"]) for line in content["lines"])
    return PART_RECEIVED if received else OPEN


def order_closed(content: Content) -> bool:
    return order_state(content) in (COMPLETE, DELETED)


def receipt_state(content: Content) -> str:
    return str(content.get("status") or RECEIVED)


def receipt_closed(content: Content) -> bool:
    """Goods that came are part of open business as long as their order is."""
    return receipt_state(content) == DELETED or bool(content.get("order_closed"))


def _progress(name: str) -> Callable[[Content], Value]:
    return lambda content: (content.get("progress") or {}).get(name)


def _progress_amount(name: str) -> Callable[[Content], Value]:
    def read(content: Content) -> Value:
        told = (content.get("progress") or {}).get(name)
        return Money.from_text(told) if told else None

    return read


def _money(content: Content) -> Money:
    return Money.from_text(content["amount"])


_OF_BOTH: tuple[Attribute, ...] = (
    VENDOR_NAME,
    Attribute("vendor_number", "Vendor number", TEXT, lambda content: key_of(content).vendor),
    Attribute("amount", "Amount", MONEY, _money),
    Attribute("currency", "Currency", TEXT, lambda content: _money(content).currency),
)
_OF_BOTH_BESIDES: tuple[Attribute, ...] = (
    Attribute("description", "Sage 300 description", TEXT, text_named("description")),
    Attribute("reference", "Sage 300 reference", TEXT, text_named("reference")),
    Attribute("line_count", "Lines", NUMBER, lambda content: len(content["lines"])),
    Attribute("company", "Company", TEXT, lambda content: key_of(content).company),
    *VENDOR_ATTRIBUTES,
)

ORDER_ATTRIBUTES: tuple[Attribute, ...] = (
    *_OF_BOTH,
    Attribute("po_number", "PO number", TEXT, lambda content: key_of(content).number),
    Attribute("order_date", "Order date", DATE, day_named("order_date")),
    Attribute("expected_date", "Expected on", DATE, day_named("expected_date")),
    Attribute("status", "Sage 300 status", TEXT, order_state),
    Attribute("received_amount", "Received", MONEY, _progress_amount("received")),
    Attribute("billed_amount", "Billed", MONEY, _progress_amount("billed")),
    Attribute("receipt_count", "Receipts", NUMBER, _progress("receipts")),
    Attribute("invoice_count", "Invoices", NUMBER, _progress("invoices")),
    Attribute("completed_on", "Completed on", DATE, day_named("completed_on")),
    Attribute("order_type", "Order type", TEXT, text_named("order_type")),
    Attribute("comment", "Sage 300 comment", TEXT, text_named("comment")),
    *_OF_BOTH_BESIDES,
)
ORDERS_MAPPED_BY_DEFAULT = frozenset(
    {"vendor_name", "vendor_number", "amount", "currency", "po_number", "order_date", "expected_date", "status"}
    | {"received_amount", "billed_amount"}
)

RECEIPT_ATTRIBUTES: tuple[Attribute, ...] = (
    *_OF_BOTH,
    Attribute("receipt_number", "Receipt number", TEXT, lambda content: key_of(content).number),
    Attribute("po_number", "PO number", TEXT, text_named("po_number")),
    Attribute("receipt_date", "Receipt date", DATE, day_named("receipt_date")),
    Attribute("status", "Sage 300 status", TEXT, receipt_state),
    *_OF_BOTH_BESIDES,
)
RECEIPTS_MAPPED_BY_DEFAULT = frozenset(
    {"vendor_name", "vendor_number", "amount", "currency", "receipt_number", "po_number", "receipt_date"}
)

LISTS = {"lines": "Lines"}
