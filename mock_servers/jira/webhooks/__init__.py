"""Webhooks: who registered for what, what is sent, and how it is delivered (contract jira-rest, section 1)."""

from mock_servers.jira.webhooks.centre import WebhookCentre
from mock_servers.jira.webhooks.delivery import Deliveries, Delivery
from mock_servers.jira.webhooks.hooks import AdminHook, DynamicHook

__all__ = ["AdminHook", "Deliveries", "Delivery", "DynamicHook", "WebhookCentre"]
