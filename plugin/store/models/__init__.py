"""The tables. Each row belongs to one site; `database.py` refuses a query that does not say which."""

from __future__ import annotations

from plugin.store.models.base import JsonObject, SiteOwned, Table
from plugin.store.models.documents import Counterfoil, LedgerEntry, SourceUnit
from plugin.store.models.hooks import AdminWebhook, HookDuty, InboxMessage, IssueTotals, WebhookRegistration
from plugin.store.models.setup import Connection, Integration, Snapshot
from plugin.store.models.sites import Installation, Site
from plugin.store.models.streams import Run, Stream
from plugin.store.models.sweeps import Finding, Sweep
from plugin.store.models.watch import AppPause, Circuit, Message, Notice, Recipient

__all__ = [
    "AdminWebhook",
    "AppPause",
    "Circuit",
    "Connection",
    "Counterfoil",
    "Finding",
    "HookDuty",
    "InboxMessage",
    "Installation",
    "Integration",
    "IssueTotals",
    "JsonObject",
    "LedgerEntry",
    "Message",
    "Notice",
    "Recipient",
    "Run",
    "Site",
    "SiteOwned",
    "Snapshot",
    "SourceUnit",
    "Stream",
    "Sweep",
    "Table",
    "WebhookRegistration",
]
