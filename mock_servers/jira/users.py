"""People, app users and what they may do."""

from dataclasses import dataclass, field

ADMINISTRATORS = "jira-administrators"
USERS = "jira-users"
FINANCE = "finance"
APPS = "atlassian-addons-admin"

GLOBAL_PERMISSIONS = {
    "ADMINISTER": "Administer Jira",
    "SYSTEM_ADMIN": "Jira System Administrators",
    "BULK_CHANGE": "Make bulk changes",
    "USER_PICKER": "Browse users and groups",
    "CREATE_SHARED_OBJECTS": "Share dashboards and filters",
}
PROJECT_PERMISSIONS = {
    "BROWSE_PROJECTS": "Browse Projects",
    "ADMINISTER_PROJECTS": "Administer Projects",
    "CREATE_ISSUES": "Create Issues",
    "EDIT_ISSUES": "Edit Issues",
    "MOVE_ISSUES": "Move Issues",
    "TRANSITION_ISSUES": "Transition Issues",
    "ASSIGN_ISSUES": "Assign Issues",
    "ASSIGNABLE_USER": "Assignable User",
    "DELETE_ISSUES": "Delete Issues",
    "LINK_ISSUES": "Link Issues",
    "MODIFY_REPORTER": "Modify Reporter",
    "ADD_COMMENTS": "Add Comments",
    "EDIT_ALL_COMMENTS": "Edit All Comments",
    "EDIT_OWN_COMMENTS": "Edit Own Comments",
    "DELETE_ALL_COMMENTS": "Delete All Comments",
    "DELETE_OWN_COMMENTS": "Delete Own Comments",
    "CREATE_ATTACHMENTS": "Create Attachments",
    "DELETE_ALL_ATTACHMENTS": "Delete All Attachments",
    "WORK_ON_ISSUES": "Work On Issues",
    "EDIT_ALL_WORKLOGS": "Edit All Worklogs",
    "DELETE_ALL_WORKLOGS": "Delete All Worklogs",
    "SCHEDULE_ISSUES": "Schedule Issues",
}
_OF_EVERYBODY = ("USER_PICKER", "CREATE_SHARED_OBJECTS")
_ADMINISTRATION_ONLY = frozenset({"ADMINISTER_PROJECTS", "DELETE_ISSUES", "EDIT_ALL_COMMENTS", "DELETE_ALL_COMMENTS"})


@dataclass(slots=True)
class User:
    """One account. `kind` is Jira's accountType: `atlassian` for people, `app` for app users."""

    account_id: str
    name: str
    email: str
    api_token: str = field(repr=False)
    time_zone: str
    groups: set[str]
    locale: str = "en_GB"
    kind: str = "atlassian"
    active: bool = True


def default_global_grants() -> dict[str, set[str]]:
    """The global permissions that not only administrators hold -> groups holding them."""
    return {permission: {USERS, ADMINISTRATORS, APPS} for permission in _OF_EVERYBODY}


def default_permissions(*groups: str) -> dict[str, set[str]]:
    """Permission -> groups holding it, for a project in which `groups` work."""
    everyone = {ADMINISTRATORS, APPS, *groups}
    return {
        permission: {ADMINISTRATORS, APPS} if permission in _ADMINISTRATION_ONLY else set(everyone)
        for permission in PROJECT_PERMISSIONS
    }


def people(site_zone: str) -> list[User]:
    """The three people of a new site. Two live in other time zones than the site's, which JQL dates heed."""

    def person(name: str, number: int, zone: str, *groups: str) -> User:
        return new_person(name, f"{name.split()[0].lower()}@example.com", number, zone, {USERS, *groups})

    return [
        person("Ada Admin", 1, "America/New_York", ADMINISTRATORS),
        person("Nora Normal", 2, site_zone),
        person("Finn Finance", 3, "Asia/Kolkata", FINANCE),
    ]


def new_person(name: str, email: str, number: int, zone: str, groups: set[str]) -> User:
    """A person whose API token is the part of the e-mail before the @ and `-token`."""
    account = f"712020:{number:08x}-5b1e-4c3a-9d2f-{number:012x}"
    return User(account, name, email, f"{email.partition('@')[0]}-token", zone, groups)


def app_user(app_key: str, name: str, number: int, site_zone: str) -> User:
    """The account that an installed app acts as. It has no password: it is reached by JWT only."""
    account = f"557058:{number:08x}-a9b0-4d1c-8e2f-{number:012x}"
    return User(account, name, f"{app_key}@connect.example.com", "", site_zone, {USERS, APPS}, kind="app")
