"""What a webhook says (contract jira-rest, section 1, Delivery).

It looks like REST version 2: documents are plain text and self links name that version. Receivers must not take it
for what GET answers.
"""

import json
import re
from typing import Any

from mock_servers.jira.issues import Issue
from mock_servers.jira.models import JiraSite
from mock_servers.jira.site_state import ChangeEvent
from mock_servers.jira.wire import Selection, Wire

Json = dict[str, Any]
_EVERYTHING = Selection.of(["*all"])


def body_of(site: JiraSite, event: ChangeEvent, *, field_ids: bool = True, with_issue: bool = True) -> Json:
    """The body of an event. Without `field_ids` change items name their field only; without `with_issue` no issue."""
    wire = Wire(site, "2")
    issue: Issue = event["issue"]
    name: str = event["event"]
    body: Json = {"timestamp": int(event["at"].timestamp() * 1000), "webhookEvent": name}
    if name.startswith("jira:issue_"):
        body["issue_event_type_name"] = event["type_name"]
        body["user"] = wire.user(event["actor"])
    shows_issue = name.startswith(("jira:issue_", "comment_", "issue_property_"))
    if with_issue and shows_issue:
        body["issue"] = wire.issue(issue, _EVERYTHING)
    if event.get("change") is not None:
        body["changelog"] = _changelog(wire, event, field_ids=field_ids)
    if event.get("comment") is not None:
        body["comment"] = wire.comment(event["comment"], issue)
    if event.get("worklog") is not None:
        body["worklog"] = wire.worklog(event["worklog"], issue)
    if event.get("attachment") is not None:
        body["attachment"] = wire.attachment(event["attachment"])
    if event.get("link") is not None:
        link = event["link"]
        body["issueLink"] = {
            "id": int(link.id),
            "sourceIssueId": int(link.source),
            "destinationIssueId": int(link.target),
            "issueLinkType": wire.link_type(site.link_types[link.type_id]),
        }
    if event.get("property_key") is not None:
        body["property"] = {"key": event["property_key"]}
    return body


def _changelog(wire: Wire, event: ChangeEvent, *, field_ids: bool) -> Json:
    shown = wire.change(event["change"])
    items = [{k: v for k, v in item.items() if field_ids or k != "fieldId"} for item in shown["items"]]
    return {"id": shown["id"], "items": items}


def encoded(body: Json) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def filled_in(url: str, issue: Issue, site: JiraSite) -> str:
    """A webhook address with its `${issue.key}` and the like replaced; unknown ones become empty."""
    project = site.project_of(issue)
    known = {
        "issue.id": issue.id,
        "issue.key": issue.key,
        "project.id": project.id,
        "project.key": project.key,
    }
    return re.sub(r"\$?\{([\w.]+)\}", lambda match: known.get(match[1], ""), url)
