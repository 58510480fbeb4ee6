"""What posting an invoice meant for the general ledger, as a thread of comments on its issue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from plugin.integrations.sage300_jira.invoices import DELETED
from plugin.store.database import Database
from plugin.store.models import LedgerEntry, SourceUnit
from tests.contract.jira_openapi import SPEC
from tests.integrations.comments_books import READS_AT_ONCE, Books, open_books

TODAY = datetime.now(UTC).date()
LONG_AGO = TODAY - timedelta(days=200)

if not SPEC.exists():
    pytest.skip("Atlassian's OpenAPI is not at hand", allow_module_level=True)


@pytest.fixture
def books(database: Database, serve_mock: Callable[..., Any]) -> Iterator[Books]:
    with open_books(database, serve_mock) as opened:
        yield opened


def test_a_posted_invoice_gets_one_comment_with_its_distribution_and_its_journal(books: Books) -> None:
    lines = [
        {"account": "6300", "description": "Roof", "amount": "1200.00"},
        {"account": "6500", "description": "Advice", "amount": "34.56"},
    ]
    key = books.posted("P-1", lines=lines, posting_date=f"{TODAY:%Y-%m-%d}")
    books.tell()
    books.tell()
    (comment,) = books.thread(key)
    head, *rest = comment.splitlines()
    assert head.startswith("Counterfoil: posted in Sage 300. Invoice P-1 of Chloride Systems, USD 1,336.41: batch ")
    assert head.endswith(f", posting date {TODAY.day} {TODAY:%b %Y}, fiscal period {TODAY:%Y-%m}.")
    distribution, journal = _tables(rest)
    assert distribution == [
        "Account | Description | Debit | Credit",
        "6300 | Roof | 1,200.00 | ",
        "6500 | Advice | 34.56 | ",
        " | Tax | 101.85 | ",
        " | Accounts payable, account set TRADE |  | 1,336.41",
        " | Total | USD 1,336.41 | USD 1,336.41",
    ]
    assert journal[0] == distribution[0]
    assert journal[-1] == distribution[-1]
    assert {row.split(" | ")[0] for row in journal[1:-1]} > {"6300", "6500"}
    assert books.only("postings").belongs_to == "sage300:SAMLTD:1200:invoice:P-1"


def test_what_is_not_posted_is_not_told_and_what_was_told_is_not_told_again(books: Books) -> None:
    batch = books.enter("P-1")["batch"]
    books.poll_invoices()
    books.tell()
    assert books.thread(books.issues.keys["P-1"]) == []
    books.post(batch)
    books.poll_invoices()
    books.tell()
    books.change("postings", watermark=None)
    books.tell()
    assert len(books.thread(books.issues.keys["P-1"])) == 1
    assert books.ledger_reads() == 1, "one request for one invoice"


def test_a_credit_note_is_credited_where_an_invoice_is_debited(books: Books) -> None:
    batch = books.clerk("credit_note", "enter", vendor="1200", number="CN-1", amount="25.50")["batch"]
    books.poll_invoices()
    books.post(batch)
    books.poll_invoices()
    books.tell()
    (comment,) = books.thread(books.issues.keys["CN-1"])
    assert "Credit note CN-1 of Chloride Systems, USD -25.50" in comment
    distribution, _ = _tables(comment.splitlines()[1:])
    assert distribution[-2:] == [
        " | Accounts payable, account set TRADE | 25.50 | ",
        " | Total | USD 25.50 | USD 25.50",
    ]


def test_a_journal_that_comes_later_is_told_in_a_further_comment(books: Books) -> None:
    books.sage.turn(gl_automatic=False)
    key = books.posted("P-1")
    books.tell()
    (comment,) = books.thread(key)
    assert "Journal" not in comment
    before = books.sage.now
    books.tell()
    assert books.ledger_reads(before) == 0, "it is not asked for with each poll"
    books.time_passes(timedelta(minutes=6))
    books.tell()
    assert books.ledger_reads(before) == 1
    books.late_journal()
    books.time_passes(timedelta(minutes=12))
    books.tell()
    first, second = books.thread(key)
    assert first == comment
    assert second.startswith("Counterfoil: more about the posting. Invoice P-1")
    assert "Journal of the general ledger has been posted: batch " in second
    assert "Distribution" not in second
    asked = books.ledger_reads()
    books.time_passes(timedelta(days=2))
    books.tell()
    assert (books.ledger_reads(), len(books.thread(key))) == (asked, 2)


def test_a_journal_that_never_comes_is_asked_for_less_and_less_and_given_up(books: Books) -> None:
    books.sage.turn(gl_automatic=False)
    books.posted("P-1")
    books.tell()
    asked = []
    for _ in range(60):
        before = books.sage.now
        books.time_passes(timedelta(days=1, seconds=1))
        books.tell()
        asked.append(books.ledger_reads(before))
    assert asked[:40] == [1] * 40
    assert asked[44:] == [0] * 16
    assert books.ledger_reads() < 50


def test_an_invoice_that_sage_300_clears_from_its_history_stays_told_as_it_was(books: Books) -> None:
    books.sage.turn(gl_automatic=False)
    key = books.posted("P-1")
    books.tell()
    with books.writing() as session:
        mine = (LedgerEntry.number == "P-1") & (LedgerEntry.kind == "invoice")
        invoice = session.scalars(select(LedgerEntry).where(mine)).one()
        invoice.content = {**invoice.content, "status": DELETED}
    before = books.sage.now
    books.time_passes(timedelta(days=1))
    books.tell()
    assert (books.ledger_reads(before), len(books.thread(key))) == (0, 1)
    with books.writing() as session:
        assert [unit.open for unit in session.scalars(select(SourceUnit).where(SourceUnit.signature == ""))] == [False]


def test_without_the_right_to_read_the_ledger_the_distribution_is_told_all_the_same(books: Books) -> None:
    books.reader = "NOLEDGER"
    numbers = [f"P-{number}" for number in range(1, 9)]
    batch = books.enter(numbers[0])["batch"]
    for number in numbers[1:]:
        books.enter(number, batch=batch)
    books.poll_invoices()
    books.post(batch)
    books.poll_invoices()
    ending = books.tell()
    assert ending.trouble is None
    for number in numbers:
        (comment,) = books.thread(books.issues.keys[number])
        assert "Distribution" in comment
    assert books.ledger_reads() <= READS_AT_ONCE, "not asked for once more by each invoice"


def test_years_of_posted_invoices_leave_no_comment_when_they_are_first_read(books: Books) -> None:
    old = books.enter("OLD-1", posting_date=f"{LONG_AGO:%Y-%m-%d}")["batch"]
    books.post(old)
    today = books.enter("NEW-1", posting_date=f"{TODAY:%Y-%m-%d}")["batch"]
    books.post(today)
    books.poll_invoices()
    books.tell()
    assert [entry.number for entry in books.entries("postings")] == ["NEW-1"]
    assert books.thread(books.issues.keys["OLD-1"]) == []


def test_an_invoice_that_is_posted_into_an_earlier_period_is_told(books: Books) -> None:
    key = books.posted("BACK-1", posting_date=f"{LONG_AGO:%Y-%m-%d}")
    books.tell()
    assert len(books.thread(key)) == 1


def test_a_stream_with_an_earlier_beginning_tells_of_older_postings(books: Books) -> None:
    old = books.enter("OLD-1", posting_date=f"{LONG_AGO:%Y-%m-%d}")["batch"]
    books.post(old)
    books.poll_invoices()
    books.change("postings", since=LONG_AGO, watermark={"day": LONG_AGO.isoformat()})
    books.tell()
    assert len(books.thread(books.issues.keys["OLD-1"])) == 1


def test_hundreds_of_lines_are_cut_with_a_sentence_that_keeps_the_totals(books: Books) -> None:
    lines = [{"account": "6300", "description": f"Item {n} " + "x" * 40, "amount": "1.00"} for n in range(400)]
    key = books.posted("LONG-1", lines=lines)
    books.tell()
    (comment,) = books.thread(key)
    cut = [line for line in comment.splitlines() if line.startswith("and ")]
    assert len(cut) == 2, "the distribution and the journal"
    amount = "USD 432.00"  # tax is rounded line by line
    told = f" more lines, which Sage 300 shows; debits come to {amount}, credits to {amount}."
    assert all(line.endswith(told) for line in cut), cut


def _tables(lines: list[str]) -> list[list[str]]:
    tables: list[list[str]] = []
    for line in lines:
        if line.startswith("Account | "):
            tables.append([])
        if " | " in line:
            tables[-1].append(line)
    return tables
