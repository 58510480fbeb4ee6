"""Reading and making Connect tokens (contract jira-connect, sections 2, 3 and 8).

The algorithm belongs to the route and is compared before anything is decoded; what a token's header says never
chooses a key or an algorithm. Every refusal has its own reason.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from plugin.sites.refusals import Reason, Refused

CONTEXT_HASH = "context-qsh"
"""Stands in place of a computed hash in tokens that a page fetches for itself, and nowhere else."""
LEEWAY_SECONDS = 30
OUTBOUND_LIFE_SECONDS = 180
LONGEST_TOKEN = 8192
REQUIRED_CLAIMS = ["exp", "iat", "iss", "qsh"]
_KEY_ID = re.compile(r"[A-Za-z0-9._-][A-Za-z0-9._/-]{0,127}")

_REASONS: tuple[tuple[type[jwt.PyJWTError], Reason], ...] = (
    (jwt.ExpiredSignatureError, Reason.EXPIRED),
    (jwt.ImmatureSignatureError, Reason.NOT_YET_VALID),
    (jwt.MissingRequiredClaimError, Reason.MISSING_CLAIM),
    (jwt.InvalidAudienceError, Reason.WRONG_AUDIENCE),
    (jwt.InvalidAlgorithmError, Reason.WRONG_ALGORITHM),
    (jwt.InvalidSignatureError, Reason.WRONG_SIGNATURE),
    (jwt.InvalidKeyError, Reason.WRONG_SIGNATURE),
)


@dataclass(frozen=True)
class Claims:
    """What a verified token says."""

    client_key: str
    account_id: str | None
    context: Mapping[str, Any]


def claimed_client_key(token: str) -> str:
    """Which site a shared-secret token says it is from. Unproven: good only for finding the secret to check it with."""
    _demand_algorithm(token, "HS256")
    with _refusing():
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
    if issuer is None:
        raise Refused(Reason.MISSING_CLAIM)
    if not isinstance(issuer, str):
        raise Refused(Reason.UNREADABLE_TOKEN)
    return issuer


def key_id(token: str) -> str:
    """The id of the key that a lifecycle token says it is signed with, in a form that is safe inside a URL path."""
    kid = _demand_algorithm(token, "RS256").get("kid")
    if not isinstance(kid, str) or not _KEY_ID.fullmatch(kid) or ".." in kid or "//" in kid:
        raise Refused(Reason.BAD_KEY_ID)
    return kid


def verify_shared(token: str, secrets: Sequence[str], hashes: Sequence[str]) -> Claims:
    """A token signed with one of the site's secrets, for a request with one of these hashes."""
    _demand_algorithm(token, "HS256")
    for secret in secrets:
        try:
            return _claims(_decode(token, secret, "HS256"), hashes)
        except Refused as refusal:
            if refusal.reason is not Reason.WRONG_SIGNATURE:
                raise
    raise Refused(Reason.WRONG_SIGNATURE)


def verify_lifecycle(token: str, key: RSAPublicKey, base_url: str, hashes: Sequence[str]) -> Claims:
    """A token signed by Atlassian's installation key, meant for this app and for a request with one of these hashes.

    The audience is our base URL, written with or without a trailing slash, and no other text that contains it.
    """
    _demand_algorithm(token, "RS256")
    audience = base_url.rstrip("/")
    return _claims(_decode(token, key, "RS256", [audience, f"{audience}/"]), hashes)


def sign_outbound(app_key: str, secret: str, query_hash: str) -> str:
    """A token for one request to Jira."""
    now = int(time.time())
    claims = {"iss": app_key, "iat": now, "exp": now + OUTBOUND_LIFE_SECONDS, "qsh": query_hash}
    return jwt.encode(claims, secret, algorithm="HS256")


def _demand_algorithm(token: str, algorithm: str) -> Mapping[str, Any]:
    if len(token) > LONGEST_TOKEN:
        raise Refused(Reason.UNREADABLE_TOKEN)
    with _refusing():
        header = jwt.get_unverified_header(token)
    if header.get("alg") != algorithm:
        raise Refused(Reason.WRONG_ALGORITHM)
    return header


def _decode(
    token: str, key: RSAPublicKey | str, algorithm: str, audience: Sequence[str] | None = None
) -> Mapping[str, Any]:
    """Shared-secret tokens carry no audience worth checking: their secret is known to one site and one app."""
    with _refusing():
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED_CLAIMS, "verify_aud": audience is not None},
        )
    return claims


def _claims(claims: Mapping[str, Any], hashes: Sequence[str]) -> Claims:
    issuer, subject, context = claims["iss"], claims.get("sub"), claims.get("context")
    if not isinstance(issuer, str):
        raise Refused(Reason.UNREADABLE_TOKEN)
    claimed = str(claims["qsh"]).encode()
    if not any(hmac.compare_digest(claimed, expected.encode()) for expected in hashes):
        raise Refused(Reason.WRONG_REQUEST)
    return Claims(issuer, subject or None, context if isinstance(context, Mapping) else {})


@contextmanager
def _refusing() -> Iterator[None]:
    """Whatever a token makes the decoder raise is a refusal."""
    try:
        yield
    except jwt.PyJWTError as error:
        found = (reason for kind, reason in _REASONS if isinstance(error, kind))
        raise Refused(next(found, Reason.UNREADABLE_TOKEN)) from None
