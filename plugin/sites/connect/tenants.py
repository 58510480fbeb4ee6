"""Finding the site behind a clientKey, with the secrets that its tokens may be signed with now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select

from plugin.sites.parts import Parts
from plugin.sites.refusals import Reason, Refused
from plugin.store.models import Installation, Site
from plugin.store.sealing import Place

DOOR = "connect"
USABLE_STATES = frozenset({"installed", "enabled"})
"""`installed` counts: a renamed site, and an app that comes with Forge, are never told `enabled` again."""


@dataclass(frozen=True)
class Tenant:
    """One installation at this door."""

    site_id: int
    installation_id: int
    client_key: str
    base_url: str
    display_url: str
    state: str
    secret: str = field(repr=False)
    previous_secret: str | None = field(repr=False)
    """None once its time is over."""

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.secret, self.previous_secret) if self.previous_secret else (self.secret,)


def secret_place(client_key: str) -> Place:
    """Where an installation's secret is sealed; the previous one too, so that it can move there as it is."""
    return Place(site=client_key, owner=f"installation:{DOOR}", field="shared secret")


def tenant_of(client_key: str, parts: Parts) -> Tenant:
    """Raises Refused (UNKNOWN_SITE) for a site that never installed us, or has left."""
    with parts.database.reading_every_site() as session:
        row = session.execute(
            select(Installation, Site)
            .join(Site, Site.id == Installation.site_id)
            .where(Installation.door == DOOR, Installation.external_id == client_key)
        ).one_or_none()
        if row is None or row.Installation.secret is None:
            raise Refused(Reason.UNKNOWN_SITE)
        return _tenant(row.Installation, row.Site, parts)


def _tenant(installation: Installation, site: Site, parts: Parts) -> Tenant:
    place = secret_place(installation.external_id)
    until = installation.previous_secret_until
    previous = installation.previous_secret if until and until > datetime.now(UTC) else None
    return Tenant(
        site_id=site.id,
        installation_id=installation.id,
        client_key=installation.external_id,
        base_url=site.base_url,
        display_url=site.display_url,
        state=installation.state,
        secret=parts.seal.open(installation.secret or "", place),
        previous_secret=parts.seal.open(previous, place) if previous else None,
    )
