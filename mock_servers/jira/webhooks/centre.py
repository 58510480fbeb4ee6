"""Which webhook hears of which change."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mock_servers.jira import connect
from mock_servers.jira.apps import InstalledApp
from mock_servers.jira.jql import JqlSyntaxError, QueryRefused, Scope, node_test, parse
from mock_servers.jira.site_state import ChangeEvent
from mock_servers.jira.webhooks.delivery import Deliveries, Delivery, Sign
from mock_servers.jira.webhooks.hooks import LIFE, AdminHook, DescriptorHook, DynamicHook, descriptor_hooks
from mock_servers.jira.webhooks.payload import body_of, encoded, filled_in

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

CONNECT_LIMIT = 100


class WebhookCentre:
    """The webhooks of one site, told of each change by the site itself."""

    def __init__(self, mock: "JiraMock", seed: int) -> None:
        self._mock = mock
        self.dynamic: dict[int, DynamicHook] = {}
        self.admin: dict[int, AdminHook] = {}
        self.deliveries = Deliveries(mock.clock, seed, mock.stopping)
        mock.site.listeners.append(self.hear)

    def of_app(self, app_key: str) -> list[DynamicHook]:
        """An app's registrations that have not expired."""
        self._forget_expired()
        return [hook for hook in self.dynamic.values() if hook.app_key == app_key]

    def register(self, app: InstalledApp, url: str, entry: dict[str, Any]) -> DynamicHook:
        """One registration, found right before."""

        def names(key: str) -> frozenset[str] | None:
            return frozenset(entry[key]) if entry.get(key) else None

        number = self._mock.site.next_number("webhook", 1000)
        expires = self._mock.clock.now() + LIFE
        events, jql = frozenset(entry["events"]), str(entry["jqlFilter"])
        fields, properties = names("fieldIdsFilter"), names("issuePropertyKeysFilter")
        hook = DynamicHook(number, app.key, url, events, jql, fields, properties, expires)
        self.dynamic[number] = hook
        return hook

    def senseless(self, jql: str, account_id: str) -> list[str]:
        """What makes no sense in a filter that is well formed, such as a project that there is not."""
        query = parse(jql)
        assert query.where is not None
        try:
            node_test(Scope(self._mock.site, account_id), query.where)
        except QueryRefused as refused:
            return [str(refused)]
        return []

    def hear(self, event: ChangeEvent) -> None:
        """Queues a delivery for every webhook that the change concerns."""
        if not self.dynamic and not self.admin and not self._mock.site.installed_apps:
            return
        for app, url, matched in self._concerned_dynamic(event):
            self._queue(event, url, self._app_signature(app), f"app {app.key}", app.key, matched=matched)
        for app, hook in self._concerned_descriptors(event):
            sign = self._app_signature(app)
            self._queue(event, hook.url, sign, f"descriptor of {app.key}", app.key, exclude_body=hook.exclude_body)
        for admin in self.admin.values():
            if admin.enabled and event["event"] in admin.events and self._passes(admin.jql, event, admin.changed_by):
                sign = self._admin_signature(admin)
                self._queue(event, admin.url, sign, f"admin {admin.id}", None, exclude_body=admin.exclude_body)

    def _concerned_dynamic(self, event: ChangeEvent) -> Iterator[tuple[InstalledApp, str, list[int]]]:
        """An app hears of an event once per address, with the ids of all registrations that match."""
        self._forget_expired()
        matched: dict[tuple[str, str], list[int]] = {}
        for hook in self.dynamic.values():
            app = self._mock.site.installed_apps.get(hook.app_key)
            if app and app.enabled and event["event"] in hook.events and self._wanted(hook, event, app):
                matched.setdefault((hook.app_key, hook.url), []).append(hook.id)
        for (app_key, url), numbers in matched.items():
            yield self._mock.site.installed_apps[app_key], url, numbers

    def _concerned_descriptors(self, event: ChangeEvent) -> Iterator[tuple[InstalledApp, DescriptorHook]]:
        for app in self._mock.site.installed_apps.values():
            if not app.enabled:
                continue
            for hook in descriptor_hooks(app.key, app.base_url, app.descriptor):
                concerned = hook.event == event["event"] and _property_wanted(hook.property_keys, event)
                if concerned and self._passes(hook.jql, event, app.account_id):
                    yield app, hook

    def _wanted(self, hook: DynamicHook, event: ChangeEvent, app: InstalledApp) -> bool:
        if event["event"] == "jira:issue_updated" and hook.field_ids is not None:
            change = event.get("change")
            if change is None or not any(item.field_id in hook.field_ids for item in change.items):
                return False
        return _property_wanted(hook.property_keys, event) and self._passes(hook.jql, event, app.account_id)

    def _passes(self, jql: str, event: ChangeEvent, account_id: str) -> bool:
        if not jql.strip():
            return True
        try:
            query = parse(jql)
            assert query.where is not None
            return node_test(Scope(self._mock.site, account_id), query.where).matches(event["issue"].snapshot())
        except (JqlSyntaxError, QueryRefused):
            return False

    def _queue(
        self,
        event: ChangeEvent,
        url: str,
        sign: Sign,
        hook: str,
        app_key: str | None,
        *,
        matched: list[int] | None = None,
        exclude_body: bool = False,
    ) -> None:
        site, mischief = self._mock.site, self.deliveries.mischief
        issue = event["issue"]
        body = body_of(site, event, field_ids=not mischief.without_field_id, with_issue=not mischief.without_issue)
        if matched is not None:
            body["matchedWebhookIds"] = matched
        content = b"" if exclude_body else encoded(body)
        address = filled_in(url, issue, site)
        self.deliveries.send(
            Delivery(
                hook,
                event["event"],
                issue.key,
                address,
                content,
                event["flow"],
                sign,
                app_key=app_key,
                trace=event["trace"],
            )
        )

    def _app_signature(self, app: InstalledApp) -> Sign:
        """Made anew for every try, as a token does not live long."""

        def sign(delivery: Delivery) -> dict[str, str]:
            token = connect.sign_webhook(self._mock, app, "POST", delivery.url)
            if self.deliveries.mischief.bad_signature:
                token = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
            return {"Authorization": f"JWT {token}"}

        return sign

    def _admin_signature(self, hook: AdminHook) -> Sign:
        def sign(delivery: Delivery) -> dict[str, str]:
            if hook.secret is None:
                return {}
            secret = hook.secret + ("?" if self.deliveries.mischief.bad_signature else "")
            digest = hmac.new(secret.encode(), delivery.body, hashlib.sha256).hexdigest()
            return {"X-Hub-Signature": f"sha256={digest}"}

        return sign

    def _forget_expired(self) -> None:
        if not self.dynamic:
            return
        now: datetime = self._mock.clock.now()
        installed = self._mock.site.installed_apps
        self.dynamic = {
            number: hook for number, hook in self.dynamic.items() if hook.expires > now and hook.app_key in installed
        }


def _property_wanted(keys: frozenset[str] | None, event: ChangeEvent) -> bool:
    return keys is None or event.get("property_key") is None or event["property_key"] in keys
