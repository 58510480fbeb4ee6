"""Lists that are gone on with behind an entry, against the mock: nothing comes twice and nothing is left out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mock_servers.sage300 import Sage300Mock
from sage_adapters.errors import RecordTrouble
from sage_adapters.records import PostedDocument, PurchaseOrder, Receipt, Vendor
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.posted import list_posted_documents
from sage_adapters.sage300.purchasing import list_orders, list_receipts, read_receipt
from sage_adapters.sage300.release import detect_release
from sage_adapters.sage300.vendors import list_vendors
from tests.adapters.conftest import Connect

LONG_AGO, FAR_AHEAD = date(2000, 1, 1), date(2999, 1, 1)


@pytest.fixture
def client(serve_mock: Any, connect: Connect) -> Sage300Client:
    return connect(serve_mock(Sage300Mock(page_size=3)))


def test_vendors_go_on_behind_a_number(client: Sage300Client) -> None:
    numbers = [each.number for each in list_vendors(client) if isinstance(each, Vendor)]
    for position in (0, len(numbers) // 2, len(numbers) - 1):
        behind = list_vendors(client, maintained_since=LONG_AGO, number_above=numbers[position])
        assert [each.number for each in behind if isinstance(each, Vendor)] == numbers[position + 1 :]


def test_posted_documents_go_on_behind_a_vendor_and_number(client: Sage300Client) -> None:
    keys = [each.key for each in list_posted_documents(client) if isinstance(each, PostedDocument)]
    assert len({key.vendor for key in keys}) > 1
    for position in range(0, len(keys), 5):
        key = keys[position]
        behind = list_posted_documents(client, active_since=LONG_AGO, above=(key.vendor, key.number))
        assert [each.key for each in behind if isinstance(each, PostedDocument)] == keys[position + 1 :]


def test_orders_are_found_by_date_or_by_key_and_go_on_behind_a_key(client: Sage300Client) -> None:
    orders = [each for each in list_orders(client) if isinstance(each, PurchaseOrder)]
    keys = [int(each.sequence) for each in orders]
    assert len(keys) > 3

    def listed(**bounds: Any) -> list[int]:
        return [int(each.sequence) for each in list_orders(client, **bounds) if isinstance(each, PurchaseOrder)]

    assert listed(since=FAR_AHEAD) == []
    assert listed(since=FAR_AHEAD, entered_after=keys[1]) == keys[2:]
    assert listed(since=LONG_AGO, entered_after=keys[1]) == keys
    assert listed(since=LONG_AGO, entered_after=keys[1], sequence_above=keys[2]) == keys[3:]
    assert listed(since=FAR_AHEAD, entered_after=keys[0], sequence_above=keys[2], active_only=True) == keys[3:]


@pytest.mark.parametrize("release", ["2021", "2022.2"])
def test_receipts_are_chosen_likewise_and_read_by_their_key(serve_mock: Any, connect: Connect, release: str) -> None:
    client = connect(serve_mock(Sage300Mock(release=release)))
    found = detect_release(client)
    receipts = [each for each in list_receipts(client, found) if isinstance(each, Receipt)]
    keys = [int(each.sequence) for each in receipts]
    later = list_receipts(client, found, since=FAR_AHEAD, entered_after=keys[0])
    assert [int(each.sequence) for each in later if isinstance(each, Receipt)] == keys[1:]
    assert read_receipt(client, found, receipts[0].sequence) == receipts[0]
    with pytest.raises(RecordTrouble) as gone:
        read_receipt(client, found, "999999")
    assert gone.value.code == "sage300.record-not-found"
