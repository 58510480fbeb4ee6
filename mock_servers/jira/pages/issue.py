"""An issue as people see and change it, with the panels of installed apps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from werkzeug.exceptions import Forbidden
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from mock_servers.jira import adf
from mock_servers.jira.connect.frames import Frame, frames
from mock_servers.jira.exceptions import JiraError, invalid
from mock_servers.jira.fields import Field
from mock_servers.jira.issues import Issue
from mock_servers.jira.models import JiraSite
from mock_servers.jira.pages.adf_text import document_of, lines_of
from mock_servers.jira.pages.board import project_pages
from mock_servers.jira.pages.rendering import day, instant, page
from mock_servers.jira.pages.visit import Visit
from mock_servers.jira.projects import LinkType, Project
from mock_servers.jira.values import words
from mock_servers.jira.workflow import Transition

Form = dict[str, str]
LEFT = "atl.jira.view.issue.left.context"
_LOOKS = {"inprogress": "blue", "success": "green", "moved": "yellow", "removed": "red", "new": "purple"}
_TYPED = frozenset({"text", "url", "number", "date", "document"})
_LAST = ("assignee", "reporter", "priority", "labels", "duedate")
_SHOWN_APART = frozenset({"summary", "description", "issuetype", *_LAST})


@dataclass(frozen=True, slots=True)
class Detail:
    """One field as it is shown: `kind` lets the page align numbers and set links; `document` is for long text."""

    name: str
    kind: str
    text: str
    document: dict[str, Any] | None = None


def show(visit: Visit, key: str, *, trouble: str = "", status: int = 200) -> Response:
    """The issue view; a project key leads to its board. `trouble` tells why a change was refused."""
    project = visit.site.find_project(key)
    if project is not None:
        return redirect(f"/jira/core/projects/{project.key}/board")
    issue = visit.site.visible_issue(visit.account_id, key)
    project = visit.site.project_of(issue)
    transitions = visit.site.available_transitions(visit.account_id, issue) if visit.account_id else []
    return page(
        visit,
        "issue.html",
        title=f"[{issue.key}] {issue.fields['summary']}",
        status=status,
        trouble=trouble,
        issue=issue,
        project=project,
        project_pages=project_pages(visit, project),
        kind=visit.site.issue_types[issue.issue_type_id],
        issue_status=visit.site.statuses[issue.status_id],
        transitions=transitions,
        asked=_asked(visit, transitions),
        asked_fields=_asked_fields(visit.site, _asked(visit, transitions)),
        details=details(visit.site, issue),
        description_text=lines_of(issue.fields.get("description")),
        may_edit=visit.site.may(visit.account_id, "EDIT_ISSUES", project),
        may_comment=visit.site.may(visit.account_id, "ADD_COMMENTS", project),
        may_log_work=visit.site.may(visit.account_id, "WORK_ON_ISSUES", project),
        may_link=visit.site.linking_enabled and visit.site.may(visit.account_id, "LINK_ISSUES", project),
        linked=linked_issues(visit, issue),
        phrases=[phrase for kind in visit.site.link_types.values() for phrase in _phrases(kind)],
        editing=visit.request.args.get("edit") == "description",
        tab=visit.request.args.get("tab", "comments"),
        status_of=partial(_status_of, issue),
        **_app_frames(visit, issue, project),
    )


def change(visit: Visit, key: str, what: str) -> Response:
    """Carries out a form of the issue view as its reader, by the rules of REST; a refusal is shown on the page."""
    actor = visit.account_id
    if actor is None:
        raise Forbidden("Log in to change issues.")
    issue = visit.site.visible_issue(actor, key)
    try:
        CHANGES[what](visit.site, actor, issue, dict(visit.request.form))
    except JiraError as refused:
        return show(visit, key, trouble=str(refused), status=refused.status)
    return redirect(f"/browse/{issue.key}{'?tab=worklog' if what == 'worklog' else ''}", 303)


def linked_issues(visit: Visit, issue: Issue) -> list[tuple[str, Issue]]:
    """The issues that this one is linked to and the reader may see, each with how it reads from here."""
    found = []
    for link in issue.links:
        kind, outward = visit.site.link_types[link.type_id], link.source == issue.id
        other = visit.site.issues[link.target if outward else link.source]
        if visit.site.may(visit.account_id, "BROWSE_PROJECTS", visit.site.project_of(other)):
            found.append((kind.outward if outward else kind.inward, other))
    return sorted(found, key=lambda pair: (pair[0], int(pair[1].id)))


def details(site: JiraSite, issue: Issue) -> list[Detail]:
    """The filled fields, custom ones in the order of their numbers, then the usual ones of the issue."""
    present = [site.fields[field_id] for field_id in issue.fields if field_id in site.fields]
    custom = sorted((field for field in present if field.custom), key=lambda field: field.number)
    usual = [site.fields[field_id] for field_id in _LAST if field_id in site.fields]
    rest = [field for field in present if field.orderable and not field.custom and field.id not in _SHOWN_APART]
    shown = [_detail(site, issue, field) for field in [*custom, *rest]]
    shown += [_detail(site, issue, field) for field in usual]
    return [detail for detail in shown if detail.text or detail.document]


def _detail(site: JiraSite, issue: Issue, field: Field) -> Detail:
    stored = issue.fields.get(field.id)
    if stored is None:
        return Detail(field.name, field.kind, "None" if field.id in ("assignee", "labels") else "")
    if field.kind == "document":
        return Detail(field.name, field.kind, "", stored)
    if field.kind == "number":
        return Detail(field.name, field.kind, f"{stored:,.2f}" if stored % 1 else f"{stored:,.0f}")
    if field.kind == "date":
        return Detail(field.name, field.kind, day(stored))
    if field.kind == "instant":
        return Detail(field.name, field.kind, instant(stored, site.time_zone))
    return Detail(field.name, field.kind, words(site, field, stored) or "")


def _asked(visit: Visit, transitions: list[Transition]) -> Transition | None:
    """The transition whose screen is to be filled in before it is taken."""
    wanted = visit.request.args.get("transition")
    return next((transition for transition in transitions if transition.id == wanted), None)


def _asked_fields(site: JiraSite, asked: Transition | None) -> list[Field]:
    """The fields that a transition's screen asks for, but for the resolution, which is chosen from a list."""
    screen = site.screens.get(asked.screen_id) if asked and asked.screen_id else None
    ids = screen.field_ids() if screen else []
    return [site.fields[number] for number in ids if number in site.fields and site.fields[number].kind in _TYPED]


