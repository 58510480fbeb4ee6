"""Attacks with tokens: contract jira-connect, section 8, items 1, 3, 4, 5, 11, 12."""

from __future__ import annotations

import hmac
import time
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from plugin.sites.connect import tokens
from plugin.sites.connect.qsh import query_hash
from plugin.sites.refusals import Refused

# Item 1: the algorithm belongs to the route.


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "hs256", ""])
def test_01_an_unsigned_token_opens_no_page(installed_acme: Any, forge_token: Any, parts: Any, algorithm: str) -> None:
    claims = installed_acme.claims("GET", "/connect/panel", "issueId=1")
    token = forge_token({"alg": algorithm, "typ": "JWT"}, claims, None)
    reply = installed_acme.client.get(f"/connect/panel?issueId=1&jwt={token}")
    assert reply.status_code == 401
    assert parts.outcomes.last == "wrong-algorithm"


def test_01_the_public_installation_key_is_no_shared_secret(acme: Any, forge_token: Any, parts: Any) -> None:
    claims = acme.claims("POST", "/connect/installed", aud=["https://counterfoil.example"])
    header = {"alg": "HS256", "typ": "JWT", "kid": "6f1b3c2a-install-key"}
    token = forge_token(header, claims, acme.authority.pem.encode())
    assert acme.post("installed", token).status_code == 401
    assert parts.outcomes.last == "wrong-algorithm"


def test_01_a_page_takes_no_token_signed_with_the_installation_key(installed_acme: Any, parts: Any) -> None:
    token = installed_acme.authority.sign(installed_acme.claims("GET", "/connect/panel", "issueId=1"))
    assert installed_acme.client.get(f"/connect/panel?issueId=1&jwt={token}").status_code == 401
    assert parts.outcomes.last == "wrong-algorithm"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_01_other_hashes_of_the_right_secret_are_refused(installed_acme: Any, parts: Any, algorithm: str) -> None:
    claims = installed_acme.claims("GET", "/connect/panel", "issueId=1")
    token = jwt.encode(claims, installed_acme.secret.ljust(64, "x"), algorithm=algorithm)
    assert installed_acme.client.get(f"/connect/panel?issueId=1&jwt={token}").status_code == 401
    assert parts.outcomes.last == "wrong-algorithm"


def test_01_an_installation_signed_with_the_sites_secret_is_refused(installed_acme: Any, parts: Any) -> None:
    token = installed_acme.site_token("installed", aud=["https://counterfoil.example"])
    assert installed_acme.post("installed", token, baseUrl="https://evil.atlassian.net").status_code == 401
    assert parts.outcomes.last == "wrong-algorithm"
    assert parts.stored(installed_acme.client_key)[1].base_url == "https://acme.atlassian.net"


# Item 3: context and session tokens stay where they belong.


@pytest.mark.parametrize("event", ["enabled", "disabled"])
def test_03_a_context_token_is_no_lifecycle_token(installed_acme: Any, parts: Any, event: str) -> None:
    assert installed_acme.post(event, installed_acme.context_token()).status_code == 401
    assert parts.outcomes.last == "wrong-request"
    assert parts.stored(installed_acme.client_key)[0].state == "enabled"


@pytest.mark.parametrize("event", ["installed", "uninstalled"])
def test_03_not_even_the_installation_key_may_sign_a_context_hash(installed_acme: Any, parts: Any, event: str) -> None:
    token = installed_acme.lifecycle_token(event, qsh="context-qsh")
    assert installed_acme.post(event, token).status_code == 401
    assert parts.outcomes.last == "wrong-request"


def test_03_a_context_token_opens_no_iframe_page(installed_acme: Any, parts: Any) -> None:
    reply = installed_acme.client.get(f"/connect/panel?issueId=1&jwt={installed_acme.context_token()}")
    assert reply.status_code == 401
    assert parts.outcomes.last == "wrong-request"


def test_03_an_iframe_token_asks_for_no_fragment(installed_acme: Any, parts: Any) -> None:
    token = installed_acme.shared(installed_acme.claims("POST", "/connect/view"))
    assert installed_acme.ask(token).status_code == 401
    assert parts.outcomes.last == "wrong-request"


def test_03_a_session_token_in_our_own_name_is_refused(installed_acme: Any, parts: Any) -> None:
    token = installed_acme.context_token(iss="com.counterfoil.payables", aud=[installed_acme.client_key])
    assert installed_acme.ask(token).status_code == 401
    assert parts.outcomes.last == "unknown-site"


# Item 4: a claim that is missing is a refusal.


