"""Installed Connect apps, and who is calling."""

from dataclasses import dataclass, field
from typing import Any

SCOPE_ORDER = ("READ", "WRITE", "DELETE", "PROJECT_ADMIN", "ADMIN")


def implied_scopes(declared: list[str]) -> frozenset[str]:
    """The declared scopes and those they include, the wider the more (contract jira-connect, section 4)."""
    highest = max((SCOPE_ORDER.index(scope) for scope in declared if scope in SCOPE_ORDER), default=-1)
    return frozenset(declared) | frozenset(SCOPE_ORDER[: highest + 1]) | {"NONE"}


@dataclass(frozen=True, slots=True)
class IndexedProperty:
    """One issue property value that an app declared as searchable (contract jira-rest, section 2)."""

    property_key: str
    object_name: str
    type: str
    alias: str | None = None


@dataclass(slots=True)
class InstalledApp:
    """One app on one site. `descriptor` is the validated Connect descriptor."""

    key: str
    descriptor: dict[str, Any]
    base_url: str
    shared_secret: str = field(repr=False)
    client_key: str
    scopes: frozenset[str]
    account_id: str
    oauth_client_id: str = ""
    enabled: bool = True
    license: str = "active"
    properties: dict[str, Any] = field(default_factory=dict)
    dynamic_modules: list[dict[str, Any]] = field(default_factory=list)

    def indexed_properties(self) -> list[IndexedProperty]:
        """Issue property indexes from `jiraEntityProperties`, dynamic ones too; a disabled app has none."""
        if not self.enabled:
            return []
        declared = self.descriptor.get("modules", {}).get("jiraEntityProperties", [])
        dynamic = [module for module in self.dynamic_modules if module["type"] == "jiraEntityProperties"]
        modules = [*declared, *dynamic]
        return [
            IndexedProperty(keys["propertyKey"], extraction["objectName"], extraction["type"], extraction.get("alias"))
            for module in modules
            if module.get("entityType", "issue") == "issue"
            for keys in module["keyConfigurations"]
            for extraction in keys["extractions"]
        ]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a REST call.

    `app_key` and `scopes` are set for calls made by an app, also when it acts as a person; `scopes` None
    means that no app scope applies. `anonymous` callers have no account.
    """

    account_id: str | None
    app_key: str | None = None
    scopes: frozenset[str] | None = None

    @property
    def anonymous(self) -> bool:
        return self.account_id is None
