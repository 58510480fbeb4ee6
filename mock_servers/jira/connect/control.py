"""What an administrator does with apps, and what an attacker would send them: the control API's type `app`.

| action | fields besides `key` | does |
|---|---|---|
| install | descriptor_url (no key) | installs or upgrades |
| upgrade | approve (default false) | fetches the descriptor again |
| uninstall, disable, enable, rotate | | |
| rename | name, base_url, display_url (no key) | the site itself; apps are told |
| late_disabled | | sends `disabled` again with no token, also to an app uninstalled before |
| license | license: active or none | what `lic` says |
| new_key | (no key) | another install key and kid from now on |
| deliveries | | what the app was told and answered |
| forge | event, forgery, module_key, path | one forged request; see forgeries.py |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mock_servers.harness.control import ControlRefused
from mock_servers.jira.apps import InstalledApp
from mock_servers.jira.connect import forgeries, lifecycle
from mock_servers.jira.connect.descriptor import DescriptorRefused

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

Order = dict[str, Any]


def act(mock: JiraMock, body: Order) -> Order:
    """Carries out one action under the mock's lock. Raises ControlRefused with a sentence for the administrator."""
    action = _ACTIONS.get(str(body.get("action")))
    if action is None:
        raise ControlRefused(f"There is no action {body.get('action')!r} on apps; there are {', '.join(_ACTIONS)}.")
    try:
        with mock.lock:
            return action(mock, body)
    except (DescriptorRefused, lifecycle.AppRefused, forgeries.NoSuchForgery) as refused:
        raise ControlRefused(str(refused)) from refused
    except KeyError as missing:
        raise ControlRefused(f"The action {body['action']} needs the field {missing}.") from missing


def described(mock: JiraMock, app: InstalledApp) -> Order:
    """An app as the control API shows it, without its secret."""
    return {
        "key": app.key,
        "name": app.descriptor.get("name", app.key),
        "base_url": app.base_url,
        "client_key": app.client_key,
        "account_id": app.account_id,
        "scopes": sorted(app.scopes),
        "enabled": app.enabled,
        "installed": app.key in mock.site.installed_apps,
        "license": app.license,
        "deliveries": _deliveries(mock, app.key),
    }


def _deliveries(mock: JiraMock, key: str) -> list[Order]:
    return [
        asdict(delivery) | {"at": delivery.at.isoformat()}
        for delivery in mock.connect_host.deliveries
        if delivery.app_key == key
    ]


def _upgrade(mock: JiraMock, body: Order) -> Order:
    return described(mock, lifecycle.upgrade(mock, body["key"], approve=bool(body.get("approve"))))


def _rename(mock: JiraMock, body: Order) -> Order:
    site = mock.site
    site.name = str(body.get("name", site.name))
    site.base_url = str(body.get("base_url", site.base_url)).rstrip("/")
    site.display_url = str(body.get("display_url", site.display_url)).rstrip("/")
    lifecycle.announce_rename(mock)
    return {"name": site.name, "base_url": site.base_url, "display_url": site.display_url}


def _late_disabled(mock: JiraMock, body: Order) -> Order:
    key = body["key"]
    app = mock.site.installed_apps.get(key) or mock.connect_host.removed.get(key)
    if app is None:
        raise lifecycle.AppRefused(f"There never was an app {key!r} on {mock.site.name}.")
    lifecycle.tell(mock, app, "disabled", sign=False)
    return described(mock, app)


def _license(mock: JiraMock, body: Order) -> Order:
    app = lifecycle.installed(mock, body["key"])
    if body["license"] not in ("active", "none"):
        raise ControlRefused("A license is active or none.")
    app.license = body["license"]
    return described(mock, app)


def _new_key(mock: JiraMock, _: Order) -> Order:
    return {"kid": mock.connect_host.keys.replace().kid}


def _forge(mock: JiraMock, body: Order) -> Order:
    return forgeries.send(mock, lifecycle_app(mock, body["key"]), body)


def lifecycle_app(mock: JiraMock, key: str) -> InstalledApp:
    """The app in whose name a forgery is sent: installed, or gone."""
    removed = mock.connect_host.removed.get(key)
    return removed if removed and key not in mock.site.installed_apps else lifecycle.installed(mock, key)


_ACTIONS: dict[str, Callable[[JiraMock, Order], Order]] = {
    "install": lambda mock, body: described(mock, lifecycle.install(mock, body["descriptor_url"])),
    "upgrade": _upgrade,
    "uninstall": lambda mock, body: described(mock, lifecycle.uninstall(mock, body["key"])),
    "disable": lambda mock, body: described(mock, lifecycle.set_enabled(mock, body["key"], False)),
    "enable": lambda mock, body: described(mock, lifecycle.set_enabled(mock, body["key"], True)),
    "rotate": lambda mock, body: described(mock, lifecycle.rotate(mock, body["key"])),
    "rename": _rename,
    "late_disabled": _late_disabled,
    "license": _license,
    "new_key": _new_key,
    "deliveries": lambda mock, body: {"deliveries": _deliveries(mock, body["key"])},
    "forge": _forge,
}
