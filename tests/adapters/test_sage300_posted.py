"""What is left of invoices after posting: open amounts, and what the general ledger made of them."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import responses

from sage_adapters.errors import ConfigurationTrouble, RecordTrouble
from sage_adapters.records import Money, PostedDocument, Rejected
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.journals import JournalLine, posted_journal
from sage_adapters.sage300.posted import list_posted_documents, read_posted_document
from tests.adapters.conftest import COMPANY

DOCUMENTS = f"{COMPANY}/AP/APPostedDocuments"
TRANSACTIONS = f"{COMPANY}/GL/GLPostedTransactions"


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def a_document(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "VendorNumber": "1200",
        "DocumentNumber": "INV-77120",
        "DocumentType": "Invoice",
        "CurrencyCode": "USD",
        "VendorCurrencyInvoiceAmount": 108.25,
        "VendorCurrencyAmountDue": 8.25,
        "FullyPaid": "No",
        "LastActivityDate": "2026-03-06T00:00:00Z",
        "DocumentDate": "2026-02-27T00:00:00Z",
        "DueDate": "2026-03-29T00:00:00Z",
        "PONumber": "PO01",
        "OrderNumber": "SO-9",
        "DocumentDescription": "Repair",
        "Terms": "N30",
        "RemitToLocation": "KC",
        "BatchNumber": 58,
        "EntryNumber": 2,
        "PostingSequenceNumber": 12,
        "RateType": "SP",
    }
    return document | changes


def listed(sage: responses.RequestsMock, client: Sage300Client, *entries: dict[str, Any]) -> list[Any]:
    sage.get(DOCUMENTS, json={"value": list(entries)})
    return list(list_posted_documents(client))


def test_a_posted_document_tells_what_is_open_and_where_it_came_from(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    (document,) = listed(sage, client, a_document())
    assert str(document.key) == "sage300:SAMLTD:1200:invoice:INV-77120"
    assert (document.amount, document.outstanding, document.paid) == (usd("108.25"), usd("8.25"), usd("100.00"))
    assert (document.fully_paid, document.last_activity) == (False, date(2026, 3, 6))
    assert (document.batch, document.entry, document.posting_sequence) == ("58", "2", 12)
    assert (document.due_date, document.po_number) == (date(2026, 3, 29), "PO01")
    assert (document.terms, document.remit_to) == ("N30", "KC")


@pytest.mark.parametrize(
    ("amount", "due", "fully", "shown"),
    [
        (108.25, 0, "Yes", ("108.25", "0.00", "108.25", True)),
        (108.25, 108.25, "No", ("108.25", "108.25", "0.00", False)),
        (108.25, -1.75, "No", ("108.25", "-1.75", "110.00", False)),
    ],
)
def test_what_is_paid_is_what_is_no_longer_due(
    sage: responses.RequestsMock,
    client: Sage300Client,
    amount: float,
    due: float,
    fully: str,
    shown: tuple[str, str, str, bool],
) -> None:
    entry = a_document(VendorCurrencyInvoiceAmount=amount, VendorCurrencyAmountDue=due, FullyPaid=fully)
    (document,) = listed(sage, client, entry)
    amounts = (document.amount.amount, document.outstanding.amount, document.paid.amount)
    assert (*map(str, amounts), document.fully_paid) == shown


def test_a_credit_note_is_positive_here_whatever_its_sign_in_the_books(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    (note,) = listed(
        sage,
        client,
        a_document(DocumentType="CreditNote", VendorCurrencyInvoiceAmount=-50, VendorCurrencyAmountDue=-20),
    )
    assert note.key.kind == "credit-note"
    assert (note.amount, note.outstanding, note.paid) == (usd("50.00"), usd("20.00"), usd("30.00"))


def test_payments_are_no_claims_and_an_unknown_type_is_kept_aside(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    types = ("Prepayment", "Payment", "Invoice", "Surprise")
    found = listed(sage, client, *(a_document(DocumentType=each) for each in types))
    assert [type(each) for each in found] == [PostedDocument, Rejected]
    assert "INV-77120 of vendor 1200" in found[1].place


def test_documents_are_chosen_by_their_last_activity(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.get(DOCUMENTS, json={"value": []})
    list(list_posted_documents(client, active_since=date(2026, 3, 1)))
    assert sage.calls[0].request.params == {"$filter": "LastActivityDate ge 2026-03-01T00:00:00Z"}


def test_a_list_goes_on_behind_a_document(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.get(DOCUMENTS, json={"value": []})
    list(list_posted_documents(client, active_since=date(2026, 3, 1), above=("1200", "INV-7")))
    assert sage.calls[0].request.params["$filter"] == (
        "LastActivityDate ge 2026-03-01T00:00:00Z and VendorNumber eq '1200' and DocumentNumber gt 'INV-7'"
        " or LastActivityDate ge 2026-03-01T00:00:00Z and VendorNumber gt '1200'"
    )


def test_one_document_is_read_by_vendor_and_number(sage: responses.RequestsMock, client: Sage300Client) -> None:
    url = f"{DOCUMENTS}(VendorNumber='1200',DocumentNumber='INV%2F7%20A')"
    sage.get(url, json=a_document(DocumentNumber="INV/7 A"))
    assert read_posted_document(client, "1200", "INV/7 A").key.number == "INV/7 A"


def test_an_unreadable_document_names_itself(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.get(f"{DOCUMENTS}(VendorNumber='1200',DocumentNumber='X')", json=a_document(CurrencyCode=None))
    with pytest.raises(RecordTrouble, match="Posted document X of vendor 1200"):
        read_posted_document(client, "1200", "X")


def a_row(account: str, amount: float, **changes: Any) -> dict[str, Any]:
    row = {
        "AccountNumber": account,
        "FiscalYear": "2026",
        "FiscalPeriod": "03",
        "SourceCurrencyCode": "USD",
        "SourceLedgerCode": "AP",
        "SourceTypeCode": "IN",
        "BatchNumber": "000490",
        "JournalEntryNumber": "00001",
        "JournalTransactionNumber": 20,
        "JournalDetailDescription": "Repair",
        "JournalDetailReference": "INV-77120",
        "JournalTransactionAmount": amount,
        "SourceCurrencyAmount": amount,
        "HomeCurrencyCode": "USD",
    }
    return row | changes


def a_journal(entry: str = "00001", **changes: Any) -> list[dict[str, Any]]:
    common = {"JournalEntryNumber": entry} | changes
    return [
        a_row("2000", -108.25, JournalTransactionNumber=60, **common | {"JournalDetailDescription": "Chloride"}),
        a_row("6300", 100, **common),
        a_row("1350", 8.25, JournalTransactionNumber=40, **common),
    ]


def journal_of(sage: responses.RequestsMock, client: Sage300Client, *rows: dict[str, Any], **more: Any) -> Any:
    sage.get(TRANSACTIONS, body=json.dumps({"value": rows}))
    return posted_journal(client, 58, 2, "INV-77120", "1200", **more)


def test_a_journal_shows_debits_and_credits_in_the_order_of_its_lines(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    assert journal_of(sage, client, *a_journal()) == [
        JournalLine("6300", "Repair", usd("100.00"), "2026-03", "000490", "00001"),
        JournalLine("1350", "Repair", usd("8.25"), "2026-03", "000490", "00001"),
        JournalLine("2000", "Chloride", usd("-108.25"), "2026-03", "000490", "00001"),
    ]
    chosen = "SourceLedgerCode eq 'AP' and JournalDetailReference eq 'INV-77120'"
    assert sage.calls[0].request.params == {"$filter": chosen}


def test_a_journal_that_is_not_there_yet_has_no_lines(sage: responses.RequestsMock, client: Sage300Client) -> None:
    assert journal_of(sage, client) == []


def test_the_journal_of_a_payment_is_not_that_of_the_invoice(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    rows = [*a_journal(), *a_journal("00002", SourceTypeCode="PY")]
    assert {line.entry for line in journal_of(sage, client, *rows)} == {"00001"}


def test_an_invoice_with_nothing_but_payments_in_the_ledger_has_no_journal(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    assert journal_of(sage, client, *a_journal(SourceTypeCode="PY")) == []


def test_two_vendors_with_one_number_are_told_apart_by_the_vendor_or_not_at_all(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    other = a_journal("00002")
    assert journal_of(sage, client, *a_journal(), *other) == []


def test_a_journal_that_names_the_vendor_is_his(sage: responses.RequestsMock, client: Sage300Client) -> None:
    named = a_journal("00002", JournalDetailReference="1200 INV-77120")
    assert {line.entry for line in journal_of(sage, client, *a_journal(), *named)} == {"00002"}


def test_a_journal_that_comes_to_something_else_is_not_taken(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    assert journal_of(sage, client, *a_journal(), total=usd("99.00")) == []


def test_among_several_the_one_that_comes_to_the_invoice_is_taken(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    other = [a_row("6300", 7, JournalEntryNumber="00002"), a_row("2000", -7, JournalEntryNumber="00002")]
    assert {line.entry for line in journal_of(sage, client, *a_journal(), *other, total=usd("7.00"))} == {"00002"}


def test_a_line_in_the_companys_own_currency_stays_in_it(sage: responses.RequestsMock, client: Sage300Client) -> None:
    rows = [
        a_row("6300", 130, SourceCurrencyAmount=100, SourceCurrencyCode="CAD"),
        a_row("7110", 0.02, SourceCurrencyAmount=0, SourceCurrencyCode="CAD", JournalTransactionNumber=40),
    ]
    assert [str(line.amount) for line in journal_of(sage, client, *rows)] == ["100.00 CAD", "0.02 USD"]


def test_without_the_right_to_the_ledger_its_module_is_named(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    refusal = {"error": {"code": "Forbidden", "message": {"lang": "en-US", "value": "No."}}}
    sage.get(TRANSACTIONS, status=403, json=refusal)
    with pytest.raises(ConfigurationTrouble, match="General Ledger") as caught:
        posted_journal(client, 58, 2, "INV-77120", "1200")
    assert caught.value.code == "sage300.rights"
