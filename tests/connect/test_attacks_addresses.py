"""Switching without proof, and addresses that lead elsewhere: contract jira-connect, section 8, item 10."""

from __future__ import annotations

import socket
from typing import Any

import pytest

EVIL = "https://evil.example"


def test_10_disabled_without_a_token_is_acknowledged_and_changes_nothing(installed_acme: Any, parts: Any) -> None:
    before = parts.everything_stored()
    assert installed_acme.post("disabled", None, baseUrl=EVIL).status_code == 204
    assert parts.outcomes.last == "ignored"
    assert parts.everything_stored() == before


def test_10_enabled_without_a_token_is_refused(installed_acme: Any, parts: Any) -> None:
    installed_acme.disable()
    assert installed_acme.post("enabled", None, baseUrl=EVIL).status_code == 401
    assert parts.stored(installed_acme.client_key)[0].state == "disabled"


def test_10_only_installing_takes_addresses_from_the_body(installed_acme: Any, parts: Any) -> None:
    reply = installed_acme.post("enabled", installed_acme.site_token("enabled"), baseUrl=EVIL)
    assert reply.status_code == 204
    assert parts.stored(installed_acme.client_key)[1].base_url == "https://acme.atlassian.net"


STRANGE_ADDRESSES = [
    "http://acme.atlassian.net",
    "https://evil.example",
    "https://atlassian.net.evil.example",
    "https://evilatlassian.net",
    "https://acme.atlassian.net@evil.example",
    "https://evil.example\\@acme.atlassian.net",
    "https://evil.example#.atlassian.net",
    "https://evil.example?.atlassian.net",
    "https://evil.example/.atlassian.net",
    "https://acme.atlassian.net:8443",
    "https://acme.atlassian.net/../x",
    "https://acme.atlassian.net/?x=1",
    "https://127.0.0.1",
    "https://[::1]",
    "https://169.254.169.254/latest",
    "https://2130706433",
    "https://localhost",
    "ftp://acme.atlassian.net",
    "file:///etc/passwd",
    "//acme.atlassian.net",
    "https://acme.atlassian.net\r\nX: y",
    "https://аcme.atlassian.net",
    "",
    "x" * 300,
]


@pytest.mark.parametrize("base_url", STRANGE_ADDRESSES)
def test_10_a_strange_base_url_is_refused(acme: Any, parts: Any, base_url: str) -> None:
    reply = acme.install(baseUrl=base_url)
    assert reply.status_code == 400
    assert parts.outcomes.last in ("bad-address", "unreadable-body")
    assert not any(parts.everything_stored())


@pytest.mark.parametrize("base_url", ["https://127.0.0.1:8443", "https://localhost", "https://10.0.0.7"])
def test_10_a_listed_host_with_a_private_address_needs_the_operators_word_for_that_too(
    acme: Any, parts: Any, base_url: str
) -> None:
    assert acme.install().status_code == 204  # so that the key is remembered and needs no private address any more
    before = parts.everything_stored()
    parts.change_settings(jira_hosts=("127.0.0.1:8443", "localhost", "10.0.0.7"), allow_private_addresses=False)
    assert acme.install(baseUrl=base_url).status_code == 400
    assert parts.outcomes.last == "bad-address"
    assert parts.everything_stored() == before
    parts.change_settings(allow_private_addresses=True)
    assert acme.install(baseUrl=base_url).status_code == 204


@pytest.mark.parametrize(
    ("listed", "base_url", "status"),
    [
        ("127.0.0.1:9000", "https://127.0.0.1:9000", 204),
        ("127.0.0.1:9000", "https://127.0.0.1:9001", 400),
        ("127.0.0.1:9000", "https://127.0.0.1", 400),
        ("localhost", "https://localhost:7777", 204),
        ("gateway.example", "https://jira.gateway.example", 204),
        (".gateway.example", "https://jira.gateway.example", 204),
        ("gateway.example", "https://evilgateway.example", 400),
    ],
)
def test_10_the_operators_list_names_hosts_and_may_name_ports(
    acme: Any, parts: Any, monkeypatch: pytest.MonkeyPatch, listed: str, base_url: str, status: int
) -> None:
    known = {"jira.gateway.example": "127.0.0.1", "evilgateway.example": "127.0.0.1"}
    genuine = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: genuine(known.get(host, host), *a, **k))
    parts.change_settings(jira_hosts=(listed,))
    assert acme.install(baseUrl=base_url).status_code == status


def test_10_plain_http_needs_the_operators_word(acme: Any, parts: Any) -> None:
    parts.change_settings(jira_hosts=("127.0.0.1",))
    assert acme.install(baseUrl="http://127.0.0.1:9000").status_code == 400
    parts.change_settings(allow_plain_http=True)
    assert acme.install(baseUrl="http://127.0.0.1:9000").status_code == 204


@pytest.mark.parametrize("display_url", ["https://x'; script-src *", "javascript:alert(1)", "https://a b", "https://*"])
def test_10_a_display_url_cannot_break_out_of_a_header(acme: Any, parts: Any, display_url: str) -> None:
    assert acme.install(displayUrl=display_url).status_code == 400
    assert not any(parts.everything_stored())
