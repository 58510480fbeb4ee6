"""What holds an order, its receipts and its invoices together: the order's number, as people write it."""

from __future__ import annotations


def order_named(text: str) -> str | None:
    """The number as ledgers keep it in `belongs_to`; None for none.

    On an invoice it is typed by hand, so capitals and blanks make no difference.
    """
    return " ".join(text.split()).upper() or None
