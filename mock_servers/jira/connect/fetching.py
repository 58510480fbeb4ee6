"""Fetching an app's descriptor, as Jira does when an administrator gives its address."""

import json
from urllib.parse import urlsplit

import requests

from mock_servers.jira.connect.calling import call
from mock_servers.jira.connect.descriptor import Descriptor, DescriptorRefused, check, is_loopback

PORTS = frozenset({80, 443, 8080})
"""Jira Cloud fetches descriptors from these ports only (contract jira-connect, section 1); this machine is exempt."""


def fetch_descriptor(url: str) -> Descriptor:
    """The checked descriptor at `url`. Raises DescriptorRefused, in sentences for the administrator."""
    _check_address(url)
    try:
        reply = call("GET", url, headers={"Accept": "application/json"})
    except requests.RequestException as trouble:
        raise DescriptorRefused(
            [f"No answer came from {url}: {trouble}. Check the address and that the app is running."]
        ) from trouble
    if reply.status_code != 200:
        raise DescriptorRefused([f"{url} answered {reply.status_code} where the descriptor should be."])
    if not reply.whole:
        raise DescriptorRefused([f"What {url} answered is too large for a descriptor."])
    try:
        descriptor = json.loads(reply.body)
    except ValueError as trouble:
        raise DescriptorRefused([f"What {url} answered is not JSON: {trouble}."]) from trouble
    return check(descriptor)


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DescriptorRefused(
            [f"{url!r} is not the address of a descriptor, such as https://app.example.com/atlassian-connect.json."]
        )
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if not is_loopback(parts.hostname) and port not in PORTS:
        raise DescriptorRefused([f"Jira fetches descriptors from the ports 80, 443 and 8080 only, not from {port}."])
