"""What the control API shows of a site."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from mock_servers.harness import Table
from mock_servers.harness.page import ROWS_SHOWN, table_of
from mock_servers.jira import adf
from mock_servers.jira.issues import Issue
from mock_servers.jira.models import JiraSite
from mock_servers.jira.values import words

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

Json = dict[str, Any]
TYPES = ("issues", "projects", "users", "fields", "screens", "apps", "webhooks", "deliveries")


def rows(mock: "JiraMock", type: str) -> Iterator[Json]:
    """The documents of one type, flat enough for a test or a person."""
    makers = {
        "issues": _issues,
        "projects": _projects,
        "users": _users,
        "fields": _fields,
        "screens": _screens,
        "apps": _apps,
        "webhooks": _webhooks,
        "deliveries": _deliveries,
    }
    return makers[type](mock)


def tables(mock: "JiraMock") -> list[Table]:
    """The page for people: the last issues only, as there may be a great many."""
    shown = []
    for type in TYPES:
        if type == "issues":
            latest = list(islice(reversed(mock.site.issues.values()), ROWS_SHOWN))
            table = table_of(type, [_in_short(mock.site, issue) for issue in reversed(latest)])
            table.total = len(mock.site.issues)
        else:
            table = table_of(type, list(rows(mock, type)))
        shown.append(table)
    return shown


def _in_short(site: JiraSite, issue: Issue) -> Json:
    row = issue_row(site, issue)
    return {name: row[name] for name in ("key", "issue_type", "summary", "status", "created", "updated")}


def issue_row(site: JiraSite, issue: Issue) -> Json:
    """One issue. `fields` has each value twice: by the field's id as stored (ids, ADF), by its name in words."""
    return {
        "key": issue.key,
        "id": issue.id,
        "project": site.project_of(issue).key,
        "issue_type": site.issue_types[issue.issue_type_id].name,
        "summary": issue.fields["summary"],
        "status": site.statuses[issue.status_id].name,
        "fields": _field_values(site, issue),
        "properties": issue.properties,
        "comments": [_comment(site, comment) for comment in issue.comments],
        "links": [_link(site, link_id, issue) for link_id in issue.links],
        "remote_links": [{"globalId": link.global_id, **link.object} for link in issue.remote_links],
        "attachments": [{"filename": a.filename, "size": len(a.content)} for a in issue.attachments],
        "worklogs": [{"id": w.id, "author": site.user(w.author).name, "seconds": w.seconds} for w in issue.worklogs],
        "created": issue.fields["created"].isoformat(),
        "updated": issue.fields["updated"].isoformat(),
    }


def _field_values(site: JiraSite, issue: Issue) -> Json:
    shown: Json = {}
    for field_id, stored in issue.fields.items():
        field = site.fields.get(field_id)
        if field is None or field.trashed:
            continue
        shown[field_id] = _plain(stored)
        shown[field.name] = stored if isinstance(stored, float) else words(site, field, stored)
    return shown


def _plain(stored: Any) -> Any:
    if isinstance(stored, datetime):
        return stored.isoformat()
    return list(stored) if isinstance(stored, tuple) else stored


def _comment(site: JiraSite, comment: Any) -> Json:
    return {
        "id": comment.id,
        "author": site.user(comment.author).name,
        "body": adf.text_of(comment.body),
        "properties": comment.properties,
    }


def _link(site: JiraSite, link: Any, issue: Issue) -> Json:
    kind = site.link_types[link.type_id]
    outward = link.source == issue.id
    other = site.issues[link.target if outward else link.source]
    return {"type": kind.name, "reads": kind.outward if outward else kind.inward, "issue": other.key}


def _issues(mock: "JiraMock") -> Iterator[Json]:
    return (issue_row(mock.site, issue) for issue in mock.site.issues.values())


def _projects(mock: "JiraMock") -> Iterator[Json]:
    for project in mock.site.projects.values():
        yield {
            "key": project.key,
            "id": project.id,
            "name": project.name,
            "issue_types": [mock.site.issue_types[kind].name for kind in project.issue_types],
            "required": sorted(project.required),
            "components": [component.name for component in mock.site.components_of(project)],
            "archived": project.archived,
            "deleted": project.deleted,
        }


def _users(mock: "JiraMock") -> Iterator[Json]:
    for user in mock.site.users.values():
        yield {
            "account_id": user.account_id,
            "name": user.name,
            "email": user.email,
            "kind": user.kind,
            "time_zone": user.time_zone,
            "groups": sorted(user.groups),
            "active": user.active,
        }


def _fields(mock: "JiraMock") -> Iterator[Json]:
    for field in mock.site.fields.values():
        yield {
            "id": field.id,
            "name": field.name,
            "type": field.type_key or field.schema_type,
            "searcher": field.searcher_key,
            "custom": field.custom,
            "trashed": field.trashed,
            "screens": [screen.id for screen in mock.site.screens.values() if screen.shows(field.id)],
            "contexts": [context.name for context in field.contexts],
            "options": [option.value for context in field.contexts for option in context.options],
        }


def _screens(mock: "JiraMock") -> Iterator[Json]:
    for screen in mock.site.screens.values():
        tabs = [{"id": tab.id, "name": tab.name, "fields": list(tab.field_ids)} for tab in screen.tabs]
        yield {"id": screen.id, "name": screen.name, "tabs": tabs}


def _apps(mock: "JiraMock") -> Iterator[Json]:
    for app in mock.site.installed_apps.values():
        yield {
            "key": app.key,
            "base_url": app.base_url,
            "enabled": app.enabled,
            "license": app.license,
            "scopes": sorted(app.scopes),
            "account_id": app.account_id,
            "client_key": app.client_key,
        }


def _webhooks(mock: "JiraMock") -> Iterator[Json]:
    for hook in mock.webhooks.dynamic.values():
        yield {
            "kind": "dynamic",
            "id": hook.id,
            "app": hook.app_key,
            "url": hook.url,
            "events": sorted(hook.events),
            "jql": hook.jql,
            "expires": hook.expires.isoformat(),
        }
    for admin in mock.webhooks.admin.values():
        yield {
            "kind": "admin",
            "id": admin.id,
            "app": None,
            "signed": admin.secret is not None,
            "url": admin.url,
            "events": sorted(admin.events),
            "jql": admin.jql,
            "expires": None,
        }


def _deliveries(mock: "JiraMock") -> Iterator[Json]:
    for delivery in list(mock.webhooks.deliveries.log):
        yield {
            "identifier": delivery.identifier,
            "hook": delivery.hook,
            "event": delivery.event,
            "issue": delivery.issue_key,
            "url": delivery.url,
            "flow": delivery.flow,
            "state": delivery.state,
            "attempts": list(delivery.attempts),
        }
