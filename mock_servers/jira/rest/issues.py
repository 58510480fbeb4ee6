"""Creating, reading, editing, moving and deleting issues (contract jira-rest, section 2)."""

from typing import Any

from mock_servers.jira.exceptions import JiraError, malformed, problem
from mock_servers.jira.issues import Issue
from mock_servers.jira.projects import IssueType
from mock_servers.jira.rest.routing import Answer, Call, Route, listed, texts
from mock_servers.jira.wire import Selection

BULK_LIMIT = 50
FETCH_LIMIT = 100
META_LIMIT = 200


def create_issue(call: Call) -> Answer:
    issue = call.site.create_issue(call.actor, call.body)
    return Answer(201, _created(call, issue, call.body))


def create_issues(call: Call) -> Answer:
    """201 when any succeeded, 400 of the same shape when all failed."""
    updates = listed(call.body.get("issueUpdates"), "At least one issue must be given in 'issueUpdates'.")
    if len(updates) > BULK_LIMIT:
        raise malformed(f"The maximum number of issues that can be created at once is {BULK_LIMIT}.")
    created: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for number, update in enumerate(updates):
        try:
            payload = update if isinstance(update, dict) else {}
            issue = call.site.create_issue(call.actor, payload, flow="Secondary")
            created.append(_created(call, issue, payload))
        except JiraError as refused:
            errors.append(
                {
                    "status": refused.status,
                    "elementErrors": {"errorMessages": list(refused.messages), "errors": refused.errors},
                    "failedElementNumber": number,
                }
            )
    return Answer(201 if created else 400, {"issues": created, "errors": errors}, points=len(updates))


