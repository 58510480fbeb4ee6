"""All routes of the pages, each with the right it demands."""

from __future__ import annotations

from plugin.web.routes import Right, Routes, action, page
from plugin.web.views import activity, connections, failures, mapping, overview, panel, schedule, target

ADMINISTRATOR = Right.ADMINISTRATOR
ISSUE = Right.ISSUE


def routes() -> Routes:
    return Routes(
        page("overview", overview.show, ADMINISTRATOR),
        page("overview/live", overview.live, ADMINISTRATOR),
        page("connections", connections.index, ADMINISTRATOR),
        page("connection", connections.edit, ADMINISTRATOR),
        page("connection/result", connections.result, ADMINISTRATOR),
        action("connection/save", connections.save, ADMINISTRATOR),
        action("connection/test", connections.test, ADMINISTRATOR),
        action("connection/remove", connections.remove, ADMINISTRATOR),
        action("target/open", target.open_, ADMINISTRATOR),
        page("target", target.show, ADMINISTRATOR),
        page("target/area", target.area, ADMINISTRATOR),
        page("target/types", target.types, ADMINISTRATOR),
        action("target/read", target.read_again, ADMINISTRATOR),
        action("target/save", target.save, ADMINISTRATOR),
        page("mapping", mapping.show, ADMINISTRATOR),
        page("mapping/area", mapping.area, ADMINISTRATOR),
        page("mapping/check", mapping.check, ADMINISTRATOR),
        action("mapping/read", mapping.read_again, ADMINISTRATOR),
        action("mapping/create", mapping.create, ADMINISTRATOR),
        action("mapping/save", mapping.save, ADMINISTRATOR),
        page("schedule", schedule.show, ADMINISTRATOR),
        action("schedule/save", schedule.save, ADMINISTRATOR),
        action("stream/sync", schedule.sync, ADMINISTRATOR),
        action("stream/pause", schedule.pause, ADMINISTRATOR),
        action("stream/resume", schedule.resume, ADMINISTRATOR),
        page("failures", failures.show, ADMINISTRATOR),
        action("failures/retry", failures.retry, ADMINISTRATOR),
        page("activity", activity.show, ADMINISTRATOR),
        page("panel", panel.show, ISSUE),
        action("panel/refresh", panel.refresh, ISSUE),
    )
