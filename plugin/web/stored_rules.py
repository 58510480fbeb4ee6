"""The routing rules of a stream as pages change them: in order, each known by its position, never a list that has
changed since it was shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from plugin.integrations.conditions import Subjects
from plugin.integrations.into_jira import RULES
from plugin.integrations.routing import EVERY_DOCUMENT, Rule
from plugin.store.models import JsonObject, Stream
from plugin.web.rule_form import outcome_in_words
from sage_adapters.errors import ConfigurationTrouble

MOST_RULES = 100


@dataclass(frozen=True)
class Listed:
    """A rule as the list shows it. `id` stays with it when it moves. `problem` says why it cannot be used."""

    id: str
    name: str
    conditions: Sequence[str]
    outcome: Sequence[str]
    problem: str
    catches_all: bool


def of(stream: Stream) -> list[JsonObject]:
    return [each for each in stream.settings.get(RULES) or () if isinstance(each, dict)]


def keep(stream: Stream, rules: Sequence[JsonObject]) -> None:
    stream.settings = {**stream.settings, RULES: list(rules)}


def seen(rules: Sequence[JsonObject]) -> str:
    """Tells whether the rules are still those that a page has shown."""
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:12]


def listed(rules: Sequence[JsonObject], subjects: Subjects) -> list[Listed]:
    return [_listed(each, subjects) for each in rules]


def _listed(stored: JsonObject, subjects: Subjects) -> Listed:
    name = str(stored.get("name", ""))
    rule_id = hashlib.sha256(name.encode()).hexdigest()[:8]
    try:
        rule = Rule.from_json(stored, subjects)
    except ConfigurationTrouble as trouble:
        return Listed(rule_id, name, [], [], trouble.got, catches_all=False)
    conditions = [each.in_words() for each in rule.when] or [EVERY_DOCUMENT]
    return Listed(rule_id, name, conditions, outcome_in_words(stored["then"]), "", catches_all=not rule.when)
