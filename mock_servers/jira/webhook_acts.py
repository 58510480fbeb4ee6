"""What becomes of webhooks by hand; see `acts` for the words."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from mock_servers.harness import ControlRefused
from mock_servers.jira.acting import Json, Order, person, wanted
from mock_servers.jira.events import ADMIN_EVENTS
from mock_servers.jira.webhooks.hooks import AdminHook

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock


def _create(mock: "JiraMock", order: Order) -> Json:
    """An admin webhook, as an administrator sets it up on its page."""
    events = frozenset(map(str, wanted(order, "events")))
    if not events <= ADMIN_EVENTS:
        raise ControlRefused(f"There are no events {', '.join(sorted(events - ADMIN_EVENTS))}.")
    number = mock.site.next_number("admin webhook", 1)
    hook = AdminHook(
        id=number,
        name=str(order.get("name", "Webhook")),
        url=str(wanted(order, "url")),
        events=events,
        jql=str(order.get("jql", "")),
        exclude_body=bool(order.get("exclude_body", False)),
        secret=order.get("secret"),
        enabled=True,
        changed=mock.site.now(),
        changed_by=person(mock.site, order, "Ada").account_id,
    )
    mock.webhooks.admin[number] = hook
    return {"id": number, "name": hook.name, "url": hook.url, "signed": hook.secret is not None}


def _delete(mock: "JiraMock", order: Order) -> Json:
    hook = mock.webhooks.admin.pop(int(wanted(order, "id")), None)
    if hook is None:
        raise ControlRefused(f"There is no admin webhook {order['id']}.")
    return {"id": hook.id, "name": hook.name}


def _forget(mock: "JiraMock", order: Order) -> Json:
    """Jira loses registrations of apps: all, or those of one app or with one number."""
    app, number = order.get("app"), order.get("id")
    lost = [h.id for h in mock.webhooks.dynamic.values() if app in (None, h.app_key) and number in (None, h.id)]
    for hook in lost:
        del mock.webhooks.dynamic[hook]
    return {"forgotten": lost}


ACTIONS: dict[str, Callable[["JiraMock", Order], Json]] = {"create": _create, "delete": _delete, "forget": _forget}