@pytest.mark.parametrize("claim", ["qsh", "exp", "iat", "iss"])
def test_04_a_token_without_a_required_claim_is_refused_everywhere(installed_acme: Any, parts: Any, claim: str) -> None:
    replies = [
        installed_acme.client.get(installed_acme.panel_url(**{claim: None})),
        installed_acme.ask(installed_acme.context_token(**{claim: None})),
        installed_acme.post("disabled", installed_acme.site_token("disabled", **{claim: None})),
        installed_acme.post("uninstalled", installed_acme.lifecycle_token("uninstalled", **{claim: None})),
    ]
    assert [reply.status_code for reply in replies] == [401] * 4
    assert {outcome for _, outcome in parts.outcomes.all[-4:]} == {"missing-claim"}
    assert parts.stored(installed_acme.client_key)[0].state == "enabled"


# Item 5: the token fits one request.


def test_05_the_page_opens_with_the_request_that_was_signed(installed_acme: Any) -> None:
    reply = installed_acme.client.get(installed_acme.panel_url())
    assert reply.status_code == 200
    assert reply.json["issue_id"] == "10001"


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        ("issueId=1", "issueId=2"),
        ("issueId=1", "issueId=1&projectId=3"),
        ("issueId=1&projectId=3", "issueId=1"),
        ("issueId=1", "issueId=1&issueId=1"),
        ("issueId=1", "issueId=2&issueId=1"),
        ("issueId=1", "issueId=1&unknown="),
        ("issueId=1%262", "issueId=1&2="),
        ("issueId=1", "ISSUEID=1"),
        ("lic=none", "lic=active"),
    ],
)
def test_05_another_query_is_refused(installed_acme: Any, parts: Any, signed: str, sent: str) -> None:
    token = installed_acme.panel_url(signed).partition("&jwt=")[2]
    assert installed_acme.client.get(f"/connect/panel?{sent}&jwt={token}").status_code == 401
    assert parts.outcomes.last == "wrong-request"


def test_05_another_path_is_refused(installed_acme: Any, parts: Any) -> None:
    token = installed_acme.shared(installed_acme.claims("GET", "/connect/admin", "issueId=1"))
    assert installed_acme.client.get(f"/connect/panel?issueId=1&jwt={token}").status_code == 401
    assert parts.outcomes.last == "wrong-request"


def test_05_another_method_is_refused(installed_acme: Any, parts: Any) -> None:
    url = installed_acme.panel_url(qsh=query_hash("POST", "/connect/panel", "issueId=1"))
    assert installed_acme.client.get(url).status_code == 401
    assert installed_acme.client.head(installed_acme.panel_url()).status_code == 401
    assert parts.outcomes.last == "wrong-method"


def test_05_an_ampersand_in_the_path_is_not_the_start_of_a_query(installed_acme: Any) -> None:
    """`/connect/panel&a=b` without a query and `/connect/panel` with `a=b` must not sign for each other."""
    token = installed_acme.shared(installed_acme.claims("GET", "/connect/panel&issueId=1", ""))
    assert installed_acme.client.get(f"/connect/panel?issueId=1&jwt={token}").status_code == 401


def test_05_a_token_of_enabled_does_not_disable(installed_acme: Any, parts: Any) -> None:
    assert installed_acme.post("disabled", installed_acme.site_token("enabled")).status_code == 401
    assert parts.stored(installed_acme.client_key)[0].state == "enabled"


# Item 11: constant-time comparison, and little leeway.


@pytest.mark.parametrize(("age", "status"), [(-10, 200), (-61, 401), (-3600, 401)])
def test_11_an_expired_token_has_less_than_a_minute_of_leeway(
    installed_acme: Any, parts: Any, age: int, status: int
) -> None:
    now = int(time.time())
    reply = installed_acme.client.get(installed_acme.panel_url(iat=now - 900, exp=now + age))
    assert reply.status_code == status
    assert parts.outcomes.last == ("accepted" if status == 200 else "expired")


@pytest.mark.parametrize(("ahead", "status"), [(10, 200), (61, 401), (86400, 401)])
def test_11_a_token_from_the_future_has_less_than_a_minute_of_leeway(
    installed_acme: Any, parts: Any, ahead: int, status: int
) -> None:
    now = int(time.time())
    reply = installed_acme.client.get(installed_acme.panel_url(iat=now + ahead, exp=now + ahead + 900))
    assert reply.status_code == status
    assert parts.outcomes.last == ("accepted" if status == 200 else "not-yet-valid")


