"""Pages from templates, with what every page of the site shows around its own content."""

import json
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from werkzeug.wrappers import Response

from mock_servers.jira.connect.frames import Frame, frames
from mock_servers.jira.pages.adf_html import html_of
from mock_servers.jira.pages.visit import Visit
from mock_servers.jira.values import duration_of


def page(visit: Visit, template: str, *, title: str, status: int = 200, **values: Any) -> Response:
    """A whole page. Templates know `visit`, `site`, `title`, the links of general pages and the bridge's data."""
    site = visit.site
    general = frames(visit.place(), visit.origin, visit.mock.token_time(), "generalPages")
    html = (
        _environment()
        .get_template(template)
        .render(
            visit=visit,
            site=site,
            title=title,
            people=[user for user in site.users.values() if user.kind == "atlassian"],
            top_links=[shown for shown in general if shown.module.get("location") != "none"],
            zone=site.time_zone,
            bridge=_bridge_data(visit),
            **values,
        )
    )
    response = Response(html, status=status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def module_address(frame: Frame, **place: str) -> str:
    """The address of the page that shows a module alone."""
    query = "&".join(f"{name}={value}" for name, value in place.items())
    return f"/plugins/servlet/ac/{frame.app.key}/{frame.module['key']}{'?' + query if query else ''}"


def _bridge_data(visit: Visit) -> dict[str, Any]:
    user = visit.user
    return {
        "origin": visit.origin,
        "accountId": visit.account_id,
        "timeZone": user.time_zone if user else str(visit.site.time_zone),
        "locale": user.locale if user else "en_GB",
    }


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"adf": html_of, "day": day, "instant": instant, "json": _json, "initials": initials}
    environment.filters["duration"] = duration_of
    environment.globals["module_address"] = module_address
    return environment


def _json(value: Any) -> Markup:
    """JSON that can stand in a script element and in an attribute."""
    text = json.dumps(value).replace("<", "\\u003c").replace("&", "\\u0026").replace("'", "\\u0027")
    return Markup(text)


def day(value: date | str) -> str:
    """8 Jan 2021."""
    found = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{found.day} {found:%b %Y}"


def instant(value: datetime, zone: ZoneInfo) -> str:
    """8 Jan 2021, 14:05, in the site's zone."""
    local = value.astimezone(zone)
    return f"{day(local.date())}, {local:%H:%M}"


def initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()
