"""Issues on the wire, with the fields a caller selected and the parts it expanded."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mock_servers.jira.fields import Field, Option
from mock_servers.jira.issues import Change, Issue
from mock_servers.jira.models import JiraSite
from mock_servers.jira.projects import IssueType, Project
from mock_servers.jira.updates import operations_of
from mock_servers.jira.wire.things import Json
from mock_servers.jira.wire.values import Values
from mock_servers.jira.workflow import Transition

_NOT_NAVIGABLE = frozenset({"comments", "worklogs", "attachments", "timetracking", "links"})


@dataclass(frozen=True, slots=True)
class Selection:
    """Which fields a caller wants: ids, `*all`, `*navigable`, and `-id` to leave one out.

    `fields` empty gives no `fields` object at all, as a search does that asks for `id` only.
    """

    fields: frozenset[str]
    properties: tuple[str, ...] = ()
    expand: frozenset[str] = frozenset()

    @classmethod
    def of(cls, fields: Iterable[str], properties: Iterable[str] = (), expand: Iterable[str] = ()) -> "Selection":
        wanted = {name.strip() for name in fields} - {"id", "key", ""}
        if wanted and all(name.startswith("-") for name in wanted):
            wanted.add("*all")
        return cls(frozenset(wanted), tuple(properties), frozenset(word.strip() for word in expand if word.strip()))

    def includes(self, field: Field) -> bool:
        if f"-{field.id}" in self.fields:
            return False
        return (
            field.id in self.fields
            or "*all" in self.fields
            or ("*navigable" in self.fields and field.kind not in _NOT_NAVIGABLE)
        )


class Wire(Values):
    """What Jira answers for issues, for as long as one request or event takes."""

    def __init__(self, site: JiraSite, version: str = "3") -> None:
        super().__init__(site, version)
        self._applying: dict[tuple[Selection, str, str], list[Field]] = {}

    def selected(self, selection: Selection) -> list[Field]:
        """The fields of the site that a selection asks for."""
        return [
            field
            for field in self.site.fields.values()
            if field.listed and not field.trashed and selection.includes(field)
        ]

    def issue(self, issue: Issue, selection: Selection) -> Json:
        """One issue, with what a selection asks for."""
        shown: Json = {
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": issue.id,
            "self": f"{self.root}/issue/{issue.id}",
            "key": issue.key,
        }
        if selection.fields:
            applying = self._applying_to(issue, selection)
            shown["fields"] = {field.id: self.value(field, issue.fields.get(field.id), issue) for field in applying}
        if selection.properties:
            everything = "*all" in selection.properties
            shown["properties"] = {
                key: value for key, value in issue.properties.items() if everything or key in selection.properties
            }
        return shown

    def names(self, fields: list[Field]) -> dict[str, str]:
        return {field.id: field.name for field in fields}

    def schemas(self, fields: list[Field]) -> Json:
        return {field.id: self.schema(field) for field in fields}

    def change(self, change: Change) -> Json:
        """One entry of the history."""
        items = [
            {
                "field": item.field,
                "fieldtype": item.field_type,
                "fieldId": item.field_id,
                "from": item.before,
                "fromString": item.before_text,
                "to": item.after,
                "toString": item.after_text,
            }
            for item in change.items
        ]
        return {
            "id": change.id,
            "author": self.user(change.author),
            "created": self.stamp(change.at),
            "items": items,
        }

    def transition(self, transition: Transition, issue: Issue, *, with_fields: bool, available: bool = True) -> Json:
        shown: Json = {
            "id": transition.id,
            "name": transition.name,
            "to": self.status(self.site.statuses[transition.target]),
            "hasScreen": transition.screen_id is not None,
            "isGlobal": not transition.sources,
            "isInitial": False,
            "isAvailable": available,
            "isConditional": bool(transition.groups),
            "looped": transition.target == issue.status_id,
        }
        if with_fields:
            screen = self.site.screens[transition.screen_id] if transition.screen_id else None
            project, kind = self.site.project_of(issue), self.site.issue_types[issue.issue_type_id]
            ids = screen.field_ids() if screen else []
            shown["fields"] = {field.id: self.meta(field, project, kind) for field in self._usable(ids, project, kind)}
        return shown

    def create_fields(self, project: Project, kind: IssueType) -> list[Json]:
        """The fields of the create screen, those that every create request needs included."""
        screen = self.site.screens[project.screens[kind.id].create]
        ids = ["summary", "issuetype", "project", *screen.field_ids()]
        if kind.subtask:
            ids.append("parent")
        usable = self._usable([i for i in ids if i != "parent" or kind.subtask], project, kind)
        return [{"fieldId": field.id, **self.meta(field, project, kind)} for field in usable]

    def edit_fields(self, issue: Issue) -> Json:
        project, kind = self.site.project_of(issue), self.site.issue_types[issue.issue_type_id]
        ids = self.site.screens[project.screens[kind.id].edit].field_ids()
        return {field.id: self.meta(field, project, kind) for field in self._usable(ids, project, kind)}

    def meta(self, field: Field, project: Project, kind: IssueType) -> Json:
        """What createmeta, editmeta and transitions say of a field."""
        always = {"summary", "project", "issuetype"} | ({"parent"} if kind.subtask else set())
        shown: Json = {
            "required": field.id in always or field.id in project.required,
            "schema": self.schema(field),
            "name": field.name,
            "key": field.id,
            "hasDefaultValue": field.id in ("priority", "reporter"),
            "operations": operations_of(field),
        }
        allowed = self._allowed(field, project, kind)
        return shown if allowed is None else shown | {"allowedValues": allowed}

    def _applying_to(self, issue: Issue, selection: Selection) -> list[Field]:
        """Those of the selected fields that apply to the issue's project and type, found once for all such issues."""
        place = (selection, issue.project_id, issue.issue_type_id)
        if place not in self._applying:
            self._applying[place] = [field for field in self.selected(selection) if field.applies_to(*place[1:])]
        return self._applying[place]

    def _usable(self, ids: list[str], project: Project, kind: IssueType) -> list[Field]:
        known = [self.site.fields[field_id] for field_id in dict.fromkeys(ids) if field_id in self.site.fields]
        return [field for field in known if field.applies_to(project.id, kind.id)]

    def _allowed(self, field: Field, project: Project, kind: IssueType) -> list[Any] | None:
        site = self.site
        if field.kind in ("option", "options"):
            context = field.context_for(project.id, kind.id)
            offered: list[Option] = context.options if context else []
            return [self.option(option) for option in offered if not option.disabled]
        if field.kind == "components":
            return [self.component(one) for one in site.components_of(project)]
        if field.kind == "priority":
            return [self.priority(choice) for choice in site.priorities.values()]
        if field.kind == "resolution":
            return [self.resolution(choice) for choice in site.resolutions.values()]
        if field.kind == "issuetype":
            return [self.issue_type(kind)]
        return [self.project(project)] if field.kind == "project" else None
