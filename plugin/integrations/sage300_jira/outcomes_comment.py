"""The comment about what came of an approval or a payment: in plain words, to whoever asked for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from plugin.integrations.sage300_jira.actions.outcome import State
from plugin.integrations.sage300_jira.outcomes import REFUSED
from plugin.jira import adf
from plugin.store.models import JsonObject

OUTCOME, AGAIN = "outcome", "again"
HEADS: Mapping[str, Mapping[str, str]] = {
    "approve": {REFUSED: "not approved", State.WAITING: "approved, and waits for others"},
    "pay": {REFUSED: "not paid", State.ENTERED: "payment entered", State.READY: "payment ready to post"},
}
DONE = {"approve": "approved", "pay": "paid"}


class OutcomeComments:
    """One comment for each outcome."""

    def parts(self, content: JsonObject) -> Mapping[str, Any]:
        outcome = {OUTCOME: [content[name] for name in ("wish", "state", "said")]}
        return {**outcome, AGAIN: content["again"]} if content["again"] else outcome

    def comment(self, content: JsonObject, parts: Collection[str], first: bool) -> adf.Node:
        head = HEADS[content["action"]].get(content["state"], DONE[content["action"]])
        too_late = OUTCOME not in parts
        already = " already; nothing more was done" if too_late else ""
        sentences = [adf.paragraph(sentence) for sentence in content["said"]]
        first_line = adf.paragraph(adf.strong(f"Counterfoil: {head}{already}."))
        box = adf.panel(_colour(content["state"]), first_line, *sentences)
        if too_late or not content["actor"]:
            return adf.doc(box)
        return adf.doc(box, adf.paragraph(_mention(content["actor"], content["actor_name"]), " asked for this."))

    def status(self, content: JsonObject) -> str | None:
        status: str | None = content["move_to"]
        return status


def _mention(account: str, name: str) -> adf.Node:
    """Jira tells the person of it, and shows the name of the account where we do not know one."""
    return {"type": "mention", "attrs": {"id": account, **({"text": f"@{name}"} if name else {})}}


def _colour(state: str) -> str:
    if state == REFUSED:
        return "warning"
    return "success" if state == State.POSTED else "info"
