"""Field values on the wire."""

from collections.abc import Callable
from typing import Any

from mock_servers.jira import adf
from mock_servers.jira.fields import Field, Option
from mock_servers.jira.issues import Attachment, Comment, Issue, IssueLink, RemoteLink, Worklog
from mock_servers.jira.values import duration_of
from mock_servers.jira.wire.things import Json, Things

WORKLOGS_SHOWN = 20


class Values(Things):
    """What Jira answers for the value of a field."""

    def value(self, field: Field, stored: Any, issue: Issue) -> Any:
        """The JSON of a stored value; what hangs on an issue (comments, links ...) is read from the issue itself."""
        hanging = self._hanging().get(field.kind)
        if hanging is not None:
            return hanging(issue)
        if field.kind == "timetracking":
            return self._timetracking(stored or {})
        if stored is None:
            return [] if field.id == "labels" else None
        show = self._shown().get(field.kind)
        return show(field, stored) if show else stored

    def _hanging(self) -> dict[str, Callable[[Issue], Any]]:
        return {
            "comments": self._comments,
            "worklogs": self._worklogs,
            "attachments": lambda issue: [self.attachment(item) for item in issue.attachments],
            "links": lambda issue: [self.link(item, issue) for item in issue.links],
            "subtasks": lambda issue: [self.linked(self.site.issues[number]) for number in issue.subtasks],
        }

    def _shown(self) -> dict[str, Callable[[Field, Any], Any]]:
        site = self.site
        return {
            "document": lambda _, value: self.document(value),
            "instant": lambda _, value: self.stamp(value),
            "option": lambda field, value: self._option(field.option(value)),
            "options": lambda field, value: [self._option(field.option(item)) for item in value],
            "labels": lambda _, value: list(value),
            "user": lambda _, value: self.user(value),
            "priority": lambda _, value: self.priority(site.priorities[value]),
            "resolution": lambda _, value: self.resolution(site.resolutions[value]),
            "status": lambda _, value: self.status(site.statuses[value]),
            "issuetype": lambda _, value: self.issue_type(site.issue_types[value]),
            "project": lambda _, value: self.project(site.projects[value]),
            "parent": lambda _, value: self.linked(site.issues[value]) if value in site.issues else None,
        }

    def document(self, value: Json) -> Any:
        """A document: ADF in version 3, its words in version 2."""
        return value if self.version == "3" else adf.text_of(value)

    def comment(self, comment: Comment, issue: Issue) -> Json:
        shown = {
            "self": f"{self.root}/issue/{issue.id}/comment/{comment.id}",
            "id": comment.id,
            "author": self.user(comment.author),
            "body": self.document(comment.body),
            "updateAuthor": self.user(comment.update_author),
            "created": self.stamp(comment.created),
            "updated": self.stamp(comment.updated),
            "jsdPublic": True,
        }
        return shown | ({"visibility": comment.visibility} if comment.visibility else {})

    def worklog(self, worklog: Worklog, issue: Issue) -> Json:
        shown: Json = {
            "self": f"{self.root}/issue/{issue.id}/worklog/{worklog.id}",
            "id": worklog.id,
            "issueId": issue.id,
            "author": self.user(worklog.author),
            "updateAuthor": self.user(worklog.update_author),
            "created": self.stamp(worklog.created),
            "updated": self.stamp(worklog.updated),
            "started": self.stamp(worklog.started),
            "timeSpent": duration_of(worklog.seconds),
            "timeSpentSeconds": worklog.seconds,
        }
        return shown | ({"comment": self.document(worklog.comment)} if worklog.comment else {})

    def attachment(self, attachment: Attachment) -> Json:
        return {
            "self": f"{self.root}/attachment/{attachment.id}",
            "id": attachment.id,
            "filename": attachment.filename,
            "author": self.user(attachment.author),
            "created": self.stamp(attachment.created),
            "size": len(attachment.content),
            "mimeType": attachment.mime_type,
            "content": f"{self.root}/attachment/content/{attachment.id}",
        }

    def remote_link(self, link: RemoteLink, issue: Issue) -> Json:
        """Omitted parts are null after an update by globalId, and left out of the answer."""
        shown = {
            "id": link.id,
            "self": f"{self.root}/issue/{issue.id}/remotelink/{link.id}",
            "globalId": link.global_id,
            "application": link.application or {},
            "relationship": link.relationship,
            "object": link.object,
        }
        return {name: value for name, value in shown.items() if value is not None}

    def link(self, link: IssueLink, issue: Issue) -> Json:
        """A link as one of its issues lists it: the source has an `outwardIssue`, the target an `inwardIssue`."""
        side, other = ("outwardIssue", link.target) if issue.id == link.source else ("inwardIssue", link.source)
        return {
            "id": link.id,
            "self": f"{self.root}/issueLink/{link.id}",
            "type": self.link_type(self.site.link_types[link.type_id]),
            side: self.linked(self.site.issues[other]),
        }

    def linked(self, issue: Issue) -> Json:
        """An issue as another one mentions it."""
        site = self.site
        return {
            "id": issue.id,
            "key": issue.key,
            "self": f"{self.root}/issue/{issue.id}",
            "fields": {
                "summary": issue.fields["summary"],
                "status": self.status(site.statuses[issue.status_id]),
                "priority": self.priority(site.priorities[issue.fields["priority"]]),
                "issuetype": self.issue_type(site.issue_types[issue.issue_type_id]),
            },
        }

    def _comments(self, issue: Issue) -> Json:
        count = len(issue.comments)
        return {
            "comments": [self.comment(comment, issue) for comment in issue.comments],
            "self": f"{self.root}/issue/{issue.id}/comment",
            "maxResults": count,
            "total": count,
            "startAt": 0,
        }

    def _worklogs(self, issue: Issue) -> Json:
        shown = [self.worklog(worklog, issue) for worklog in issue.worklogs[:WORKLOGS_SHOWN]]
        return {"startAt": 0, "maxResults": WORKLOGS_SHOWN, "total": len(issue.worklogs), "worklogs": shown}

    def _option(self, option: Option | None) -> Json | None:
        if option is None:
            return None
        return {"self": f"{self.root}/customFieldOption/{option.id}", "value": option.value, "id": option.id}

    def _timetracking(self, seconds: dict[str, int]) -> Json:
        names = {"originalEstimate": None, "remainingEstimate": None, "timeSpent": None}
        held = {name: seconds[f"{name}Seconds"] for name in names if f"{name}Seconds" in seconds}
        return {name: duration_of(value) for name, value in held.items()} | {
            f"{name}Seconds": value for name, value in held.items()
        }
