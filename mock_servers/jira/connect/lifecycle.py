"""Installing apps and telling them what becomes of them (contract jira-connect, section 2).

`installed` and `uninstalled` are signed with the install key (RS256), `enabled` and `disabled` with the app's secret.
An install, upgrade or rotation counts only when the app answers 200 or 204.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import requests

from mock_servers.jira.apps import InstalledApp, implied_scopes
from mock_servers.jira.connect.calling import call
from mock_servers.jira.connect.descriptor import Descriptor
from mock_servers.jira.connect.fetching import fetch_descriptor
from mock_servers.jira.connect.host import Delivery, new_secret, released
from mock_servers.jira.connect.tokens import lifecycle_token, request_token

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

SIGNED_BY_HOST = frozenset({"installed", "uninstalled"})


class AppRefused(Exception):
    """An app operation that did not take place; the text says why and what to do."""


def client_key(mock: JiraMock) -> str:
    """The tenant key: opaque and stable for the site, whatever is installed or renamed."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"connect:{mock.site.cloud_id}"))


def install(mock: JiraMock, descriptor_url: str) -> InstalledApp:
    """Installs or upgrades the app at `descriptor_url`; the administrator who asks approves what changed.

    Raises DescriptorRefused, or AppRefused when the app does not accept its installation.
    """
    with released(mock.lock):
        descriptor = fetch_descriptor(descriptor_url)
    known = mock.site.installed_apps.get(descriptor["key"])
    app = _upgraded(known, descriptor) if known else _new(mock, descriptor)
    _tell_or_refuse(mock, app, "installed", "Nothing was changed in Jira.")
    if known is None:
        mock.connect_host.removed.pop(app.key, None)
    mock.site.installed_apps[app.key] = app
    mock.connect_host.descriptor_urls[app.key] = descriptor_url
    if app.enabled:
        tell(mock, app, "enabled")
    return app


def upgrade(mock: JiraMock, key: str, *, approve: bool) -> InstalledApp:
    """Fetches the descriptor again. Changes that need an administrator's approval are refused without it."""
    app, url = installed(mock, key), mock.connect_host.descriptor_urls[key]
    with released(mock.lock):
        descriptor = fetch_descriptor(url)
    changes = approvals_needed(app.descriptor, descriptor)
    if changes and not approve:
        raise AppRefused(f"The upgrade of {key} waits for an administrator's approval: {', '.join(changes)} changed.")
    return install(mock, url)


def approvals_needed(before: Descriptor, after: Descriptor) -> list[str]:
    """Which changes Jira asks an administrator about (contract jira-connect, section 1)."""
    wider = implied_scopes(after.get("scopes", [])) - implied_scopes(before.get("scopes", []))
    changed = ["scopes"] if wider else []
    return changed + [
        name for name in ("apiVersion", "enableLicensing", "baseUrl") if before.get(name) != after.get(name)
    ]


def uninstall(mock: JiraMock, key: str) -> InstalledApp:
    """Tells the app `disabled` and `uninstalled`, and takes it away whatever it answers."""
    app = installed(mock, key)
    if app.enabled:
        tell(mock, app, "disabled")
    tell(mock, app, "uninstalled")
    mock.site.installed_apps.pop(key, None)
    mock.connect_host.removed[key] = replace(app, enabled=False)
    return app


def rotate(mock: JiraMock, key: str) -> InstalledApp:
    """Gives the app a new secret through `installed`; the old one holds if it does not accept."""
    app = replace(installed(mock, key), shared_secret=new_secret())
    _tell_or_refuse(mock, app, "installed", "The old secret stays in force.")
    mock.connect_host.old_secrets[key] = mock.site.installed_apps[key].shared_secret
    mock.site.installed_apps[key] = app
    return app


def set_enabled(mock: JiraMock, key: str, enabled: bool) -> InstalledApp:
    app = installed(mock, key)
    app.enabled = enabled
    tell(mock, app, "enabled" if enabled else "disabled")
    return app


