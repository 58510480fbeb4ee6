"""Calling a site's Jira through the door by which it let us in."""

from __future__ import annotations

from typing import NamedTuple

from requests.auth import AuthBase
from sqlalchemy import select

from plugin.settings import Settings
from plugin.sites.connect.jira_auth import ConnectAuth
from plugin.sites.connect.tenants import DOOR, USABLE_STATES, secret_place
from plugin.store.database import Database
from plugin.store.models import Installation, Site
from plugin.store.sealing import Seal
from sage_adapters.errors import ConfigurationTrouble


class JiraDoor(NamedTuple):
    """Where a site's Jira is, and what authorises our requests to it."""

    base_url: str
    auth: AuthBase


def open_jira(database: Database, seal: Seal, settings: Settings, site_id: int) -> JiraDoor:
    """For workers and checks. Raises ConfigurationTrouble when the app is disabled on the site or has left it."""
    with database.reading(site_id) as session:
        found = session.execute(
            select(Site.base_url, Site.display_url, Installation.state, Installation.secret, Installation.external_id)
            .join(Site, Site.id == Installation.site_id)
            .where(Installation.door == DOOR)
        ).one_or_none()
    if found is None or found.secret is None:
        raise _closed("Counterfoil is not installed there.", "Install the app there again.", "uninstalled")
    if found.state not in USABLE_STATES:
        raise _closed(
            f"The app is {found.state} on {found.display_url}.",
            "A Jira administrator can enable it under Apps, Manage apps.",
            found.state,
        )
    secret = seal.open(found.secret, secret_place(found.external_id))
    return JiraDoor(found.base_url, ConnectAuth(settings.app_key, found.base_url, secret))


def _closed(got: str, remedy: str, state: str) -> ConfigurationTrouble:
    return ConfigurationTrouble("The Jira site was about to be called.", got, remedy, f"jira.app-{state}")
