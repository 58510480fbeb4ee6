"""Whether a module is shown to a reader (contract jira-connect, section 1: evaluated by the host, no security)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_servers.jira.issues import Issue
from mock_servers.jira.projects import Project
from mock_servers.jira.site_state import SiteState
from mock_servers.jira.users import PROJECT_PERMISSIONS

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Who looks at what. `account_id` None is an anonymous reader; `custom` are the `ac.*` variables."""

    site: SiteState
    account_id: str | None
    project: Project | None = None
    issue: Issue | None = None
    custom: Mapping[str, str] | None = None


def shown(module: Mapping[str, Any], place: Place) -> bool:
    """All conditions of a module hold; one that Jira does not know hides it, as an unknown condition does there."""
    return all(_holds(condition, place) for condition in module.get("conditions", []))


def _holds(condition: Mapping[str, Any], place: Place) -> bool:
    if "conditions" in condition:
        every = str(condition["type"]).upper() == "AND"
        results = (_holds(one, place) for one in condition["conditions"])
        return all(results) if every else any(results)
    rule = _RULES.get(condition["condition"])
    if rule is None:
        return False
    return rule(place, condition.get("params", {})) != bool(condition.get("invert", False))


def _may(place: Place, params: Params) -> bool:
    wanted = str(params.get("permission", "")).upper()
    permission = wanted if wanted in PROJECT_PERMISSIONS else _OLD_NAMES.get(wanted, "")
    return place.project is not None and place.site.may(place.account_id, permission, place.project)


def _is_assigned(place: Place, _: Params) -> bool:
    return (
        place.issue is not None
        and place.account_id is not None
        and place.issue.fields.get("assignee") == place.account_id
    )


_OLD_NAMES = {
    "BROWSE": "BROWSE_PROJECTS",
    "CREATE_ISSUE": "CREATE_ISSUES",
    "EDIT_ISSUE": "EDIT_ISSUES",
    "PROJECT_ADMIN": "ADMINISTER_PROJECTS",
    "COMMENT_ISSUE": "ADD_COMMENTS",
}
_RULES: dict[str, Callable[[Place, Params], bool]] = {
    "user_is_logged_in": lambda place, _: place.account_id is not None,
    "user_is_admin": lambda place, _: place.site.may_administer(place.account_id),
    "user_is_sysadmin": lambda place, _: place.site.may_administer(place.account_id),
    "user_is_project_admin": lambda place, _: _may(place, {"permission": "ADMINISTER_PROJECTS"}),
    "has_issue_permission": _may,
    "has_project_permission": _may,
    "has_global_permission": lambda place, _: place.site.may_administer(place.account_id),
    "is_issue_assigned_to_current_user": _is_assigned,
    "has_selected_project": lambda place, _: place.project is not None,
}
