"""The address and options of the iframe in which a module is shown (contract jira-connect, section 5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from mock_servers.jira.apps import InstalledApp
from mock_servers.jira.connect.conditions import Place, shown
from mock_servers.jira.connect.modules import Module, modules_of, name_of, url_of
from mock_servers.jira.connect.tokens import Claims, iframe_token

SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-modals allow-downloads"
"""Jira's own list is not published (assumed)."""
CONNECT_VERSION = "1001.0.0-SNAPSHOT"
_VARIABLE = re.compile(r"\{([A-Za-z0-9._-]+)\}")


@dataclass(frozen=True, slots=True)
class Frame:
    """One module ready to be shown: what the page hands to the bridge."""

    app: InstalledApp
    kind: str
    module: Module
    url: str
    variables: dict[str, str]

    @property
    def title(self) -> str:
        return name_of(self.module)

    def extension(self, origin: str) -> dict[str, Any]:
        """What connectHost.create takes. `globalOptions` must be an object or the app's script throws."""
        return {
            "addon_key": self.app.key,
            "key": self.module["key"],
            "url": self.url,
            "options": {
                "hostOrigin": origin,
                "autoresize": True,
                "isFullPage": self.kind in FULL_PAGES,
                "moduleType": self.kind,
                "productContext": self.variables,
                "sandbox": SANDBOX,
                "globalOptions": {},
            },
        }


FULL_PAGES = frozenset({"adminPages", "generalPages", "configurePage", "postInstallPage", "jiraProjectPages"})


def frames(place: Place, origin: str, now: datetime, *kinds: str) -> list[Frame]:
    """The frames of these kinds of all enabled apps that are shown in this place, in order of weight.

    `origin` is the one the reader sees, maybe that of a custom domain.
    """
    found = [
        (module.get("weight", 100), app, kind, module)
        for app in place.site.installed_apps.values()
        for kind, module in _of_kinds(app, kinds)
        if shown(module, place)
    ]
    found.sort(key=lambda one: one[0])
    return [frame(app, kind, module, place, origin, now) for _, app, kind, module in found]


def _of_kinds(app: InstalledApp, kinds: tuple[str, ...]) -> Iterator[tuple[str, Module]]:
    if app.enabled:
        yield from ((kind, module) for kind, module in modules_of(app.descriptor.get("modules", {})) if kind in kinds)


def frame(app: InstalledApp, kind: str, module: Module, place: Place, origin: str, now: datetime) -> Frame:
    """The frame of one module. The token is the last parameter; a cacheable page gets no parameters at all."""
    values = variables_of(place)
    url = app.base_url + _VARIABLE.sub(lambda name: quote(values.get(name[1], ""), safe=""), url_of(kind, module))
    if not module.get("cacheable"):
        url = _with_parameters(url, app, module, origin)
        url += "&" + urlencode({"jwt": iframe_token(app, url, place.account_id, now)})
    return Frame(app, kind, module, url, values)


def _with_parameters(url: str, app: InstalledApp, module: Module, origin: str) -> str:
    parameters = {
        "xdm_e": origin,
        "xdm_c": f"channel-{app.key}__{module['key']}",
        "cp": "",
        "xdm_deprecated_addon_key_do_not_use": app.key,
        "lic": app.license,
        "cv": CONNECT_VERSION,
    }
    return url + ("&" if "?" in url else "?") + urlencode(parameters)


def context_of(place: Place) -> Claims:
    """Where the reader is, as AP.context.getContext and context tokens tell it."""
    context: Claims = {}
    if place.issue is not None:
        context["issue"] = {"id": place.issue.id, "key": place.issue.key}
    if place.project is not None:
        context["project"] = {"id": place.project.id, "key": place.project.key}
    return context


def variables_of(place: Place) -> dict[str, str]:
    """The place as URL variables: `issue.id`, `issuetype.id`, `project.key`, `ac.<name>`."""
    values = {
        f"{thing}.{name}": str(value) for thing, found in context_of(place).items() for name, value in found.items()
    }
    if place.issue is not None:
        values["issuetype.id"] = place.issue.issue_type_id
    return values | {f"ac.{name}": value for name, value in (place.custom or {}).items()}
