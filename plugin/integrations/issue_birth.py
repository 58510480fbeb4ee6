"""Where a new issue is made, and what it is born with besides what it says.

An invoice or a receipt goes where its order's issue is, to the person who has that, so that it lands with the team
that placed the order. Everything else, and what has no order there, goes by the rules of its stream. It is decided
once: what people change later stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugin.integrations.issue_place import Place
from plugin.integrations.routing import Rule, Then, route
from plugin.jira.field_errors import FieldsRefused, FieldsUnusable
from plugin.jira.issues import Issue, Issues
from plugin.store.models import JsonObject
from sage_adapters.errors import Trouble

ASSIGNEE, COMPONENTS, LABELS, PRIORITY = "assignee", "components", "labels", "priority"


@dataclass(frozen=True)
class Birth:
    """`fields` are in Jira's form."""

    place: Place
    fields: Mapping[str, Any]

    def adds_all_of(self, trouble: Trouble) -> bool:
        """Whether Jira refused nothing but what was added here, such as an assignee who has left."""
        complaints = trouble.field_errors if isinstance(trouble, FieldsRefused | FieldsUnusable) else {}
        return bool(complaints) and complaints.keys() <= self.fields.keys()


@dataclass(frozen=True)
class Births:
    """Decides for the documents of one stream; `place` is where an issue goes when no rule says otherwise."""

    place: Place
    rules: Sequence[Rule]

    @property
    def places(self) -> Sequence[Place]:
        """All that an issue can be made in."""
        return list(dict.fromkeys([self.place, *(rule.then.place for rule in self.rules if rule.then.place)]))

    def of(self, contents: Sequence[JsonObject], issues: Issues) -> list[Birth]:
        """One for each, in order; asks Jira once for the orders' issues, where there are any."""
        orders = self._orders(contents, issues)
        return [self._birth(content, orders.get(_order(content))) for content in contents]

    def _orders(self, contents: Sequence[JsonObject], issues: Issues) -> dict[str, Issue]:
        ids = sorted(set(filter(None, map(_order, contents))))
        found = issues.fetch(ids, fields=["project", ASSIGNEE]).issues if ids else ()
        return {issue.id: issue for issue in found}

    def _birth(self, content: JsonObject, order: Issue | None) -> Birth:
        rule = route(self.rules, content).rule
        then = rule.then if rule else Then()
        place, fields = then.place or self.place, _fields(then)
        if order is not None:
            project = str(order.fields["project"]["id"])
            if place.project_id != project and (inherited := self._place_in(project)):
                place = inherited
                fields.pop(COMPONENTS, None)  # they are those of another project
            if assignee := order.fields.get(ASSIGNEE):
                fields[ASSIGNEE] = {"accountId": assignee["accountId"]}
        return Birth(place, fields)

    def _place_in(self, project_id: str) -> Place | None:
        """Only what has been set up: in a project that nobody has chosen, fields and types may not be there."""
        return next((place for place in self.places if place.project_id == project_id), None)


def _order(content: JsonObject) -> str:
    """Id of its order's issue, "" without one."""
    return str((content.get("order_issue") or {}).get("id", ""))


def _fields(then: Then) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if then.assignee:
        fields[ASSIGNEE] = {"accountId": then.assignee.id}
    if then.components:
        fields[COMPONENTS] = [{"id": each.id} for each in then.components]
    if then.labels:
        fields[LABELS] = list(then.labels)
    if then.priority:
        fields[PRIORITY] = {"id": then.priority.id}
    return fields
