"""The kinds of modules a Connect app may declare and what each must hold (contract jira-connect, section 1)."""

import re
from collections.abc import Iterator
from typing import Any

from mock_servers.jira.events import DESCRIPTOR_EVENTS

Module = dict[str, Any]

MODULE_KEY = re.compile(r"[a-zA-Z0-9-]{1,100}")
TEXT_LIMIT = 1500
_WHOLE_PART = re.compile(r"(?:^|(?<=[/=]))\{[A-Za-z.]+(?:\.[A-Za-z0-9_-]+)*\}(?=$|[/?&#])")
_VARIABLE = re.compile(r"[{}]")

_PANEL = ("key", "name", "url", "location")
_PAGE = ("key", "name", "url")
REQUIRED: dict[str, tuple[str, ...]] = {
    "webPanels": _PANEL,
    "jiraIssueContents": ("key", "name", "tooltip", "icon", "target"),
    "jiraIssueContexts": ("key", "name", "icon", "content", "target"),
    "jiraIssueGlances": ("key", "name", "icon", "content", "target"),
    "adminPages": _PAGE,
    "generalPages": _PAGE,
    "configurePage": _PAGE,
    "postInstallPage": _PAGE,
    "jiraProjectPages": _PAGE,
    "jiraProjectAdminTabPanels": _PANEL,
    "webhooks": ("event", "url"),
    "jiraIssueFields": ("key", "name", "description", "type"),
    "jiraEntityProperties": ("key", "name", "keyConfigurations"),
    "jiraWorkflowPostFunctions": ("key", "name", "triggered"),
    "jiraReports": ("key", "name", "description", "url"),
    "jiraDashboardItems": ("key", "name", "description", "url", "thumbnailUrl"),
    "dialogs": ("key", "url"),
    "webSections": ("key", "name", "location"),
    "webItems": ("key", "name", "location", "url"),
}
SINGLE = frozenset({"configurePage", "postInstallPage"})
_TEXTS = ("name", "tooltip", "description")
_INDEXED_TYPES = frozenset({"number", "text", "string", "user", "date"})


def modules_of(modules: dict[str, Any]) -> Iterator[tuple[str, Module]]:
    """Every module with its kind, single ones included."""
    for kind, declared in modules.items():
        for module in declared if isinstance(declared, list) else [declared]:
            if isinstance(module, dict):
                yield kind, module


def find(descriptor: dict[str, Any], module_key: str) -> tuple[str, Module] | None:
    """The kind and the module of this key, None when the app has none."""
    found = modules_of(descriptor.get("modules", {}))
    return next(((kind, module) for kind, module in found if module.get("key") == module_key), None)


def url_of(kind: str, module: Module) -> str:
    """The URL template of the page behind a module."""
    target = module.get("target")
    return str(target["url"] if kind.startswith("jiraIssue") and isinstance(target, dict) else module["url"])


def name_of(module: Module) -> str:
    name = module.get("name", {})
    return str(name.get("value", "")) if isinstance(name, dict) else str(name)


def module_problems(modules: dict[str, Any]) -> Iterator[str]:
    """A sentence for each thing that Jira would refuse."""
    for kind, declared in modules.items():
        if kind not in REQUIRED:
            yield f"There is no module {kind!r} in Jira Cloud, or the mock does not know it."
        elif kind in SINGLE and not isinstance(declared, dict):
            yield f"The module {kind} must be one object."
        elif kind not in SINGLE and not isinstance(declared, list):
            yield f"The module {kind} must be a list."
        else:
            for module in declared if isinstance(declared, list) else [declared]:
                yield from _one(kind, module)


def _one(kind: str, module: object) -> Iterator[str]:
    if not isinstance(module, dict):
        yield f"Each of {kind} must be an object."
        return
    what = f"{kind} {module.get('key', module.get('event', '?'))}"
    yield from (f"{what}: the field {name} is missing." for name in REQUIRED[kind] if not module.get(name))
    if "key" in REQUIRED[kind] and not MODULE_KEY.fullmatch(str(module.get("key", ""))):
        yield f"{what}: a module key has 1 to 100 letters, digits and dashes."
    if kind == "webhooks" and module.get("event") not in DESCRIPTOR_EVENTS:
        yield f"{what}: there is no such event."
    yield from _text_problems(what, module)
    yield from _target_problems(what, kind, module)
    if kind == "jiraEntityProperties":
        yield from _entity_property_problems(what, module)
    for condition in module.get("conditions", []):
        yield from _condition_problems(what, condition)


def _text_problems(what: str, module: Module) -> Iterator[str]:
    for name in _TEXTS:
        text = module.get(name)
        if text is None:
            continue
        if not isinstance(text, dict) or not isinstance(text.get("value"), str):
            yield f'{what}: {name} must be {{"value": "..."}}.'
        elif len(text["value"]) > TEXT_LIMIT:
            yield f"{what}: {name} is longer than {TEXT_LIMIT} characters."


def _target_problems(what: str, kind: str, module: Module) -> Iterator[str]:
    if kind.startswith("jiraIssueC") or kind == "jiraIssueGlances":
        target = module.get("target")
        if not isinstance(target, dict) or target.get("type") != "web_panel" or not target.get("url"):
            yield f'{what}: target must be {{"type": "web_panel", "url": "..."}}.'
            return
        if kind != "jiraIssueContents" and _label(module.get("content")) is None:
            yield f'{what}: content must be {{"type": "label", "label": {{"value": "..."}}}}.'
    elif "url" not in REQUIRED[kind] or not module.get("url"):
        return
    url = url_of(kind, module)
    if not url.startswith("/"):
        yield f"{what}: the url {url} must start with a slash: it is relative to baseUrl."
    if kind != "webhooks" and _VARIABLE.search(_WHOLE_PART.sub("", url)):
        yield f"{what}: in {url} a variable must be a whole path segment or a whole query value."


def _label(content: object) -> str | None:
    if not isinstance(content, dict) or content.get("type") != "label":
        return None
    label = content.get("label")
    return label.get("value") if isinstance(label, dict) else None


def _entity_property_problems(what: str, module: Module) -> Iterator[str]:
    for keys in module.get("keyConfigurations", []):
        if not isinstance(keys, dict) or not keys.get("propertyKey"):
            yield f"{what}: each of keyConfigurations needs a propertyKey."
            continue
        for extraction in keys.get("extractions", []):
            if not extraction.get("objectName") or extraction.get("type") not in _INDEXED_TYPES:
                yield f"{what}: an extraction needs an objectName and a type (number, text, string, user or date)."


def _condition_problems(what: str, condition: object) -> Iterator[str]:
    if not isinstance(condition, dict):
        yield f"{what}: a condition must be an object."
        return
    inner = condition.get("conditions")
    if inner is None:
        if not isinstance(condition.get("condition"), str):
            yield f"{what}: a condition needs the field condition, or type and conditions."
        return
    if str(condition.get("type")).upper() not in {"AND", "OR"} or not isinstance(inner, list):
        yield f"{what}: conditions are composed with type AND or OR and a list."
        return
    for one in inner:
        yield from _condition_problems(what, one)
