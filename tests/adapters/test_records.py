"""Records, money and keys, and their life as JSON."""

from __future__ import annotations

import json
import pickle
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_adapters.errors import RecordTrouble, Throttled
from sage_adapters.records import (
    AppliedPayment,
    DistributionLine,
    DocumentKey,
    DocumentType,
    GLAccount,
    Invoice,
    InvoiceStatus,
    Money,
    OrderLine,
    Payment,
    PostedDocument,
    PurchaseOrder,
    Receipt,
    ReceiptLine,
    ScheduledPayment,
    Vendor,
    from_json,
    to_json,
)


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def a_key(kind: str = "invoice") -> DocumentKey:
    return DocumentKey("sage300", "SAMLTD", "1200", kind, "INV-7/71")


def an_invoice(document_type: DocumentType = DocumentType.INVOICE) -> Invoice:
    return Invoice(
        key=a_key(document_type.slug),
        document_type=document_type,
        vendor_name="Chloride Systems",
        amount=usd("108.25"),
        tax_total=usd("8.25"),
        total_before_tax=usd("100.00"),
        status=InvoiceStatus.OPEN,
        document_date=date(2026, 2, 27),
        lines=(DistributionLine(20, "6300", "Repair", usd("100.00"), usd("8.25")),),
        schedule=(ScheduledPayment(1, None, usd("108.25")),),
        optional_fields={"UPSZONE": "RED"},
    )


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        ("invoice", an_invoice()),
        ("vendor", Vendor(a_key("vendor"), "1200", "Ärger & Söhne", address_lines=("1 Road",), balance=usd("1.10"))),
        ("account", GLAccount(a_key("account"), "6300100", "Repairs", segments=("6300", "100"))),
        (
            "purchase-order",
            PurchaseOrder(
                *(a_key("purchase-order"), "7", "PO01", "1200", "Chloride", "Active", usd("12.50")),
                lines=(
                    OrderLine(
                        *(1000, "A1", "Lamp", Decimal("2.5"), Decimal(0), Decimal("2.5"), "Ea."),
                        unit_cost=Money(Decimal("5.000001"), "USD"),
                        amount=usd("12.50"),
                    ),
                ),
            ),
        ),
        (
            "receipt",
            Receipt(
                *(a_key("receipt"), "9", "RCP1", "1200", "Chloride", "PO01", usd("2")),
                lines=(ReceiptLine(1, "A1", "Lamp", Decimal(2), "Ea.", usd("1"), usd("2")),),
            ),
        ),
        (
            "posted-document",
            PostedDocument(a_key(), usd("108.25"), usd("8.25"), False, last_activity=date(2026, 3, 6), batch="58"),
        ),
        (
            "payment",
            Payment(
                *(a_key("payment"), "1200", "Chloride", "83", "1", date(2026, 3, 6), "", "PY12", "SEATAC"),
                amount=usd("100"),
                applied=(AppliedPayment("INV-7/71", 1, usd("100.00")),),
            ),
        ),
    ],
)
def test_a_record_survives_storage_as_json_text(kind: str, record: Invoice) -> None:
    assert from_json(kind, json.loads(json.dumps(to_json(record)))) == record


def test_stored_json_shows_amounts_as_text_and_dates_as_iso() -> None:
    stored = to_json(an_invoice())
    assert stored["amount"] == "108.25 USD"
    assert stored["document_date"] == "2026-02-27"
    assert stored["due_date"] is None
    assert stored["lines"][0]["amount"] == "100.00 USD"


def test_a_record_stored_by_an_older_or_newer_release_can_still_be_read() -> None:
    stored = to_json(an_invoice())
    del stored["po_number"]
    stored["colour"] = "red"
    assert from_json("invoice", stored) == an_invoice()


def test_only_a_credit_note_lowers_what_we_owe() -> None:
    signs = {kind: an_invoice(kind).signed_amount.amount > 0 for kind in DocumentType}
    assert signs == {
        DocumentType.INVOICE: True,
        DocumentType.DEBIT_NOTE: True,
        DocumentType.INTEREST: True,
        DocumentType.CREDIT_NOTE: False,
    }


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [("1.005", "USD", "1.01"), ("-1.005", "USD", "-1.01"), ("2.5", "JPY", "3"), ("1.0005", "KWD", "1.001")],
)
def test_money_is_rounded_half_up_to_the_decimals_of_its_currency(amount: str, currency: str, rounded: str) -> None:
    assert str(Money.rounded(Decimal(amount), currency)) == f"{rounded} {currency}"


@given(st.tuples(*[st.text(max_size=12)] * 5))
def test_a_document_key_reads_back_from_its_text_whatever_it_contains(parts: tuple[str, ...]) -> None:
    parts = tuple(part.encode("utf-8", "ignore").decode() for part in parts)
    key = DocumentKey(*parts)
    assert DocumentKey.from_text(str(key)) == key
    assert str(key).isascii()


@given(st.tuples(st.text(":%/ a", max_size=6), st.text(":%/ a", max_size=6)))
def test_different_keys_never_have_the_same_text(numbers: tuple[str, str]) -> None:
    first, second = (DocumentKey("sage300", "SAMLTD", "12:00", "invoice", number) for number in numbers)
    assert (str(first) == str(second)) == (first == second)


def test_a_text_that_is_no_document_key_is_refused() -> None:
    with pytest.raises(ValueError, match="five parts"):
        DocumentKey.from_text("sage300:SAMLTD")


def test_a_trouble_reads_as_three_sentences_and_survives_pickling() -> None:
    trouble = Throttled("We asked.", "It was busy.", "Wait.", "sage300.throttled", 7.5, "sage300:SAMLTD")
    again = pickle.loads(pickle.dumps(trouble))
    assert str(again) == "We asked. It was busy. Wait."
    assert (again.code, again.retry_after, again.scope) == ("sage300.throttled", 7.5, "sage300:SAMLTD")
    plain = pickle.loads(pickle.dumps(RecordTrouble("A.", "B.", "C.", "x")))
    assert str(plain) == "A. B. C."
