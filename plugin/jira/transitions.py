"""Moving issues through their workflow (contract jira-rest, section 2, "Transitions").

A status cannot be set, only reached, by a transition that leaves the present one and that our user may take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugin.jira.client import JiraClient, ignored, segment
from plugin.jira.field_errors import FieldsRefused
from plugin.jira.purpose import READ, WRITE, Purpose
from sage_adapters.errors import RecordTrouble

_ALWAYS_FILLED = frozenset({"summary", "project", "issuetype"})
"""Required on every screen, and there in every issue."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A step that can be taken now. `needs_fields`: its screen demands a value that no issue has by itself."""

    id: str
    name: str
    to_id: str
    to_name: str
    needs_fields: bool


def available(client: JiraClient, key: str) -> list[Transition]:
    """What our user can do with an issue as it stands; nothing without the right to. `key` may be an id."""
    return client.read(
        Purpose(f"Reading the transitions of issue {key}.", READ),
        lambda jira: jira.get_transitions(segment(key), expand="transitions.fields"),
        lambda answer: [_transition(entry) for entry in answer["transitions"] if entry.get("isAvailable", True)],
    )


def take(client: JiraClient, key: str, transition_id: str) -> None:
    """Takes one transition. RecordTrouble when it cannot be taken (any more) or the issue is gone."""
    purpose = Purpose(f"Moving issue {key} by a transition.", WRITE)
    body = {"transition": {"id": transition_id}}
    try:
        client.write(purpose, lambda jira: jira.do_transition(segment(key), data=body), ignored)
    except FieldsRefused as refused:  # said of mappings, which have nothing to do with it here
        remedy = "Take the transition by hand in Jira, or have its screen and workflow ask for nothing."
        raise RecordTrouble(refused.tried, refused.got, remedy, refused.code) from refused


def move_to(client: JiraClient, key: str, status_id: str) -> bool:
    """Moves an issue to a status by a transition that leads there and asks for nothing; False when there is none.

    False also when somebody moved it in between. RecordTrouble when the workflow refuses a step that it offers.
    """
    step = _step_to(client, key, status_id)
    if step is None:
        return False
    try:
        take(client, key, step.id)
    except RecordTrouble:
        if _step_to(client, key, status_id) == step:
            raise
        return False
    return True


def _step_to(client: JiraClient, key: str, status_id: str) -> Transition | None:
    steps = available(client, key)
    return next((step for step in steps if step.to_id == status_id and not step.needs_fields), None)


def _transition(entry: Mapping[str, Any]) -> Transition:
    target = entry["to"]
    return Transition(
        id=str(entry["id"]),
        name=entry["name"],
        to_id=str(target["id"]),
        to_name=target["name"],
        needs_fields=any(_is_demanded(*each) for each in (entry.get("fields") or {}).items()),
    )


def _is_demanded(field_id: str, field: Mapping[str, Any]) -> bool:
    return bool(field.get("required")) and not field.get("hasDefaultValue") and field_id not in _ALWAYS_FILLED
