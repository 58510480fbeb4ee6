"""Users and permissions."""

from html import escape
from typing import Any

from mock_servers.jira.exceptions import forbidden, malformed, missing
from mock_servers.jira.issues import Issue
from mock_servers.jira.projects import Project
from mock_servers.jira.rest.routing import Answer, Call, Route
from mock_servers.jira.users import GLOBAL_PERMISSIONS, PROJECT_PERMISSIONS, User


def get_myself(call: Call) -> Answer:
    return Answer(200, call.wire.myself(call.user), points=2)


def get_user(call: Call) -> Answer:
    found = call.site.users.get(call.text("accountId") or "")
    if found is None:
        raise missing("Specified user does not exist or you do not have required permissions")
    shown = call.wire.user(found.account_id) or {}
    wanted = {"groups", "applicationRoles"} & set(call.words("expand"))
    memberships = call.wire.memberships(found)
    return Answer(200, shown | {name: memberships[name] for name in wanted}, points=2)


def get_groups(call: Call) -> Answer:
    """The groups of one account; 403 without the permission to browse users and groups."""
    if not call.site.holds(call.actor, "USER_PICKER"):
        raise forbidden("You do not have permission to browse users and groups.")
    found = call.site.users.get(call.text("accountId") or "")
    if found is None:
        raise missing("Specified user does not exist or you do not have required permissions")
    return Answer(200, [call.wire.group(name) for name in sorted(found.groups)], points=2)


def find_groups(call: Call) -> Answer:
    """Groups for a picker, by part of their name; none without the permission to browse them."""
    query, count = (call.text("query") or "").casefold(), call.number("maxResults", 20)
    seen = sorted(call.site.groups) if call.site.holds(call.actor, "USER_PICKER") else []
    found = [name for name in seen if query in name.casefold()]
    shown = [
        {"name": name, "html": escape(name), "labels": [], "groupId": call.wire.group(name)["groupId"]}
        for name in found[:count]
    ]
    header = f"Showing {len(shown)} of {len(found)} matching groups"
    return Answer(200, {"header": header, "total": len(found), "groups": shown}, points=2)


def get_users(call: Call) -> Answer:
    wanted = set(call.words("accountId"))
    found = [user for user in call.site.users.values() if user.account_id in wanted]
    return Answer(200, call.page(found, lambda user: call.wire.user(user.account_id)), points=1 + 2 * len(found))


def search_users(call: Call) -> Answer:
    return Answer(200, _shown(call, _matching(call)))


def search_assignable(call: Call) -> Answer:
    """Those who can be assigned in `project`, or to the issue `issueKey`."""
    key = call.text("issueKey")
    named = call.text("project")
    if key is None and named is None:
        raise malformed("Either the 'project' or the 'issueKey' query parameter must be provided.")
    project = call.site.project_of(call.issue(key)) if key else call.site.visible_project(call.actor, named or "")
    found = [user for user in _matching(call) if call.site.may(user.account_id, "ASSIGNABLE_USER", project)]
    return Answer(200, _shown(call, found))


def _matching(call: Call) -> list[User]:
    query, account = (call.text("query") or "").casefold(), call.text("accountId")
    return [
        user
        for user in call.site.users.values()
        if user.active
        and (account is None or user.account_id == account)
        and any(word.startswith(query) for word in [*user.name.casefold().split(), user.email.casefold()])
    ]


def _shown(call: Call, users: list[User]) -> list[Any]:
    start, count = call.number("startAt", 0), call.number("maxResults", 50)
    return [call.wire.user(user.account_id) for user in users[start : start + count]]


def get_my_permissions(call: Call) -> Answer:
    """`permissions` is required. Project permissions are those in `projectKey` or `issueKey`, else anywhere."""
    wanted = call.words("permissions")
    if not wanted:
        raise malformed("The 'permissions' query parameter is required.")
    unknown = [key for key in wanted if key not in GLOBAL_PERMISSIONS and key not in PROJECT_PERMISSIONS]
    if unknown:
        raise malformed(f"Unrecognized permission: {', '.join(unknown)}")
    projects = _projects_meant(call)
    shown = {}
    for number, key in enumerate(wanted, 1):
        everywhere = key in GLOBAL_PERMISSIONS
        held = (
            call.site.holds(call.actor, key)
            if everywhere
            else any(call.site.may(call.actor, key, project) for project in projects)
        )
        shown[key] = {
            "id": str(number),
            "key": key,
            "name": GLOBAL_PERMISSIONS.get(key) or PROJECT_PERMISSIONS[key],
            "type": "GLOBAL" if everywhere else "PROJECT",
            "description": "",
            "havePermission": held,
        }
    return Answer(200, {"permissions": shown}, points=2)


def _projects_meant(call: Call) -> list[Project]:
    project, issue = call.text("projectKey") or call.text("projectId"), call.text("issueKey") or call.text("issueId")
    if issue is not None:
        return [call.site.project_of(call.issue(issue))]
    return [call.site.visible_project(call.actor, project)] if project else list(call.site.projects.values())


def check_permissions(call: Call) -> Answer:
    """What an account may do; asking about another account than one's own needs administration or an app."""
    body = call.closed_body("accountId", "globalPermissions", "projectPermissions")
    account = str(body.get("accountId") or call.actor)
    if account != call.actor and call.app is None and not call.site.may_administer(call.actor):
        raise forbidden("Only administrators may check the permissions of others.")
    wanted = body.get("globalPermissions") or []
    unknown = [key for key in wanted if key not in GLOBAL_PERMISSIONS]
    asked = body.get("projectPermissions") or []
    unknown += [key for item in asked for key in item.get("permissions", []) if key not in PROJECT_PERMISSIONS]
    if unknown:
        raise malformed(f"Unrecognized permission: {', '.join(map(str, unknown))}")
    held = [key for key in wanted if account in call.site.users and call.site.holds(account, key)]
    granted = [_granted(call, account, item, key) for item in asked for key in item["permissions"]]
    return Answer(200, {"globalPermissions": held, "projectPermissions": granted}, points=2)


def _granted(call: Call, account: str, item: dict[str, Any], permission: str) -> dict[str, Any]:
    site = call.site
    projects = [site.projects[str(number)] for number in item.get("projects", []) if str(number) in site.projects]
    issues: list[Issue] = [site.issues[str(number)] for number in item.get("issues", []) if str(number) in site.issues]
    return {
        "permission": permission,
        "projects": [int(project.id) for project in projects if site.may(account, permission, project)],
        "issues": [int(issue.id) for issue in issues if site.may(account, permission, site.project_of(issue))],
    }


ROUTES = (
    Route("GET", "/myself", get_myself, "READ"),
    Route("GET", "/user", get_user, "READ"),
    Route("GET", "/user/groups", get_groups, "READ"),
    Route("GET", "/groups/picker", find_groups, "READ"),
    Route("GET", "/user/bulk", get_users, "READ"),
    Route("GET", "/user/search", search_users, "READ"),
    Route("GET", "/user/assignable/search", search_assignable, "READ"),
    Route("GET", "/mypermissions", get_my_permissions, "READ"),
    Route("POST", "/permissions/check", check_permissions, "READ"),
)
