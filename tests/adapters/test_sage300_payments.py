"""Payments: what a new one looks like on the wire, what is made of the echo, and payment batches as records."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import responses

from sage_adapters.errors import RecordTrouble, UncertainOutcome
from sage_adapters.records import AppliedPayment, Money
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.payments import (
    NewPayment,
    check_payment,
    create_payment_batch,
    find_payment_batches,
    list_payment_batches,
    read_payment_batch,
)
from tests.adapters.conftest import COMPANY

PAYMENTS = f"{COMPANY}/AP/APPaymentAndAdjustmentBatches"
BATCH_83 = f"{PAYMENTS}(BatchSelector='PY',BatchNumber=83)"


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def a_payment(**changes: Any) -> NewPayment:
    wanted = NewPayment(
        description="CF-7f3a FIN-41",
        bank="SEATAC",
        batch_date=date(2026, 3, 5),
        vendor="1200",
        amount=usd("108.25"),
        payment_date=date(2026, 3, 6),
        applied=[AppliedPayment("INV-77120", 1, usd("108.25"))],
    )
    return replace(wanted, **changes)


def an_applied(**changes: Any) -> dict[str, Any]:
    applied = {"VendorNumber": "1200", "DocumentNumber": "INV-77120", "PaymentNumber": 1, "PaymentAmount": 108.25}
    return applied | changes


def an_entry(**changes: Any) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "BatchType": "PY",
        "EntryNumber": 1,
        "VendorNumber": "1200",
        "VendorPayeeName": "Chloride Systems",
        "PaymentDateAdjustmentDate": "2026-03-06T00:00:00Z",
        "PaymentTransactionType": "Payment",
        "CheckNumber": "",
        "DocumentNumber": "PY000000000012",
        "VendorCurrencyCode": "USD",
        "CheckAmountInVendorCurrency": 108.250,
        "ErrorBatch": 0,
        "AppliedPayments": [an_applied()],
    }
    return entry | changes


def a_batch(*entries: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "BatchSelector": "PY",
        "BatchNumber": 83,
        "BatchDate": "2026-03-05T00:00:00Z",
        "Description": "CF-7f3a FIN-41",
        "BatchStatus": "Open",
        "BankCode": "SEATAC",
        "BankCurrencyCode": "USD",
        "NumberOfEntries": len(entries),
        "PaymentsAdjustments": list(entries),
    } | changes


def test_a_new_payment_is_one_batch_with_keys_and_what_others_default_from_first(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    sage.post(PAYMENTS, status=201, json=a_batch(an_entry()))
    create_payment_batch(client, a_payment())
    (call,) = sage.calls
    assert json.loads(call.request.body, parse_float=Decimal, object_pairs_hook=list) == [
        ("BatchSelector", "PY"),
        ("BankCode", "SEATAC"),
        ("BatchDate", "2026-03-05T00:00:00Z"),
        ("Description", "CF-7f3a FIN-41"),
        (
            "PaymentsAdjustments",
            [
                [
                    ("BatchType", "PY"),
                    ("VendorNumber", "1200"),
                    ("PaymentTransactionType", "Payment"),
                    ("PaymentDateAdjustmentDate", "2026-03-06T00:00:00Z"),
                    ("EntryDescription", "CF-7f3a FIN-41"),
                    ("CheckPrintRequired", "No"),
                    (
                        "AppliedPayments",
                        [
                            [
                                ("BatchType", "PY"),
                                ("VendorNumber", "1200"),
                                ("DocumentNumber", "INV-77120"),
                                ("PaymentNumber", 1),
                                ("TransactionType", "PaymentPosted"),
                                ("PaymentAmount", Decimal("108.25")),
                            ]
                        ],
                    ),
                ]
            ],
        ),
    ]


def test_the_echo_comes_back_as_it_is_read(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.post(PAYMENTS, status=201, json=a_batch(an_entry()))
    batch = create_payment_batch(client, a_payment())
    assert (batch.header.number, batch.header.status, batch.header.description) == (83, "Open", "CF-7f3a FIN-41")
    (payment,) = batch.payments
    assert str(payment.key) == "sage300:SAMLTD:1200:payment:PY000000000012"
    assert (payment.payee, payment.bank, payment.kind) == ("Chloride Systems", "SEATAC", "Payment")
    assert (payment.batch, payment.entry, payment.payment_date) == ("83", "1", date(2026, 3, 6))
    assert payment.amount == usd("108.25")
    assert payment.applied == (AppliedPayment("INV-77120", 1, usd("108.25")),)


@pytest.mark.parametrize(
    ("echo", "told"),
    [
        (a_batch(an_entry(AppliedPayments=[])), "application is missing"),
        (a_batch(an_entry(VendorCurrencyCode="CAD")), "amount is 108.25 CAD instead of 108.25 USD"),
        (a_batch(an_entry(CheckAmountInVendorCurrency=1082.5)), "amount is 1082.50 USD"),
        (a_batch(an_entry(VendorNumber="1210")), "vendor is 1210"),
        (a_batch(an_entry(), BankCode="CCB"), "bank is CCB"),
        (a_batch(an_entry(AppliedPayments=[an_applied(DocumentNumber="INV-1")])), "108.25 USD to INV-1"),
        (a_batch(an_entry(AppliedPayments=[an_applied(PaymentNumber=2)])), "INV-77120 (2)"),
        (a_batch(), "holds 0"),
        (a_batch(an_entry(), an_entry(EntryNumber=2)), "holds 2"),
        (a_batch(an_entry(EntryNumber=None)), "EntryNumber: It is missing"),
    ],
)
def test_a_payment_that_sage_made_something_else_of_is_named_with_its_batch(
    sage: responses.RequestsMock, client: Sage300Client, echo: dict[str, Any], told: str
) -> None:
    sage.post(PAYMENTS, status=201, json=echo)
    with pytest.raises(RecordTrouble) as caught:
        create_payment_batch(client, a_payment())
    assert caught.value.code == "sage300.payment-differs"
    assert told in caught.value.got
    assert "payment batch 83" in caught.value.remedy


def test_a_batch_found_again_is_compared_in_the_same_way(sage: responses.RequestsMock, client: Sage300Client) -> None:
    applied = [an_applied(PaymentAmount=8.25, PaymentNumber=2), an_applied(PaymentAmount=100)]
    sage.get(BATCH_83, json=a_batch(an_entry(AppliedPayments=applied)))
    batch = read_payment_batch(client, 83)
    parts = [AppliedPayment("INV-77120", 1, usd("100.00")), AppliedPayment("INV-77120", 2, usd("8.25"))]
    check_payment(batch, a_payment(applied=parts))
    with pytest.raises(RecordTrouble, match=r"100\.00 USD to INV-77120 \(1\), 8\.25 USD"):
        check_payment(batch, a_payment())


def test_an_echo_without_a_batch_number_leaves_it_open_whether_we_paid(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    sage.post(PAYMENTS, status=201, json=a_batch(an_entry(), BatchNumber=None))
    with pytest.raises(UncertainOutcome):
        create_payment_batch(client, a_payment())


@pytest.mark.parametrize(
    "wrong",
    [
        {"description": ""},
        {"description": "x" * 61},
        {"applied": []},
        {"amount": usd("108.26")},
        {"applied": [AppliedPayment("INV-77120", 1, Money(Decimal("108.25"), "CAD"))]},
    ],
)
def test_a_payment_that_contradicts_itself_is_not_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"payment|description"):
        a_payment(**wrong)


def test_our_batches_are_found_by_how_their_description_begins(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    found = [a_batch(), a_batch(BatchNumber=84, Description="cf-7F3A"), a_batch(BatchNumber=85, BatchStatus="Deleted")]
    sage.get(PAYMENTS, json={"value": found})
    assert [each.number for each in find_payment_batches(client, "CF-7f3a")] == [83, 85]
    (call,) = sage.calls
    assert call.request.params["$filter"] == "BatchSelector eq 'PY' and startswith(Description,'CF-7f3a')"
    assert "PaymentsAdjustments" not in call.request.params["$select"]


def test_quotes_in_what_is_searched_are_doubled(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.get(PAYMENTS, json={"value": []})
    assert find_payment_batches(client, "Paid 'x'") == []
    assert "startswith(Description,'Paid ''x''')" in sage.calls[0].request.params["$filter"]


def test_lists_of_payment_batches_leave_adjustments_out_of_every_alternative(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    sage.get(PAYMENTS, json={"value": []})
    list(list_payment_batches(client, edited_since=date(2026, 3, 1), not_posted=True, number_above=7))
    assert sage.calls[0].request.params["$filter"] == (
        "BatchSelector eq 'PY' and DateLastEdited ge 2026-03-01T00:00:00Z and BatchNumber gt 7"
        " or BatchSelector eq 'PY' and BatchStatus ne 'Posted' and BatchStatus ne 'Deleted' and BatchNumber gt 7"
    )


def test_a_payment_that_posting_refused_is_read_where_it_went(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    sage.get(BATCH_83, json=a_batch(an_entry(ErrorBatch=90, ErrorEntry=1), an_entry(EntryNumber=2)))
    assert [payment.entry for payment in read_payment_batch(client, 83).payments] == ["2"]


def test_other_kinds_of_payment_can_be_read_too(sage: responses.RequestsMock, client: Sage300Client) -> None:
    entries = [
        an_entry(PaymentTransactionType="Prepayment", AppliedPayments=[{"PaymentAmount": 35}]),
        an_entry(EntryNumber=2, PaymentTransactionType="MiscellaneousPayment", VendorNumber="", DocumentNumber=""),
        an_entry(EntryNumber=3, VendorCurrencyCode="", CheckAmountInVendorCurrency=0),
    ]
    sage.get(BATCH_83, json=a_batch(*entries))
    prepaid, miscellaneous, plain = read_payment_batch(client, 83).payments
    assert prepaid.applied == ()
    assert (miscellaneous.vendor_number, miscellaneous.key.number) == ("", "83-2")
    assert plain.amount == usd("108.25")


def test_an_entry_without_any_currency_is_kept_aside_whole(sage: responses.RequestsMock, client: Sage300Client) -> None:
    entry = an_entry(VendorCurrencyCode="")
    sage.get(BATCH_83, json=a_batch(entry, BankCurrencyCode=""))
    batch = read_payment_batch(client, 83)
    (rejected,) = batch.rejected
    assert batch.payments == []
    assert rejected.place == "Entry 1 of AP payment batch 83"
    assert rejected.payload["DocumentNumber"] == "PY000000000012"