def _created(call: Call, issue: Issue, payload: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": issue.id, "key": issue.key, "self": f"{call.wire.root}/issue/{issue.id}"}
    if isinstance(payload.get("transition"), dict):
        shown["transition"] = _moved_at_once(call, issue, payload["transition"])
    return shown


def _moved_at_once(call: Call, issue: Issue, transition: dict[str, Any]) -> dict[str, Any]:
    """The outcome of the transition of a create request; the issue exists either way."""
    try:
        call.site.transition_issue(call.actor, issue, {"transition": transition})
    except JiraError as refused:
        collection = {"errorMessages": list(refused.messages), "errors": refused.errors}
        return {"status": refused.status, "errorCollection": collection}
    return {"status": 200, "errorCollection": {"errorMessages": [], "errors": {}}}


def get_issue(call: Call, key: str) -> Answer:
    issue = call.issue(key)
    selection = call.selection()
    return Answer(200, shown_issue(call, issue, selection), points=2)


def shown_issue(call: Call, issue: Issue, selection: Selection) -> dict[str, Any]:
    """An issue with what `expand` asks for."""
    wire = call.wire
    shown = wire.issue(issue, selection)
    if "names" in selection.expand:
        shown["names"] = wire.names(wire.selected(selection))
    if "schema" in selection.expand:
        shown["schema"] = wire.schemas(wire.selected(selection))
    if "editmeta" in selection.expand:
        shown["editmeta"] = {"fields": wire.edit_fields(issue)}
    if "transitions" in selection.expand:
        shown["transitions"] = _transitions(call, issue, with_fields="transitions.fields" in selection.expand)
    if "changelog" in selection.expand:
        histories = [wire.change(change) for change in reversed(issue.history)]
        shown["changelog"] = {
            "startAt": 0,
            "maxResults": len(histories),
            "total": len(histories),
            "histories": histories,
        }
    return shown


def fetch_issues(call: Call) -> Answer:
    """Bulk fetch: in ascending order of id, those that cannot be seen reported apart."""
    body = call.closed_body("issueIdsOrKeys", "fields", "expand", "properties", "fieldsByKeys")
    wanted = [
        str(item) for item in listed(body.get("issueIdsOrKeys"), "'issueIdsOrKeys' must name at least one issue.")
    ]
    if len(wanted) > FETCH_LIMIT:
        raise malformed(f"The number of issues that can be fetched at once is limited to {FETCH_LIMIT}.")
    selection = Selection.of(
        texts(body.get("fields")) or ["*navigable"], texts(body.get("properties")), texts(body.get("expand"))
    )
    found: dict[int, Issue] = {}
    errors = []
    for id_or_key in wanted:
        try:
            issue = call.issue(id_or_key)
            found[int(issue.id)] = issue
        except JiraError as refused:
            errors.append({"id": id_or_key, "errorMessage": refused.messages[0]})
    shown = [shown_issue(call, found[number], selection) for number in sorted(found)]
    return Answer(200, {"expand": "schema,names", "issues": shown, "issueErrors": errors}, points=1 + len(shown))


def edit_issue(call: Call, key: str) -> Answer:
    issue = call.issue_to_write(key)
    if not call.flag("notifyUsers", True) and not call.site.may(
        call.actor, "ADMINISTER_PROJECTS", call.site.project_of(issue)
    ):
        raise malformed("You do not have permission to suppress notifications.")
    call.site.edit_issue(call.actor, issue, call.body)
    if call.flag("returnIssue"):
        return Answer(200, shown_issue(call, issue, Selection.of(["*all"])))
    return Answer(204)


def delete_issue(call: Call, key: str) -> Answer:
    issue = call.issue_to_write(key)
    call.site.delete_issue(call.actor, issue, with_subtasks=call.flag("deleteSubtasks"))
    return Answer(204)


def assign_issue(call: Call, key: str) -> Answer:
    issue = call.issue_to_write(key)
    call.site.edit_issue(call.actor, issue, {"fields": {"assignee": call.body}})
    return Answer(204)


def get_transitions(call: Call, key: str) -> Answer:
    issue = call.issue(key)
    with_fields = "transitions.fields" in call.words("expand")
    shown = _transitions(call, issue, with_fields=with_fields, all_of_them=call.flag("includeUnavailableTransitions"))
    only = call.text("transitionId")
    if only is not None:
        shown = [transition for transition in shown if transition["id"] == only]
    return Answer(200, {"expand": "transitions", "transitions": shown})


def _transitions(call: Call, issue: Issue, *, with_fields: bool, all_of_them: bool = False) -> list[dict[str, Any]]:
    available = call.site.available_transitions(call.actor, issue)
    return [
        call.wire.transition(transition, issue, with_fields=with_fields, available=transition in available)
        for transition in (call.site.transitions_from(issue) if all_of_them else available)
    ]


def do_transition(call: Call, key: str) -> Answer:
    issue = call.issue_to_write(key)
    call.site.transition_issue(call.actor, issue, call.body)
    return Answer(204)


def get_changelog(call: Call, key: str) -> Answer:
    """Oldest first."""
    return Answer(200, call.page(call.issue(key).history, call.wire.change, default=100))


def get_changes_by_ids(call: Call, key: str) -> Answer:
    """Those of the ids that are in the issue's history."""
    history = call.issue(key).history
    wanted = {str(number) for number in listed(call.body.get("changelogIds"), "'changelogIds' must not be empty.")}
    found = [call.wire.change(change) for change in history if change.id in wanted]
    return Answer(200, {"startAt": 0, "maxResults": len(found), "total": len(found), "histories": found})


def get_edit_meta(call: Call, key: str) -> Answer:
    return Answer(200, {"fields": call.wire.edit_fields(call.issue(key))})


def get_create_types(call: Call, project: str) -> Answer:
    kinds = _creatable(call, project)
    start, count = _meta_page(call)
    shown = [call.wire.issue_type(kind) for kind in kinds[start : start + count]]
    return Answer(200, {"startAt": start, "maxResults": count, "total": len(kinds), "issueTypes": shown})


def get_create_fields(call: Call, project: str, kind: str) -> Answer:
    found = next((candidate for candidate in _creatable(call, project) if candidate.id == kind), None)
    if found is None:
        raise malformed("The issue type does not exist in this project, or you cannot create issues of it.")
    fields = call.wire.create_fields(call.site.visible_project(call.actor, project), found)
    start, count = _meta_page(call)
    page = {"startAt": start, "maxResults": count, "total": len(fields), "fields": fields[start : start + count]}
    return Answer(200, page)


def _creatable(call: Call, project: str) -> list[IssueType]:
    found = call.site.find_project(project)
    if found is None or not call.site.may(call.actor, "CREATE_ISSUES", found):
        raise JiraError(400, f"The project '{project}' does not exist or you cannot create issues in it.")
    return [call.site.issue_types[number] for number in found.issue_types]


def _meta_page(call: Call) -> tuple[int, int]:
    count = call.number("maxResults", 50)
    if count > META_LIMIT:
        detail = f"The maximum value of 'maxResults' is {META_LIMIT}."
        raise problem(400, "Bad Request", detail, call.request.path)
    return call.number("startAt", 0), count


ROUTES = (
    Route("POST", "/issue", create_issue, "WRITE"),
    Route("POST", "/issue/bulk", create_issues, "WRITE"),
    Route("POST", "/issue/bulkfetch", fetch_issues, "WRITE"),
    Route("GET", "/issue/createmeta/<project>/issuetypes", get_create_types, "READ"),
    Route("GET", "/issue/createmeta/<project>/issuetypes/<kind>", get_create_fields, "READ"),
    Route("GET", "/issue/<key>", get_issue, "READ"),
    Route("PUT", "/issue/<key>", edit_issue, "WRITE"),
    Route("DELETE", "/issue/<key>", delete_issue, "DELETE"),
    Route("PUT", "/issue/<key>/assignee", assign_issue, "WRITE"),
    Route("GET", "/issue/<key>/transitions", get_transitions, "READ"),
    Route("POST", "/issue/<key>/transitions", do_transition, "WRITE"),
    Route("GET", "/issue/<key>/changelog", get_changelog, "READ"),
    Route("POST", "/issue/<key>/changelog/list", get_changes_by_ids, "WRITE"),
    Route("GET", "/issue/<key>/editmeta", get_edit_meta, "READ"),
)
