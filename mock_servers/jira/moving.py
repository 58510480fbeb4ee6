"""Moving an issue to another project: it gets a key there, and its old key still leads to it."""

from mock_servers.jira.exceptions import forbidden, invalid
from mock_servers.jira.issues import Change, ChangeItem, Issue
from mock_servers.jira.projects import IssueType, Project
from mock_servers.jira.site_state import SiteState


class Moving(SiteState):
    """The part of a site that moves issues, as people do in a dialog; REST has only a bulk operation for it."""

    def move_issue(self, actor: str, issue: Issue, project: Project, kind: IssueType | None = None) -> None:
        """Moves an issue; it keeps its status where the other workflow has it, else it begins again (assumed)."""
        before = self.project_of(issue)
        kind = kind or self.issue_types[issue.issue_type_id]
        if not self.may(actor, "MOVE_ISSUES", before) or not self.may(actor, "CREATE_ISSUES", project):
            raise forbidden("You do not have permission to move this issue.")
        if project is before or kind.id not in project.issue_types or kind.subtask or issue.subtasks:
            raise invalid("The issue cannot be moved there: only an issue without subtasks, to another project.")
        workflow = project.workflows[kind.id]
        status = issue.status_id if issue.status_id in workflow.statuses() else workflow.initial
        project.last_number += 1
        old_key, new_key = issue.key, f"{project.key}-{project.last_number}"
        items = [
            ChangeItem("project", "jira", "project", before.id, before.name, project.id, project.name),
            ChangeItem("Key", "jira", "issuekey", None, old_key, None, new_key),
        ]
        if status != issue.status_id:
            names = [self.statuses[number].name for number in (issue.status_id, status)]
            items.append(ChangeItem("status", "jira", "status", issue.status_id, names[0], status, names[1]))
        issue.former_keys.append(old_key)
        issue.key = new_key
        self.keys[new_key] = issue.id
        issue.fields = {**issue.fields, "project": project.id, "issuetype": kind.id, "status": status}
        change = Change(str(self.next_number("change")), actor, self.now(), tuple(items))
        self.change(issue, change)
        self.announce("jira:issue_updated", actor, issue, type_name="issue_moved", change=change)
