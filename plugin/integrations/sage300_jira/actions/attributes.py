"""What pages tell of an action: in the list of failures, and in the audit trail."""

from __future__ import annotations

from datetime import date

from plugin.integrations.attributes import Attribute, Content, text_named
from plugin.jira.fields import AttributeType
from sage_adapters.records import DocumentKey, Money

TEXT, MONEY, DATE = AttributeType.TEXT, AttributeType.MONEY, AttributeType.DATE


def _document(content: Content) -> DocumentKey:
    return DocumentKey.from_text(content["document_key"])


def _batch(content: Content) -> str:
    outcome = content.get("outcome") or {}
    return f"{outcome['batch']}, entry {outcome['entry']}" if outcome.get("batch") else ""


ACTION_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("action", "Action", TEXT, lambda content: str(content["action"]).capitalize()),
    Attribute("document", "Document", TEXT, lambda content: _document(content).number),
    Attribute("vendor_number", "Vendor number", TEXT, lambda content: _document(content).vendor),
    Attribute("vendor_name", "Vendor", TEXT, text_named("vendor_name")),
    Attribute("amount", "Amount", MONEY, lambda content: Money.from_text(content["amount"])),
    Attribute("issue", "Issue", TEXT, text_named("issue_key")),
    Attribute("actor", "Asked for by", TEXT, lambda content: content.get("actor_name") or content["actor"]),
    Attribute("wished_at", "Asked for on", DATE, lambda content: date.fromisoformat(content["wished_at"][:10])),
    Attribute("batch", "Batch", TEXT, _batch),
)

CARRIED_OUT = {
    "created": "Carried out in {source}: {key}",
    "updated": "Gone on with in {source}: {key}",
    "found": "Found to have begun in {source}: {key}",
    "retried": "Asked for once more",
}
"""`key` is the entry of a batch, as in IN58-1 or PY83-1."""
