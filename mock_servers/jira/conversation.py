"""What people and apps add to an issue: comments, work logged, attachments."""

from datetime import datetime
from typing import Any

from mock_servers.jira import adf
from mock_servers.jira.exceptions import JiraError, forbidden, invalid, missing
from mock_servers.jira.issue_properties import check_property, checked_properties
from mock_servers.jira.issues import Attachment, Change, ChangeItem, Comment, Issue, Worklog
from mock_servers.jira.site_state import SiteState
from mock_servers.jira.values import ValueRefused, accept, seconds_of


def check_room(kind: str, held: int, limit: int, adding: int = 1) -> None:
    """Raises JiraError 413, which is permanent, when an issue has as many as Jira allows."""
    if held + adding > limit:
        words = kind.replace("_", " ")
        raise JiraError(413, f"The issue has reached the limit of {limit} {words}. Remove some before adding more.")


class Conversation(SiteState):
    """The part of a site that holds comments, worklogs and attachments."""

    def checked_comments(self, actor: str, issue: Issue, payload: dict[str, Any]) -> list[Any]:
        """The comment bodies that a request's `update.comment` adds, found right."""
        operations = (payload.get("update") or {}).get("comment", [])
        if not isinstance(operations, list) or not all(
            isinstance(o, dict) and isinstance(o.get("add"), dict) for o in operations
        ):
            raise invalid(comment="Field 'comment' supports only the operation 'add' here.")
        bodies = [operation["add"].get("body") for operation in operations]
        for body in bodies:
            self._check_comment(actor, issue, body)
        check_room("comments", len(issue.comments), self.issue_limits["comments"], len(bodies))
        return bodies

    def add_comment(
        self, actor: str, issue: Issue, body: Any, visibility: dict[str, Any] | None = None, properties: Any = ()
    ) -> Comment:
        """Adds a comment; `body` is ADF, `properties` a request's list of them."""
        self._check_comment(actor, issue, body)
        kept = checked_properties(list(properties or []))
        check_room("comments", len(issue.comments), self.issue_limits["comments"])
        now = self.now()
        comment = Comment(str(self.next_number("comment")), actor, body, now, now, actor, visibility, kept)
        issue.comments.append(comment)
        self.comment_issues[comment.id] = issue.id
        self.change(issue, None)
        self.announce("comment_created", actor, issue, comment=comment)
        return comment

    def edit_comment(self, actor: str, issue: Issue, comment: Comment, body: Any, properties: Any = ()) -> None:
        """Changes what a comment says, and those of its properties that are given."""
        self._check_comment_editor(actor, issue, comment)
        complaint = adf.complaint(body)
        if complaint:
            raise invalid(comment=complaint)
        comment.properties = comment.properties | checked_properties(list(properties or []))
        comment.body, comment.updated, comment.update_author = body, self.now(), actor
        self.change(issue, None)
        self.announce("comment_updated", actor, issue, comment=comment)

    def delete_comment(self, actor: str, issue: Issue, comment: Comment) -> None:
        if not self._owns(actor, issue, comment.author, "COMMENTS", "DELETE"):
            raise invalid("You do not have permission to delete this comment.")
        issue.comments.remove(comment)
        del self.comment_issues[comment.id]
        self.change(issue, None)
        self.announce("comment_deleted", actor, issue, comment=comment)

    def set_comment_property(self, actor: str, issue: Issue, comment: Comment, key: str, value: Any) -> bool:
        """Sets a property of a comment whole. True when it is new. No webhook tells of it."""
        check_property(key, value)
        self._check_comment_editor(actor, issue, comment)
        created = key not in comment.properties
        comment.properties = {**comment.properties, key: value}
        return created

    def delete_comment_property(self, actor: str, issue: Issue, comment: Comment, key: str) -> None:
        self._check_comment_editor(actor, issue, comment)
        if key not in comment.properties:
            raise missing(f"The property with key '{key}' does not exist.")
        comment.properties = {name: value for name, value in comment.properties.items() if name != key}

    def add_worklog(self, actor: str, issue: Issue, payload: dict[str, Any]) -> Worklog:
        """Logs work (exactly one of timeSpent and timeSpentSeconds) and moves the time tracking."""
        if not self.may(actor, "WORK_ON_ISSUES", self.project_of(issue)):
            raise invalid("You do not have the permission to associate a worklog to this issue.")
        check_room("worklogs", len(issue.worklogs), self.issue_limits["worklogs"])
        seconds = _seconds_spent(payload)
        comment = payload.get("comment")
        if comment is not None and (complaint := adf.complaint(comment)):
            raise invalid(comment=complaint)
        now = self.now()
        number = str(self.next_number("worklog"))
        worklog = Worklog(number, actor, comment, self._started(payload, now), seconds, now, now, actor)
        issue.worklogs.append(worklog)
        self._track(actor, issue, seconds)
        self.announce("worklog_created", actor, issue, worklog=worklog)
        return worklog

    def edit_worklog(self, actor: str, issue: Issue, worklog: Worklog, payload: dict[str, Any]) -> None:
        """Changes what was logged: time, start or comment, whichever is given."""
        if not self._owns(actor, issue, worklog.author, "WORKLOGS", "EDIT"):
            raise invalid("You do not have permission to edit this worklog.")
        comment = payload.get("comment", worklog.comment)
        if comment is not None and (complaint := adf.complaint(comment)):
            raise invalid(comment=complaint)
        before = worklog.seconds
        if payload.keys() & {"timeSpent", "timeSpentSeconds"}:
            worklog.seconds = _seconds_spent(payload)
        worklog.started = self._started(payload, worklog.started)
        worklog.comment, worklog.updated, worklog.update_author = comment, self.now(), actor
        if worklog.seconds != before:
            self._track(actor, issue, worklog.seconds - before)
        self.announce("worklog_updated", actor, issue, worklog=worklog)

    def delete_worklog(self, actor: str, issue: Issue, worklog: Worklog) -> None:
        if not self._owns(actor, issue, worklog.author, "WORKLOGS", "DELETE"):
            raise invalid("You do not have permission to delete this worklog.")
        issue.worklogs.remove(worklog)
        self._track(actor, issue, -worklog.seconds)
        self.announce("worklog_deleted", actor, issue, worklog=worklog)

    def add_attachment(self, actor: str, issue: Issue, filename: str, mime_type: str, content: bytes) -> Attachment:
        """Attaches one file. 404 when attachments are off, 413 when it is too large or there are too many."""
        if not self.attachments_enabled:
            raise missing("Attachments are disabled.")
        if not self.may(actor, "CREATE_ATTACHMENTS", self.project_of(issue)):
            raise forbidden("You do not have permission to create attachments for this issue.")
        check_room("attachments", len(issue.attachments), self.issue_limits["attachments"])
        if len(content) > self.attachment_limit:
            raise JiraError(413, f"The file {filename} is larger than the limit of {self.attachment_limit} bytes.")
        number = str(self.next_number("attachment"))
        attachment = Attachment(number, issue.id, filename, mime_type, content, actor, self.now())
        issue.attachments.append(attachment)
        self.attachments[number] = attachment
        self._attachment_change(actor, issue, None, attachment)
        return attachment

    def delete_attachment(self, actor: str, attachment: Attachment) -> None:
        issue = self.issues[attachment.issue_id]
        if attachment.author != actor and not self.may(actor, "DELETE_ALL_ATTACHMENTS", self.project_of(issue)):
            raise forbidden("You do not have permission to delete this attachment.")
        issue.attachments.remove(attachment)
        del self.attachments[attachment.id]
        self._attachment_change(actor, issue, attachment, None)

    def _attachment_change(self, actor: str, issue: Issue, before: Attachment | None, after: Attachment | None) -> None:
        item = ChangeItem(
            "Attachment",
            "jira",
            "attachment",
            before.id if before else None,
            before.filename if before else None,
            after.id if after else None,
            after.filename if after else None,
        )
        change = Change(str(self.next_number("change")), actor, self.now(), (item,))
        self.change(issue, change)
        self.announce("jira:issue_updated", actor, issue, type_name="issue_updated", change=change)
        event = "attachment_created" if after else "attachment_deleted"
        self.announce(event, actor, issue, attachment=after or before)

    def _check_comment(self, actor: str, issue: Issue, body: Any) -> None:
        if not self.may(actor, "ADD_COMMENTS", self.project_of(issue)):
            name = self.user(actor).name
            raise invalid(comment=f"{name}, you do not have the permission to comment on this issue.")
        complaint = adf.complaint(body)
        if complaint:
            raise invalid(comment=complaint)
        if not adf.text_of(body):
            raise invalid(comment="Comment body can not be empty!")

    def _check_comment_editor(self, actor: str, issue: Issue, comment: Comment) -> None:
        if not self._owns(actor, issue, comment.author, "COMMENTS", "EDIT"):
            raise invalid("You do not have permission to edit this comment.")

    def _owns(self, actor: str, issue: Issue, author: str, what: str, verb: str) -> bool:
        project = self.project_of(issue)
        own_is_enough = author == actor and (what != "COMMENTS" or self.may(actor, f"{verb}_OWN_COMMENTS", project))
        return own_is_enough or self.may(actor, f"{verb}_ALL_{what}", project)

    def _started(self, payload: dict[str, Any], now: datetime) -> datetime:
        if "started" not in payload:
            return now
        try:
            started = accept(self, self.fields["created"], payload["started"], None)
        except ValueRefused as refused:
            raise invalid(started=str(refused)) from refused
        assert isinstance(started, datetime)
        return started

    def _track(self, actor: str, issue: Issue, seconds: int) -> None:
        """Time spent goes up, the remaining estimate down by as much."""
        before = issue.fields.get("timetracking", {})
        remaining = max(before.get("remainingEstimateSeconds", before.get("originalEstimateSeconds", 0)) - seconds, 0)
        spent = max(before.get("timeSpentSeconds", 0) + seconds, 0)
        tracking = {**before, "timeSpentSeconds": spent, "remainingEstimateSeconds": remaining}
        issue.fields = {**issue.fields, "timetracking": tracking}
        text = str(before.get("timeSpentSeconds", 0))
        item = ChangeItem("timespent", "jira", "timespent", text, text, str(spent), str(spent))
        change = Change(str(self.next_number("change")), actor, self.now(), (item,))
        self.change(issue, change)
        self.announce("jira:issue_updated", actor, issue, type_name="issue_work_logged", change=change)


def _seconds_spent(payload: dict[str, Any]) -> int:
    if ("timeSpent" in payload) == ("timeSpentSeconds" in payload):
        raise invalid(timeLogged="You must specify exactly one of timeSpent and timeSpentSeconds.")
    if "timeSpent" in payload:
        try:
            return seconds_of(str(payload["timeSpent"]))
        except ValueRefused as refused:
            raise invalid(timeLogged=str(refused)) from refused
    seconds = payload["timeSpentSeconds"]
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
        raise invalid(timeLogged="You must indicate the time spent working.")
    return seconds
