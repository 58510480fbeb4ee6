"""The headers of every answer: what a page may load, and which sites may frame it (contract jira-connect, section 5).

Everything is worked out per answer from the caller that this request proved, never from what it claims.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, g

from plugin.sites.caller import Caller
from plugin.sites.parts import current_parts

CONNECT_CDN = "https://connect-cdn.atl-paas.net"
"""Atlassian's: its script, unless the operator set another address for it, and the style sheets of its themes."""
FRAMED_BY_ANY_SITE = ("https://*.atlassian.net", "https://*.jira.com")
"""For requests that prove no site. Never the address in `xdm_e`: anybody can write one there."""
UNUSED_FEATURES = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
ONE_YEAR = 365 * 24 * 60 * 60


def protect_answers(app: Flask) -> None:
    """Gives each answer of the application its security headers."""
    app.after_request(_protect)


def _protect(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = _content_security_policy(g.get("caller"))
    headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES)
    headers.pop("X-Frame-Options", None)
    headers.setdefault("Cache-Control", "no-cache, no-store")
    return response


def _content_security_policy(caller: Caller | None) -> str:
    script = _origin(current_parts().settings.connect_script_url)
    framed_by = (caller.base_url, caller.display_url) if caller else FRAMED_BY_ANY_SITE
    sources = {
        "default-src": ("'none'",),
        "script-src": ("'self'", script),
        "style-src": ("'self'", CONNECT_CDN, script),
        "img-src": ("'self'", "data:"),
        "font-src": ("'self'",),
        "connect-src": ("'self'",),
        "form-action": ("'self'",),
        "base-uri": ("'none'",),
        "frame-ancestors": tuple(_origin(url) if caller else url for url in framed_by),
    }
    return "; ".join(f"{name} {' '.join(dict.fromkeys(values))}" for name, values in sources.items())


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
