"""Sites and the doors by which they let us in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.models.base import SiteOwned, Table


class Site(Table):
    """One Jira site. It stays when the app leaves, until `delete_after`."""

    __tablename__ = "sites"

    name: Mapped[str]
    base_url: Mapped[str]
    """Where its REST API is."""
    display_url: Mapped[str]
    """What its people see: the base URL or a custom domain."""
    cloud_id: Mapped[str | None]
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    delete_after: Mapped[datetime | None]


class Installation(SiteOwned, Table):
    """One door of a site, with the credentials that Jira gave us for it."""

    __tablename__ = "installations"
    __table_args__ = (UniqueConstraint("door", "external_id"), Index("ix_installations_site_id", "site_id"))

    door: Mapped[str] = mapped_column(String(16))
    """`connect`; later also `forge`, `oauth`, `token`."""
    external_id: Mapped[str]
    """Who the site is at that door: Connect's clientKey."""
    state: Mapped[str] = mapped_column(String(16))
    """`installed`, `enabled`, `disabled` or `uninstalled`."""
    secret: Mapped[str | None] = mapped_column(Text)
    """Sealed shared secret."""
    previous_secret: Mapped[str | None] = mapped_column(Text)
    previous_secret_until: Mapped[datetime | None]
    """Until when tokens signed with the replaced secret are taken (contract jira-connect, section 2)."""
    oauth_client_id: Mapped[str | None]
    installation_ari: Mapped[str | None]
    updated_at: Mapped[datetime]
