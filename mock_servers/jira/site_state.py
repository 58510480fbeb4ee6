"""What one Jira site holds, and how things in it are found."""

import itertools
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mock_servers.harness.clock import Clock
from mock_servers.jira.apps import InstalledApp
from mock_servers.jira.exceptions import issue_missing, missing
from mock_servers.jira.field_types import SYSTEM_FIELDS
from mock_servers.jira.fields import Field, system_field
from mock_servers.jira.index import SearchIndex
from mock_servers.jira.issues import Attachment, Change, Comment, Issue, IssueLink, Worklog
from mock_servers.jira.projects import ISSUE_TYPES, LINK_TYPES, PRIORITIES, RESOLUTIONS, Component, LinkType, Project
from mock_servers.jira.screens import Screen, start_screens
from mock_servers.jira.users import ADMINISTRATORS, APPS, User, app_user, default_global_grants, people
from mock_servers.jira.workflow import STATUSES

ISSUE_LIMITS = {"comments": 5000, "worklogs": 10000, "attachments": 2000, "links": 2000, "remote_links": 2000}
ChangeEvent = dict[str, Any]
"""One change, for webhooks and pages: `event` (Jira's webhookEvent), `actor` (account id), `at` (instant),
`issue` (the Issue), `fields` (its values at that moment), `flow` (Primary or Secondary), `trace` (what the causing
REST call sent as X-Atlassian-Webhook-Trace), and as the event has it: `type_name`, `change` (Change), `comment`,
`worklog`, `attachment`, `link`, `property_key`."""

Listener = Callable[[ChangeEvent], None]


