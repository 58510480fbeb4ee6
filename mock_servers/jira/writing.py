"""Creating, editing, moving and deleting issues: the rules of contract jira-rest, section 2.

Whatever is wrong is reported by field, and then nothing is written.
"""

from dataclasses import dataclass, field
from typing import Any

from mock_servers.jira.conversation import Conversation
from mock_servers.jira.exceptions import JiraError, forbidden, invalid
from mock_servers.jira.fields import Context, Field
from mock_servers.jira.issue_properties import IssueProperties, checked_properties
from mock_servers.jira.issues import Change, ChangeItem, Issue
from mock_servers.jira.linking import Linking
from mock_servers.jira.moving import Moving
from mock_servers.jira.projects import IssueType, Project
from mock_servers.jira.screens import Screen
from mock_servers.jira.updates import resolved_fields
from mock_servers.jira.values import ValueRefused, accept, identity, words
from mock_servers.jira.workflow import Transition

_DECIDED_ELSEWHERE = ("project", "issuetype")
OFF_SCREEN = "Field '{0}' cannot be set. It is not on the appropriate screen, or unknown."


@dataclass(slots=True)
class Draft:
    """What a create or edit will do once all is found right: stored values by field id, None clears."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


class IssueWriting(IssueProperties, Conversation, Linking, Moving):
    """The part of a site that writes issues. `actor` is always an account id."""

    def create_issue(self, actor: str, payload: dict[str, Any], *, flow: str = "Primary") -> Issue:
        """Creates an issue from a create request's body. Raises JiraError 400 keyed by field, 403."""
        fields = payload.get("fields")
        if not isinstance(fields, dict):
            raise invalid(project="Specify a valid project ID or key")
        project, kind = self._destination(actor, fields)
        screen = self.screens[project.screens[kind.id].create]
        given = resolved_fields(self, payload, {})
        draft = self._draft(given, project, kind, screen)
        self._complete(draft, actor, project, kind)
        properties = checked_properties(payload.get("properties", []))
        if draft.errors:
            raise JiraError(400, errors=draft.errors)
        issue = self._insert(actor, project, kind, draft, properties)
        self.announce("jira:issue_created", actor, issue, type_name="issue_created", flow=flow)
        return issue

    def edit_issue(self, actor: str, issue: Issue, payload: dict[str, Any]) -> None:
        """Edits an issue; screens are not asked, and `transition` is ignored. An error writes nothing."""
        project = self.project_of(issue)
        if not self.may(actor, "EDIT_ISSUES", project):
            raise forbidden("You do not have permission to edit issues in this project.")
        kind = self.issue_types[issue.issue_type_id]
        given = resolved_fields(self, payload, issue.fields)
        comments = self.checked_comments(actor, issue, payload)
        draft = self._draft(given, project, kind, None)
        if "project" in given and self.find_project(_named_project(given["project"])) is not project:
            draft.errors["project"] = "Moving an issue to another project is not possible by editing it."
        for required in {"summary", *project.required} & draft.values.keys():
            if draft.values[required] is None:
                draft.errors[required] = self._required(required)
        properties = checked_properties(payload.get("properties", []))
        if draft.errors:
            raise JiraError(400, errors=draft.errors)
        self._apply(actor, issue, draft.values, "issue_updated")
        for key, value in properties.items():
            self.set_property(actor, issue, key, value)
        for body in comments:
            self.add_comment(actor, issue, body)

    def available_transitions(self, actor: str, issue: Issue) -> list[Transition]:
        """The transitions the actor can take now; empty without the right to."""
        project = self.project_of(issue)
        if not self.may(actor, "TRANSITION_ISSUES", project):
            return []
        groups = self.user(actor).groups
        return [
            transition
            for transition in self.transitions_from(issue)
            if not transition.groups or transition.groups & groups
        ]

    def transitions_from(self, issue: Issue) -> list[Transition]:
        """The transitions that leave the issue's status, those that a condition hides included."""
        workflow = self.project_of(issue).workflows[issue.issue_type_id]
        return [transition for transition in workflow.transitions if transition.leaves(issue.status_id)]

    def transition_issue(self, actor: str, issue: Issue, payload: dict[str, Any], *, flow: str = "Primary") -> None:
        """Moves an issue along a transition available now, with fields of its screen and comments."""
        wanted = payload.get("transition")
        if not isinstance(wanted, dict) or "id" not in wanted:
            raise invalid("Missing 'transition' identifier")
        found = next((t for t in self.available_transitions(actor, issue) if t.id == str(wanted["id"])), None)
        if found is None:
            raise invalid(f"Transition id '{wanted['id']}' is not valid for this issue.")
        given = resolved_fields(self, payload, issue.fields)
        comments = self.checked_comments(actor, issue, payload)
        screen = self.screens[found.screen_id] if found.screen_id else Screen(0, "", "")
        draft = self._draft(given, self.project_of(issue), self.issue_types[issue.issue_type_id], screen)
        self._check_demanded(issue, found, screen, draft)
        if draft.errors:
            raise JiraError(400, errors=draft.errors)
        values = self._arrival(found) | draft.values | {"status": found.target}
        self._apply(actor, issue, values, "issue_generic", flow=flow)
        for body in comments:
            self.add_comment(actor, issue, body)

    def delete_issue(self, actor: str, issue: Issue, *, with_subtasks: bool = False) -> None:
        """Deletes an issue with all that hangs on it; 400 when it has subtasks that are not to go with it."""
        project = self.project_of(issue)
        if not self.may(actor, "DELETE_ISSUES", project):
            raise forbidden("You do not have permission to delete issues in this project.")
        if issue.subtasks and not with_subtasks:
            raise invalid(f"The issue '{issue.key}' has subtasks. You must specify the 'deleteSubtasks' parameter.")
        for subtask in list(issue.subtasks):
            self.delete_issue(actor, self.issues[subtask], with_subtasks=True)
        for link in list(issue.links):
            self.forget_link(link)
        parent = self.issues.get(issue.fields.get("parent", ""))
        if parent is not None and issue.id in parent.subtasks:
            parent.subtasks.remove(issue.id)
        del self.issues[issue.id]
        for key in (issue.key, *issue.former_keys):
            del self.keys[key]
        for comment in issue.comments:
            del self.comment_issues[comment.id]
        self.announce("jira:issue_deleted", actor, issue, type_name="issue_deleted")
        self.index.forget(issue)

    def _destination(self, actor: str, fields: dict[str, Any]) -> tuple[Project, IssueType]:
        project = self.find_project(_named_project(fields.get("project")))
        if project is None or not self.may(actor, "BROWSE_PROJECTS", project):
            raise invalid(project="Specify a valid project ID or key")
        if project.archived:
            raise invalid(project=f"The project '{project.key}' is archived and can't take new issues.")
        if not self.may(actor, "CREATE_ISSUES", project):
            raise invalid("You do not have permission to create issues in this project.")
        offered = [self.issue_types[number] for number in project.issue_types]
        wanted = fields.get("issuetype")
        if not isinstance(wanted, dict):
            raise invalid(issuetype="Specify an issue type")
        kind = next(
            (
                k
                for k in offered
                if k.id == str(wanted.get("id")) or ("id" not in wanted and k.name == wanted.get("name"))
            ),
            None,
        )
        if kind is None:
            raise invalid(issuetype="Specify a valid issue type")
        return project, kind

    def _draft(self, given: dict[str, Any], project: Project, kind: IssueType, screen: Screen | None) -> Draft:
        """Checks values against screen (None: not asked), context and type."""
        draft = Draft()
        on_screen = None if screen is None else frozenset(screen.field_ids())
        for field_id, value in given.items():
            if field_id in _DECIDED_ELSEWHERE:
                continue
            known = self.fields.get(field_id)
            context = known.context_for(project.id, kind.id) if known else None
            if known is None or not _can_be_set(known, context) or not (on_screen is None or field_id in on_screen):
                draft.errors[field_id] = OFF_SCREEN.format(field_id)
                continue
            try:
                draft.values[field_id] = accept(self, known, value, context, project)
            except ValueRefused as refused:
                draft.errors[field_id] = str(refused)
        return draft

    def _complete(self, draft: Draft, actor: str, project: Project, kind: IssueType) -> None:
        """What a new issue must have, and what it gets by itself."""
        given_or_wrong = draft.values.keys() | draft.errors.keys()
        for required in {"summary", *project.required}:
            applies = required in self.fields and self.fields[required].applies_to(project.id, kind.id)
            if applies and (required not in given_or_wrong or draft.values.get(required, "") is None):
                draft.errors[required] = self._required(required)
        if isinstance(draft.values.get("summary"), str) and not draft.values["summary"].strip():
            draft.errors["summary"] = self._required("summary")
        self._check_parent(draft, project, kind)
        if draft.values.get("reporter") is None:
            draft.values["reporter"] = actor
        if draft.values.get("priority") is None:
            draft.values["priority"] = "3"

    def _check_parent(self, draft: Draft, project: Project, kind: IssueType) -> None:
        if "parent" in draft.errors:
            return
        parent = self.issues.get(draft.values.get("parent") or "")
        if kind.subtask and parent is None:
            draft.errors["parent"] = "Issue type is a sub-task but parent issue key or id not specified."
        elif parent is not None and not kind.subtask:
            draft.errors["parent"] = "The parent of an issue of this type cannot be an issue of that type."
        elif parent is not None and parent.project_id != project.id:
            draft.errors["parent"] = "Sub-tasks must be created in the same project as the parent."

    def _check_demanded(self, issue: Issue, transition: Transition, screen: Screen, draft: Draft) -> None:
        """What the transition's screen or a validator of it demands must be given, or be there already."""
        on_screen = {field_id for field_id in self.project_of(issue).required if screen.shows(field_id)}
        for field_id in on_screen | transition.demanded:
            if draft.values.get(field_id, issue.fields.get(field_id)) is None and field_id not in draft.errors:
                draft.errors[field_id] = self._required(field_id)

    def _required(self, field_id: str) -> str:
        if field_id == "summary":
            return "You must specify a summary of the issue."
        return f"{self.fields[field_id].name} is required."

    def _insert(self, actor: str, project: Project, kind: IssueType, draft: Draft, properties: dict[str, Any]) -> Issue:
        project.last_number += 1
        now = self.now()
        issue = Issue(str(self.next_number("issue")), f"{project.key}-{project.last_number}", {}, properties)
        own = {
            "project": project.id,
            "issuetype": kind.id,
            "status": project.workflows[kind.id].initial,
            "creator": actor,
            "created": now,
            "updated": now,
            "statuscategorychangedate": now,
        }
        issue.fields = own | {name: value for name, value in draft.values.items() if value is not None}
        self.issues[issue.id] = issue
        self.keys[issue.key] = issue.id
        if parent := self.issues.get(draft.values.get("parent") or ""):
            parent.subtasks.append(issue.id)
        return issue

    def _arrival(self, transition: Transition) -> dict[str, Any]:
        """What the workflow sets by itself: a resolution on the way to done, none on the way back."""
        if self.statuses[transition.target].category == "done":
            return {"resolution": transition.resolution} if transition.resolution else {}
        return {"resolution": None}

    def _apply(
        self, actor: str, issue: Issue, values: dict[str, Any], type_name: str, *, flow: str = "Primary"
    ) -> None:
        """Stores values, keeps the history, tells the listeners; changing nothing tells nobody."""
        changed = {name: value for name, value in values.items() if issue.fields.get(name) != value}
        if not changed:
            return
        items = tuple(self._item(issue, name, value) for name, value in changed.items())
        now = self.now()
        if "status" in changed and self._category(changed["status"]) != self._category(issue.status_id):
            changed["statuscategorychangedate"] = now
        if "resolution" in changed:
            changed["resolutiondate"] = now if changed["resolution"] else None
        merged = {**issue.fields, **changed}
        issue.fields = {name: value for name, value in merged.items() if value is not None}
        change = Change(str(self.next_number("change")), actor, now, items)
        self.change(issue, change)
        self.announce("jira:issue_updated", actor, issue, type_name=type_name, change=change, flow=flow)

    def _category(self, status_id: str) -> str:
        return self.statuses[status_id].category

    def _item(self, issue: Issue, field_id: str, value: Any) -> ChangeItem:
        known = self.fields[field_id]
        before = issue.fields.get(field_id)
        name = known.name if known.custom else field_id
        return ChangeItem(
            name,
            "custom" if known.custom else "jira",
            field_id,
            identity(known, before),
            words(self, known, before),
            identity(known, value),
            words(self, known, value),
        )


def _can_be_set(known: Field, context: Context | None) -> bool:
    return known.settable and not known.trashed and (context is not None or not known.custom)


def _named_project(value: Any) -> str:
    """The id or key in a create request's `project`; empty when it names none."""
    if not isinstance(value, dict):
        return ""
    return str(value.get("id") or value.get("key") or "")
