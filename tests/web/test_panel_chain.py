"""The chain on the panel: from the order to the payment, and what is received and billed of what was ordered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from plugin.store.models import IssueTotals, LedgerEntry
from sage_adapters.records import DocumentType, Money
from tests.web.papers import (
    ORDER,
    gbp,
    keep_order,
    keep_payment,
    keep_posted,
    keep_receipt,
    keep_vendor,
)

DAY = date(2021, 1, 4)


def panel(house: Any, issue: str = "10041", route: str = "panel") -> str:
    house.people.visible_issues.add(issue)
    html: str = house.html(route, issue=issue, account="somebody")
    return html


def words(html: str) -> str:
    text = re.sub(r"<[^>]+>", " ", html).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", text)


@pytest.fixture
def invoices(house: Any) -> int:
    return int(house.stream())


@pytest.fixture
def bought(house: Any, invoices: int, invoice: Any) -> Any:
    """An order of which six of ten have come, with two receipts, an invoice and a part payment."""
    keep_order(house)
    keep_receipt(house, "RC-1", DAY, issue="10061", amount="5000.00")
    keep_receipt(house, "RC-2", DAY + timedelta(days=2), amount="2500.00")
    house.entry(invoices, invoice(), belongs_to=ORDER)
    keep_posted(house, left="8109.00")
    keep_payment(house, "4000.00", date(2021, 1, 29))
    return house


@contextmanager
def counted(house: Any) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    engine = house.parts.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_the_chain_goes_from_the_order_to_the_payment(bought: Any) -> None:
    html = panel(bought)
    said = words(html)
    order = said.index("Order PO-2207 GBP 15,000.00 1 Dec 2020 · Part received · PUR-7")
    receipt = said.index("RC-1 GBP 5,000.00 4 Jan 2021 · Received · PUR-10061 RC-2 GBP 2,500.00")
    bill = said.index("CACP534 (this issue) GBP 12,109.00 8 Jan 2021 · Part paid")
    payment = said.index("PY83 GBP 4,000.00 29 Jan 2021 · batch 83, entry 1")
    assert order < receipt < bill < payment
    assert "https://acme.atlassian.net/browse/PUR-7" in html
    assert "browse/AP-41" not in html, "nobody needs a link to where he is"


def test_received_and_billed_are_measured_against_the_order(bought: Any) -> None:
    html = panel(bought)
    said = words(html)
    assert "GBP 7,500.00 of 12,500.00 ordered, before tax · 5,000.00 to come" in said
    assert "GBP 12,109.00 of 15,000.00 ordered · 2,891.00 to come" in said
    assert '<rect class="part" width="60.0"' in html
    assert "excess" not in html
    assert html.count('aria-hidden="true" focusable="false"') == 2, "the words beside a bar say the same"


def test_billing_more_than_was_ordered_is_said_plainly(bought: Any, invoices: int, invoice: Any) -> None:
    second = invoice(number="CACP600", amount=gbp("4000.00"))
    bought.entry(invoices, second, belongs_to=ORDER, target_id="10042", target_key="AP-42")
    html = panel(bought)
    assert "GBP 16,109.00 of 15,000.00 ordered · GBP 1,109.00 more than ordered" in words(html)
    assert 'class="excess"' in html


def test_a_credit_note_lowers_what_is_billed(bought: Any, invoices: int, invoice: Any) -> None:
    credit = invoice(number="CN-1", document_type=DocumentType.CREDIT_NOTE, amount=gbp("109.00"))
    bought.entry(invoices, credit, belongs_to=ORDER, target_id="10043", target_key="AP-43")
    said = words(panel(bought))
    assert "CN-1 GBP -109.00 credit note" in said
    assert "GBP 12,000.00 of 15,000.00 ordered" in said


def test_an_invoice_in_another_currency_is_not_added_up_and_that_is_said(
    bought: Any, invoices: int, invoice: Any
) -> None:
    foreign = invoice(number="EU-1", currency="EUR", amount=Money(Decimal("9.00"), "EUR"))
    bought.entry(invoices, foreign, belongs_to=ORDER, target_id="10043", target_key="AP-43")
    said = words(panel(bought))
    assert "Invoices in EUR are not added up." in said
    assert "GBP 12,109.00 of 15,000.00 ordered" in said


def test_hundreds_of_receipts_are_cut_with_a_sentence_and_cost_no_more_queries(bought: Any) -> None:
    with counted(bought) as few:
        panel(bought)
    for number in range(3, 203):
        keep_receipt(bought, f"RC-{number}", DAY + timedelta(days=number))
    with counted(bought) as many:
        said = words(panel(bought))
    assert len(many) == len(few)
    assert "RC-202" in said
    assert "RC-197 " not in said
    assert "… and 197 earlier receipts." in said


def test_the_document_at_hand_is_shown_however_old_it_is(bought: Any) -> None:
    for number in range(3, 40):
        keep_receipt(bought, f"RC-{number}", DAY + timedelta(days=number))
    said = words(panel(bought, "10061"))
    assert "RC-1 (this issue)" in said
    assert "… and 34 earlier receipts." in said


def test_an_order_shows_its_lines_and_how_far_they_are(bought: Any) -> None:
    said = words(panel(bought, "10050"))
    for told in (
        "PO-2207 Part received", "Purchase order of 1 Dec 2020", "GBP 15,000.00", "FEES-1", "10 Day at 1,250.00",
        "10 6 4 12,500.00", "PO-2207 (this issue)", "CACP534",
    ):  # fmt: skip
        assert told in said
    assert "browse/AP-41" in panel(bought, "10050")


def test_an_order_that_is_late_says_so(house: Any, invoices: int) -> None:
    keep_order(house, expected_date=house.now.date() - timedelta(days=3))
    assert "expected 3 days ago" in words(panel(house, "10050"))


def test_a_complete_order_is_not_late(house: Any, invoices: int) -> None:
    done = {"completed": True, "completed_on": date(2021, 2, 1), "expected_date": date(2021, 1, 1)}
    keep_order(house, received="10", **done)
    said = words(panel(house, "10050"))
    assert "complete since 1 Feb 2021" in said
    assert "Late" not in said


def test_a_long_order_is_cut_and_all_lines_can_be_shown(house: Any, invoices: int) -> None:
    keep_order(house, lines=75)
    assert "25 more lines" in words(panel(house, "10050"))
    assert panel(house, "10050", "panel?lines=all").count('<td class="mono">') == 75


def test_a_receipt_shows_its_lines_and_its_order(bought: Any) -> None:
    said = words(panel(bought, "10061"))
    for told in ("RC-1 Received", "Receipt of 4 Jan 2021 · against PO-2207", "FEES-1", "1 Day", "Total 5,000.00"):
        assert told in said


def test_an_order_that_was_not_read_is_named_and_nothing_is_measured(house: Any, invoices: int, invoice: Any) -> None:
    house.entry(invoices, invoice(), belongs_to=ORDER)
    said = words(panel(house))
    assert "PO-2207 not read" in said
    assert "more than ordered" not in said


def test_an_invoice_without_an_order_has_no_chain_until_it_is_paid(house: Any, invoices: int, invoice: Any) -> None:
    house.entry(invoices, invoice(po_number=""))
    assert "From order to payment" not in panel(house)
    keep_payment(house, "12109.00", date(2021, 1, 29))
    said = words(panel(house))
    assert "Payments PY83" in said
    assert "Order" not in said


def test_what_is_paid_and_open_is_told_with_its_payments(bought: Any) -> None:
    said = words(panel(bought))
    assert "4,000.00 paid · 8,109.00 open · last paid 29 Jan 2021" in said
    assert "29 Jan 2021 batch 83, entry 1 SEATAC 10045 4,000.00" in said
    assert "Overdue" in said


def test_what_is_paid_is_not_overdue(house: Any, invoices: int, invoice: Any) -> None:
    house.entry(invoices, invoice())
    keep_posted(house, left="0.00")
    said = words(panel(house))
    assert "12,109.00 paid · 0.00 open" in said
    assert "verdue" not in said
    assert " Paid " in said


def test_the_vendor_is_told_and_a_hold_stands_out(house: Any, invoices: int, invoice: Any) -> None:
    house.entry(invoices, invoice())
    keep_vendor(house, on_hold=True, name="AHR Limited")
    said = words(panel(house))
    assert "AHR Limited" in said
    assert "Vendor group TRADE" in said
    assert "1099 or CPRS code 7" in said
    assert "The vendor is on hold in Sage 300" in said


def test_comments_and_work_on_the_issue_are_totalled(house: Any, invoices: int) -> None:
    house.entry(invoices)
    assert "On this issue" not in panel(house)
    house.add(IssueTotals(issue_id="10041", comments=3, worklog_seconds=8100, counted_at=house.now))
    assert "On this issue: 3 comments · 2 h 15 min of work logged" in words(panel(house))


def test_ids_of_other_targets_are_not_taken_for_issues(house: Any, invoices: int) -> None:
    """What is kept here has its own ids, and comments theirs."""
    keep_vendor(house)
    house.change(LedgerEntry, target_id="10041")
    assert "stands for no invoice" in panel(house)
