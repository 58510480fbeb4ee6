"""Attacks on installing: contract jira-connect, section 8, items 2, 6, 7, 8, 9, 18."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from plugin.sites.connect.tenants import secret_place
from plugin.store.models import Installation
from plugin.store.sealing import SealBroken

# Item 2: takeover by a forged installation.


def test_02_an_unsigned_installation_is_refused(acme: Any, parts: Any) -> None:
    assert acme.post("installed", None).status_code == 401
    assert parts.outcomes.last == "no-token"
    assert not any(parts.everything_stored())


def test_02_an_installation_signed_with_the_secret_it_brings_is_refused(acme: Any, parts: Any) -> None:
    assert acme.post("installed", acme.site_token("installed")).status_code == 401
    assert not any(parts.everything_stored())


def test_02_an_installation_signed_with_a_key_of_ones_own_is_refused(
    acme: Any, other_authority: Any, parts: Any
) -> None:
    acme.authority = other_authority
    assert acme.install().status_code == 401
    assert parts.outcomes.last == "wrong-signature"
    assert not any(parts.everything_stored())


def test_02_the_tokens_issuer_must_be_the_bodys_client_key(installed_acme: Any, acme: Any, parts: Any) -> None:
    before = parts.everything_stored()
    token = installed_acme.lifecycle_token("installed", iss="client-attacker")
    reply = installed_acme.post("installed", token, sharedSecret="z" * 40)
    assert reply.status_code == 401
    assert parts.outcomes.last == "other-site"
    assert parts.everything_stored() == before


@pytest.mark.parametrize(
    ("changes", "reason"), [({"key": "com.other.app"}, "other-app"), ({"eventType": "uninstalled"}, "other-event")]
)
def test_02_the_body_must_speak_of_us_and_of_this_event(
    acme: Any, parts: Any, changes: dict[str, str], reason: str
) -> None:
    assert acme.install(**changes).status_code == 401
    assert parts.outcomes.last == reason
    assert not any(parts.everything_stored())


# Item 6: the key id is a name, never a way to somewhere else.


@pytest.mark.parametrize(
    "kid",
    [
        "../secret",
        "a/../b",
        "a//b",
        "/etc/passwd",
        "https://evil.example/key",
        "key?x=1",
        "key#x",
        "key\r\nHost: evil.example",
        "key%2e%2e",
        "kéy",
        "",
        "x" * 129,
    ],
)
def test_06_a_strange_key_id_is_never_asked_for(acme: Any, parts: Any, key_server: HTTPServer, kid: str) -> None:
    token = acme.authority.sign(acme.claims("POST", "/connect/installed", aud=["https://counterfoil.example"]), kid)
    assert acme.post("installed", token).status_code == 401
    assert parts.outcomes.last == "bad-key-id"
    assert key_server.log == []


def test_06_a_token_without_a_key_id_is_refused(acme: Any, parts: Any, key_server: HTTPServer) -> None:
    token = acme.authority.sign(acme.claims("POST", "/connect/installed", aud=["https://counterfoil.example"]), None)
    assert acme.post("installed", token).status_code == 401
    assert parts.outcomes.last == "bad-key-id"
    assert key_server.log == []


def test_06_a_redirect_of_the_key_host_is_not_followed(
    acme: Any, parts: Any, key_server: HTTPServer, other_authority: Any
) -> None:
    key_server.expect_request("/moved").respond_with_response(
        Response(status=302, headers={"Location": key_server.url_for("/evil-key")})
    )
    key_server.expect_request("/evil-key").respond_with_data(other_authority.pem)
    claims = acme.claims("POST", "/connect/installed", aud=["https://counterfoil.example"])
    assert acme.post("installed", other_authority.sign(claims, "moved")).status_code == 401
    assert parts.outcomes.last == "key-hosts-silent"
    assert [request.path for request, _ in key_server.log] == ["/moved"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [("x" * 100_000, "key-hosts-silent"), ("<html>Sign in</html>", "unknown-key"), ("", "unknown-key")],
)
def test_06_an_answer_that_is_no_key_is_refused(
    acme: Any, parts: Any, key_server: HTTPServer, answer: str, reason: str
) -> None:
    key_server.expect_request("/odd").respond_with_data(answer)
    token = acme.authority.sign(acme.claims("POST", "/connect/installed", aud=["https://counterfoil.example"]), "odd")
    assert acme.post("installed", token).status_code == 401
    assert parts.outcomes.last == reason


def test_06_the_second_host_is_asked_for_the_same_key_id(acme: Any, parts: Any, key_server: HTTPServer) -> None:
    host = key_server.url_for("")[:-1]
    parts.change_settings(connect_key_hosts=(f"{host}/first", host))
    assert acme.install().status_code == 204
    assert [request.path for request, _ in key_server.log] == [
        "/first/6f1b3c2a-install-key",
        "/6f1b3c2a-install-key",
    ]


def test_06_an_unknown_key_has_its_own_reason(acme: Any, parts: Any, key_server: HTTPServer) -> None:
    key_server.expect_request("/gone").respond_with_data("", status=404)
    token = acme.authority.sign(acme.claims("POST", "/connect/installed", aud=["https://counterfoil.example"]), "gone")
    assert acme.post("installed", token).status_code == 401
    assert parts.outcomes.last == "unknown-key"


def test_06_a_key_is_fetched_once_and_then_remembered_by_its_id(acme: Any, parts: Any, key_server: HTTPServer) -> None:
    assert acme.install().status_code == 204
    assert acme.install().status_code == 204
    assert len(key_server.log) == 1
    assert 0 < parts.cache.lives["connect-installation-key:6f1b3c2a-install-key"] <= 86400


# Item 7: the key host is the operator's choice.


def test_07_the_body_does_not_choose_who_vouches_for_it(
    acme: Any, parts: Any, key_server: HTTPServer, other_authority: Any
) -> None:
    """A staging or private base URL in the body changes nothing about where the key comes from."""
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.host)
        return Response(other_authority.pem)

    key_server.expect_request("/evil/6f1b3c2a-install-key").respond_with_handler(answer)
    acme.authority = other_authority
    for base_url in (key_server.url_for("/evil"), "https://acme.jira-dev.com", "https://acme.atlassian.net"):
        assert acme.install(baseUrl=base_url).status_code == 401
    assert asked == []
    assert not any(parts.everything_stored())


# Item 8: the audience is us, exactly.


@pytest.mark.parametrize(
    "audience",
    [
        "https://other.example",
        ["https://other.example"],
        "https://counterfoil.example.evil",
        "https://counterfoil.example//",
        "https://counterfoil.example/path",
        "xhttps://counterfoil.example",
        "http://counterfoil.example",
        "counterfoil.example",
        "",
        [],
    ],
)
def test_08_a_token_for_another_audience_is_refused(acme: Any, parts: Any, audience: Any) -> None:
    assert acme.post("installed", acme.lifecycle_token("installed", aud=audience)).status_code == 401
    assert parts.outcomes.last in ("wrong-audience", "missing-claim")
    assert not any(parts.everything_stored())


def test_08_a_token_without_audience_is_refused(acme: Any, parts: Any) -> None:
    assert acme.post("installed", acme.lifecycle_token("installed", aud=None)).status_code == 401
    assert parts.outcomes.last == "missing-claim"


@pytest.mark.parametrize(
    "audience",
    [
        "https://counterfoil.example",
        "https://counterfoil.example/",
        ["https://counterfoil.example"],
        ["https://other.example", "https://counterfoil.example"],
    ],
)
def test_08_our_base_url_is_accepted_alone_in_a_list_and_with_a_slash(acme: Any, audience: Any) -> None:
    assert acme.post("installed", acme.lifecycle_token("installed", aud=audience)).status_code == 204


# Item 9: one site never acts for another.


@pytest.mark.parametrize("event", ["enabled", "disabled"])
def test_09_a_site_cannot_switch_another_one(
    installed_acme: Any, installed_zenith: Any, parts: Any, event: str
) -> None:
    before = parts.everything_stored()
    reply = installed_acme.post(event, installed_acme.site_token(event), clientKey=installed_zenith.client_key)
    assert reply.status_code == 401
    assert parts.outcomes.last == "other-site"
    assert parts.everything_stored() == before


@pytest.mark.parametrize("event", ["installed", "uninstalled"])
def test_09_a_site_cannot_reinstall_or_uninstall_another_one(
    installed_acme: Any, installed_zenith: Any, parts: Any, event: str
) -> None:
    before = parts.everything_stored()
    token = installed_acme.lifecycle_token(event)
    assert installed_acme.post(event, token, clientKey=installed_zenith.client_key).status_code == 401
    assert parts.everything_stored() == before


def test_09_a_site_cannot_open_pages_in_the_name_of_another(
    installed_acme: Any, installed_zenith: Any, parts: Any
) -> None:
    reply = installed_acme.client.get(installed_acme.panel_url(iss=installed_zenith.client_key))
    assert reply.status_code == 401
    assert parts.outcomes.last == "wrong-signature"


def test_09_a_site_that_left_gets_nothing(installed_acme: Any, parts: Any) -> None:
    page, token = installed_acme.panel_url(), installed_acme.context_token()
    assert installed_acme.uninstall().status_code == 204
    assert installed_acme.client.get(page).status_code == 401
    assert installed_acme.ask(token).status_code == 401
    assert installed_acme.enable().status_code == 401
    assert parts.outcomes.last == "unknown-site"


# Item 18: an old secret dies, and no secret lies open.


def test_18_the_replaced_secret_is_taken_for_five_minutes_only(installed_acme: Any, parts: Any) -> None:
    page = installed_acme.panel_url()
    old_page_later = installed_acme.panel_url("issueId=1")
    installed_acme.secret = "second-secret-" + "y" * 40
    started = datetime.now(UTC)
    assert installed_acme.install().status_code == 204
    assert installed_acme.client.get(page).status_code == 200

    until = parts.stored(installed_acme.client_key)[0].previous_secret_until
    assert timedelta(minutes=5) <= until - started < timedelta(minutes=5, seconds=30)
    with parts.database.writing_every_site() as session:
        session.query(Installation).one().previous_secret_until = datetime.now(UTC) - timedelta(seconds=1)
    assert installed_acme.client.get(old_page_later).status_code == 401
    assert parts.outcomes.last == "wrong-signature"
    assert installed_acme.client.get(installed_acme.panel_url()).status_code == 200


def test_18_secrets_are_sealed_at_rest(installed_acme: Any, parts: Any) -> None:
    first = installed_acme.secret
    installed_acme.secret = "second-secret-" + "y" * 40
    assert installed_acme.install().status_code == 204
    stored = repr(parts.everything_stored())
    assert first not in stored
    assert installed_acme.secret not in stored
    folder = parts.settings.data_folder
    raw = b"".join(path.read_bytes() for path in folder.glob("counterfoil.sqlite3*"))
    assert first.encode() not in raw
    assert installed_acme.secret.encode() not in raw


def test_18_a_sealed_secret_does_not_open_for_another_site(
    installed_acme: Any, installed_zenith: Any, parts: Any
) -> None:
    sealed = parts.stored(installed_acme.client_key)[0].secret
    with pytest.raises(SealBroken):
        parts.seal.open(sealed, secret_place(installed_zenith.client_key))


def test_18_an_old_lifecycle_token_cannot_be_used_again_after_it_expired(acme: Any, parts: Any) -> None:
    now = int(time.time())
    token = acme.lifecycle_token("installed", iat=now - 600, exp=now - 300)
    assert acme.post("installed", token).status_code == 401
    assert parts.outcomes.last == "expired"