def announce_rename(mock: JiraMock) -> None:
    """The site has another name or address: every app gets `installed`, alone."""
    for app in list(mock.site.installed_apps.values()):
        tell(mock, app, "installed")


def installed(mock: JiraMock, key: str) -> InstalledApp:
    app = mock.site.installed_apps.get(key)
    if app is None:
        raise AppRefused(f"There is no app {key!r} on {mock.site.name}. Install it first.")
    return app


def payload(mock: JiraMock, app: InstalledApp, event: str) -> dict[str, Any]:
    """The body of a lifecycle call."""
    site = mock.site
    body = {
        "key": app.key,
        "clientKey": app.client_key,
        "oauthClientId": app.oauth_client_id,
        "serverVersion": "100295",
        "pluginsVersion": "1001.0.0-SNAPSHOT",
        "baseUrl": site.base_url,
        "displayUrl": site.display_url,
        "displayUrlServicedeskHelpCenter": site.display_url,
        "productType": "jira",
        "description": f"Atlassian Jira at {site.base_url}",
        "eventType": event,
    }
    return {**body, "sharedSecret": app.shared_secret} if event == "installed" else body


def callback_url(app: InstalledApp, event: str) -> str | None:
    """The whole address of a lifecycle callback, None when the app declared none."""
    path = app.descriptor.get("lifecycle", {}).get(event)
    return None if path is None else f"{app.base_url}{path}"


def tell(mock: JiraMock, app: InstalledApp, event: str, *, sign: bool = True) -> Delivery | None:
    """One lifecycle call, remembered with what the app answered. None when the app has no callback for it."""
    url = callback_url(app, event)
    if url is None:
        return None
    token, body, now = None, payload(mock, app, event), mock.token_time()
    if sign and event in SIGNED_BY_HOST:
        token = lifecycle_token(app, mock.connect_host.keys.current, url, now)
    elif sign:
        token = request_token(app, "POST", url, now)
    headers = {} if token is None else {"Authorization": f"JWT {token}"}
    status, trouble = None, ""
    with released(mock.lock):
        try:
            status = call("POST", url, json=body, headers=headers).status_code
        except requests.RequestException as failure:
            trouble = str(failure)
    signature = "none" if token is None else ("RS256" if event in SIGNED_BY_HOST else "HS256")
    delivery = Delivery(now, app.key, event, url, signature, status, trouble)
    mock.connect_host.deliveries.append(delivery)
    return delivery


def _tell_or_refuse(mock: JiraMock, app: InstalledApp, event: str, consequence: str) -> None:
    delivery = tell(mock, app, event)
    if delivery is not None and not delivery.accepted:
        came = f"it answered {delivery.status}" if delivery.status else f"no answer came ({delivery.trouble})"
        raise AppRefused(
            f"The app {app.key} did not accept {event}: Jira called {delivery.url} and {came}, where only 200 and 204 "
            f"count. {consequence} Look into the app's log and try again."
        )


def _new(mock: JiraMock, descriptor: Descriptor) -> InstalledApp:
    key = descriptor["key"]
    before = mock.connect_host.removed.get(key)
    if before:
        mock.connect_host.old_secrets[key] = before.shared_secret
    name = str(descriptor.get("name", key))
    return InstalledApp(
        key=key,
        descriptor=descriptor,
        base_url=descriptor["baseUrl"],
        shared_secret=new_secret(),
        client_key=client_key(mock),
        scopes=implied_scopes(descriptor.get("scopes", [])),
        account_id=mock.site.add_app_user(key, name).account_id,
        oauth_client_id=before.oauth_client_id if before else str(uuid.uuid4()),
        license="active" if descriptor.get("enableLicensing") else "none",
    )


def _upgraded(app: InstalledApp, descriptor: Descriptor) -> InstalledApp:
    return replace(
        app,
        descriptor=descriptor,
        base_url=descriptor["baseUrl"],
        scopes=implied_scopes(descriptor.get("scopes", [])),
    )
