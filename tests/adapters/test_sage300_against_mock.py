"""The client against the mock Sage 300. Both were written from the contract and neither from the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from mock_servers.sage300 import Sage300Mock, Seed
from sage_adapters.errors import ConfigurationTrouble, RecordTrouble, Throttled, TransientTrouble, Trouble
from sage_adapters.records import Rejected
from sage_adapters.sage300.accounts import list_accounts, read_account
from sage_adapters.sage300.check import check_connection
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.invoices import list_batches, read_batch
from sage_adapters.sage300.purchasing import list_orders, list_receipts, read_order
from sage_adapters.sage300.release import detect_release
from sage_adapters.sage300.vendors import list_vendors, read_vendor
from tests.adapters.conftest import Connect, order_fault

State = dict[str, list[dict[str, Any]]]


@pytest.fixture
def state_of(sage300_mock: Any) -> Callable[[], State]:
    def fetch() -> State:
        found: State = requests.get(f"{sage300_mock.url}/__mock__/state", timeout=30).json()
        return {kind: [each for each in them if each["company"] == "SAMLTD"] for kind, them in found.items()}

    return fetch


def test_every_invoice_in_the_books_is_read_as_it_stands(
    sage300_mock: Any, connect: Connect, state_of: Callable[[], State]
) -> None:
    client = connect(sage300_mock)
    batches = [read_batch(client, header.number) for header in list_batches(client)]
    read = {
        (each.vendor_number, each.invoice_number): (
            *(Decimal(each.amount.amount), each.currency, each.tax_total.amount, each.vendor_name),
            *(str(each.document_date), str(each.due_date), each.batch, each.entry, len(each.lines)),
        )
        for batch in batches
        for each in batch.invoices
    }
    held = {
        (each["vendor"], each["number"]): (
            *(abs(Decimal(each["amount"])), each["currency"], abs(Decimal(each["tax_total"])), each["vendor_name"]),
            *(each["document_date"], each["due_date"], str(each["batch"]), str(each["entry"]), len(each["lines"])),
        )
        for each in state_of()["invoices"]
    }
    assert read == held
    assert not any(batch.rejected for batch in batches)
    assert not any(invoice.doubts for batch in batches for invoice in batch.invoices)


def test_batch_headers_agree_with_the_books(sage300_mock: Any, connect: Connect, state_of: Callable[[], State]) -> None:
    listed = {
        header.number: (header.status, header.entries, header.total, str(header.last_edited))
        for header in list_batches(connect(sage300_mock))
    }
    held = {
        each["number"]: (each["status"], each["entries"], Decimal(each["total"]), each["last_edited"])
        for each in state_of()["invoice_batches"]
    }
    assert listed == held


def test_batches_can_be_chosen_by_edit_status_and_number(sage300_mock: Any, connect: Connect) -> None:
    client = connect(sage300_mock)
    everything = list(list_batches(client))
    last_day = max(header.last_edited for header in everything if header.last_edited)
    recent = {each.number for each in everything if each.last_edited and each.last_edited >= last_day}
    unposted = {each.number for each in everything if each.status != "Posted"}
    middle = sorted(each.number for each in everything)[len(everything) // 2]

    def numbers(**chosen: Any) -> set[int]:
        return {header.number for header in list_batches(client, **chosen)}

    assert numbers(edited_since=last_day) == recent
    assert numbers(not_posted=True) == unposted
    assert numbers(edited_since=last_day, not_posted=True) == recent | unposted
    assert numbers(number_above=middle) == {each.number for each in everything if each.number > middle}
    assert numbers(edited_since=last_day + timedelta(days=1)) == set()


def test_an_edit_a_hold_and_a_posting_show_in_the_next_read(
    sage300_mock: Any, connect: Connect, people: Callable[..., dict[str, Any]]
) -> None:
    client = connect(sage300_mock)
    words = {"vendor": "1200", "number": "NEW-1"}
    entered = people("invoice", action="enter", amount="80.00", po_number="PO77", description="Lamps", **words)
    number = int(entered["batch"])

    def now() -> Any:
        (found,) = (each for each in read_batch(client, number).invoices if each.invoice_number == "NEW-1")
        return found

    before = now()
    assert (before.status, before.po_number, before.total_before_tax.amount) == ("Open", "PO77", Decimal("80.00"))
    people("invoice", action="edit", description="Better lamps", due_date="2026-12-24", **words)
    assert (now().description, now().due_date, now().key) == ("Better lamps", date(2026, 12, 24), before.key)
    people("invoice", action="hold", **words)
    assert now().status == "On hold"
    people("invoice", action="release", **words)
    people("invoice_batch", action="ready", number=number)
    assert now().status == "Ready to post"
    signature = read_batch(client, number).header.signature()
    people("invoice_batch", action="post", number=number)
    assert now().status == "Posted"
    assert read_batch(client, number).header.signature() != signature


def test_a_credit_note_is_positive_and_counts_against_the_vendor(
    sage300_mock: Any, connect: Connect, people: Callable[..., dict[str, Any]]
) -> None:
    entered = people("credit_note", action="enter", vendor="1200", number="CN-1", amount="50.00")
    batch = read_batch(connect(sage300_mock), int(entered["batch"]))
    (note,) = (each for each in batch.invoices if each.invoice_number == "CN-1")
    assert note.document_type == "Credit note"
    assert note.amount.amount > 0 > note.signed_amount.amount


def test_a_deleted_entry_is_gone_from_its_batch(
    sage300_mock: Any, connect: Connect, people: Callable[..., dict[str, Any]]
) -> None:
    client = connect(sage300_mock)
    entered = people("invoice", action="enter", vendor="1200", number="GONE-1", amount="5")
    people("invoice", action="delete", vendor="1200", number="GONE-1")
    remaining = read_batch(client, int(entered["batch"])).invoices
    assert "GONE-1" not in [each.invoice_number for each in remaining]


def test_vendors_accounts_orders_and_receipts_agree_with_the_books(
    sage300_mock: Any, connect: Connect, state_of: Callable[[], State]
) -> None:
    client, held = connect(sage300_mock), state_of()
    vendors, accounts, orders = list(list_vendors(client)), list(list_accounts(client)), list(list_orders(client))
    receipts = list(list_receipts(client, detect_release(client)))
    assert not any(isinstance(each, Rejected) for each in [*vendors, *accounts, *orders, *receipts])
    assert {(v.number, v.name, v.on_hold, str(v.balance), v.active) for v in vendors} == {
        (
            each["number"],
            each["name"],
            each["on_hold"],
            f"{each['balance']} {each['currency']}",
            each["status"] == "Active",
        )
        for each in held["vendors"]
    }
    assert {(a.number, a.formatted, a.control_account, a.active) for a in accounts} == {
        (each["account"], each["formatted"], each["control"], each["status"] == "Active") for each in held["accounts"]
    }
    assert {(o.number, o.vendor_name, str(o.amount), str(o.order_date), o.on_hold) for o in orders} == {
        (each["number"], each["vendor_name"], f"{each['total']} {each['currency']}", each["date"], each["on_hold"])
        for each in held["purchase_orders"]
    }
    assert {
        (o.number, line.number, line.quantity_ordered, line.quantity_received, line.quantity_outstanding)
        for o in orders
        for line in o.lines
    } == {
        (each["number"], line["line"], *map(Decimal, (line["ordered"], line["received"], line["outstanding"])))
        for each in held["purchase_orders"]
        for line in each["lines"]
    }
    assert {o.number for o in orders if o.completed} == {
        each["number"] for each in held["purchase_orders"] if each["status"] == "Complete"
    }
    assert {(r.number, r.po_number, r.amount.amount) for r in receipts} == {
        (each["number"], each["po_number"], Decimal(each["total"])) for each in held["receipts"]
    }


def test_single_records_are_read_by_their_keys(sage300_mock: Any, connect: Connect) -> None:
    client = connect(sage300_mock)
    vendor, account, order = next(list_vendors(client)), next(list_accounts(client)), next(list_orders(client))
    assert read_vendor(client, vendor.number) == vendor
    assert read_account(client, account.number) == account
    assert read_order(client, order.sequence) == order
    with pytest.raises(RecordTrouble):
        read_vendor(client, "NOBODY")


def test_vendors_maintained_lately_can_be_asked_for(sage300_mock: Any, connect: Connect) -> None:
    client = connect(sage300_mock)
    days = sorted({vendor.last_maintained for vendor in list_vendors(client)})
    chosen = list(list_vendors(client, maintained_since=days[-1]))
    assert chosen
    assert {vendor.last_maintained for vendor in chosen} == {days[-1]}


@pytest.mark.parametrize(
    ("release", "receipts", "patches"),
    [("2020", "POReceipts", None), ("2021", "POReceipts", None), ("2022.2", "POGetReceipts", True)],
)
def test_each_release_is_found_out_by_reading_only(
    serve_mock: Any, connect: Connect, release: str, receipts: str, patches: bool | None
) -> None:
    served = serve_mock(Sage300Mock(release=release))
    client = connect(served)
    found = detect_release(client)
    assert (found.receipts, found.batch_patch) == (receipts, patches)
    assert list(list_receipts(client, found))
    journal = requests.get(f"{served.url}/__mock__/requests", timeout=30).json()["requests"]
    assert {each["method"] for each in journal} == {"GET"}


@pytest.mark.parametrize("page_size", [1, 3, 1000])
def test_the_size_of_pages_changes_nothing_but_their_number(serve_mock: Any, connect: Connect, page_size: int) -> None:
    client = connect(serve_mock(Sage300Mock(page_size=page_size)))
    numbers = [header.number for header in list_batches(client)]
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 3


def test_test_connection_describes_a_sound_server(serve_mock: Any, connect: Connect) -> None:
    findings = check_connection(connect(serve_mock(Sage300Mock(page_size=5))))
    assert findings.ok
    assert "SAMLTD" in findings.companies
    assert (findings.page_size, findings.release.receipts) == (5, "POGetReceipts")
    assert (findings.vendors or 0) > 5


def problems(client: Sage300Client) -> list[str]:
    return [each.code for each in check_connection(client).findings if each.severity == "problem"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"password": "wrong"}, "sage300.credentials"),
        ({"user": "nobody"}, "sage300.credentials"),
        ({"company": "NOSUCH"}, "sage300.unknown-company"),
        ({"user": "admin"}, "sage300.admin-user"),
    ],
)
def test_a_wrong_setting_is_named(sage300_mock: Any, connect: Connect, said: dict[str, str], code: str) -> None:
    if said.get("user") == "admin":
        sage300_mock.mock.users.set({"ADMIN": {"password": "REHEARSAL"}})
    assert problems(connect(sage300_mock, **said)) == [code]


def test_a_wrong_path_is_named(sage300_mock: Any, connect: Connect) -> None:
    client = connect(sage300_mock, base_url=f"{sage300_mock.url}/Elsewhere")
    (problem,) = (each for each in check_connection(client).findings if each.severity == "problem")
    assert "address" in problem.remedy


@pytest.mark.parametrize("path", ["", "/", "/Sage300WebApi", "/Sage300WebApi/v1.0/-/SAMLTD"])
def test_every_way_of_giving_the_address_works(sage300_mock: Any, connect: Connect, path: str) -> None:
    assert check_connection(connect(sage300_mock, base_url=sage300_mock.url + path)).ok


def test_windows_authentication_is_recognised(serve_mock: Any, connect: Connect) -> None:
    assert problems(connect(serve_mock(Sage300Mock(windows_auth=True)))) == ["sage300.windows-auth"]


@pytest.mark.parametrize(("module", "name"), [("AP", "Accounts Payable"), ("GL", "General Ledger"), ("PO", "Orders")])
def test_a_missing_right_names_its_module(sage300_mock: Any, connect: Connect, module: str, name: str) -> None:
    rights = [each for each in ("AP", "CS", "GL", "PO", "TX", "BK") if each != module]
    sage300_mock.mock.users.set({"LIMITED": {"password": "REHEARSAL", "api": rights}})
    findings = check_connection(connect(sage300_mock, user="limited"))
    missing = [each for each in findings.findings if each.severity == "problem"]
    assert {each.code for each in missing} == {"sage300.rights"}
    assert all(name in each.sentence for each in missing)


@pytest.mark.parametrize(
    ("kind", "more", "trouble", "code"),
    [
        ("html", {"status": 503}, TransientTrouble, "sage300.app-pool"),
        ("html", {"status": 500}, TransientTrouble, "sage300.server-error"),
        ("html", {"status": 404}, RecordTrouble, "sage300.too-large"),
        ("status", {"status": 500}, TransientTrouble, "sage300.server-error"),
        ("throttle", {}, Throttled, "sage300.throttled"),
        ("reset", {}, TransientTrouble, "http.dropped"),
        ("lost_reply", {}, TransientTrouble, "http.dropped"),
        ("truncate", {}, TransientTrouble, "http.dropped"),
        ("timeout", {"seconds": 5}, TransientTrouble, "http.timeout"),
    ],
)
def test_every_fault_of_the_mock_becomes_a_trouble_of_ours(
    sage300_mock: Any, connect: Connect, kind: str, more: dict[str, Any], trouble: type[Trouble], code: str
) -> None:
    client = connect(sage300_mock, timeout=(2.0, 0.3))
    order_fault(sage300_mock, kind, "/AP/APVendors", **more)
    with pytest.raises(trouble) as caught:
        list(list_vendors(client))
    assert caught.value.code == code


@pytest.mark.parametrize("shape", ["message", "empty", "sage"])
@pytest.mark.parametrize("language", ["en-US", "fr-FR"])
def test_bodies_of_other_shapes_and_languages_mean_the_same(
    serve_mock: Any, connect: Connect, shape: str, language: str
) -> None:
    served = serve_mock(Sage300Mock(error_shape=shape, language=language))
    order_fault(served, "status", "/AP/APVendors", status=500)
    with pytest.raises(TransientTrouble) as caught:
        list(list_vendors(connect(served)))
    assert caught.value.code == "sage300.server-error"


def test_a_hiccup_is_repeated_without_anybody_noticing(sage300_mock: Any, connect: Connect) -> None:
    order_fault(sage300_mock, "reset", "/AP/APVendors", times=1)
    assert list(list_vendors(connect(sage300_mock)))


def test_in_strict_mode_every_request_has_its_content_type(serve_mock: Any, connect: Connect) -> None:
    assert check_connection(connect(serve_mock(Sage300Mock(strict_content_type="all")))).ok


def test_parallel_reads_stay_below_the_limit_of_the_server(serve_mock: Any, connect: Connect) -> None:
    served = serve_mock(Sage300Mock(max_concurrent=3, latency=0.02, seeded=Seed(invoices=60, per_batch=2)))
    client = connect(served, concurrency=3)
    numbers = [header.number for header in list_batches(client)]
    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(lambda number: read_batch(client, number), numbers))
    assert sum(len(batch.invoices) for batch in batches) == 60


def test_a_company_without_that_name_has_a_remedy_in_a_run_too(sage300_mock: Any, connect: Connect) -> None:
    with pytest.raises(Trouble, match="company") as caught:
        list(list_batches(connect(sage300_mock, company="NOSUCH")))
    assert isinstance(caught.value, ConfigurationTrouble | TransientTrouble)
