"""Every way in which Sage 300, ASP.NET, IIS or the network says no, and what a person then reads."""

from __future__ import annotations

import json
import logging
import socket
import ssl
from collections.abc import Callable

import pytest
import requests
import responses
from pytest_httpserver import HTTPServer
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProtocolError
from urllib3.exceptions import SSLError as WireSSLError

from sage_adapters.errors import (
    ConfigurationTrouble,
    ConnectionTrouble,
    RecordTrouble,
    Throttled,
    TransientTrouble,
    Trouble,
    UncertainOutcome,
)
from sage_adapters.http import AddressPolicy, Reply, Transport
from sage_adapters.sage300.client import Sage300Client
from sage_adapters.sage300.errors import Asked, trouble_of
from sage_adapters.wire_failures import trouble_of as wire_trouble
from tests.adapters.conftest import COMPANY, PASSWORD

VENDORS = f"{COMPANY}/AP/APVendors"


def sage_error(code: str, text: str = "Something.") -> str:
    return json.dumps({"error": {"code": code, "message": {"lang": "en-US", "value": text}}})


def answer(status: int, body: str = "", content_type: str = "application/json", **headers: str) -> Reply:
    found = {"Content-Type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, CaseInsensitiveDict(found), body.encode())


def page(title: str) -> str:
    return f"<!DOCTYPE html><html><head><style>p {{}}</style></head><body><h1>{title}</h1></body></html>"


def meaning(reply: Reply, *, reading: bool = True, user: str = "ACME_API") -> Trouble:
    asked = Asked(
        "SAMLTD", user, "AP", "APInvoiceBatches", conceal=lambda text: text, doing="read" if reading else "create"
    )
    return trouble_of(reply, asked)


@pytest.mark.parametrize(
    ("status", "code", "kind", "slug"),
    [
        (401, "Unauthorized", ConnectionTrouble, "credentials"),
        (403, "Forbidden", ConfigurationTrouble, "rights"),
        (429, "TooManyRequests", Throttled, "throttled"),
        (400, "InvalidParameters", ConfigurationTrouble, "not-understood"),
        (400, "InvalidEntityKey", ConfigurationTrouble, "not-understood"),
        (404, "ResourceNotFound", ConfigurationTrouble, "unknown-resource"),
        (404, "RecordNotFound", RecordTrouble, "record-not-found"),
        (405, "MethodNotAllowed", ConfigurationTrouble, "release"),
        (409, "General", TransientTrouble, "refused"),
        (500, "InternalServerError", TransientTrouble, "server-error"),
        (500, "SessionError", TransientTrouble, "session"),
        (500, "DBLinkError", TransientTrouble, "database"),
    ],
)
@pytest.mark.parametrize("language", ["en-US", "fr-FR"])
def test_a_code_of_sage_decides_in_any_language(
    status: int, code: str, kind: type[Trouble], slug: str, language: str
) -> None:
    text = "Ce champ existe déjà." if language == "fr-FR" else "This already exists."
    trouble = meaning(answer(status, sage_error(code, text)))
    assert type(trouble) is kind
    assert trouble.code == f"sage300.{slug}"
    assert all((trouble.tried, trouble.got, trouble.remedy))


@pytest.mark.parametrize(
    ("status", "code", "kind", "slug"),
    [
        (400, "InvalidPayload", RecordTrouble, "payload-refused"),
        (409, "RecordInvalid", RecordTrouble, "refused"),
        (409, "General", RecordTrouble, "refused"),
        (409, "FieldInvalid", RecordTrouble, "field-invalid"),
        (409, "RecordDuplicate", RecordTrouble, "duplicate-record"),
        (500, "SessionError", TransientTrouble, "session"),
        (500, "InternalServerError", UncertainOutcome, "server-error"),
        (500, "DBLinkError", UncertainOutcome, "database"),
    ],
)
def test_a_refused_document_is_parked_and_a_broken_write_is_never_sent_again(
    status: int, code: str, kind: type[Trouble], slug: str
) -> None:
    trouble = meaning(answer(status, sage_error(code)), reading=False)
    assert (type(trouble), trouble.code) == (kind, f"sage300.{slug}")


@pytest.mark.parametrize(
    ("code", "text", "slug"),
    [
        ("FieldInvalid", "Document number INV-1 for vendor 1200 already exists.\r\nSource: x", "duplicate-document"),
        ("FieldInvalid", "Le document INV-1 du fournisseur 1200 existe déjà.", "duplicate-document"),
        ("FieldInvalid", "Date is not in the Fiscal Calendar.", "period-closed"),
        ("FieldInvalid", "La date n'est pas dans une période ouverte.", "period-closed"),
        ("RecordDuplicate", "Record exists. Day End Processing must be run first.", "day-end"),
        ("RecordDuplicate", "Exécutez le traitement de fin de journée.", "day-end"),
    ],
)
def test_known_words_only_sharpen_the_remedy_of_a_parked_document(code: str, text: str, slug: str) -> None:
    trouble = meaning(answer(409, sage_error(code, text)), reading=False)
    assert isinstance(trouble, RecordTrouble)
    assert trouble.code == f"sage300.{slug}"
    assert text.splitlines()[0] in trouble.got


@pytest.mark.parametrize(
    ("challenge", "offered"),
    [("Negotiate", "Negotiate"), ("NTLM", "NTLM"), ("Negotiate, NTLM, Basic realm=x", "Negotiate")],
)
def test_a_windows_challenge_names_the_iis_setting_to_change(challenge: str, offered: str) -> None:
    reply = answer(401, page("401 - Unauthorized"), "text/html", WWW_Authenticate=challenge)
    trouble = meaning(reply)
    assert isinstance(trouble, ConfigurationTrouble)
    assert str(trouble).endswith(
        f"Sage 300 refused the user ACME_API: 401 as an HTML page with a {offered} challenge. "
        "IIS has Windows Authentication on for the Web API: turn it off and Anonymous on."
    )


@pytest.mark.parametrize(
    ("reply", "kind", "slug"),
    [
        (answer(401, page("401"), "text/html"), ConnectionTrouble, "iis-auth"),
        (answer(401, "", "", WWW_Authenticate="Negotiate"), ConnectionTrouble, "windows-auth"),
        (answer(401, '{"Message":"Authorization has been denied."}'), ConnectionTrouble, "credentials"),
        (answer(400, page("Bad Request - Invalid Hostname"), "text/html"), ConnectionTrouble, "wrong-host"),
        (answer(403, page("403.4"), "text/html"), ConnectionTrouble, "iis-forbidden"),
        (answer(404, page("404 - File not found"), "text/html"), ConnectionTrouble, "base-path"),
        (answer(404, ""), ConnectionTrouble, "base-path"),
        (answer(404, page("HTTP Error 404.13 - Not Found"), "text/html"), RecordTrouble, "too-large"),
        (answer(413, ""), RecordTrouble, "too-large"),
        (answer(429, ""), Throttled, "throttled"),
        (answer(500, page("Server Error"), "text/html"), TransientTrouble, "server-error"),
        (answer(500, '{"Message":"An error has occurred."}'), TransientTrouble, "server-error"),
        (answer(500, ""), TransientTrouble, "server-error"),
        (answer(502, page("Bad Gateway"), "text/html"), TransientTrouble, "server-error"),
        (answer(503, page("Service Unavailable"), "text/html"), TransientTrouble, "app-pool"),
        (answer(409, '{"Message":"Busy."}'), TransientTrouble, "refused"),
    ],
)
def test_answers_that_are_not_sages_own_are_understood_too(reply: Reply, kind: type[Trouble], slug: str) -> None:
    trouble = meaning(reply)
    assert (type(trouble), trouble.code) == (kind, f"sage300.{slug}")


def test_missing_rights_name_the_module_and_the_security_group_to_edit() -> None:
    trouble = meaning(answer(403, sage_error("Forbidden")))
    assert "Accounts Payable" in trouble.got
    assert "Security Groups" in trouble.remedy
    assert '"Sage 300 Web API"' in trouble.remedy


@pytest.mark.parametrize(("status", "code"), [(401, "Unauthorized"), (403, "Forbidden")])
def test_a_refused_admin_is_told_to_use_another_user(status: int, code: str) -> None:
    trouble = meaning(answer(status, sage_error(code)), user="ADMIN")
    assert trouble.code == "sage300.admin-user"
    assert "AllowWebApiAccessForAdmin" in trouble.remedy


def test_throttling_tells_how_long_and_for_which_company() -> None:
    trouble = meaning(answer(429, sage_error("TooManyRequests"), Retry_After="12"))
    assert isinstance(trouble, Throttled)
    assert (trouble.retry_after, trouble.scope) == (12.0, "sage300:SAMLTD")
    unsaid = meaning(answer(429, sage_error("TooManyRequests")))
    assert isinstance(unsaid, Throttled)
    assert unsaid.retry_after is None


def test_a_message_of_many_pages_is_cut() -> None:
    assert len(meaning(answer(409, sage_error("General", "x" * 50_000))).got) < 500


@pytest.mark.parametrize(
    ("body", "content_type", "kind", "code"),
    [
        (page("Sage 300"), "text/html", ConnectionTrouble, "sage300.not-web-api"),
        ('{"value": [{"Vend', "application/json", TransientTrouble, "sage300.broken-answer"),
        ("[]", "application/json", TransientTrouble, "sage300.broken-answer"),
        ("", "application/json", TransientTrouble, "sage300.broken-answer"),
        ('{"value": [null]}', "application/json", TransientTrouble, "sage300.broken-answer"),
        ('{"d": []}', "application/json", TransientTrouble, "sage300.broken-answer"),
    ],
)
def test_a_success_that_carries_no_data_is_a_trouble(
    sage: responses.RequestsMock,
    client: Sage300Client,
    body: str,
    content_type: str,
    kind: type[Trouble],
    code: str,
) -> None:
    sage.get(VENDORS, body=body, content_type=content_type)
    with pytest.raises(kind) as caught:
        list(client.entries("AP", "APVendors"))
    assert caught.value.code == code


def test_a_redirect_is_not_followed_and_names_the_place_without_its_query(
    sage: responses.RequestsMock, client: Sage300Client
) -> None:
    sage.get(VENDORS, status=302, headers={"Location": "https://login.acme.test/adfs?token=abc"})
    with pytest.raises(ConnectionTrouble, match=r"https://login\.acme\.test") as caught:
        list(client.entries("AP", "APVendors"))
    assert "token" not in str(caught.value)
    assert len(sage.calls) == 1


def refused() -> requests.ConnectionError:
    inner = NewConnectionError(None, "refused")  # type: ignore[arg-type]
    inner.__cause__ = ConnectionRefusedError()
    return requests.ConnectionError(MaxRetryError(None, "/", inner))  # type: ignore[arg-type]


def certificate(message: str) -> requests.exceptions.SSLError:
    error = ssl.SSLCertVerificationError(1, message)
    error.verify_message = message
    return requests.exceptions.SSLError(MaxRetryError(None, "/", WireSSLError(error)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (refused(), TransientTrouble, "http.refused"),
        (requests.ConnectTimeout(ConnectTimeoutError()), TransientTrouble, "http.unreachable"),
        (certificate("self-signed certificate"), ConnectionTrouble, "tls.untrusted"),
        (certificate("certificate has expired"), ConnectionTrouble, "tls.expired"),
        (certificate("Hostname mismatch, certificate is not valid for 'x'."), ConnectionTrouble, "tls.name"),
        (
            requests.exceptions.SSLError(ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")),
            ConnectionTrouble,
            "tls.not-spoken",
        ),
    ],
)
@pytest.mark.parametrize("reading", [True, False])
def test_what_never_left_is_harmless_even_for_a_write(
    error: requests.RequestException, kind: type[Trouble], code: str, reading: bool
) -> None:
    trouble = wire_trouble(error, tried="We asked.", host="erp.acme.test", reading=reading)
    assert (type(trouble), trouble.code) == (kind, code)
    assert "erp.acme.test" in str(trouble)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (requests.ReadTimeout(), "http.timeout"),
        (requests.ConnectionError(ProtocolError("aborted", ConnectionResetError())), "http.dropped"),
        (requests.exceptions.ChunkedEncodingError(), "http.dropped"),
        (requests.exceptions.SSLError(ssl.SSLEOFError(8, "EOF occurred in violation of protocol")), "http.dropped"),
    ],
)
def test_a_lost_reply_is_uncertain_for_a_write_and_repeatable_for_a_read(
    error: requests.RequestException, code: str
) -> None:
    read = wire_trouble(error, tried="We asked.", host="erp.acme.test", reading=True)
    write = wire_trouble(error, tried="We sent.", host="erp.acme.test", reading=False)
    assert (type(read), read.code) == (TransientTrouble, code)
    assert (type(write), write.code) == (UncertainOutcome, code)


