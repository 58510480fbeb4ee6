"""What one bulk creation did to each of its issues (contract jira-rest, section 2, "Bulk create")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plugin.jira.client import parsed
from plugin.jira.complaints import Complaint
from plugin.jira.errors import trouble_of_element
from plugin.jira.purpose import Purpose
from sage_adapters.errors import Trouble, UncertainOutcome
from sage_adapters.http import Reply


@dataclass(frozen=True, slots=True)
class NewIssue:
    """Wire values by field id, project and issue type among them, and issue properties by key."""

    fields: Mapping[str, Any]
    properties: Mapping[str, Any] = field(default_factory=dict)

    def to_jira(self) -> dict[str, Any]:
        body: dict[str, Any] = {"fields": dict(self.fields)}
        if self.properties:
            body["properties"] = [{"key": key, "value": value} for key, value in self.properties.items()]
        return body


@dataclass(frozen=True, slots=True)
class Created:
    id: str
    key: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Not created, or perhaps (UncertainOutcome). A ConfigurationTrouble here would meet every other issue as well."""

    trouble: Trouble


def outcomes_of(reply: Reply, number: int, purpose: Purpose) -> list[Created | Refused]:
    """One outcome for each of the `number` issues sent, in their order.

    Jira answers 201 when at least one was created. It lists those in order, and those it refused by position;
    when it refused all it answers 400 in the same shape.
    """
    refused = _refused_by_position(reply, purpose) if reply.status in (201, 400) else {}
    if reply.status == 400 and len(refused) == number:
        return [refused[position] for position in range(number)]
    created = parsed(reply, purpose, _created, reading=False)
    if len(created) + len(refused) != number:
        raise _unaccounted(len(created), len(refused), number, purpose)
    waiting = iter(created)
    return [refused.get(position) or next(waiting) for position in range(number)]


def _created(answer: Any) -> list[Created]:
    return [Created(str(issue["id"]), issue["key"]) for issue in answer.get("issues") or []]


def _refused_by_position(reply: Reply, purpose: Purpose) -> dict[int, Refused]:
    try:
        answer = json.loads(reply.body)
    except ValueError:
        return {}
    errors = answer.get("errors") if isinstance(answer, Mapping) else None
    if not isinstance(errors, list):
        return {}
    return {
        error["failedElementNumber"]: Refused(
            trouble_of_element(
                int(error.get("status") or 400), Complaint.from_json(error.get("elementErrors")), purpose
            )
        )
        for error in errors
        if isinstance(error, Mapping) and isinstance(error.get("failedElementNumber"), int)
    }


def _unaccounted(created: int, refused: int, number: int, purpose: Purpose) -> UncertainOutcome:
    return UncertainOutcome(
        tried=purpose.tried,
        got=f"Jira told of {created} created and {refused} refused, which does not make {number}.",
        remedy="Jira is asked which of them exist before anything is sent again.",
        code="jira.unaccounted",
    )
