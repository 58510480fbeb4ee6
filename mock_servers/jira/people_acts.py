"""What administrators do to people, groups and workflows; see `acts` for the words."""

from collections.abc import Callable
from dataclasses import replace

from mock_servers.harness import ControlRefused
from mock_servers.jira.acting import (
    Json,
    Order,
    field_of,
    status_called,
    transition_of,
    user_called,
    wanted,
    workflow_of,
)
from mock_servers.jira.models import JiraSite
from mock_servers.jira.screens import Screen, Tab
from mock_servers.jira.users import USERS, User, new_person
from mock_servers.jira.workflow import CATEGORIES, Status, Transition, Workflow

Act = Callable[[JiraSite, Order], Json]


def _shown(user: User) -> Json:
    return {
        "account_id": user.account_id,
        "name": user.name,
        "email": user.email,
        "active": user.active,
        "groups": sorted(user.groups),
    }


def _create(site: JiraSite, order: Order) -> Json:
    name, email = str(wanted(order, "name")), str(wanted(order, "email"))
    if site.user_by_email(email) is not None:
        raise ControlRefused(f"There is a user {email} already.")
    groups = {USERS, *map(str, order.get("groups", []))}
    user = new_person(name, email, site.next_number("person", 100), str(site.time_zone), groups)
    site.users[user.account_id] = user
    site.groups |= groups
    return _shown(user)


def _on_user(change: Callable[[JiraSite, User, Order], None]) -> Act:
    def carry_out(site: JiraSite, order: Order) -> Json:
        user = user_called(site, str(wanted(order, "email")))
        change(site, user, order)
        return _shown(user)

    return carry_out


def _set_active(active: bool) -> Callable[[JiraSite, User, Order], None]:
    def change(_: JiraSite, user: User, __: Order) -> None:
        user.active = active

    return change


def _rename(_: JiraSite, user: User, order: Order) -> None:
    user.name = str(wanted(order, "name"))


def _join(site: JiraSite, user: User, order: Order) -> None:
    group = str(wanted(order, "group"))
    site.groups.add(group)
    user.groups.add(group)


def _leave(_: JiraSite, user: User, order: Order) -> None:
    user.groups.discard(str(wanted(order, "group")))


def _create_group(site: JiraSite, order: Order) -> Json:
    site.groups.add(str(wanted(order, "name")))
    return {"name": order["name"]}


def _delete_group(site: JiraSite, order: Order) -> Json:
    name = str(wanted(order, "name"))
    site.groups.discard(name)
    for user in site.users.values():
        user.groups.discard(name)
    return {"name": name}


def _permit(granted: bool) -> Act:
    def carry_out(site: JiraSite, order: Order) -> Json:
        groups = site.global_grants.get(str(wanted(order, "permission")))
        if groups is None:
            raise ControlRefused(f"Only these can be given to groups: {', '.join(site.global_grants)}.")
        (groups.add if granted else groups.discard)(str(wanted(order, "group")))
        return {"permission": order["permission"], "groups": sorted(groups)}

    return carry_out


def _shown_workflow(site: JiraSite, workflow: Workflow) -> Json:
    return {
        "name": workflow.name,
        "transitions": [
            {
                "id": one.id,
                "name": one.name,
                "to": site.statuses[one.target].name,
                "groups": sorted(one.groups),
                "screen": one.screen_id,
                "demanded": sorted(one.demanded),
            }
            for one in workflow.transitions
        ],
    }


def _on_transition(change: Callable[[JiraSite, Transition, Order], Transition]) -> Act:
    def carry_out(site: JiraSite, order: Order) -> Json:
        workflow = workflow_of(site, order)
        workflow.replace(change(site, transition_of(workflow, order), order))
        return _shown_workflow(site, workflow)

    return carry_out


def _restrict(_: JiraSite, transition: Transition, order: Order) -> Transition:
    return replace(transition, groups=transition.groups | {str(wanted(order, "group"))})


def _open(_: JiraSite, transition: Transition, __: Order) -> Transition:
    return replace(transition, groups=frozenset(), demanded=frozenset())


def _ask(site: JiraSite, transition: Transition, order: Order) -> Transition:
    """Puts the field on a screen of the transition's own."""
    field = field_of(site, order)
    before = site.screens[transition.screen_id].field_ids() if transition.screen_id else []
    number = site.next_number("screen", 10100)
    tab = Tab(10000 + number, "Field Tab", [*before, *([] if field.id in before else [field.id])])
    site.screens[number] = Screen(number, f"{transition.name} screen", "", [tab])
    return replace(transition, screen_id=number)


def _demand(site: JiraSite, transition: Transition, order: Order) -> Transition:
    return replace(transition, demanded=transition.demanded | {field_of(site, order).id})


def _add_transition(site: JiraSite, order: Order) -> Json:
    workflow = workflow_of(site, order)
    name, target = str(wanted(order, "name")), status_called(site, str(wanted(order, "to"))).id
    sources = frozenset(status_called(site, str(source)).id for source in order.get("from", []))
    workflow.transitions.append(Transition(str(site.next_number("transition", 101)), name, sources, target))
    return _shown_workflow(site, workflow)


def _remove_transition(site: JiraSite, order: Order) -> Json:
    workflow = workflow_of(site, order)
    workflow.transitions.remove(transition_of(workflow, order))
    return _shown_workflow(site, workflow)


def _create_status(site: JiraSite, order: Order) -> Json:
    category = str(order.get("category", "indeterminate"))
    if category not in CATEGORIES:
        raise ControlRefused(f"A category is one of {', '.join(CATEGORIES)}.")
    status = Status(str(site.next_number("status", 10100)), str(wanted(order, "name")), category)
    site.statuses[status.id] = status
    return {"id": status.id, "name": status.name, "category": status.category}


USER_ACTS: dict[str, Act] = {
    "create": _create,
    "rename": _on_user(_rename),
    "deactivate": _on_user(_set_active(False)),
    "activate": _on_user(_set_active(True)),
    "join": _on_user(_join),
    "leave": _on_user(_leave),
}
GROUP_ACTS: dict[str, Act] = {
    "create": _create_group,
    "delete": _delete_group,
    "grant": _permit(True),
    "revoke": _permit(False),
}
WORKFLOW_ACTS: dict[str, Act] = {
    "restrict": _on_transition(_restrict),
    "open": _on_transition(_open),
    "ask": _on_transition(_ask),
    "demand": _on_transition(_demand),
    "add_transition": _add_transition,
    "remove_transition": _remove_transition,
    "create_status": _create_status,
}
