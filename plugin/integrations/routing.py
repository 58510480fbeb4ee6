"""Rules that say where a new issue goes and what it is born with.

They are tried in order, and the first whose conditions all hold decides; when none does, the stream's own place holds.
Rules decide once, when an issue is made: what people change afterwards stays. The project and assignee of an order's
issue come before any rule; that is for those who ask to see to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plugin.integrations.attributes import Content
from plugin.integrations.conditions import Condition, Subjects
from plugin.integrations.issue_place import Place
from plugin.store.models import JsonObject
from sage_adapters.errors import ConfigurationTrouble

EVERY_DOCUMENT = "Every document"
"""In words, what a rule without conditions asks for."""


@dataclass(frozen=True)
class Chosen:
    """Something of Jira's that was picked from a list: an assignee, a component, a priority."""

    id: str
    name: str

    @classmethod
    def of(cls, stored: JsonObject) -> Chosen:
        return cls(str(stored["id"]), str(stored["name"]))


@dataclass(frozen=True)
class Then:
    """What a rule decides. None and () leave to Jira, or to the stream, what it does not decide."""

    place: Place | None = None
    assignee: Chosen | None = None
    components: tuple[Chosen, ...] = ()
    labels: tuple[str, ...] = ()
    priority: Chosen | None = None

    @classmethod
    def of(cls, stored: JsonObject) -> Then:
        place, assignee, priority = (stored.get(name) for name in ("place", "assignee", "priority"))
        return cls(
            place=Place.of(place) if place else None,
            assignee=Chosen.of(assignee) if assignee else None,
            components=tuple(map(Chosen.of, stored.get("components") or ())),
            labels=tuple(map(str, stored.get("labels") or ())),
            priority=Chosen.of(priority) if priority else None,
        )


@dataclass(frozen=True)
class Rule:
    """All of `when` must hold; without any, it is for every document."""

    name: str
    when: tuple[Condition, ...]
    then: Then

    @classmethod
    def from_json(cls, stored: JsonObject, subjects: Subjects) -> Rule:
        """Raises ConfigurationTrouble for what is no rule, or none for these documents."""
        name = str(stored.get("name") or "without a name") if isinstance(stored, Mapping) else "without a name"
        try:
            when = tuple(Condition.from_json(each, subjects) for each in stored["when"])
            return cls(name, when, Then.of(stored["then"]))
        except ConfigurationTrouble as trouble:
            raise _broken(name, trouble.got) from trouble
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _broken(name, "Something in it is missing or is not as Counterfoil writes it.") from error


@dataclass(frozen=True)
class Trial:
    """One condition of one rule on one document: whether it held, and what the document says there."""

    rule: str
    condition: str
    held: bool
    said: str


@dataclass(frozen=True)
class Decision:
    """`rule` is the first that holds, None when none does. `tested` has every condition of every rule that was tried,
    in order: rules after the one that decides are not."""

    rule: Rule | None
    tested: tuple[Trial, ...]


def rules_from_json(stored: Sequence[JsonObject], subjects: Subjects) -> list[Rule]:
    """Raises ConfigurationTrouble that names the rule."""
    return [Rule.from_json(each, subjects) for each in stored]


def route(rules: Sequence[Rule], content: Content) -> Decision:
    tested: list[Trial] = []
    for rule in rules:
        tests = [_tested(rule, condition, content) for condition in rule.when]
        tested += tests or [Trial(rule.name, EVERY_DOCUMENT, True, "")]
        if all(each.held for each in tests):
            return Decision(rule, tuple(tested))
    return Decision(None, tuple(tested))


def _tested(rule: Rule, condition: Condition, content: Content) -> Trial:
    said = condition.subject.said(content)
    return Trial(rule.name, condition.in_words(), condition.holds(content), said)


def _broken(name: str, got: str) -> ConfigurationTrouble:
    return ConfigurationTrouble(
        f"The rule “{name}” was about to decide where issues go.",
        got,
        "Open Rules, correct or delete the rule, and save.",
        "settings.rule",
    )