def test_11_hashes_are_compared_in_constant_time(installed_acme: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []
    genuine = hmac.compare_digest

    def watched(one: Any, other: Any) -> bool:
        compared.append(one)
        return genuine(one, other)

    monkeypatch.setattr(tokens.hmac, "compare_digest", watched)
    claimed = query_hash("GET", "/connect/panel", "issueId=1")
    installed_acme.client.get(installed_acme.panel_url("issueId=1"))
    assert claimed.encode() in compared


# Item 12: one carrier per route.


def test_12_a_page_takes_no_token_from_the_header(installed_acme: Any, parts: Any) -> None:
    token = installed_acme.panel_url("issueId=1").partition("&jwt=")[2]
    headers = {"Authorization": f"JWT {token}"}
    assert installed_acme.client.get("/connect/panel?issueId=1", headers=headers).status_code == 401
    assert parts.outcomes.last == "no-token"


def test_12_a_fragment_takes_no_token_from_query_or_body(installed_acme: Any, parts: Any) -> None:
    token = installed_acme.context_token()
    client: FlaskClient = installed_acme.client
    assert client.post(f"/connect/view?jwt={token}").status_code == 401
    assert client.post("/connect/view", data={"jwt": token}).status_code == 401
    assert client.post("/connect/view", json={"jwt": token}).status_code == 401
    assert client.post("/connect/view", headers={"Cookie": f"jwt={token}"}).status_code == 401
    assert parts.outcomes.last == "no-token"


def test_12_two_tokens_are_one_too_many(installed_acme: Any, parts: Any) -> None:
    url, token = installed_acme.panel_url("issueId=1"), installed_acme.context_token()
    client: FlaskClient = installed_acme.client
    replies = [
        client.get(url, headers={"Authorization": f"JWT {token}"}),
        client.get(f"{url}&jwt={token}"),
        client.post(f"/connect/view?jwt={token}", headers={"Authorization": f"JWT {token}"}),
        client.post(f"/connect/disabled?jwt={token}", headers={"Authorization": f"JWT {token}"}),
    ]
    assert [reply.status_code for reply in replies] == [401] * 4
    assert {outcome for _, outcome in parts.outcomes.all[-4:]} == {"several-tokens"}


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", ""])
def test_12_only_the_jwt_scheme_carries_a_token(installed_acme: Any, parts: Any, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {installed_acme.context_token()}".strip()}
    assert installed_acme.client.post("/connect/view", headers=headers).status_code == 401
    assert parts.outcomes.last == "no-token"


# Whatever else is sent as a token.


@pytest.mark.parametrize(
    "payload",
    [b"[" * 2500 + b"]" * 2500, b'{"iss": ["a", "list"]}', b'{"iss": 7}', b'"text"', b"7", b"null", b"{", b"\xff"],
)
def test_a_strange_payload_is_refused_calmly(installed_acme: Any, forge_token: Any, parts: Any, payload: bytes) -> None:
    assert installed_acme.ask(forge_token({"alg": "HS256", "typ": "JWT"}, payload, b"guess")).status_code == 401
    assert parts.outcomes.last == "unreadable-token"


def test_a_huge_token_is_not_even_looked_into(installed_acme: Any, parts: Any) -> None:
    assert installed_acme.ask(installed_acme.context_token(filler="x" * 8192)).status_code == 401
    assert parts.outcomes.last == "unreadable-token"


@given(st.text(min_size=1, max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_any_text_for_a_token_is_a_refusal_and_never_a_failure(text: str) -> None:
    for read in (tokens.claimed_client_key, tokens.key_id):
        with pytest.raises(Refused):
            read(text)


def test_a_wrong_signature_has_its_own_reason(installed_acme: Any, parts: Any) -> None:
    installed_acme.secret = "guessed" * 6
    reply = installed_acme.client.get(installed_acme.panel_url())
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"] == "JWT"
    assert parts.outcomes.last == "wrong-signature"


def test_a_refusal_is_a_short_page_for_people_and_json_for_programs(installed_acme: Any) -> None:
    url = installed_acme.panel_url(exp=int(time.time()) - 600)
    page = installed_acme.client.get(url, headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.mimetype == "text/html"
    assert "opened too long ago" in page.text
    answer = installed_acme.client.get(url, headers={"Accept": "application/json"})
    assert answer.json == {"reason": "expired", "message": "This page was opened too long ago. Reload it in Jira."}


@pytest.mark.parametrize("signed", ["/connect/named/a b", "/connect/named/a%20b"])
def test_a_path_with_escapes_is_verified_as_sent_and_as_decoded(installed_acme: Any, signed: str) -> None:
    """Java hosts sign the decoded path, JavaScript ones the path as it is sent."""
    token = installed_acme.shared(installed_acme.claims("GET", signed))
    assert installed_acme.client.get(f"/connect/named/a%20b?jwt={token}").status_code == 200
