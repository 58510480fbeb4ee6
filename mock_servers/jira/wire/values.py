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
        hanging = _HANGING.get(field.kind)
        if hanging is not None:
            return hanging(self, issue)
        if field.kind == "timetracking":
            return self._timetracking(stored or {})
        if stored is None:
            return [] if field.id in ("labels", "components") else None
        show = _SHOWN.get(field.kind)
        return show(self, field, stored) if show else stored

    def document(self, value: Json) -> Any:
        """A document: ADF in version 3, its words in version 2."""
        return value if self.version == "3" else adf.text_of(value)

    def comment(self, comment: Comment, issue: Issue, *, with_properties: bool = False) -> Json:
        shown: Json = {
            "self": f"{self.root}/issue/{issue.id}/comment/{comment.id}",
            "id": comment.id,
            "author": self.user(comment.author),
            "body": self.document(comment.body),
            "updateAuthor": self.user(comment.update_author),
            "created": self.stamp(comment.created),
            "updated": self.stamp(comment.updated),
            "jsdPublic": True,
        }
        if comment.visibility:
            shown["visibility"] = comment.visibility
        if with_properties:
            shown["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
        return shown

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

    def comments(self, issue: Issue) -> Json:
        count = len(issue.comments)
        return {
            "comments": [self.comment(comment, issue) for comment in issue.comments],
            "self": f"{self.root}/issue/{issue.id}/comment",
            "maxResults": count,
            "total": count,
            "startAt": 0,
        }

    def worklogs(self, issue: Issue) -> Json:
        shown = [self.worklog(worklog, issue) for worklog in issue.worklogs[:WORKLOGS_SHOWN]]
        return {"startAt": 0, "maxResults": WORKLOGS_SHOWN, "total": len(issue.worklogs), "worklogs": shown}

    def option(self, option: Option | None) -> Json | None:
        if option is None:
            return None
        return {"self": f"{self.root}/customFieldOption/{option.id}", "value": option.value, "id": option.id}

    def _timetracking(self, seconds: dict[str, int]) -> Json:
        names = {"originalEstimate": None, "remainingEstimate": None, "timeSpent": None}
        held = {name: seconds[f"{name}Seconds"] for name in names if f"{name}Seconds" in seconds}
        return {name: duration_of(value) for name, value in held.items()} | {
            f"{name}Seconds": value for name, value in held.items()
        }


# By kind of field: those whose values hang on the issue itself, and those whose stored value is not what is shown.
_HANGING: dict[str, Callable[[Values, Issue], Any]] = {
    "comments": Values.comments,
    "worklogs": Values.worklogs,
    "attachments": lambda wire, issue: [wire.attachment(item) for item in issue.attachments],
    "links": lambda wire, issue: [wire.link(item, issue) for item in issue.links],
    "subtasks": lambda wire, issue: [wire.linked(wire.site.issues[number]) for number in issue.subtasks],
}
_SHOWN: dict[str, Callable[[Values, Field, Any], Any]] = {
    "document": lambda wire, _, value: wire.document(value),
    "instant": lambda wire, _, value: wire.stamp(value),
    "option": lambda wire, field, value: wire.option(field.option(value)),
    "options": lambda wire, field, value: [wire.option(field.option(item)) for item in value],
    "labels": lambda _, __, value: list(value),
    "components": lambda wire, _, value: [
        wire.component(wire.site.components[item]) for item in value if item in wire.site.components
    ],
    "user": lambda wire, _, value: wire.user(value),
    "priority": lambda wire, _, value: wire.priority(wire.site.priorities[value]),
    "resolution": lambda wire, _, value: wire.resolution(wire.site.resolutions[value]),
    "status": lambda wire, _, value: wire.status(wire.site.statuses[value]),
    "issuetype": lambda wire, _, value: wire.issue_type(wire.site.issue_types[value]),
    "project": lambda wire, _, value: wire.project(wire.site.projects[value]),
    "parent": lambda wire, _, value: wire.linked(wire.site.issues[value]) if value in wire.site.issues else None,
}
