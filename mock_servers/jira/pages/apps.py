"""Managing apps, as an administrator does."""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from mock_servers.jira.apps import InstalledApp
from mock_servers.jira.connect import lifecycle
from mock_servers.jira.connect.descriptor import DescriptorRefused
from mock_servers.jira.connect.frames import Frame, frames
from mock_servers.jira.connect.modules import modules_of
from mock_servers.jira.pages.rendering import page
from mock_servers.jira.pages.visit import Visit

MANAGE = "/plugins/servlet/upm"


def manage(visit: Visit, *, problems: list[str] | None = None, address: str = "", status: int = 200) -> Response:
    """The installed apps, the form that installs one, and what apps were told. `problems` say why one was refused."""
    admit(visit)
    key = visit.request.args.get("installed")
    return page(
        visit,
        "apps.html",
        title="Manage apps",
        status=status,
        apps=list(visit.site.installed_apps.values()),
        configure={app.key: _page_of(app, "configurePage") for app in visit.site.installed_apps.values()},
        fresh=visit.site.installed_apps.get(key) if key else None,
        removed=visit.request.args.get("removed"),
        begin=_page_of(visit.site.installed_apps[key], "postInstallPage") if key in visit.site.installed_apps else None,
        deliveries=list(reversed(visit.mock.connect_host.deliveries))[:12],
        problems=problems or [],
        address=address,
        **admin_links(visit),
    )


def install(visit: Visit) -> Response:
    admit(visit)
    address = visit.request.form.get("address", "").strip()
    try:
        app = lifecycle.install(visit.mock, address)
    except DescriptorRefused as refused:
        return manage(visit, problems=refused.problems, address=address, status=400)
    except lifecycle.AppRefused as refused:
        return manage(visit, problems=[str(refused)], address=address, status=400)
    return redirect(f"{MANAGE}?installed={app.key}", 303)


def act(visit: Visit, key: str, action: str) -> Response:
    """Disables, enables or uninstalls an app."""
    admit(visit)
    if key not in visit.site.installed_apps:
        raise NotFound(f"There is no app {key} on this site.")
    if action == "uninstall":
        lifecycle.uninstall(visit.mock, key)
        return redirect(f"{MANAGE}?removed={key}", 303)
    lifecycle.set_enabled(visit.mock, key, action == "enable")
    return redirect(MANAGE, 303)


def admit(visit: Visit) -> None:
    if not visit.is_administrator:
        raise Forbidden("Only Jira administrators may manage apps. Switch to Ada Admin.")


def admin_links(visit: Visit) -> dict[str, Any]:
    """The links beside every admin page: apps' own ones, grouped by app."""
    now = visit.mock.token_time()
    groups: dict[str, list[Frame]] = {}
    for shown in frames(visit.place(), visit.origin, now, "adminPages"):
        groups.setdefault(shown.app.descriptor.get("name", shown.app.key), []).append(shown)
    return {"admin_groups": groups}


def _page_of(app: InstalledApp, kind: str) -> str | None:
    """The address of a single page of an app, or of its first admin page when it has no page to configure it."""
    modules = [(k, m) for k, m in modules_of(app.descriptor.get("modules", {})) if k == kind]
    if not modules and kind == "configurePage":
        modules = [(k, m) for k, m in modules_of(app.descriptor.get("modules", {})) if k == "adminPages"]
    return f"/plugins/servlet/ac/{app.key}/{modules[0][1]['key']}" if modules and app.enabled else None
