"""How the Sage 300 client speaks: credentials, headers, cookies, paging, filters, values."""

from __future__ import annotations

import threading
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
import responses

from sage_adapters.errors import ConfigurationTrouble, RecordTrouble
from sage_adapters.http import AddressPolicy
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.filters import where
from tests.adapters.conftest import COMPANY, PASSWORD, ROOT

VENDORS = f"{COMPANY}/AP/APVendors"


def test_every_request_carries_upper_case_credentials_and_the_json_type(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    sage.get(f"{VENDORS}('1200')", json={"VendorNumber": "1200"})
    sage.get(VENDORS, json={"value": []})
    client.entry("AP", "APVendors", "1200")
    list(client.entries("AP", "APVendors"))
    for call in sage.calls:
        scheme, token = call.request.headers["Authorization"].split()
        assert (scheme, b64decode(token).decode()) == ("Basic", f"ACME_API:{PASSWORD.upper()}")
        assert call.request.headers["Content-Type"] == "application/json"


def test_the_session_cookie_is_kept_and_shared_between_threads(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    sage.get(VENDORS, json={"value": []}, headers={"Set-Cookie": "ASP.NET_SessionId=abc; path=/; HttpOnly"})

    def ask() -> None:
        list(client.entries("AP", "APVendors"))

    with ThreadPoolExecutor(1) as first:
        first.submit(ask).result()
    with ThreadPoolExecutor(1) as second:
        second.submit(ask).result()
    assert "Cookie" not in sage.calls[0].request.headers
    assert sage.calls[1].request.headers["Cookie"] == "ASP.NET_SessionId=abc"


def test_environment_proxies_and_netrc_are_not_used(
    sage: responses.RequestsMock, client: Sage300Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.evil.test:3128")
    sage.get(VENDORS, json={"value": []})
    list(client.entries("AP", "APVendors"))
    assert not sage.calls[0].request.req_kwargs["proxies"]  # type: ignore[attr-defined]


def test_a_key_is_quoted_doubled_and_encoded_and_a_number_is_bare(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    sage.get(f"{VENDORS}('O''NEIL%2F7%20A')", json={"VendorNumber": "x"})
    sage.get(f"{COMPANY}/AP/APInvoiceBatches(58)", json={"BatchNumber": 58})
    client.entry("AP", "APVendors", "O'NEIL/7 A")
    client.entry("AP", "APInvoiceBatches", 58)
    assert [call.request.path_url.rsplit("/", 1)[1] for call in sage.calls] == [
        "APVendors('O''NEIL%2F7%20A')",
        "APInvoiceBatches(58)",
    ]


def test_all_pages_are_read_by_their_links_one_at_a_time(sage: responses.RequestsMock, client: Sage300Client) -> None:
    for skip in (0, 2, 4):
        link = {"@odata.nextLink": f"{VENDORS}?$skip={skip + 2}"} if skip < 4 else {}
        sage.get(
            VENDORS + (f"?$skip={skip}" if skip else ""),
            json={"value": [{"n": skip}, {"n": skip + 1}]} | link,
            match_querystring=None,
        )
    read = client.entries("AP", "APVendors")
    assert next(read) == {"n": 0}
    assert len(sage.calls) == 1
    assert [entry["n"] for entry in read] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.test/Sage300WebApi/v1.0/x",
        "http://erp.acme.test/Sage300WebApi/v1.0/x",
        "/other/app",
        "//evil.test/",
    ],
)
def test_a_next_link_that_leads_elsewhere_gets_no_credentials(
    sage: responses.RequestsMock, client: Sage300Client, link: str
) -> None:
    sage.get(VENDORS, json={"value": [], "@odata.nextLink": link})
    with pytest.raises(ConfigurationTrouble) as caught:
        list(client.entries("AP", "APVendors"))
    assert caught.value.code == "sage300.foreign-next-link"
    assert len(sage.calls) == 1


@pytest.mark.parametrize("length", [1, 2, 7])
def test_pages_that_go_round_in_a_circle_are_left(
    sage: responses.RequestsMock, client: Sage300Client, length: int
) -> None:
    def next_page(request: object) -> tuple[int, dict[str, str], str]:
        at = int(str(request.url).partition("skip=")[2] or 0)  # type: ignore[attr-defined]
        return 200, {}, f'{{"value": [], "@odata.nextLink": "{VENDORS}?$skip={(at + 1) % length}"}}'

    sage.add_callback(responses.GET, VENDORS, next_page)
    with pytest.raises(ConfigurationTrouble) as caught:
        list(client.entries("AP", "APVendors"))
    assert caught.value.code == "sage300.paging-loop"


@pytest.mark.parametrize("count", [{"@odata.count": 625}, {"odata.count": "625"}])
def test_both_forms_of_a_count_are_understood(
    sage: responses.RequestsMock, client: Sage300Client, count: dict[str, object]
) -> None:
    sage.get(VENDORS, json={"value": []} | count)
    page = next(client.pages("AP", "APVendors", count=True))
    assert page.count == 625
    assert sage.calls[0].request.url.endswith("?$count=true")


def test_amounts_are_read_exactly_as_written(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.get(f"{VENDORS}('1')", body='{"Amount": 12345678901234.565, "Whole": 7}')
    found = client.entry("AP", "APVendors", "1")
    assert found == {"Amount": Decimal("12345678901234.565"), "Whole": 7}


def test_filters_are_written_in_the_dialect_of_version_one(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.get(VENDORS, json={"value": []})
    chosen = where("DateLastEdited", "ge", date(2026, 3, 1)) | where("BatchStatus", "ne", "Posted")
    list(client.entries("AP", "APVendors", where=chosen & where("BatchNumber", "gt", 58), select=["A", "B"]))
    assert sage.calls[0].request.params == {
        "$filter": "DateLastEdited ge 2026-03-01T00:00:00Z and BatchNumber gt 58"
        " or BatchStatus ne 'Posted' and BatchNumber gt 58",
        "$select": "A,B",
    }
    assert "%20" in sage.calls[0].request.url
    assert "+" not in sage.calls[0].request.url


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("O'Neil", "'O''Neil'"),
        (Decimal("1000.00"), "1000.00"),
        (Decimal("1E+3"), "1000"),
        (7, "7"),
        (date(2016, 12, 31), "2016-12-31T00:00:00Z"),
    ],
)
def test_values_in_filters_are_bare_or_quoted(value: str | int | Decimal | date, written: str) -> None:
    assert str(where("F", "eq", value)) == f"F eq {written}"


@pytest.mark.parametrize(
    "answered",
    [
        ["SAMLTD", "SAMINC"],
        [{"CompanyID": "SAMLTD"}, {"CompanyID": "SAMINC"}],
        [{"Name": "SAMLTD"}, {"Name": "SAMINC"}],
    ],
)
def test_companies_are_listed_whatever_the_shape(
    sage: responses.RequestsMock, client: Sage300Client, answered: list[object]
) -> None:
    sage.get(f"{ROOT}/-/Companies", json={"value": answered})
    assert client.companies() == ["SAMLTD", "SAMINC"]


def test_a_missing_record_concerns_only_that_record(sage: responses.RequestsMock, client: Sage300Client) -> None:
    body = {"error": {"code": "RecordNotFound", "message": {"lang": "en-US", "value": "Record not found."}}}
    sage.get(f"{VENDORS}('9')", status=404, json=body)
    with pytest.raises(RecordTrouble, match="Record not found"):
        client.entry("AP", "APVendors", "9")


@pytest.mark.parametrize("company", ["", "SAM/LTD", "SAM LTD", "../x"])
def test_a_company_that_cannot_be_one_is_refused_before_any_request(
    client_of: Callable[..., Sage300Client], company: str
) -> None:
    with pytest.raises(ConfigurationTrouble, match="database id"):
        Sage300Client(ROOT, company, "user", PASSWORD, policy=AddressPolicy())


def test_never_more_requests_in_flight_than_allowed(
    sage: responses.RequestsMock, client_of: Callable[..., Sage300Client]
) -> None:
    inside, most, guard, crowd = 0, 0, threading.Lock(), threading.Barrier(2)

    def answer(_: object) -> tuple[int, dict[str, str], str]:
        nonlocal inside, most
        with guard:
            inside += 1
            most = max(most, inside)
        crowd.wait(10)
        with guard:
            inside -= 1
        return 200, {}, '{"value": []}'

    sage.add_callback(responses.GET, VENDORS, answer)
    client = client_of(concurrency=2)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: list(client.entries("AP", "APVendors")), range(6)))
    assert most == 2


def test_the_request_log_counts_every_page(
    sage: responses.RequestsMock, client_of: Callable[..., Sage300Client]
) -> None:
    seen: list[tuple[str, str, str, int | None]] = []
    client = client_of(request_log=lambda *call: seen.append(call[:4]))
    sage.get(VENDORS, json={"value": []})
    list(client.entries("AP", "APVendors", where=where("VendorNumber", "eq", "1")))
    assert seen == [("sage300", "GET", "/Sage300WebApi/v1.0/-/SAMLTD/AP/APVendors", 200)]
