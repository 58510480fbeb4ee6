"""Where the link on an invoice leads."""

from __future__ import annotations

from plugin.integrations.attributes import Content
from plugin.store.models import Connection
from sage_adapters.sage300.service_root import ServiceRoot


def batch_link(connection: Connection, content: Content) -> str:
    """The document's batch, at the address that the connection gives for batches, else in the Web API."""
    batch = str(content.get("batch") or "")
    if not batch.isascii() or not batch.isalnum():
        return ""
    template = connection.settings.get("batch_link") or (
        f"{ServiceRoot.of(connection.base_url).url}/-/{connection.company}/AP/APInvoiceBatches({{batch}})"
    )
    link = template.replace("{batch}", batch)
    return link if link.startswith(("https://", "http://")) else ""
