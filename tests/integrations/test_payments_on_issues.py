"""What was paid: told on the issue of an invoice from its posted document and the payments applied to it."""

from __future__ import annotations

import pytest

from mock_servers.sage300 import Seed
from tests.integrations.office import Office
from tests.integrations.purchasing import Json, ago, map_more, open_office, post, today

PAYMENTS = "/AP/APPaymentAndAdjustmentBatches"
DAY = 86_400


@pytest.fixture
def vendor(office: Office) -> Office:
    return open_office(office)


@pytest.fixture
def neighbours() -> bool:
    return True


@pytest.fixture
def paying(vendor: Office) -> Office:
    """Invoices tell how far they are paid."""
    map_more(vendor, "payment_status", "paid_amount", "open_amount", "last_paid_on")
    return vendor


def shown(office: Office, number: str) -> tuple[object, ...]:
    fields = office.issue_of(number)["fields"]
    return tuple(fields.get(name) for name in ("Payment status", "Paid", "Still open", "Last paid on"))


def test_a_part_payment_and_then_the_rest_show_on_the_issue(paying: Office) -> None:
    total = post(paying, "INV-1", "200.00")
    paying.poll()
    paying.poll()
    assert shown(paying, "INV-1") == ("Open", 0.0, total, None)
    paying.clerk("payment", "pay", vendor="1200", number="INV-1", amount="60.00", date=ago(1))
    paying.poll()
    paying.poll()
    assert shown(paying, "INV-1") == ("Part paid", 60.0, total - 60.0, ago(1))
    paying.clerk("payment", "pay", vendor="1200", number="INV-1")
    paying.poll()
    paying.poll()
    assert shown(paying, "INV-1") == ("Paid", total, 0.0, today().isoformat())
    assert paying.entry_of("INV-1").closed


def test_a_payment_that_is_not_posted_pays_nothing(paying: Office) -> None:
    total = post(paying, "INV-1")
    batch = paying.clerk("payment", "enter", vendor="1200", number="INV-1")["batch"]
    since = paying.sage.now
    paying.poll()
    paying.poll()
    assert shown(paying, "INV-1") == ("Open", 0.0, total, None)
    assert not paying.sage.journal("GET", rf"{PAYMENTS}\(", since), "its header says enough"
    paying.clerk("payment_batch", "post", number=batch)
    paying.poll()
    paying.poll()
    assert shown(paying, "INV-1")[0] == "Paid"


def test_a_payment_posted_into_last_month_is_noticed(paying: Office) -> None:
    """Sage 300 then gives the invoice an older day of last activity than it has given others."""
    total = post(paying, "OLD-1", document_date=ago(60), posting_date=ago(60))
    post(paying, "NEW-1")
    paying.poll()
    paying.poll()
    paying.clerk("payment", "pay", vendor="1200", number="OLD-1", amount="10.00", date=ago(25))
    paying.poll()
    paying.poll()
    paying.poll()
    assert shown(paying, "OLD-1") == ("Part paid", 10.0, total - 10.0, ago(25))


def test_a_payment_taken_back_opens_the_invoice_again(paying: Office) -> None:
    total = post(paying, "INV-1")
    payment = paying.clerk("payment", "pay", vendor="1200", number="INV-1")["number"]
    paying.poll()
    paying.poll()
    assert shown(paying, "INV-1")[0] == "Paid"
    paying.clerk("payment", "void", payment=payment)
    paying.poll()
    paying.poll()
    assert shown(paying, "INV-1") == ("Open", 0.0, total, None)


def test_a_debit_note_is_paid_too(paying: Office) -> None:
    total = post(paying, "DN-1", kind="DebitNote")
    paying.clerk("payment", "pay", vendor="1200", number="DN-1", amount="5.00")
    paying.poll()
    paying.poll()
    assert shown(paying, "DN-1") == ("Part paid", 5.0, total - 5.0, today().isoformat())


def test_a_credit_note_of_which_nothing_is_used_stays_open_below_nothing(paying: Office) -> None:
    entered = paying.clerk("credit_note", "enter", vendor="1200", number="CN-1", amount="40.00")
    paying.clerk("invoice_batch", "post", number=entered["batch"])
    paying.poll()
    paying.poll()
    assert shown(paying, "CN-1") == ("Open", 0.0, -float(entered["amount"]), None)


def test_two_vendors_with_the_same_number_are_paid_each_for_itself(paying: Office) -> None:
    paying.clerk("vendor", "enter", number="1350", name="Jones Office Supply")
    post(paying, "SAME-1")
    post(paying, "SAME-1", vendor="1350")
    paying.clerk("payment", "pay", vendor="1350", number="SAME-1")
    paying.poll()
    paying.poll()
    status = {vendor: paying.issue_of("SAME-1", vendor)["fields"]["Payment status"] for vendor in ("1200", "1350")}
    assert status == {"1200": "Open", "1350": "Paid"}


@pytest.mark.parametrize("books", [Seed()], ids=["sample company"])
def test_what_a_company_has_paid_before_shows_from_the_first_reading(office: Office) -> None:
    first, second = [each for each in _posted(office) if float(each["due"]) > 10][:2]
    for document, amount in ((first, first["due"]), (second, "1.00")):
        office.clerk("payment", "pay", vendor=document["vendor"], number=document["number"], amount=amount)
    office.neighbours = True
    office.set_up()
    map_more(office, "payment_status", "open_amount")
    office.poll()
    for document in _posted(office):
        fields = office.issue_of(document["number"], document["vendor"])["fields"]
        assert fields["Still open"] == float(document["due"])
        assert (fields["Payment status"] == "Paid") == (float(document["due"]) == 0)


def _posted(office: Office) -> list[Json]:
    with office.sage.mock.lock:
        posted = office.sage.mock.state("posted_documents")["posted_documents"]
    return [each for each in posted if each["company"] == office.company]
