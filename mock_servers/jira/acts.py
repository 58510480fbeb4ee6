"""What people do in the site: on issues, and to the configuration that a sync depends on.

| type | action | fields |
|---|---|---|
| issue | create | project, issue_type, summary, fields |
| issue | edit | key, and any of summary, description (text), fields (as in REST) |
| issue | assign | key, to (a person; nobody when left out) |
| issue | transition | key, and transition (name or id) or to (status name); fields, text (a comment) |
| issue | move | key, project, issue_type (as Ada): another key, the old one leads to it still |
| issue | delete | key (as Ada) |
| issue | link, unlink | key, to (a key), type (name): "key *outward phrase* to" |
| issue | comment | key, text |
| issue | edit_comment, delete_comment | key, id (default: the last one), text |
| issue | log_work | key, seconds or time (`1h 30m`), started, text |
| issue | edit_work, delete_work | key, id (default: the last one); for edit as log_work |
| field | create | name, type, searcher |
| field | remove, trash, restore | field |
| field | rename | field, name |
| field | hide, show | field, screen (id, default: all / the default screen) |
| field | change_type | field, type |
| field | require, unrequire | field, project |
| field | narrow | field, projects (only there from now on) |
| component | create, rename, delete | project, name, description; new_name |
| project | archive, unarchive, delete, restore | project |
| project | grant, revoke | project, permission, group |
| user | create | name, email, groups; the API token is the part before the @ and `-token` |
| user | deactivate, activate, rename | email; name |
| user | join, leave | email, group |
| group | create, delete | name |
| group | grant, revoke | permission (global: USER_PICKER, CREATE_SHARED_OBJECTS), group |
| workflow | restrict, open | project, issue_type (Invoice), transition (name or id); group (a condition) |
| workflow | ask | project, issue_type, transition, field: the field is on the transition's screen |
| workflow | demand | project, issue_type, transition, field: a validator, which no metadata tells |
| workflow | add_transition | project, issue_type, name, from (statuses; none = any), to (status) |
| workflow | remove_transition | project, issue_type, transition |
| workflow | create_status | name, category |
| screen | add, remove | screen, field |
| webhook | create | url, events, name, jql, secret, exclude_body: an admin webhook |
| webhook | delete | id: an admin webhook |
| webhook | forget | app, id: registrations of apps (default: all) are lost |

`as` names the person by first name or e-mail (default Nora for issues). A `field` is an id or a name. A workflow may
be shared by several issue types and projects: all of them change.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from mock_servers.harness import ControlRefused
from mock_servers.jira import issue_acts, people_acts, site_acts, webhook_acts
from mock_servers.jira.acting import Json, Order
from mock_servers.jira.models import JiraSite

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

Action = TypeVar("Action")


def act(mock: "JiraMock", type: str, order: Order) -> Json:
    """Carries one out; the document as it is then. Raises ControlRefused, or JiraError where Jira has its own rule."""
    if type == "webhook":
        return _chosen(type, webhook_acts.ACTIONS, order)(mock, order)
    actions = _ACTIONS.get(type)
    if actions is None:
        raise ControlRefused(f"People change these in Jira: app, webhook, {', '.join(_ACTIONS)}; not {type}.")
    return _chosen(type, actions, order)(mock.site, order)


def _chosen(type: str, actions: Mapping[str, Action], order: Order) -> Action:
    action = actions.get(str(order.get("action")))
    if action is None:
        raise ControlRefused(f"The action on a {type} is one of {', '.join(actions)}; not {order.get('action')!r}.")
    return action


_ACTIONS: dict[str, dict[str, Callable[[JiraSite, Order], Json]]] = {
    "issue": issue_acts.ACTIONS,
    "field": site_acts.FIELDS,
    "component": site_acts.COMPONENTS,
    "project": site_acts.PROJECTS,
    "user": people_acts.USER_ACTS,
    "group": people_acts.GROUP_ACTS,
    "workflow": people_acts.WORKFLOW_ACTS,
    "screen": site_acts.SCREENS,
}
