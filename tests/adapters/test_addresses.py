"""Which addresses may be called, and what is made of the one an administrator typed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sage_adapters.errors import ConfigurationTrouble, TransientTrouble
from sage_adapters.http import AddressPolicy, Transport
from sage_adapters.sage300.service_root import ServiceRoot

OPEN = AddressPolicy(allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.1.9", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
        *("::1", "fe80::1", "::ffff:10.0.0.1", "2002:0a00:0001::"),
    ],
)
def test_an_address_inside_our_own_network_is_refused_unless_allowed(names: dict[str, str], address: str) -> None:
    names["erp.acme.test"] = address
    with pytest.raises(ConfigurationTrouble, match="not a public address") as caught:
        AddressPolicy().check("https://erp.acme.test/")
    assert caught.value.code == "address.private"
    OPEN.check("http://erp.acme.test/")


def test_plain_http_to_a_public_address_is_refused_with_the_remedy(names: dict[str, str]) -> None:
    with pytest.raises(ConfigurationTrouble, match="Give the https:// address") as caught:
        AddressPolicy().check("http://erp.acme.test/Sage300WebApi")
    assert caught.value.code == "address.plain-http"
    AddressPolicy(allow_plain_http=True).check("http://erp.acme.test/")
    AddressPolicy().check("https://erp.acme.test/")


def test_an_unknown_name_is_the_administrators_and_a_silent_name_server_is_not(names: dict[str, int]) -> None:
    with pytest.raises(ConfigurationTrouble, match=r"nowhere\.test") as caught:
        AddressPolicy().check("https://nowhere.test/")
    assert caught.value.code == "address.unknown-name"
    names["erp.acme.test"] = socket.EAI_AGAIN
    with pytest.raises(TransientTrouble):
        AddressPolicy().check("https://erp.acme.test/")


@pytest.mark.parametrize("url", ["", "erp.acme.test", "ftp://erp/", "https://", "https://erp:x/", "https://e p/"])
def test_a_text_that_is_no_web_address_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(ConfigurationTrouble, match="complete web address"):
        AddressPolicy().check(url)


def test_a_password_inside_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigurationTrouble) as caught:
        ServiceRoot.of("https://user:Canary-secret@erp.acme.test/")
    assert "Canary" not in str(caught.value)


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check sees a public address, the connection then reaches loopback: nothing may be sent there."""
    received: list[str] = []

    class Inside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            received.append(self.path)
            self.send_response(200)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Inside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        monkeypatch.setattr(AddressPolicy, "check", lambda *_: None)
        transport = Transport("sage300", AddressPolicy())
        with pytest.raises(ConfigurationTrouble) as caught:
            transport.send("GET", f"http://127.0.0.1:{server.server_port}/secret", tried="We asked.")
        assert caught.value.code == "address.private"
        assert received == []
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("typed", "root"),
    [
        ("https://erp.acme.test", "https://erp.acme.test/Sage300WebApi/v1.0"),
        ("https://erp.acme.test/", "https://erp.acme.test/Sage300WebApi/v1.0"),
        (" https://erp.acme.test/Sage300WebApi/ ", "https://erp.acme.test/Sage300WebApi/v1.0"),
        ("https://erp.acme.test/Sage300WebApi/v1.0", "https://erp.acme.test/Sage300WebApi/v1.0"),
        ("https://erp.acme.test/Sage300WebApi/v1.0/-/SAMLTD/AP/APVendors", "https://erp.acme.test/Sage300WebApi/v1.0"),
        ("https://erp.acme.test:8443/finance/api?x=1#y", "https://erp.acme.test:8443/finance/api/v1.0"),
        ("https://erp.acme.test/Sage300WebApi/swagger/ui/index", "https://erp.acme.test/Sage300WebApi/v1.0"),
    ],
)
def test_any_address_copied_from_the_web_api_leads_to_its_root(typed: str, root: str) -> None:
    found = ServiceRoot.of(typed)
    assert found.url == root
    assert root in found.understood


@pytest.mark.parametrize(
    ("link", "held"),
    [
        ("https://ERP.acme.test:443/sage300webapi/v1.0/-/SAMLTD/AP/APVendors?$skip=100", True),
        ("http://erp.acme.test/Sage300WebApi/v1.0/-/SAMLTD", False),
        ("https://erp.acme.test:444/Sage300WebApi/v1.0/-/SAMLTD", False),
        ("https://erp.acme.test.evil.test/Sage300WebApi/v1.0/-/SAMLTD", False),
        ("https://erp.acme.test/Sage300WebApi/v1.0evil/", False),
        ("https://user@erp.acme.test/Sage300WebApi/v1.0/", False),
        ("https://erp.acme.test/Sage300WebApi/v1.0/../../admin", False),
        ("javascript:alert(1)", False),
    ],
)
def test_a_link_belongs_to_the_web_api_only_on_its_server_and_under_its_path(link: str, held: bool) -> None:
    assert ServiceRoot.of("https://erp.acme.test").holds(link) is held


def test_the_client_says_what_it_understood_of_the_address(client_of: Callable[..., object]) -> None:
    client = client_of("https://erp.acme.test/")
    assert "https://erp.acme.test/Sage300WebApi/v1.0" in client.root.understood  # type: ignore[attr-defined]
