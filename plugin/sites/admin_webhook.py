"""The webhook that an administrator sets up in Jira by hand: its address finds the site, its signature proves it
(contract jira-rest, section 1, "Admin webhooks")."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from flask import Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.sites.connect.tenants import DOOR, USABLE_STATES
from plugin.sites.parts import Parts
from plugin.sites.refusals import Reason, Refused
from plugin.store.models import AdminWebhook, Installation
from plugin.store.sealing import Place, Seal

METHOD = "sha256"
GRACE = timedelta(hours=1)
"""How long a replaced secret is still taken: what Jira cannot deliver meanwhile it would not send again."""
TOKEN_BYTES = 24
SECRET_BYTES = 32


def secret_place(site_id: int) -> Place:
    """Where the secret is sealed; the previous one too, so that it can move there as it is."""
    return Place(site=str(site_id), owner="admin webhook", field="secret")


def address_path(token: str) -> str:
    """Below the base URL. In path segments: query parameters of webhook addresses have been seen to get lost."""
    return f"/hooks/admin/{token}"


def renew_secret(session: Session, seal: Seal, site_id: int, now: datetime) -> str:
    """Makes the address at the first time, and a new secret each time; returns that. The address stays."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    sealed = seal.seal(secret, secret_place(site_id))
    row = session.scalars(select(AdminWebhook).with_for_update()).one_or_none()
    if row is None:
        session.add(AdminWebhook(token=secrets.token_urlsafe(TOKEN_BYTES), secret=sealed, made_at=now))
    else:
        row.previous_secret, row.previous_secret_until = row.secret, now + GRACE
        row.secret, row.made_at = sealed, now
    return secret


def signing_site(token: str, request: Request, parts: Parts, now: datetime) -> int:
    """The id of the site whose secret has signed the body of this request; raises Refused.

    Without a site behind the address, or without a signature, the body is not even read.
    """
    with parts.database.reading_every_site() as session:
        row = session.execute(
            select(AdminWebhook, Installation.state)
            .join(Installation, Installation.site_id == AdminWebhook.site_id)
            .where(AdminWebhook.token == token, Installation.door == DOOR)
        ).one_or_none()
    if row is None:
        raise Refused(Reason.UNKNOWN_SITE)
    hook, state = row
    method, separator, signature = request.headers.get("X-Hub-Signature", "").partition("=")
    if not separator:
        raise Refused(Reason.NO_SIGNATURE)
    if method != METHOD:  # others may follow; none is taken for one that it is not
        raise Refused(Reason.WRONG_ALGORITHM)
    if not _is_signed(request.get_data(), signature, _secrets(hook, parts.seal, now)):
        raise Refused(Reason.WRONG_SIGNATURE)
    if state not in USABLE_STATES:
        raise Refused(Reason.SITE_OFF)
    return hook.site_id


def _secrets(hook: AdminWebhook, seal: Seal, now: datetime) -> list[str]:
    place = secret_place(hook.site_id)
    until = hook.previous_secret_until
    sealed = [hook.secret, hook.previous_secret if until and until > now else None]
    return [seal.open(each, place) for each in sealed if each]


def _is_signed(body: bytes, signature: str, candidates: list[str]) -> bool:
    expected = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in candidates]
    return any(hmac.compare_digest(each.encode(), signature.encode()) for each in expected)
