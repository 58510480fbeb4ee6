"""People, projects, statuses and the like on the wire."""

import uuid
from datetime import datetime
from typing import Any

from mock_servers.jira.fields import Field
from mock_servers.jira.models import JiraSite
from mock_servers.jira.projects import Choice, Component, IssueType, LinkType, Project
from mock_servers.jira.users import User
from mock_servers.jira.workflow import CATEGORIES, Status

Json = dict[str, Any]
_TO_MILLISECONDS = len("2026-09-27T10:03:11.123")
_SIZES = {"48x48": "large", "24x24": "small", "16x16": "xsmall", "32x32": "medium"}


class Things:
    """What Jira answers for one thing. `version` is the REST API version: 2 shows documents as plain text."""

    def __init__(self, site: JiraSite, version: str = "3") -> None:
        self.site = site
        self.version = version
        self.root = f"{site.base_url}/rest/api/{version}"

    def stamp(self, instant: datetime) -> str:
        """An instant as Jira writes it: milliseconds, the site's zone, an offset without a colon."""
        text = instant.astimezone(self.site.time_zone).isoformat(timespec="milliseconds")
        return text[:_TO_MILLISECONDS] + text[_TO_MILLISECONDS:].replace(":", "")

    def user(self, account_id: str | None, *, private: bool = False) -> Json | None:
        """A user; `private` adds what only the user and apps with the right scope may read."""
        user = self.site.users.get(account_id or "")
        if user is None:
            return None
        shown: Json = {
            "self": f"{self.root}/user?accountId={user.account_id}",
            "accountId": user.account_id,
            "accountType": user.kind,
            "avatarUrls": self._avatars(f"useravatar?accountId={user.account_id}&size="),
            "displayName": user.name,
            "active": user.active,
            "timeZone": user.time_zone,
        }
        return shown | {"emailAddress": user.email, "locale": user.locale} if private else shown

    def myself(self, user: User) -> Json:
        shown = self.user(user.account_id, private=True) or {}
        return shown | self.memberships(user)

    def memberships(self, user: User) -> Json:
        """What `expand=groups,applicationRoles` adds to a user."""
        groups = [self.group(name) for name in sorted(user.groups)]
        return {
            "groups": {"size": len(groups), "items": groups},
            "applicationRoles": {"size": 1, "items": []},
            "expand": "groups,applicationRoles",
        }

    def group(self, name: str) -> Json:
        number = str(uuid.uuid5(uuid.NAMESPACE_URL, f"group:{self.site.cloud_id}:{name}"))
        return {"name": name, "groupId": number, "self": f"{self.root}/group?groupId={number}"}

    def component(self, component: Component, *, whole: bool = False) -> Json:
        """A component as in issues; `whole` as the project lists it."""
        shown: Json = {
            "self": f"{self.root}/component/{component.id}",
            "id": component.id,
            "name": component.name,
            "description": component.description,
        }
        if whole:
            project = self.site.projects[component.project_id]
            shown |= {"assigneeType": "PROJECT_DEFAULT", "realAssigneeType": "PROJECT_DEFAULT"}
            shown |= {"isAssigneeTypeValid": False, "project": project.key, "projectId": int(project.id)}
            if component.lead:
                shown["lead"] = self.user(component.lead)
        return shown

    def project(self, project: Project, *, whole: bool = False) -> Json:
        """A project as in lists and issues; `whole` as the project resource gives it."""
        shown: Json = {
            "self": f"{self.root}/project/{project.id}",
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": "business",
            "simplified": project.style == "next-gen",
            "avatarUrls": self._avatars(f"projectavatar?pid={project.id}&size="),
        }
        if whole:
            shown |= {
                "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
                "description": "",
                "lead": self.user(project.lead),
                "components": [self.component(one) for one in self.site.components_of(project)],
                "versions": [],
                "issueTypes": [self.issue_type(self.site.issue_types[kind]) for kind in project.issue_types],
                "assigneeType": "UNASSIGNED",
                "roles": {},
                "style": project.style,
                "isPrivate": False,
                "properties": {},
            }
        return shown | ({"archived": True} if project.archived else {})

    def issue_type(self, kind: IssueType) -> Json:
        return {
            "self": f"{self.root}/issuetype/{kind.id}",
            "id": kind.id,
            "description": kind.description,
            "iconUrl": f"{self.site.base_url}/secure/viewavatar?size=medium&avatarId={kind.id}&avatarType=issuetype",
            "name": kind.name,
            "subtask": kind.subtask,
            "avatarId": int(kind.id),
            "hierarchyLevel": -1 if kind.subtask else 0,
        }

    def status(self, status: Status) -> Json:
        number, name, colour = CATEGORIES[status.category]
        return {
            "self": f"{self.root}/status/{status.id}",
            "description": status.description,
            "iconUrl": f"{self.site.base_url}/images/icons/statuses/generic.png",
            "name": status.name,
            "id": status.id,
            "statusCategory": {
                "self": f"{self.root}/statuscategory/{number}",
                "id": number,
                "key": status.category,
                "colorName": colour,
                "name": name,
            },
        }

    def priority(self, choice: Choice) -> Json:
        icon = f"{self.site.base_url}/images/icons/priorities/{choice.name.lower()}.svg"
        return {
            "self": f"{self.root}/priority/{choice.id}",
            "iconUrl": icon,
            "name": choice.name,
            "id": choice.id,
        }

    def resolution(self, choice: Choice) -> Json:
        return {
            "self": f"{self.root}/resolution/{choice.id}",
            "id": choice.id,
            "description": choice.description,
            "name": choice.name,
        }

    def link_type(self, kind: LinkType) -> Json:
        return {
            "id": kind.id,
            "name": kind.name,
            "inward": kind.inward,
            "outward": kind.outward,
            "self": f"{self.root}/issueLinkType/{kind.id}",
        }

    def schema(self, field: Field) -> Json:
        """A field's `schema`."""
        items = {"items": field.items} if field.items else {}
        own = {"custom": field.type_key, "customId": field.number} if field.custom else {"system": field.id}
        return {"type": field.schema_type, **items, **own}

    def field(self, field: Field) -> Json:
        """A field as GET /field lists it."""
        return {
            "id": field.id,
            "key": field.id,
            "name": field.name,
            "custom": field.custom,
            "orderable": field.orderable,
            "navigable": True,
            "searchable": field.searchable,
            "clauseNames": field.clause_names,
            "schema": self.schema(field),
        }

    def _avatars(self, query: str) -> Json:
        return {size: f"{self.site.base_url}/secure/{query}{word}" for size, word in _SIZES.items()}
