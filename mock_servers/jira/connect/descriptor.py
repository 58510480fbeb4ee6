"""Is this a Connect descriptor that Jira would take? (contract jira-connect, section 1)"""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from mock_servers.jira.connect.modules import module_problems, modules_of

Descriptor = dict[str, Any]

APP_KEY = re.compile(r"[a-zA-Z0-9-._]+")
KEY_LIMIT = 64
SCOPES = frozenset(
    {"NONE", "READ", "WRITE", "DELETE", "PROJECT_ADMIN", "ADMIN", "ACT_AS_USER", "ACCESS_EMAIL_ADDRESSES"}
)
LIFECYCLE = frozenset({"installed", "enabled", "disabled", "uninstalled", "dare-migration"})
API_MIGRATIONS = frozenset({"gdpr", "signed-install", "context-qsh"})
FIELDS = frozenset(
    {
        *("key", "name", "description", "baseUrl", "authentication", "lifecycle", "scopes", "modules", "vendor"),
        *("links", "apiVersion", "apiMigrations", "enableLicensing", "translations", "regionBaseUrls", "dataResidency"),
        *("cloudAppMigration", "editionsEnabled", "$schema", "version"),
    }
)
LENGTHS = {"name": 80, "description": 1400, "baseUrl": 200}


class DescriptorRefused(Exception):
    """What is wrong with a descriptor, a sentence each in `problems`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def check(descriptor: object) -> Descriptor:
    """The descriptor itself when Jira would take it. Raises DescriptorRefused with every problem found."""
    if not isinstance(descriptor, dict):
        raise DescriptorRefused(["The descriptor is not a JSON object."])
    problems = [*_head_problems(descriptor), *_lifecycle_problems(descriptor), *_module_problems(descriptor)]
    if problems:
        raise DescriptorRefused(problems)
    return descriptor


def _head_problems(descriptor: Descriptor) -> Iterator[str]:
    key = descriptor.get("key")
    if not isinstance(key, str) or not APP_KEY.fullmatch(key):
        yield f"The key {key!r} must be made of letters, digits, '-', '.' and '_'."
    elif len(key) > KEY_LIMIT:
        yield f"The key has {len(key)} characters; {KEY_LIMIT} are allowed."
    yield from _base_url_problems(descriptor.get("baseUrl"))
    if descriptor.get("authentication") != {"type": "jwt"}:
        yield 'The field authentication must be {"type": "jwt"}.'
    for name, limit in LENGTHS.items():
        if len(str(descriptor.get(name) or "")) > limit:
            yield f"The field {name} is longer than {limit} characters."
    scopes = descriptor.get("scopes", [])
    if not isinstance(scopes, list):
        yield "The field scopes must be a list."
    else:
        yield from (f"There is no scope {scope!r}." for scope in scopes if scope not in SCOPES)
    if not isinstance(descriptor.get("apiVersion", 1), int):
        yield "The field apiVersion must be a whole number."
    yield from (f"There is no descriptor field {name!r}." for name in sorted(set(descriptor) - FIELDS))


def _base_url_problems(base_url: object) -> Iterator[str]:
    if not isinstance(base_url, str) or not base_url:
        yield "The field baseUrl is missing."
        return
    parts = urlsplit(base_url)
    if not parts.hostname or parts.query or parts.fragment:
        yield f"The baseUrl {base_url} must be an address without query and fragment."
    elif parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        yield f"The baseUrl {base_url} must be https. The mock allows plain http for addresses of this machine only."
    if base_url.endswith("/"):
        yield f"The baseUrl {base_url} must not end with a slash."


def _lifecycle_problems(descriptor: Descriptor) -> Iterator[str]:
    lifecycle = descriptor.get("lifecycle", {})
    if not isinstance(lifecycle, dict):
        yield "The field lifecycle must be an object."
        return
    for event, path in lifecycle.items():
        if event not in LIFECYCLE:
            yield f"There is no lifecycle event {event!r}."
        elif not isinstance(path, str) or not path.startswith("/"):
            yield f"The lifecycle path of {event} must start with a slash: it is relative to baseUrl."
    if "installed" not in lifecycle:
        yield "The lifecycle has no installed path, so the app could never receive its shared secret."
    migrations = descriptor.get("apiMigrations", {})
    if not isinstance(migrations, dict) or not all(isinstance(value, bool) for value in migrations.values()):
        yield "The field apiMigrations must be an object of true and false."
        return
    yield from (f"There is no API migration {name!r}." for name in sorted(set(migrations) - API_MIGRATIONS))


def _module_problems(descriptor: Descriptor) -> Iterator[str]:
    modules = descriptor.get("modules", {})
    if not isinstance(modules, dict):
        yield "The field modules must be an object."
        return
    yield from module_problems(modules)
    keys = Counter(module["key"] for _, module in modules_of(modules) if isinstance(module.get("key"), str))
    yield from (f"The module key {key} is used {count} times." for key, count in keys.items() if count > 1)


def is_loopback(host: str) -> bool:
    """True for names and addresses that never leave this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
