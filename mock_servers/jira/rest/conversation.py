"""Worklogs and attachments of an issue."""

from werkzeug.wrappers import Response

from mock_servers.jira.exceptions import JiraError, forbidden, missing, problem
from mock_servers.jira.issues import Attachment, Issue, Worklog
from mock_servers.jira.rest.routing import Answer, Call, Route

FILES_AT_ONCE = 60


def get_worklogs(call: Call, key: str) -> Answer:
    """In the order in which they were logged; `startedAfter` and `startedBefore` are milliseconds."""
    issue = call.issue(key)
    after, before = call.number("startedAfter", 0), call.number("startedBefore", 0)
    found = [
        worklog
        for worklog in issue.worklogs
        if _milliseconds(worklog) > after and (not before or _milliseconds(worklog) < before)
    ]
    bean = call.page(found, lambda worklog: call.wire.worklog(worklog, issue), cap=5000, default=5000)
    return Answer(200, {name: bean[name] for name in ("startAt", "maxResults", "total")} | {"worklogs": bean["values"]})


def get_worklog(call: Call, key: str, number: str) -> Answer:
    issue = call.issue(key)
    return Answer(200, call.wire.worklog(_worklog(call, issue, number), issue))


def add_worklog(call: Call, key: str) -> Answer:
    issue = call.issue_to_write(key)
    worklog = call.site.add_worklog(call.actor, issue, call.body)
    return Answer(201, call.wire.worklog(worklog, issue))


def edit_worklog(call: Call, key: str, number: str) -> Answer:
    issue = call.issue_to_write(key)
    worklog = _worklog(call, issue, number)
    call.site.edit_worklog(call.actor, issue, worklog, call.body)
    return Answer(200, call.wire.worklog(worklog, issue))


def delete_worklog(call: Call, key: str, number: str) -> Answer:
    issue = call.issue_to_write(key)
    call.site.delete_worklog(call.actor, issue, _worklog(call, issue, number))
    return Answer(204)


def _milliseconds(worklog: Worklog) -> int:
    return int(worklog.started.timestamp() * 1000)


def _worklog(call: Call, issue: Issue, number: str) -> Worklog:
    worklog = call.site.find_worklog(issue, number)
    if worklog is None:
        raise missing(f"Cannot find worklog with id: '{number}'.")
    return worklog


def add_attachments(call: Call, key: str) -> Answer:
    """A multipart form with parts named `file`. The header against forged forms is demanded first."""
    if call.request.headers.get("X-Atlassian-Token") != "no-check":
        raise JiraError(403, "XSRF check failed")
    if call.request.mimetype != "multipart/form-data":
        raise problem(415, "Unsupported Media Type", "A multipart form is expected.", call.request.path)
    issue = call.issue_to_write(key)
    files = call.request.files.getlist("file")
    if not files:
        raise JiraError(400, "No file was sent: name the part of the form 'file'.")
    if len(files) > FILES_AT_ONCE:
        raise JiraError(413, f"No more than {FILES_AT_ONCE} files can be attached at once.")
    contents = [(part.filename or "file", part.mimetype or "application/octet-stream", part.read()) for part in files]
    added = [call.site.add_attachment(call.actor, issue, *content) for content in contents]
    return Answer(200, [call.wire.attachment(attachment) for attachment in added])


def get_attachment_meta(call: Call) -> Answer:
    return Answer(200, {"enabled": call.site.attachments_enabled, "uploadLimit": call.site.attachment_limit})


def get_attachment(call: Call, number: str) -> Answer:
    return Answer(200, call.wire.attachment(_attachment(call, number)) | {"id": int(number)})


def get_attachment_content(call: Call, number: str) -> Answer:
    attachment = _attachment(call, number)
    return Answer(200, raw=Response(attachment.content, mimetype=attachment.mime_type))


def delete_attachment(call: Call, number: str) -> Answer:
    call.site.delete_attachment(call.actor, _attachment(call, number))
    return Answer(204)


def _attachment(call: Call, number: str) -> Attachment:
    attachment = call.site.attachments.get(number)
    if attachment is None:
        raise missing(f"The attachment with id '{number}' does not exist")
    if not call.site.may(call.actor, "BROWSE_PROJECTS", call.site.project_of(call.site.issues[attachment.issue_id])):
        raise forbidden("You do not have permission to view this attachment.")
    return attachment


ROUTES = (
    Route("GET", "/issue/<key>/worklog", get_worklogs, "READ"),
    Route("POST", "/issue/<key>/worklog", add_worklog, "WRITE"),
    Route("GET", "/issue/<key>/worklog/<number>", get_worklog, "READ"),
    Route("PUT", "/issue/<key>/worklog/<number>", edit_worklog, "WRITE"),
    Route("DELETE", "/issue/<key>/worklog/<number>", delete_worklog, "DELETE"),
    Route("POST", "/issue/<key>/attachments", add_attachments, "WRITE"),
    Route("GET", "/attachment/meta", get_attachment_meta, "READ"),
    Route("GET", "/attachment/<number>", get_attachment, "READ"),
    Route("DELETE", "/attachment/<number>", delete_attachment, "DELETE"),
    Route("GET", "/attachment/content/<number>", get_attachment_content, "READ"),
)
