"""What happens when a site installs, switches on, switches off or removes the app (contract jira-connect, section 2).

The callers have verified the message. Each function is one transaction, safe to repeat: Jira sends a message again
when our answer was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from plugin.sites.connect.addresses import checked_base_url, checked_display_url
from plugin.sites.connect.tenants import DOOR, secret_place
from plugin.sites.parts import Parts
from plugin.sites.refusals import Reason, Refused
from plugin.store.models import HookDuty, Installation, Site
from plugin.store.sealing import SealBroken

GRACE = timedelta(minutes=5)
"""How long tokens signed with a replaced secret are still taken: they may be on their way (assumed)."""
KEPT_AFTER_LEAVING = timedelta(days=30)


@dataclass(frozen=True)
class Message:
    """The body of a lifecycle request. Its signature does not cover it: compare it with the token before use."""

    app_key: str
    client_key: str
    event: str
    base_url: str = ""
    display_url: str = ""
    secret: str = field(default="", repr=False)
    oauth_client_id: str | None = None
    installation_ari: str | None = None


class _MessageSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    app_key = fields.String(required=True, data_key="key")
    client_key = fields.String(required=True, data_key="clientKey", validate=validate.Length(1, 255))
    event = fields.String(required=True, data_key="eventType")
    base_url = fields.String(data_key="baseUrl", validate=validate.Length(max=255))
    display_url = fields.String(data_key="displayUrl", validate=validate.Length(max=255))
    secret = fields.String(data_key="sharedSecret", validate=validate.Length(1, 128))
    oauth_client_id = fields.String(data_key="oauthClientId", allow_none=True, validate=validate.Length(max=255))
    installation_ari = fields.String(data_key="installationId", allow_none=True, validate=validate.Length(max=255))

    @post_load
    def _message(self, data: Mapping[str, Any], **_: Any) -> Message:
        return Message(**data)


def read_message(body: Any) -> Message:
    """Raises Refused (UNREADABLE_BODY) naming the fields that are wrong, never their values."""
    try:
        message: Message = _MessageSchema().load(body)
    except ValidationError as error:
        names = sorted(error.messages) if isinstance(error.messages, dict) else []
        raise Refused(Reason.UNREADABLE_BODY, f"Wrong or missing: {', '.join(names)}.") from None
    return message


def install(message: Message, parts: Parts) -> None:
    """First installation, upgrade, rename of the site, or a new secret: addresses and secret change together."""
    if not message.secret:
        raise Refused(Reason.UNREADABLE_BODY, "Wrong or missing: sharedSecret.")
    base_url = checked_base_url(message.base_url, parts.settings)
    display_url = checked_display_url(message.display_url or base_url, parts.settings)
    now = datetime.now(UTC)
    with parts.database.writing_every_site() as session:
        installation, site = _found_or_new(session, message.client_key, now)
        site.name = display_url.partition("://")[2]
        site.base_url, site.display_url = base_url, display_url
        site.left_at = site.delete_after = None
        _replace_secret(installation, message.secret, parts, now)
        if installation.state not in ("enabled", "disabled"):
            installation.state = "installed"
        installation.oauth_client_id = message.oauth_client_id
        installation.installation_ari = message.installation_ari
        installation.updated_at = now
        _look_after_webhooks(session, site.id, now)


def switch(client_key: str, state: str, parts: Parts) -> None:
    """`enabled` or `disabled`; a site that has left stays as it is."""
    now = datetime.now(UTC)
    with parts.database.writing_every_site() as session:
        installation = _installation(session, client_key)
        if installation is not None and installation.state != "uninstalled":
            installation.state = state
            installation.updated_at = now
            if state == "enabled":
                _look_after_webhooks(session, installation.site_id, now)


def uninstall(client_key: str, parts: Parts) -> None:
    """The secrets go at once, the data in thirty days; a site that we do not know is no error."""
    now = datetime.now(UTC)
    with parts.database.writing_every_site() as session:
        installation = _installation(session, client_key)
        if installation is None or installation.state == "uninstalled":
            return
        installation.state = "uninstalled"
        installation.secret = installation.previous_secret = installation.previous_secret_until = None
        installation.updated_at = now
        site = session.get_one(Site, installation.site_id)
        site.left_at, site.delete_after = now, now + KEPT_AFTER_LEAVING


def _look_after_webhooks(session: Session, site_id: int, now: datetime) -> None:
    """Whatever is regularly done for the site's webhooks is due: those that were registered may have died with the
    installation, and nobody listened while the app was off (contract jira-connect, section 2)."""
    regular = (HookDuty.site_id == site_id) & HookDuty.due_at.is_not(None)
    session.execute(update(HookDuty).where(regular).values(due_at=now).execution_options(synchronize_session=False))


def _found_or_new(session: Session, client_key: str, now: datetime) -> tuple[Installation, Site]:
    """A site that comes back within its thirty days finds its data; afterwards it begins anew."""
    installation = _installation(session, client_key)
    if installation is not None:
        site = session.get_one(Site, installation.site_id)
        if site.delete_after is None or site.delete_after > now:
            return installation, site
        session.delete(site)
        session.flush()
        session.expunge(installation)
    site = Site(name="", base_url="", display_url="", created_at=now)
    session.add(site)
    session.flush()
    installation = Installation(site_id=site.id, door=DOOR, external_id=client_key, state="installed", updated_at=now)
    session.add(installation)
    return installation, site


def _replace_secret(installation: Installation, secret: str, parts: Parts, now: datetime) -> None:
    """A repeated message brings the secret we have already: the one before it then stays the previous one.

    A stored secret that no longer opens, because its sealing key is lost, is healed by installing again.
    """
    place = secret_place(installation.external_id)
    if installation.secret is not None:
        with suppress(SealBroken):
            if parts.seal.open(installation.secret, place) == secret:
                return
            installation.previous_secret = installation.secret
            installation.previous_secret_until = now + GRACE
    installation.secret = parts.seal.seal(secret, place)


def _installation(session: Session, client_key: str) -> Installation | None:
    return session.scalars(
        select(Installation).where(Installation.door == DOOR, Installation.external_id == client_key).with_for_update()
    ).one_or_none()
