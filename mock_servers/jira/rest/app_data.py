"""What a Connect app keeps at Jira: its own properties, its licence, its dynamic modules.

Contract jira-rest, section 3, and jira-connect, section 4. Errors here are `{message, statusCode}`.
"""

import json
from typing import Any

from mock_servers.jira.apps import InstalledApp
from mock_servers.jira.exceptions import connect_error
from mock_servers.jira.rest.routing import Answer, Call, Route

KEY_LIMIT = 127
VALUE_LIMIT = 32_768
MODULE_LIMIT = 100


def get_addon(call: Call, app_key: str) -> Answer:
    app = _own(call, app_key)
    return Answer(
        200,
        {
            "key": app.key,
            "version": "1.0.0",
            "state": "ENABLED" if app.enabled else "DISABLED",
            "host": {"product": "Jira", "contacts": []},
            "license": {"active": app.license == "active", "type": "COMMERCIAL", "evaluation": False},
            "links": {"self": [{"href": _address(call, app)}]},
        },
    )


def get_keys(call: Call, app_key: str) -> Answer:
    app = _own(call, app_key)
    root = f"{_address(call, app)}/properties"
    return Answer(200, {"keys": [{"self": f"{root}/{name}", "key": name} for name in app.properties]})


def get_property(call: Call, app_key: str, name: str) -> Answer:
    app = _own(call, app_key)
    if name not in app.properties:
        raise connect_error(404, f"Property with key {name} not found.")
    return Answer(200, {"key": name, "value": app.properties[name], "self": f"{_address(call, app)}/properties/{name}"})


def set_property(call: Call, app_key: str, name: str) -> Answer:
    app = _own(call, app_key)
    if len(name) > KEY_LIMIT:
        raise connect_error(400, f"The property key cannot be longer than {KEY_LIMIT} characters.")
    if len(json.dumps(call.json)) > VALUE_LIMIT:
        raise connect_error(400, f"The property value cannot be longer than {VALUE_LIMIT} characters.")
    created = name not in app.properties
    app.properties[name] = call.json
    message = "Property created." if created else "Property updated."
    status = 201 if created else 200
    return Answer(status, {"message": message, "statusCode": status})


def delete_property(call: Call, app_key: str, name: str) -> Answer:
    app = _own(call, app_key)
    if name not in app.properties:
        raise connect_error(404, f"Property with key {name} not found.")
    del app.properties[name]
    return Answer(204)


def get_modules(call: Call) -> Answer:
    return Answer(200, {"modules": _by_type(_calling(call).dynamic_modules)})


def add_modules(call: Call) -> Answer:
    app = _calling(call)
    given: dict[str, Any] = call.json if isinstance(call.json, dict) else {}
    added = [{"type": kind, **module} for kind, modules in given.items() for module in modules]
    held = {module["key"] for module in app.dynamic_modules}
    if any(module.get("key") in held for module in added):
        raise connect_error(400, "A module with this key has already been registered.")
    if len(app.dynamic_modules) + len(added) > MODULE_LIMIT:
        raise connect_error(400, f"An app can have at most {MODULE_LIMIT} dynamic modules.")
    app.dynamic_modules.extend(added)
    return Answer(200, {})


def delete_modules(call: Call) -> Answer:
    app = _calling(call)
    gone = set(call.request.args.getlist("moduleKey"))
    app.dynamic_modules = [module for module in app.dynamic_modules if gone and module["key"] not in gone]
    return Answer(204)


def _by_type(modules: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    shown: dict[str, list[dict[str, Any]]] = {}
    for module in modules:
        own = {name: value for name, value in module.items() if name != "type"}
        shown.setdefault(module["type"], []).append(own)
    return shown


def _own(call: Call, app_key: str) -> InstalledApp:
    app = _calling(call)
    if app.key != app_key:
        raise connect_error(401, "The app key in the address is not that of the calling app.")
    return app


def _calling(call: Call) -> InstalledApp:
    if call.app is None:
        raise connect_error(401, "Only a Connect app can call this resource.")
    return call.app


def _address(call: Call, app: InstalledApp) -> str:
    return f"{call.site.base_url}/rest/atlassian-connect/1/addons/{app.key}"


ROUTES = (
    Route("GET", "/addons/<app_key>", get_addon, "NONE"),
    Route("GET", "/addons/<app_key>/properties", get_keys, "NONE"),
    Route("GET", "/addons/<app_key>/properties/<name>", get_property, "NONE"),
    Route("PUT", "/addons/<app_key>/properties/<name>", set_property, "NONE"),
    Route("DELETE", "/addons/<app_key>/properties/<name>", delete_property, "NONE"),
    Route("GET", "/app/module/dynamic", get_modules, "NONE"),
    Route("POST", "/app/module/dynamic", add_modules, "NONE"),
    Route("DELETE", "/app/module/dynamic", delete_modules, "NONE"),
)
