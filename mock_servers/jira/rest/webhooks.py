"""Registering webhooks: apps for themselves, administrators for anybody (contract jira-rest, section 1)."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from mock_servers.jira.apps import InstalledApp
from mock_servers.jira.events import ADMIN_EVENTS
from mock_servers.jira.exceptions import forbidden, malformed, missing
from mock_servers.jira.rest.routing import Answer, Call, Route, listed
from mock_servers.jira.webhooks.centre import CONNECT_LIMIT
from mock_servers.jira.webhooks.delivery import Delivery
from mock_servers.jira.webhooks.hooks import LIFE, AdminHook, DynamicHook, registration_errors

_ISSUE_FILTER = "issue-related-events-section"


def _calling_app(call: Call) -> InstalledApp:
    """Connect and OAuth apps only: a user's own credential is refused before the payload is looked at."""
    if call.app is None:
        raise forbidden("Only Connect and OAuth 2.0 apps can use this operation.")
    return call.app


def register(call: Call) -> Answer:
    """200 also when entries fail; the results are in the order of the request."""
    app = _calling_app(call)
    body = call.closed_body("url", "webhooks")
    url = str(body.get("url") or "")
    entries = listed(body.get("webhooks"), "At least one webhook must be given in 'webhooks'.")
    if urlsplit(url)[:2] != urlsplit(app.base_url)[:2] or not url.startswith(app.base_url.rstrip("/")):
        raise malformed("The url must be under the base URL of the app.")
    results: list[dict[str, Any]] = []
    for entry in entries:
        wrong = registration_errors(entry) if isinstance(entry, dict) else ["The webhook is not an object."]
        wrong = wrong or call.mock.webhooks.senseless(str(entry["jqlFilter"]), app.account_id)
        others = call.mock.webhooks.of_app(app.key)
        if any(hook.url != url for hook in others):
            wrong.append("Only a single URL per app is allowed to be registered via the REST API.")
        if len(others) >= CONNECT_LIMIT:
            wrong.append(f"The maximum number of {CONNECT_LIMIT} webhooks per app has been reached.")
        if wrong:
            results.append({"errors": wrong})
        else:
            results.append({"createdWebhookId": call.mock.webhooks.register(app, url, entry).id})
    return Answer(200, {"webhookRegistrationResult": results})


def get_registered(call: Call) -> Answer:
    hooks = call.mock.webhooks.of_app(_calling_app(call).key)
    return Answer(200, call.page(hooks, partial(_shown, call), default=100))


def _shown(call: Call, hook: DynamicHook) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": hook.id,
        "url": hook.url,
        "events": sorted(hook.events),
        "jqlFilter": hook.jql,
        "expirationDate": expiration(call, hook.expires),
    }
    if hook.field_ids is not None:
        shown["fieldIdsFilter"] = sorted(hook.field_ids)
    if hook.property_keys is not None:
        shown["issuePropertyKeysFilter"] = sorted(hook.property_keys)
    return shown


def expiration(call: Call, instant: datetime) -> str | int:
    """As the documentation's examples have it, though its schema says int64: receivers must read both (a knob)."""
    if call.mock.webhook_expiration == "milliseconds":
        return int(instant.timestamp() * 1000)
    utc = instant.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def delete_registered(call: Call) -> Answer:
    """202; ids that are unknown or another app's are ignored."""
    for hook in _named(call):
        call.mock.webhooks.dynamic.pop(hook.id, None)
    return Answer(202)


def refresh(call: Call) -> Answer:
    expires = call.site.now() + LIFE
    for hook in _named(call):
        hook.expires = expires
    return Answer(200, {"expirationDate": expiration(call, expires)})


def _named(call: Call) -> list[DynamicHook]:
    app = _calling_app(call)
    wanted = listed(call.body.get("webhookIds"), "'webhookIds' must name at least one webhook.")
    return [hook for hook in call.mock.webhooks.of_app(app.key) if hook.id in wanted]


def get_failed(call: Call) -> Answer:
    app = _calling_app(call)
    count = call.number("maxResults", 100)
    after = call.number("after", call.number("failedAfter", 0))
    found = [
        delivery
        for delivery in call.mock.webhooks.deliveries.failed()
        if delivery.app_key == app.key and _milliseconds(delivery) > after
    ]
    count = _whole_instants(found, count)
    body: dict[str, Any] = {"values": [_shown_failure(d) for d in found[:count]], "maxResults": count}
    if len(found) > count:
        last = _milliseconds(found[count - 1])
        body["next"] = f"{call.wire.root}/webhook/failed?failedAfter={last}&maxResults={count}"
    return Answer(200, body)