@pytest.mark.parametrize("status", [502, 504])
def test_a_write_that_a_gateway_gave_up_on_is_uncertain_and_sent_once(
    sage: responses.RequestsMock, status: int
) -> None:
    sage.post(VENDORS, status=status)
    with pytest.raises(UncertainOutcome):
        Transport("sage300", AddressPolicy()).send("POST", VENDORS, tried="We sent.", body=b"{}")
    assert len(sage.calls) == 1


def test_a_read_is_repeated_when_the_gateway_stumbles_and_each_attempt_is_counted(
    httpserver: HTTPServer, client_of: Callable[..., Sage300Client]
) -> None:
    seen: list[tuple[str, int | None]] = []
    client = client_of(
        httpserver.url_for("/api"),
        policy=AddressPolicy(allow_private=True),
        request_log=lambda _system, _method, path, status, _seconds: seen.append((path, status)),
    )
    path = "/api/v1.0/-/SAMLTD/AP/APVendors"
    httpserver.expect_ordered_request(path).respond_with_data("busy", status=503)
    httpserver.expect_ordered_request(path).respond_with_json({"value": []})
    assert list(client.entries("AP", "APVendors")) == []
    assert seen == [(path, 503), (path, 200)]


def test_an_answer_beyond_the_size_cap_is_not_swallowed(sage: responses.RequestsMock) -> None:
    sage.get(VENDORS, body=b"x" * 2000)
    transport = Transport("sage300", AddressPolicy(), largest_reply=1000)
    with pytest.raises(ConfigurationTrouble) as caught:
        transport.send("GET", VENDORS, tried="We asked.")
    assert caught.value.code == "http.too-large"


def test_an_unknown_server_name_says_so(names: dict[str, int], client_of: Callable[..., Sage300Client]) -> None:
    names["erp.acme.test"] = socket.EAI_NONAME
    with pytest.raises(ConfigurationTrouble, match=r"erp\.acme\.test"):
        client_of().companies()


def test_no_secret_shows_in_any_trouble_repr_or_log(
    sage: responses.RequestsMock, client: Sage300Client, caplog: pytest.LogCaptureFixture
) -> None:
    """The server repeats the credentials in its message, as a proxy in debug mode would."""
    token = client._credentials._token
    echo = f"Bad login {PASSWORD} / {PASSWORD.upper()} / Basic {token}"
    sage.get(VENDORS, status=409, body=sage_error("General", echo))
    with caplog.at_level(logging.DEBUG), pytest.raises(Trouble) as caught:
        list(client.entries("AP", "APVendors"))
    told = "".join(map(str, [caught.value, repr(caught.value), repr(client), vars(caught.value), caplog.text]))
    assert "Bad login •••" in told
    for secret in (PASSWORD, PASSWORD.upper(), token):
        assert secret not in told
