"""A routing rule as a form: its entries as they were typed or are stored, and what they make when they are in order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marshmallow import Schema, fields

from plugin.integrations.conditions import Subjects
from plugin.store.models import JsonObject
from plugin.web import condition_form, forms, snapshots
from plugin.web.condition_form import MOST_ROWS, Row
from plugin.web.offers import Offer
from plugin.web.snapshots import Choice

LONGEST_NAME = 80
LONGEST_LABEL = 255
COMPONENT = re.compile(r"component-(.{1,32})")
"""The name of a ticked box."""
PLAIN = ("name", "project", "issue_type", "assignee", "person", "labels", "priority")


@dataclass(frozen=True)
class Offers:
    """What the outcome of a rule can be chosen from, in one project."""

    projects: Sequence[Choice]
    components: Offer
    priorities: Offer
    people: Offer


@dataclass(frozen=True)
class Entries:
    """What the form holds. `person` is what people are looked for by."""

    name: str = ""
    project: str = ""
    issue_type: str = ""
    assignee: str = ""
    person: str = ""
    labels: str = ""
    priority: str = ""
    components: frozenset[str] = frozenset()
    rows: Sequence[Row] = ()

    @classmethod
    def typed(cls, form: Mapping[str, str]) -> Entries:
        plain = {name: form.get(name, "") for name in PLAIN}
        components = frozenset(found[1] for name in form if (found := COMPONENT.fullmatch(name)))
        return cls(**plain, components=components, rows=condition_form.rows_of(form))

    @classmethod
    def stored(cls, rule: JsonObject, subjects: Subjects) -> Entries:
        then = rule.get("then") or {}
        place, assignee, priority = (then.get(name) or {} for name in ("place", "assignee", "priority"))
        return cls(
            name=str(rule.get("name", "")),
            project=place.get("project_id", ""),
            issue_type=place.get("issue_type_id", ""),
            assignee=assignee.get("id", ""),
            labels=" ".join(then.get("labels") or ()),
            priority=priority.get("id", ""),
            components=frozenset(each["id"] for each in then.get("components") or ()),
            rows=condition_form.rows_stored(rule.get("when") or (), subjects),
        )


def schema(form: Mapping[str, object]) -> Schema:
    """Takes the entries of a rule, however many rows and boxes it has, and refuses others."""
    rest = [name for name in form if condition_form.ENTRY.fullmatch(name) or COMPONENT.fullmatch(name)]
    return forms.Form.from_dict({name: fields.String(load_default="") for name in (*PLAIN, *rest)})()


def made(
    entries: Entries, offers: Offers, subjects: Subjects, before: JsonObject, taken: Sequence[str]
) -> tuple[JsonObject, dict[str, str]]:
    """The rule to be stored, and what is wrong by the name of its entry. `before` is the rule that is changed, {} for a
    new one; what it chose stays choosable. `taken` are the names of the other rules."""
    problems = _wrong_name(entries.name, taken)
    when = []
    for number, row in enumerate(entries.rows):
        try:
            when.append(row.condition(subjects).to_json())
        except ValueError as problem:
            problems[f"values-{number}"] = str(problem)
    if len(entries.rows) >= MOST_ROWS:
        problems["form"] = f"A rule has fewer than {MOST_ROWS} conditions. Make two rules of it."
    then = before.get("then") or {}
    outcome: JsonObject = {
        "place": _place(entries, offers.projects, then.get("place"), problems),
        "assignee": _one(entries.assignee, offers.people, then.get("assignee"), "assignee", problems),
        "components": _components(entries, offers.components, then.get("components") or (), problems),
        "labels": _labels(entries.labels, problems),
        "priority": _one(entries.priority, offers.priorities, then.get("priority"), "priority", problems),
    }
    return {"name": entries.name, "when": when, "then": outcome}, problems


def outcome_in_words(then: JsonObject) -> list[str]:
    """What a rule decides, a line for each part; empty when it decides nothing."""
    place, assignee, priority = then.get("place"), then.get("assignee"), then.get("priority")
    components = ", ".join(each["name"] for each in then.get("components") or ())
    told = [
        f"{place['issue_type_name']} in {place.get('project_name') or place['project_key']}" if place else "",
        f"assigned to {assignee['name']}" if assignee else "",
        f"components: {components}" if components else "",
        f"labels: {', '.join(then['labels'])}" if then.get("labels") else "",
        f"priority {priority['name']}" if priority else "",
    ]
    return [each for each in told if each]


def _wrong_name(name: str, taken: Sequence[str]) -> dict[str, str]:
    if not name:
        return {"name": "Give the rule a name, by which the test and people speak of it."}
    if len(name) > LONGEST_NAME:
        return {"name": f"At most {LONGEST_NAME} characters."}
    if name.casefold() in {each.casefold() for each in taken}:
        return {"name": "Another rule has this name."}
    return {}


def _place(
    entries: Entries, projects: Sequence[Choice], before: JsonObject | None, problems: dict[str, str]
) -> JsonObject | None:
    if not entries.project:
        return None
    if before and (entries.project, entries.issue_type) == (before["project_id"], before["issue_type_id"]):
        return before
    project = snapshots.chosen(projects, entries.project)
    issue_type = snapshots.chosen(snapshots.issue_types(project), entries.issue_type)
    if project is None:
        problems["project"] = "Choose a project from the list."
        return None
    if issue_type is None:
        problems["issue_type"] = "Choose an issue type of this project."
        return None
    return {
        "project_id": project.id,
        "project_key": project.entry["key"],
        "project_name": project.entry["name"],
        "issue_type_id": issue_type.id,
        "issue_type_name": issue_type.entry["name"],
    }


def _one(
    choice_id: str, offer: Offer, before: JsonObject | None, name: str, problems: dict[str, str]
) -> JsonObject | None:
    if not choice_id:
        return None
    found = offer.chosen(choice_id, before)
    if found is None:
        problems[name] = "This is no longer among the choices. Choose again."
    return found


def _components(
    entries: Entries, offer: Offer, before: Sequence[JsonObject], problems: dict[str, str]
) -> list[JsonObject]:
    """In the order of the list. Those that belong to another project than the one chosen do not count."""
    kept = [offer.chosen(each, *before) for each in sorted(entries.components)]
    if None in kept:
        problems["components"] = "A component is not one of this project. Choose again."
    return sorted(filter(None, kept), key=lambda each: each["name"].casefold())


def _labels(text: str, problems: dict[str, str]) -> list[str]:
    """Jira takes no blanks in a label."""
    labels = list(dict.fromkeys(label for label in re.split(r"[\s,;]+", text) if label))
    if any(len(label) > LONGEST_LABEL for label in labels):
        problems["labels"] = f"A label has at most {LONGEST_LABEL} characters."
    return labels