def _whole_instants(found: list[Delivery], count: int) -> int:
    """A page does not part failures of the same time, as the next one begins after that time."""
    while 0 < count < len(found) and _milliseconds(found[count]) == _milliseconds(found[count - 1]):
        count += 1
    return count


def _milliseconds(delivery: Delivery) -> int:
    return int(delivery.failed_at.timestamp() * 1000) if delivery.failed_at else 0


def _shown_failure(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.identifier,
        "url": delivery.url,
        "body": delivery.body.decode(),
        "failureTime": _milliseconds(delivery),
    }


def create_admin_hook(call: Call) -> Answer:
    call.check_administrator()
    number = call.site.next_number("admin webhook", 1)
    hook = _read_admin_hook(call, number, None)
    call.mock.webhooks.admin[number] = hook
    return Answer(201, _shown_admin_hook(call, hook))


def get_admin_hooks(call: Call) -> Answer:
    call.check_administrator()
    return Answer(200, [_shown_admin_hook(call, hook) for hook in call.mock.webhooks.admin.values()])


def get_admin_hook(call: Call, number: str) -> Answer:
    call.check_administrator()
    return Answer(200, _shown_admin_hook(call, _admin_hook(call, number)))


def edit_admin_hook(call: Call, number: str) -> Answer:
    """Without `secret` the old one stays (assumed)."""
    call.check_administrator()
    hook = _read_admin_hook(call, int(number) if number.isdecimal() else 0, _admin_hook(call, number))
    call.mock.webhooks.admin[hook.id] = hook
    return Answer(200, _shown_admin_hook(call, hook))


def delete_admin_hook(call: Call, number: str) -> Answer:
    call.check_administrator()
    del call.mock.webhooks.admin[_admin_hook(call, number).id]
    return Answer(204)


def _admin_hook(call: Call, number: str) -> AdminHook:
    hook = call.mock.webhooks.admin.get(int(number)) if number.isdecimal() else None
    if hook is None:
        raise missing(f"No webhook with id {number} exists.")
    return hook


def _read_admin_hook(call: Call, number: int, before: AdminHook | None) -> AdminHook:
    body = call.body
    name = body.get("name", before.name if before else None)
    url = body.get("url", before.url if before else None)
    events = frozenset(body.get("events", before.events if before else []))
    if not name or not url or not str(url).startswith(("http://", "https://")):
        raise malformed("A webhook needs a name and a URL.")
    if not events <= ADMIN_EVENTS:
        raise malformed(f"These events are not known: {', '.join(sorted(events - ADMIN_EVENTS))}.")
    jql = (body.get("filters") or {}).get(_ISSUE_FILTER, before.jql if before else "")
    exclude = bool(body.get("excludeBody", before.exclude_body if before else False))
    secret = body.get("secret", before.secret if before else None)
    enabled = bool(body.get("enabled", True))
    return AdminHook(number, name, url, events, jql, exclude, secret, enabled, call.site.now(), call.actor)


def _shown_admin_hook(call: Call, hook: AdminHook) -> dict[str, Any]:
    return {
        "self": f"{call.site.base_url}/rest/webhooks/1.0/webhook/{hook.id}",
        "name": hook.name,
        "url": hook.url,
        "events": sorted(hook.events),
        "filters": {_ISSUE_FILTER: hook.jql},
        "excludeBody": hook.exclude_body,
        "enabled": hook.enabled,
        "isSigned": hook.secret is not None,
        "lastUpdated": int(hook.changed.timestamp() * 1000),
        "lastUpdatedUser": hook.changed_by,
    }


ROUTES = (
    Route("POST", "/webhook", register, "READ"),
    Route("GET", "/webhook", get_registered, "READ"),
    Route("DELETE", "/webhook", delete_registered, "READ"),
    Route("PUT", "/webhook/refresh", refresh, "READ"),
    Route("GET", "/webhook/failed", get_failed, "READ"),
)
ADMIN_ROUTES = (
    Route("POST", "/webhook", create_admin_hook, "INACCESSIBLE"),
    Route("GET", "/webhook", get_admin_hooks, "INACCESSIBLE"),
    Route("GET", "/webhook/<number>", get_admin_hook, "INACCESSIBLE"),
    Route("PUT", "/webhook/<number>", edit_admin_hook, "INACCESSIBLE"),
    Route("DELETE", "/webhook/<number>", delete_admin_hook, "INACCESSIBLE"),
)