def _comment(site: JiraSite, actor: str, issue: Issue, form: Form) -> None:
    site.add_comment(actor, issue, _document(form["text"]))


def _describe(site: JiraSite, actor: str, issue: Issue, form: Form) -> None:
    site.edit_issue(actor, issue, {"fields": {"description": document_of(form["text"])}})


def _log_work(site: JiraSite, actor: str, issue: Issue, form: Form) -> None:
    said = {"comment": _document(form["text"])} if form.get("text", "").strip() else {}
    site.add_worklog(actor, issue, {"timeSpent": form["time"], **said})


def _link(site: JiraSite, actor: str, issue: Issue, form: Form) -> None:
    """The phrase says the type and which of the two issues is its source."""
    other = site.visible_issue(actor, form["other"].strip())
    for kind in site.link_types.values():
        if form["phrase"] in _phrases(kind):
            ends = (issue, other) if form["phrase"] == kind.outward else (other, issue)
            site.link_issues(actor, kind, *ends)
            return
    raise invalid(f"No issue link type reads '{form['phrase']}'.")


def _phrases(kind: LinkType) -> list[str]:
    return list(dict.fromkeys([kind.outward, kind.inward]))


def _transition(site: JiraSite, actor: str, issue: Issue, form: Form) -> None:
    """With what its screen asked for; a text or number as it was typed, a document as its lines."""
    payload: dict[str, Any] = {"transition": {"id": form.get("transition", "")}}
    fields: dict[str, Any] = {"resolution": {"id": form["resolution"]}} if form.get("resolution") else {}
    for name, text in form.items():
        field = site.fields.get(name.removeprefix("field."))
        if name.startswith("field.") and field is not None and text.strip():
            fields[field.id] = _typed(field, text)
    if fields:
        payload["fields"] = fields
    if form.get("text", "").strip():
        payload["update"] = {"comment": [{"add": {"body": _document(form["text"])}}]}
    site.transition_issue(actor, issue, payload)


def _typed(field: Field, text: str) -> Any:
    if field.kind == "document":
        return _document(text)
    return float(text) if field.kind == "number" and text.replace(".", "", 1).isdecimal() else text


def _document(text: str) -> dict[str, Any]:
    return adf.document(text.replace("\r\n", "\n"))


CHANGES: dict[str, Callable[[JiraSite, str, Issue, Form], None]] = {
    "comment": _comment,
    "description": _describe,
    "worklog": _log_work,
    "link": _link,
    "transition": _transition,
}


def _status_of(issue: Issue, frame: Frame) -> dict[str, str] | None:
    """What an app shows beside the name of its context or glance: `look` and `text`, told by an issue property."""
    told = issue.properties.get(f"com.atlassian.jira.issue:{frame.app.key}:{frame.module['key']}:status")
    if not isinstance(told, dict) or not isinstance(told.get("value"), dict):
        return None
    value = told["value"]
    if told.get("type") == "lozenge":
        return {"look": _LOOKS.get(value.get("type", ""), "neutral"), "text": str(value.get("label", ""))}
    return {"look": "count", "text": str(value["label"])} if told.get("type") == "badge" and "label" in value else None


def _app_frames(visit: Visit, issue: Issue, project: Project) -> dict[str, list[Frame]]:
    place, now = visit.place(project, issue), visit.mock.token_time()
    panels = frames(place, visit.origin, now, "webPanels")
    beside = [frame for frame in panels if frame.module["location"] != LEFT]
    contexts = frames(place, visit.origin, now, "jiraIssueContexts") or frames(
        place, visit.origin, now, "jiraIssueGlances"
    )
    return {
        "contents": frames(place, visit.origin, now, "jiraIssueContents"),
        "left_panels": [frame for frame in panels if frame.module["location"] == LEFT],
        "right_panels": [*_one_per_app(contexts), *beside],
    }


def _one_per_app(contexts: list[Frame]) -> list[Frame]:
    """Jira shows one issue context of each app (contract jira-connect, section 1)."""
    return list({frame.app.key: frame for frame in reversed(contexts)}.values())[::-1]