class SiteState:
    """One site. `base_url` is where REST and links live, `display_url` what people see (custom domain)."""

    def __init__(
        self, *, name: str, base_url: str, display_url: str | None, time_zone: str, clock: Clock, seed: int
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self.display_url = (display_url or base_url).rstrip("/")
        self.cloud_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.{seed}"))
        self.time_zone = ZoneInfo(time_zone)
        self.clock = clock
        self.users: dict[str, User] = {user.account_id: user for user in people(time_zone)}
        self.statuses = {status.id: status for status in STATUSES}
        self.issue_types = {kind.id: kind for kind in ISSUE_TYPES}
        self.priorities = {choice.id: choice for choice in PRIORITIES}
        self.resolutions = {choice.id: choice for choice in RESOLUTIONS}
        self.link_types: dict[str, LinkType] = {kind.id: kind for kind in LINK_TYPES}
        self.fields: dict[str, Field] = {item.id: system_field(item) for item in SYSTEM_FIELDS}
        self.screens: dict[int, Screen] = {screen.id: screen for screen in start_screens()}
        self.projects: dict[str, Project] = {}
        self.issues: dict[str, Issue] = {}
        self.keys: dict[str, str] = {}
        self.links: dict[str, IssueLink] = {}
        self.comment_issues: dict[str, str] = {}
        self.components: dict[str, Component] = {}
        self.groups: set[str] = {APPS, *(group for user in self.users.values() for group in user.groups)}
        self.global_grants = default_global_grants()
        self.attachments: dict[str, Attachment] = {}
        self.installed_apps: dict[str, InstalledApp] = {}
        self.application_properties: dict[str, str] = {"jira.title": name}
        self.issue_limits = dict(ISSUE_LIMITS)
        self.attachments_enabled = True
        self.linking_enabled = True
        self.trace: str | None = None
        self.attachment_limit = 1_000_000_000
        self.index = SearchIndex(clock, seed)
        self.listeners: list[Listener] = []
        self._numbers: dict[str, Iterator[int]] = {}

    def next_number(self, kind: str, first: int = 10000) -> int:
        """The next number of one kind of thing; each kind counts by itself."""
        return next(self._numbers.setdefault(kind, itertools.count(first)))

    def now(self) -> datetime:
        return self.clock.now()

    def on_change(self, event: ChangeEvent) -> None:
        """Tells every listener of a change (webhooks, pages)."""
        for listener in self.listeners:
            listener(event)

    def announce(self, event: str, actor: str, issue: Issue, **details: Any) -> None:
        """Puts an issue's change in the search index and tells the listeners. Details as in ChangeEvent."""
        self.index.note(issue)
        details.setdefault("flow", "Primary")
        self.on_change(
            {
                "event": event,
                "actor": actor,
                "at": self.now(),
                "issue": issue,
                "fields": issue.fields,
                "trace": self.trace,
                **details,
            }
        )

    # People

    def user(self, account_id: str) -> User:
        return self.users[account_id]

    def user_by_email(self, email: str) -> User | None:
        return next((user for user in self.users.values() if user.email == email), None)

    def add_app_user(self, app_key: str, name: str) -> User:
        """The account an app acts as; the same one again when the app is installed again."""
        user = next((u for u in self.users.values() if u.email == f"{app_key}@connect.example.com"), None)
        if user is None:
            user = app_user(app_key, name, self.next_number("app user", 1), str(self.time_zone))
            self.users[user.account_id] = user
        return user

    def app_of(self, account_id: str) -> InstalledApp | None:
        return next((app for app in self.installed_apps.values() if app.account_id == account_id), None)

    def may_administer(self, account_id: str | None) -> bool:
        """Whether the account holds the global permission ADMINISTER; an app's does with the scope ADMIN."""
        if account_id is None or account_id not in self.users:
            return False
        app = self.app_of(account_id)
        return "ADMIN" in app.scopes if app else ADMINISTRATORS in self.users[account_id].groups

    def holds(self, account_id: str | None, permission: str) -> bool:
        """Whether an account holds a global permission."""
        granted = self.global_grants.get(permission)
        if granted is None:
            return self.may_administer(account_id)
        return account_id in self.users and not self.users[account_id].groups.isdisjoint(granted)

    def may(self, account_id: str | None, permission: str, project: Project) -> bool:
        """Whether the account holds a project permission. An archived project can only be browsed."""
        if account_id is None or account_id not in self.users or project.deleted:
            return False
        if project.archived and permission not in ("BROWSE_PROJECTS", "ADMINISTER_PROJECTS"):
            return False
        return not self.users[account_id].groups.isdisjoint(project.permissions.get(permission, ()))

    # Projects and issues

    def find_project(self, id_or_key: str) -> Project | None:
        """By id or key (case does not matter), deleted ones too."""
        found = self.projects.get(id_or_key)
        return found or next((p for p in self.projects.values() if p.key == id_or_key.upper()), None)

    def visible_project(self, account_id: str | None, id_or_key: str) -> Project:
        """404 when there is none or the account may not browse it."""
        project = self.find_project(id_or_key)
        if project is None or not self.may(account_id, "BROWSE_PROJECTS", project):
            raise missing(f"No project could be found with key '{id_or_key}'.")
        return project

    def project_of(self, issue: Issue) -> Project:
        return self.projects[issue.project_id]

    def find_issue(self, id_or_key: str) -> Issue | None:
        return self.issues.get(id_or_key) or self.issues.get(self.keys.get(id_or_key.upper(), ""))

    def visible_issue(self, account_id: str | None, id_or_key: str) -> Issue:
        """404 when there is none or the account may not see it: Jira does not tell which."""
        issue = self.find_issue(id_or_key)
        if issue is None or not self.may(account_id, "BROWSE_PROJECTS", self.project_of(issue)):
            raise issue_missing()
        return issue

    def find_comment(self, issue: Issue, comment_id: str) -> Comment | None:
        return next((comment for comment in issue.comments if comment.id == comment_id), None)

    def commented_issue(self, account_id: str | None, comment_id: str) -> tuple[Issue, Comment]:
        """A comment found by its number alone, with its issue; 404 when the account may not see it."""
        issue = self.issues.get(self.comment_issues.get(comment_id, ""))
        comment = self.find_comment(issue, comment_id) if issue else None
        if issue is None or comment is None or not self.may(account_id, "BROWSE_PROJECTS", self.project_of(issue)):
            raise missing(f"Can not find a comment for the id: {comment_id}.")
        return issue, comment

    def components_of(self, project: Project) -> list[Component]:
        return [component for component in self.components.values() if component.project_id == project.id]

    def find_worklog(self, issue: Issue, worklog_id: str) -> Worklog | None:
        return next((worklog for worklog in issue.worklogs if worklog.id == worklog_id), None)

    def change(self, issue: Issue, change: Change | None) -> None:
        """Stamps the issue as updated and keeps `change` in its history."""
        issue.fields = {**issue.fields, "updated": self.now()}
        if change is not None:
            issue.history.append(change)
