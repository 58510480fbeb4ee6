"""The whole way from an open invoice to a paid one, against the mock Sage 300, and what can go wrong on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from mock_servers.sage300 import Sage300Mock
from sage_adapters.errors import (
    ConfigurationTrouble,
    RecordTrouble,
    TransientTrouble,
    UncertainOutcome,
)
from sage_adapters.records import AppliedPayment, Money, PostedDocument, PurchaseOrder
from sage_adapters.sage300.banks import list_banks
from sage_adapters.sage300.calendar import fiscal_periods
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.invoices import read_batch, read_batch_header
from sage_adapters.sage300.journals import posted_journal
from sage_adapters.sage300.payments import (
    NewPayment,
    check_payment,
    create_payment_batch,
    find_payment_batches,
    list_payment_batches,
    mark_payments_ready,
    post_payments,
    read_payment_batch,
    read_payment_batch_header,
)
from sage_adapters.sage300.posted import list_posted_documents, read_posted_document
from sage_adapters.sage300.posting import PAUSE_SECONDS, mark_invoices_ready, post_invoices, posting_errors
from sage_adapters.sage300.purchasing import list_orders, read_orders
from tests.adapters.conftest import Connect, order_fault

People = Callable[..., dict[str, Any]]
KEY = "CF-0d9f"


def turn(served: Any, **knobs: Any) -> None:
    reply = requests.post(f"{served.url}/__mock__/knobs", json=knobs, timeout=30)
    assert reply.ok, reply.text


def writes_of(served: Any) -> list[str]:
    journal = requests.get(f"{served.url}/__mock__/requests", timeout=30).json()["requests"]
    return [f"{each['method']} {each['path'].rsplit('/', 1)[1]}" for each in journal if each["method"] != "GET"]


@pytest.fixture
def entered(people: People) -> int:
    """The number of an open batch with one invoice of 80.00 and tax."""
    return int(people("invoice", action="enter", vendor="1200", number="NEW-1", amount="80.00")["batch"])


@pytest.fixture
def client(sage300_mock: Any, connect: Connect) -> Sage300Client:
    return connect(sage300_mock)


@pytest.fixture
def due(client: Sage300Client, entered: int) -> PostedDocument:
    mark_invoices_ready(client, entered)
    post_invoices(client, entered)
    return read_posted_document(client, "1200", "NEW-1")


def payment_of(document: PostedDocument, amount: Money | None = None) -> NewPayment:
    today = document.last_activity
    assert today is not None
    paid = amount or document.outstanding
    applied = [AppliedPayment(document.key.number, 1, paid)]
    return NewPayment(f"{KEY} FIN-41", "SEATAC", today, document.key.vendor, paid, today, applied)


def test_an_open_invoice_is_approved_posted_and_paid(client: Sage300Client, entered: int) -> None:
    (invoice,) = read_batch(client, entered).invoices
    with pytest.raises(RecordTrouble):
        read_posted_document(client, "1200", "NEW-1")

    mark_invoices_ready(client, entered)
    assert read_batch_header(client, entered).status == "ReadyToPost"
    post_invoices(client, entered)
    assert read_batch_header(client, entered).status == "Posted"
    document = read_posted_document(client, "1200", "NEW-1")
    assert document.key == invoice.key
    assert (document.outstanding, document.paid.amount, document.fully_paid) == (invoice.amount, 0, False)

    batch = create_payment_batch(client, payment_of(document))
    mark_payments_ready(client, batch.header.number)
    assert read_payment_batch_header(client, batch.header.number).status == "ReadyToPost"
    post_payments(client, batch.header.number)
    assert read_payment_batch_header(client, batch.header.number).status == "Posted"
    paid = read_posted_document(client, "1200", "NEW-1")
    assert (paid.paid, paid.outstanding.amount, paid.fully_paid) == (invoice.amount, 0, True)
    (payment,) = read_payment_batch(client, batch.header.number).payments
    assert [(each.document_number, each.amount) for each in payment.applied] == [("NEW-1", invoice.amount)]


def test_a_part_payment_leaves_the_rest_open(client: Sage300Client, due: PostedDocument) -> None:
    part = Money(Decimal("30.10"), due.amount.currency)
    number = create_payment_batch(client, payment_of(due, part)).header.number
    mark_payments_ready(client, number)
    post_payments(client, number)
    document = read_posted_document(client, "1200", "NEW-1")
    assert (document.paid, document.fully_paid) == (part, False)
    assert document.outstanding.amount == due.amount.amount - Decimal("30.10")


@pytest.mark.parametrize(("kind", "made"), [("lost_reply", 1), ("reset", 0), ("timeout", 1)])
def test_whether_a_lost_payment_was_made_is_found_out_by_its_description(
    sage300_mock: Any, connect: Connect, due: PostedDocument, kind: str, made: int
) -> None:
    client = connect(sage300_mock, timeout=(2.0, 0.5))
    order_fault(sage300_mock, kind, "/AP/APPaymentAndAdjustmentBatches$", times=1)
    wanted = payment_of(due)
    with pytest.raises(UncertainOutcome):
        create_payment_batch(client, wanted)
    found = find_payment_batches(client, KEY)
    assert len(found) == made
    for header in found:
        check_payment(read_payment_batch(client, header.number), wanted)


def test_a_write_whose_answer_is_lost_reaches_the_server_once(
    sage300_mock: Any, client: Sage300Client, due: PostedDocument
) -> None:
    order_fault(sage300_mock, "lost_reply", "/AP/APPaymentAndAdjustmentBatches$", times=1)
    with pytest.raises(UncertainOutcome):
        create_payment_batch(client, payment_of(due))
    assert writes_of(sage300_mock).count("POST APPaymentAndAdjustmentBatches") == 1


@pytest.mark.parametrize("spoiled", ["without_allocations", "other_currency"])
def test_a_payment_that_sage_spoils_is_noticed_now_and_when_it_is_found_again(
    sage300_mock: Any, client: Sage300Client, due: PostedDocument, spoiled: str
) -> None:
    turn(sage300_mock, payment_echo=spoiled)
    wanted = payment_of(due)
    with pytest.raises(RecordTrouble) as caught:
        create_payment_batch(client, wanted)
    assert caught.value.code == "sage300.payment-differs"
    (header,) = find_payment_batches(client, KEY)
    assert f"payment batch {header.number}" in caught.value.remedy
    with pytest.raises(RecordTrouble, match="compared with the payment"):
        check_payment(read_payment_batch(client, header.number), wanted)


def test_a_posting_whose_answer_is_lost_shows_in_the_batch(
    sage300_mock: Any, client: Sage300Client, due: PostedDocument
) -> None:
    number = create_payment_batch(client, payment_of(due)).header.number
    order_fault(sage300_mock, "lost_reply", ".*", times=1)
    with pytest.raises(UncertainOutcome):
        mark_payments_ready(client, number)
    assert read_payment_batch_header(client, number).status == "ReadyToPost"
    order_fault(sage300_mock, "lost_reply", "APPostPaymentsAndAdjustments", times=1)
    with pytest.raises(UncertainOutcome):
        post_payments(client, number)
    assert read_payment_batch_header(client, number).status == "Posted"
    post_payments(client, number)
    mark_payments_ready(client, number)
    assert read_posted_document(client, "1200", "NEW-1").paid == due.amount


def test_only_our_batches_are_found(client: Sage300Client, due: PostedDocument, people: People) -> None:
    people("payment", action="pay", vendor="1200", number="NEW-1", amount="1.00", description="Somebody else's")
    mine = create_payment_batch(client, payment_of(read_posted_document(client, "1200", "NEW-1"))).header.number
    assert [header.number for header in find_payment_batches(client, KEY)] == [mine]
    assert mine in [header.number for header in list_payment_batches(client, not_posted=True)]
    assert len(list(list_payment_batches(client, not_posted=True))) < len(list(list_payment_batches(client)))


def test_paying_what_is_paid_already_stays_behind_with_its_reason(
    client: Sage300Client, due: PostedDocument, people: People
) -> None:
    number = create_payment_batch(client, payment_of(due)).header.number
    people("payment", action="pay", vendor="1200", number="NEW-1")
    mark_payments_ready(client, number)
    post_payments(client, number)
    header = read_payment_batch_header(client, number)
    (error,) = (each for each in posting_errors(client, header.posting_sequence) if each.batch == number)
    assert (header.errors, error.entry, error.vendor) == (1, 1, "1200")
    assert "exceeds the amount due" in error.message
    assert read_payment_batch(client, number).payments == []


def test_an_invoice_on_hold_stays_behind_with_its_reason(client: Sage300Client, entered: int, people: People) -> None:
    people("invoice", action="hold", vendor="1200", number="NEW-1")
    mark_invoices_ready(client, entered)
    post_invoices(client, entered)
    header = read_batch_header(client, entered)
    (error,) = posting_errors(client, header.posting_sequence)
    assert (header.errors, error.batch, error.document) == (1, entered, "NEW-1")
    assert "hold" in error.message
    assert read_batch(client, entered).invoices == []


def test_posting_right_after_ready_to_post_is_tried_again_after_the_pause(
    sage300_mock: Any, client: Sage300Client, entered: int
) -> None:
    turn(sage300_mock, post_too_soon=True)
    mark_invoices_ready(client, entered)
    with pytest.raises(TransientTrouble) as caught:
        post_invoices(client, entered)
    assert caught.value.code == "sage300.posting-conflict"
    assert "conflict" in caught.value.got
    requests.post(f"{sage300_mock.url}/__mock__/clock", json={"advance": PAUSE_SECONDS}, timeout=30)
    post_invoices(client, entered)
    assert read_batch_header(client, entered).status == "Posted"


@pytest.mark.parametrize("language", ["en-US", "fr-FR"])
def test_a_batch_in_use_waits_in_any_language(
    sage300_mock: Any, client: Sage300Client, entered: int, language: str
) -> None:
    turn(sage300_mock, locked_batches=[f"SAMLTD/{entered}"], language=language)
    with pytest.raises(TransientTrouble) as caught:
        mark_invoices_ready(client, entered)
    assert caught.value.code == "sage300.batch-in-use"
    turn(sage300_mock, locked_batches=[])
    mark_invoices_ready(client, entered)
    assert read_batch_header(client, entered).status == "ReadyToPost"


def test_a_batch_deleted_by_somebody_is_told_as_such(client: Sage300Client, entered: int, people: People) -> None:
    people("invoice_batch", action="delete", number=entered)
    with pytest.raises(RecordTrouble) as caught:
        mark_invoices_ready(client, entered)
    assert caught.value.code == "sage300.batch-deleted"


def test_release_2020_says_what_approving_needs(serve_mock: Any, connect: Connect) -> None:
    served = serve_mock(Sage300Mock(release="2020"))
    client = connect(served)
    url = f"{served.url}/__mock__/documents/invoice"
    body = {"action": "enter", "vendor": "1200", "number": "NEW-1", "amount": "5"}
    batch = int(requests.post(url, json=body, timeout=30).json()["batch"])
    with pytest.raises(ConfigurationTrouble, match="Sage 300 2021 or later") as caught:
        mark_invoices_ready(client, batch)
    assert caught.value.code == "sage300.release"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bank": "NOBANK"}, "sage300.field-invalid"),
        ({"vendor": "NOBODY"}, "sage300.field-invalid"),
    ],
)
def test_a_payment_that_sage_refuses_leaves_nothing_behind(
    client: Sage300Client, due: PostedDocument, changes: dict[str, str], code: str
) -> None:
    wanted = payment_of(due)
    fields = {name: getattr(wanted, name) for name in NewPayment.__dataclass_fields__} | changes
    with pytest.raises(RecordTrouble) as caught:
        create_payment_batch(client, NewPayment(**fields))
    assert caught.value.code == code
    assert find_payment_batches(client, KEY) == []


def test_a_payment_outside_the_fiscal_calendar_is_refused(client: Sage300Client, due: PostedDocument) -> None:
    wanted = payment_of(due)
    far = wanted.payment_date + timedelta(days=40 * 365)
    assert fiscal_periods(client).period_of(far) is None
    with pytest.raises(RecordTrouble) as caught:
        create_payment_batch(
            client, NewPayment(KEY, wanted.bank, far, wanted.vendor, wanted.amount, far, wanted.applied)
        )
    assert caught.value.code == "sage300.period-closed"


@pytest.mark.parametrize(
    ("rights", "act"),
    [
        ({"modify": ["GL"]}, "mark"),
        ({"modify": ["GL"]}, "pay"),
        ({"api": ["GL"]}, "read"),
    ],
)
def test_missing_rights_name_the_module(
    sage300_mock: Any, connect: Connect, due: PostedDocument, entered: int, rights: dict[str, Any], act: str
) -> None:
    sage300_mock.mock.users.set({"LIMITED": {"password": "REHEARSAL"} | rights})
    client = connect(sage300_mock, user="limited")
    acts: dict[str, Callable[[], object]] = {
        "mark": lambda: mark_invoices_ready(client, entered),
        "pay": lambda: create_payment_batch(client, payment_of(due)),
        "read": lambda: list(list_payment_batches(client)),
    }
    with pytest.raises(ConfigurationTrouble, match="Accounts Payable") as caught:
        acts[act]()
    assert caught.value.code == "sage300.rights"


def test_all_posted_documents_agree_with_their_invoices(client: Sage300Client, due: PostedDocument) -> None:
    documents = list(list_posted_documents(client))
    assert all(isinstance(each, PostedDocument) for each in documents)
    assert due in documents
    for document in documents:
        assert isinstance(document, PostedDocument)
        invoices = {each.key: each for each in read_batch(client, int(document.batch)).invoices}
        assert document.amount == invoices[document.key].amount
        assert document.outstanding.amount <= document.amount.amount
    recent = list(list_posted_documents(client, active_since=due.last_activity))
    assert due in recent
    assert len(recent) < len(documents)


def test_the_journal_of_a_posted_invoice_balances(client: Sage300Client, due: PostedDocument) -> None:
    lines = posted_journal(client, int(due.batch), int(due.entry), "NEW-1", "1200", total=due.amount)
    assert len(lines) >= 2
    assert sum(line.amount.amount for line in lines) == 0
    assert -due.amount.amount in [line.amount.amount for line in lines]
    assert {line.amount.currency for line in lines} == {"USD"}


def test_banks_and_the_calendar_are_read(client: Sage300Client, due: PostedDocument, people: People) -> None:
    assert "SEATAC" in {bank.code for bank in list_banks(client) if bank.active and bank.name and bank.currency}
    day = due.last_activity
    assert day is not None
    period = fiscal_periods(client).period_of(day)
    assert period is not None
    assert period.open
    people("fiscal_period", action="lock", year=period.year, period=period.number)
    locked = fiscal_periods(client).period_of(day)
    assert locked is not None
    assert not locked.open


@pytest.mark.parametrize("page_size", [3, 100])
def test_orders_are_read_again_by_their_keys(serve_mock: Any, connect: Connect, page_size: int) -> None:
    client = connect(serve_mock(Sage300Mock(page_size=page_size)))
    orders = [each for each in list_orders(client) if isinstance(each, PurchaseOrder)]
    keys = [each.sequence for each in orders]
    assert len(keys) > 3
    assert list(read_orders(client, [*keys, "999999"])) == orders
