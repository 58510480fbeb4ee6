"""What an act on the mock Jira names: the person who acts, an issue, a field, a project, in words or by id."""

from typing import Any

from mock_servers.harness import ControlRefused
from mock_servers.jira.fields import Field
from mock_servers.jira.issues import Issue
from mock_servers.jira.models import JiraSite
from mock_servers.jira.projects import Component, Project
from mock_servers.jira.users import User
from mock_servers.jira.workflow import Status, Transition, Workflow

Order = dict[str, Any]
Json = dict[str, Any]


def wanted(order: Order, name: str) -> Any:
    """A field that the order must have. ControlRefused without it, as all of these."""
    if order.get(name) in (None, ""):
        raise ControlRefused(f"This action needs {name!r}.")
    return order[name]


def user_called(site: JiraSite, named: str) -> User:
    """By first name, name, e-mail or account id."""
    for user in site.users.values():
        names = (user.email, user.name, user.name.split()[0], user.account_id)
        if named.casefold() in {name.casefold() for name in names}:
            return user
    raise ControlRefused(f"There is no user {named}.")


def person(site: JiraSite, order: Order, default: str = "Nora") -> User:
    """Who acts: `as`, else the default."""
    return user_called(site, str(order.get("as", default)))


def issue_of(site: JiraSite, order: Order, name: str = "key") -> Issue:
    issue = site.find_issue(str(wanted(order, name)))
    if issue is None:
        raise ControlRefused(f"There is no issue {order[name]}.")
    return issue


def field_of(site: JiraSite, order: Order) -> Field:
    named = str(wanted(order, "field"))
    field = site.fields.get(named) or next((f for f in site.fields.values() if f.name == named), None)
    if field is None:
        raise ControlRefused(f"There is no field {named}.")
    return field


def project_of(site: JiraSite, order: Order, name: str = "project") -> Project:
    project = site.find_project(str(wanted(order, name)))
    if project is None:
        raise ControlRefused(f"There is no project {order[name]}.")
    return project


def component_of(site: JiraSite, order: Order) -> Component:
    named = str(wanted(order, "name"))
    found = next((one for one in site.components_of(project_of(site, order)) if named in (one.id, one.name)), None)
    if found is None:
        raise ControlRefused(f"There is no component {named} in {order['project']}.")
    return found


def workflow_of(site: JiraSite, order: Order) -> Workflow:
    """The workflow of a project's issue type; other types and projects may share it."""
    project, named = project_of(site, order), str(order.get("issue_type", "Invoice"))
    for number in project.issue_types:
        if named in (number, site.issue_types[number].name):
            return project.workflows[number]
    raise ControlRefused(f"There is no issue type {named} in {project.key}.")


def transition_of(workflow: Workflow, order: Order) -> Transition:
    named = str(wanted(order, "transition"))
    found = next((one for one in workflow.transitions if named in (one.id, one.name)), None)
    if found is None:
        raise ControlRefused(f"There is no transition {named} in {workflow.name}.")
    return found


def status_called(site: JiraSite, named: str) -> Status:
    found = next((one for one in site.statuses.values() if named in (one.id, one.name)), None)
    if found is None:
        raise ControlRefused(f"There is no status {named}.")
    return found
