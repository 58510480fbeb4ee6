"""How the client writes: what goes over the wire, once, and what is made of every answer and of none."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from sage_adapters.errors import (
    ConfigurationTrouble,
    RecordTrouble,
    Throttled,
    TransientTrouble,
    Trouble,
    UncertainOutcome,
)
from sage_adapters.http import AddressPolicy
from sage_adapters.records import Money
from sage_adapters.sage300.bodies import encoded
from sage_adapters.sage300.client import Sage300Client
from tests.adapters.conftest import COMPANY

BATCHES = f"{COMPANY}/AP/APInvoiceBatches"
PAYMENTS = f"{COMPANY}/AP/APPaymentAndAdjustmentBatches"
POST = f"{COMPANY}/AP/APPostInvoices('$process')"

Write = Callable[[Sage300Client], object]

WRITES: dict[str, tuple[str, str, Write]] = {
    "create": ("POST", BATCHES, lambda client: client.create("AP", "APInvoiceBatches", {"Description": "x"})),
    "change": ("PATCH", f"{BATCHES}(58)", lambda client: client.change("AP", "APInvoiceBatches", 58, {"A": "b"})),
    "process": ("POST", POST, lambda client: client.process("AP", "APPostInvoices", {"FromBatch": 58})),
}
every_write = pytest.mark.parametrize(("method", "url", "write"), WRITES.values(), ids=WRITES)


def says(code: str, text: str = "No.") -> dict[str, Any]:
    return {"error": {"code": code, "message": {"lang": "en-US", "value": text}}}


@every_write
def test_a_write_is_sent_once_as_json_with_our_credentials(
    sage: responses.RequestsMock, client: Sage300Client, method: str, url: str, write: Write
) -> None:
    sage.add(method, url, json={"BatchNumber": 58})
    write(client)
    (call,) = sage.calls
    assert call.request.headers["Content-Type"] == "application/json"
    assert call.request.headers["Authorization"].startswith("Basic ")
    assert isinstance(json.loads(call.request.body), dict)


def test_properties_leave_in_the_order_in_which_they_were_given() -> None:
    body = {"VendorNumber": "1200", "DocumentType": "Invoice", "AccountSet": "USA", "Lines": [{"Z": 1, "A": None}]}
    assert encoded(body) == (
        b'{"VendorNumber":"1200","DocumentType":"Invoice","AccountSet":"USA","Lines":[{"Z":1,"A":null}]}'
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("108.25"), "108.25"),
        (Decimal("0.10"), "0.10"),
        (Decimal("12345678901234.565"), "12345678901234.565"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.005"), "-0.005"),
        (Money(Decimal("108.255"), "USD"), "108.26"),
        (Money(Decimal("1080"), "USD"), "1080.00"),
        (Money(Decimal("2.5"), "JPY"), "3"),
        (Money(Decimal("1.0005"), "KWD"), "1.001"),
        (58, "58"),
        (date(2026, 3, 2), '"2026-03-02T00:00:00Z"'),
        ('O\'Neil "& Sons" Ø', '"O\'Neil \\"& Sons\\" \\u00d8"'),
        (("a", "b"), '["a","b"]'),
    ],
)
def test_values_are_written_exactly(value: Any, written: str) -> None:
    assert encoded({"V": value}).decode() == f'{{"V":{written}}}'


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_what_is_no_number_is_never_written(amount: str) -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        encoded({"Amount": Decimal(amount)})


def test_a_new_entry_is_answered_with_what_sage_made_of_it(sage: responses.RequestsMock, client: Sage300Client) -> None:
    sage.post(BATCHES, status=201, body='{"BatchNumber": 59, "BatchTotal": 108.250}')
    assert client.create("AP", "APInvoiceBatches", {}) == {"BatchNumber": 59, "BatchTotal": Decimal("108.250")}


@pytest.mark.parametrize("status", [200, 204])
def test_a_change_and_a_process_are_answered_with_nothing(
    sage: responses.RequestsMock, client: Sage300Client, status: int
) -> None:
    sage.patch(f"{BATCHES}(58)", status=status)
    sage.post(POST, status=status)
    client.change("AP", "APInvoiceBatches", 58, {"BatchStatus": "ReadyToPost"})
    client.process("AP", "APPostInvoices", {"FromBatch": 58})
    assert sage.calls[0].request.body == b'{"BatchStatus":"ReadyToPost"}'


def test_a_key_of_several_segments_names_each(sage: responses.RequestsMock, client: Sage300Client) -> None:
    url = f"{PAYMENTS}(BatchSelector='PY',BatchNumber=83)"
    sage.get(url, json={"BatchNumber": 83})
    sage.patch(url, status=204)
    key = {"BatchSelector": "PY", "BatchNumber": 83}
    client.entry("AP", "APPaymentAndAdjustmentBatches", key)
    client.change("AP", "APPaymentAndAdjustmentBatches", key, {"BatchStatus": "ReadyToPost"})
    assert {call.request.path_url.rsplit("/", 1)[1] for call in sage.calls} == {
        "APPaymentAndAdjustmentBatches(BatchSelector='PY',BatchNumber=83)"
    }


def test_a_document_too_large_for_the_web_server_is_not_sent(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    with pytest.raises(RecordTrouble) as caught:
        client.create("AP", "APInvoiceBatches", {"Comment": "x" * 4 * 1024 * 1024})
    assert caught.value.code == "sage300.too-large"
    assert "was not sent" in str(caught.value)
    assert len(sage.calls) == 0


@every_write
@pytest.mark.parametrize(
    ("lost", "code"),
    [
        ({"body": requests.ReadTimeout()}, "http.timeout"),
        ({"body": requests.ConnectionError("reset")}, "http.dropped"),
        ({"status": 502}, "http.gateway"),
        ({"status": 504}, "http.gateway"),
        ({"status": 500, "json": says("InternalServerError")}, "sage300.server-error"),
        ({"status": 500, "body": "<html>Runtime Error</html>", "content_type": "text/html"}, "sage300.server-error"),
        ({"status": 500, "json": says("DBLinkError")}, "sage300.database"),
        ({"status": 200, "body": "<html>ok</html>", "content_type": "text/html"}, "sage300.broken-answer"),
    ],
)
def test_a_write_without_a_clear_answer_is_uncertain_and_never_repeated(
    sage: responses.RequestsMock,
    client: Sage300Client,
    method: str,
    url: str,
    write: Write,
    lost: dict[str, Any],
    code: str,
) -> None:
    sage.add(method, url, **lost)
    with pytest.raises(UncertainOutcome) as caught:
        write(client)
    assert caught.value.code == code
    assert len(sage.calls) == 1


@pytest.mark.parametrize("body", ["", '{"BatchNumber": 5', "[]"])
def test_a_new_entry_whose_number_is_not_told_is_uncertain(
    sage: responses.RequestsMock, client: Sage300Client, body: str
) -> None:
    sage.post(BATCHES, status=201, body=body)
    with pytest.raises(UncertainOutcome) as caught:
        client.create("AP", "APInvoiceBatches", {})
    assert caught.value.code == "sage300.broken-answer"


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        ({"Message": "An error has occurred."}, UncertainOutcome, "sage300.server-error"),
        (says("General", "Batch 58 is in use."), RecordTrouble, "sage300.refused"),
        (says("TooManyRequests"), Throttled, "sage300.throttled"),
    ],
)
def test_a_failure_that_comes_as_a_success_is_noticed(
    sage: responses.RequestsMock, client: Sage300Client, said: dict[str, Any], kind: type[Trouble], code: str
) -> None:
    sage.post(POST, status=200, json=said)
    with pytest.raises(kind) as caught:
        client.process("AP", "APPostInvoices", {"FromBatch": 58})
    assert caught.value.code == code


@every_write
@pytest.mark.parametrize(
    ("status", "code", "kind", "slug"),
    [
        (401, "Unauthorized", ConfigurationTrouble, "credentials"),
        (403, "Forbidden", ConfigurationTrouble, "rights"),
        (404, "ResourceNotFound", ConfigurationTrouble, "unknown-resource"),
        (404, "RecordNotFound", RecordTrouble, "record-not-found"),
        (405, "MethodNotAllowed", ConfigurationTrouble, "release"),
        (400, "InvalidAction", ConfigurationTrouble, "release"),
        (409, "General", RecordTrouble, "refused"),
        (409, "RecordInvalid", RecordTrouble, "refused"),
        (409, "RecordDuplicate", RecordTrouble, "duplicate-record"),
        (409, "FieldInvalid", RecordTrouble, "field-invalid"),
        (429, "TooManyRequests", Throttled, "throttled"),
        (500, "SessionError", TransientTrouble, "session"),
    ],
)
def test_every_refusal_of_a_write_has_its_trouble(
    sage: responses.RequestsMock,
    client: Sage300Client,
    method: str,
    url: str,
    write: Write,
    status: int,
    code: str,
    kind: type[Trouble],
    slug: str,
) -> None:
    sage.add(method, url, status=status, json=says(code))
    with pytest.raises(kind) as caught:
        write(client)
    assert caught.value.code == f"sage300.{slug}"
    assert all((caught.value.tried, caught.value.got, caught.value.remedy))


@pytest.mark.parametrize(
    ("write", "kind"), [("create", RecordTrouble), ("change", RecordTrouble), ("process", ConfigurationTrouble)]
)
def test_a_body_that_is_not_understood_blames_the_document_but_a_process_has_none(
    sage: responses.RequestsMock, client: Sage300Client, write: str, kind: type[Trouble]
) -> None:
    method, url, send = WRITES[write]
    sage.add(method, url, status=400, json=says("InvalidPayload"))
    with pytest.raises(kind):
        send(client)


def test_a_release_that_changes_no_batches_says_which_one_approving_needs(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    sage.patch(f"{BATCHES}(58)", status=405, json=says("MethodNotAllowed"))
    with pytest.raises(ConfigurationTrouble, match="Sage 300 2021 or later") as caught:
        client.change("AP", "APInvoiceBatches", 58, {"BatchStatus": "ReadyToPost"})
    assert caught.value.code == "sage300.release"
    assert "was sent a change of AP/APInvoiceBatches" in caught.value.tried


@pytest.mark.parametrize(
    ("write", "right"),
    [
        ("create", "the right to enter what APInvoiceBatches holds"),
        ("change", "the right to change what APInvoiceBatches holds"),
        ("process", "the right to run APPostInvoices"),
    ],
)
def test_a_missing_right_is_named_as_what_it_is_for(
    sage: responses.RequestsMock, client: Sage300Client, write: str, right: str
) -> None:
    method, url, send = WRITES[write]
    sage.add(method, url, status=403, json=says("Forbidden"))
    with pytest.raises(ConfigurationTrouble, match=right):
        send(client)


def test_a_refused_connection_is_harmless(client_of: Callable[..., Sage300Client]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = client_of(f"http://127.0.0.1:{port}/api", policy=AddressPolicy(allow_private=True))
    with pytest.raises(TransientTrouble) as caught:
        client.create("AP", "APInvoiceBatches", {})
    assert caught.value.code == "http.refused"


@pytest.mark.parametrize("status", [500, 503])
def test_a_write_is_not_repeated_where_a_read_would_be(
    httpserver: HTTPServer, client_of: Callable[..., Sage300Client], status: int
) -> None:
    seen: list[str] = []

    def answer(request: Request) -> Response:
        seen.append(request.method)
        return Response(status=status)

    httpserver.expect_request("/api/v1.0/-/SAMLTD/AP/APInvoiceBatches").respond_with_handler(answer)
    client = client_of(httpserver.url_for("/api"), policy=AddressPolicy(allow_private=True))
    with pytest.raises(Trouble):
        client.create("AP", "APInvoiceBatches", {})
    assert seen == ["POST"]
