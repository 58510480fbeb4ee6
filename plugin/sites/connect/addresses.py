"""Which addresses a site may give as its own (contract jira-connect, section 8, item 10).

The body of an installation is not signed, and everything we send to Jira goes to the address in it: so it must be
one of Atlassian's, or one that the operator listed.
"""

from __future__ import annotations

import re

from plugin.settings import Settings
from plugin.sites.refusals import Reason, Refused
from sage_adapters.errors import Trouble
from sage_adapters.http import AddressPolicy

ATLASSIAN_HOSTS = ("atlassian.net", "jira.com")
_BASE_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(?P<port>\d{1,5}))?(?P<path>(?:/[A-Za-z0-9_-]+)*)/?",
    re.IGNORECASE,
)


def checked_base_url(url: str, settings: Settings) -> str:
    """The site's base URL without a trailing slash; raises Refused (BAD_ADDRESS) with the rule it breaks."""
    found = _matched(url, settings)
    host, port = found["host"].lower(), found["port"]
    if not _is_atlassian(host, port):
        if not any(_is_listed(host, port, entry) for entry in settings.jira_hosts):
            raise Refused(Reason.BAD_ADDRESS, f"The host {host} is neither Atlassian's nor listed for this app.")
        _demand_allowed_address(url, settings)
    return _origin(found) + found["path"]


def checked_display_url(url: str, settings: Settings) -> str:
    """What people see as their site's address, which may be any host: we never call it.

    Only the origin is kept, in characters that cannot break out of a header.
    """
    return _origin(_matched(url, settings))


def _matched(url: str, settings: Settings) -> re.Match[str]:
    found = _BASE_URL.fullmatch(url)
    if found is None:
        raise Refused(Reason.BAD_ADDRESS, "It is not a plain web address.")
    if found["scheme"].lower() != "https" and not settings.allow_plain_http:
        raise Refused(Reason.BAD_ADDRESS, "It begins with http://, which is not allowed here.")
    return found


def _origin(found: re.Match[str]) -> str:
    port = f":{found['port']}" if found["port"] else ""
    return f"{found['scheme'].lower()}://{found['host'].lower()}{port}"


def _is_atlassian(host: str, port: str | None) -> bool:
    return port in (None, "443") and any(_is_within(host, name) for name in ATLASSIAN_HOSTS)


def _is_listed(host: str, port: str | None, entry: str) -> bool:
    """An entry is a host (its subdomains included), and limits the port only where it names one."""
    name, _, listed_port = entry.lower().partition(":")
    return listed_port in ("", port) and _is_within(host, name.lstrip("."))


def _is_within(host: str, name: str) -> bool:
    return host == name or host.endswith(f".{name}")


def _demand_allowed_address(url: str, settings: Settings) -> None:
    try:
        AddressPolicy(settings.allow_private_addresses, settings.allow_plain_http).check(url)
    except Trouble as trouble:
        raise Refused(Reason.BAD_ADDRESS, str(trouble)) from None
