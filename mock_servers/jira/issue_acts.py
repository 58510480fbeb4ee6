"""What people do with issues; see `acts` for the words."""

from collections.abc import Callable
from typing import Any

from mock_servers.harness import ControlRefused
from mock_servers.jira import adf
from mock_servers.jira.acting import Json, Order, issue_of, person, project_of, user_called, wanted
from mock_servers.jira.issues import Comment, Issue, Worklog
from mock_servers.jira.models import JiraSite
from mock_servers.jira.state import issue_row


def create(site: JiraSite, order: Order) -> Json:
    fields = {
        "project": {"key": wanted(order, "project")},
        "issuetype": {"name": order.get("issue_type", "Task")},
        "summary": wanted(order, "summary"),
        **order.get("fields", {}),
    }
    return issue_row(site, site.create_issue(person(site, order).account_id, {"fields": fields}))


def edit(site: JiraSite, order: Order) -> Json:
    issue, fields = issue_of(site, order), dict(order.get("fields", {}))
    if "summary" in order:
        fields["summary"] = order["summary"]
    if "description" in order:
        fields["description"] = adf.document(str(order["description"]))
    site.edit_issue(person(site, order).account_id, issue, {"fields": fields})
    return issue_row(site, issue)


def assign(site: JiraSite, order: Order) -> Json:
    issue, named = issue_of(site, order), order.get("to")
    assignee = {"accountId": user_called(site, str(named)).account_id} if named else None
    site.edit_issue(person(site, order).account_id, issue, {"fields": {"assignee": assignee}})
    return issue_row(site, issue)


def transition(site: JiraSite, order: Order) -> Json:
    issue, actor = issue_of(site, order), person(site, order)
    available = site.available_transitions(actor.account_id, issue)
    named, to = str(order.get("transition")), order.get("to")
    for one in available:
        if named in (one.id, one.name) or to == site.statuses[one.target].name:
            payload: dict[str, Any] = {"transition": {"id": one.id}, "fields": order.get("fields", {})}
            if "text" in order:
                payload["update"] = {"comment": [{"add": {"body": adf.document(str(order["text"]))}}]}
            site.transition_issue(actor.account_id, issue, payload)
            return issue_row(site, issue)
    names = ", ".join(one.name for one in available) or "none"
    raise ControlRefused(f"{issue.key} cannot take that transition now; available to {actor.name}: {names}.")


def move(site: JiraSite, order: Order) -> Json:
    issue, project = issue_of(site, order), project_of(site, order)
    kind = next((k for k in site.issue_types.values() if k.name == order.get("issue_type")), None)
    site.move_issue(person(site, order, "Ada").account_id, issue, project, kind)
    return issue_row(site, issue)


def delete(site: JiraSite, order: Order) -> Json:
    issue = issue_of(site, order)
    row = issue_row(site, issue)
    site.delete_issue(person(site, order, "Ada").account_id, issue, with_subtasks=True)
    return row


def link(site: JiraSite, order: Order) -> Json:
    issue, other = issue_of(site, order), issue_of(site, order, "to")
    kind = site.find_link_type({"name": order.get("type", "Relates")})
    site.link_issues(person(site, order).account_id, kind, issue, other)
    return issue_row(site, issue)


def unlink(site: JiraSite, order: Order) -> Json:
    issue, other = issue_of(site, order), issue_of(site, order, "to")
    found = [one for one in issue.links if other.id in (one.source, one.target)]
    if not found:
        raise ControlRefused(f"{issue.key} and {other.key} are not linked.")
    for one in found:
        site.unlink(person(site, order).account_id, one)
    return issue_row(site, issue)


def comment(site: JiraSite, order: Order) -> Json:
    issue = issue_of(site, order)
    site.add_comment(person(site, order).account_id, issue, adf.document(str(wanted(order, "text"))))
    return issue_row(site, issue)


def edit_comment(site: JiraSite, order: Order) -> Json:
    issue = issue_of(site, order)
    body = adf.document(str(wanted(order, "text")))
    site.edit_comment(person(site, order).account_id, issue, _comment(issue, order), body)
    return issue_row(site, issue)


def delete_comment(site: JiraSite, order: Order) -> Json:
    issue = issue_of(site, order)
    site.delete_comment(person(site, order).account_id, issue, _comment(issue, order))
    return issue_row(site, issue)


def log_work(site: JiraSite, order: Order) -> Json:
    issue = issue_of(site, order)
    site.add_worklog(person(site, order).account_id, issue, _work(order))
    return issue_row(site, issue)


def edit_work(site: JiraSite, order: Order) -> Json:
    issue = issue_of(site, order)
    changes = _work({**order, "seconds": order.get("seconds", _worklog(issue, order).seconds)})
    site.edit_worklog(person(site, order).account_id, issue, _worklog(issue, order), changes)
    return issue_row(site, issue)


def delete_work(site: JiraSite, order: Order) -> Json:
    issue = issue_of(site, order)
    site.delete_worklog(person(site, order).account_id, issue, _worklog(issue, order))
    return issue_row(site, issue)


def _work(order: Order) -> dict[str, Any]:
    spent = {"timeSpent": order["time"]} if "time" in order else {"timeSpentSeconds": wanted(order, "seconds")}
    started = {"started": order["started"]} if "started" in order else {}
    said = {"comment": adf.document(str(order["text"]))} if "text" in order else {}
    return {**spent, **started, **said}


def _comment(issue: Issue, order: Order) -> Comment:
    named = str(order.get("id") or (issue.comments[-1].id if issue.comments else ""))
    found = next((one for one in issue.comments if one.id == named), None)
    if found is None:
        raise ControlRefused(f"{issue.key} has no comment {named}.")
    return found


def _worklog(issue: Issue, order: Order) -> Worklog:
    named = str(order.get("id") or (issue.worklogs[-1].id if issue.worklogs else ""))
    found = next((one for one in issue.worklogs if one.id == named), None)
    if found is None:
        raise ControlRefused(f"{issue.key} has no worklog {named}.")
    return found


ACTIONS: dict[str, Callable[[JiraSite, Order], Json]] = {
    "create": create,
    "edit": edit,
    "assign": assign,
    "transition": transition,
    "move": move,
    "delete": delete,
    "link": link,
    "unlink": unlink,
    "comment": comment,
    "edit_comment": edit_comment,
    "delete_comment": delete_comment,
    "log_work": log_work,
    "edit_work": edit_work,
    "delete_work": delete_work,
}
