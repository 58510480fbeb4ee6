"""Links between issues, and remote links."""

from mock_servers.jira.exceptions import invalid, missing, problem
from mock_servers.jira.issues import Issue, IssueLink, RemoteLink
from mock_servers.jira.projects import LinkType
from mock_servers.jira.rest.routing import Answer, Call, Route


def link_issues(call: Call) -> Answer:
    """201 without a body, also when the link is there already."""
    kind = call.site.find_link_type(call.body.get("type"))
    source, target = _end(call, "inwardIssue"), _end(call, "outwardIssue")
    call.site.link_issues(call.actor, kind, source, target)
    comment = call.body.get("comment")
    if isinstance(comment, dict):
        call.site.add_comment(call.actor, source, comment.get("body"))
    return Answer(201)


def _end(call: Call, name: str) -> Issue:
    given = call.body.get(name)
    if not isinstance(given, dict) or not ({"id", "key"} & given.keys()):
        raise invalid(**{name: f"'{name}' must have an id or a key."})
    return call.issue_to_write(str(given.get("key") or given.get("id")))


def get_link(call: Call, number: str) -> Answer:
    link = _link(call, number)
    source, target = call.site.issues[link.source], call.site.issues[link.target]
    shown = call.wire.link(link, source) | {"inwardIssue": call.wire.linked(source)}
    return Answer(200, shown | {"outwardIssue": call.wire.linked(target)})


def delete_link(call: Call, number: str) -> Answer:
    call.site.unlink(call.actor, _link(call, number))
    return Answer(204)


def _link(call: Call, number: str) -> IssueLink:
    link = call.site.links.get(number)
    if link is None or not all(
        call.site.may(call.actor, "BROWSE_PROJECTS", call.site.project_of(call.site.issues[end]))
        for end in (link.source, link.target)
    ):
        raise missing(f"No issue link with id '{number}' exists.")
    return link


def get_link_types(call: Call) -> Answer:
    call.site.check_linking()
    return Answer(200, {"issueLinkTypes": [call.wire.link_type(kind) for kind in call.site.link_types.values()]})


def create_link_type(call: Call) -> Answer:
    call.check_administrator()
    names = {name: call.body.get(name) for name in ("name", "inward", "outward")}
    empty = {name: f"The {name} description must not be empty." for name, value in names.items() if not value}
    if empty:
        raise invalid(**empty)
    kind = LinkType(str(call.site.next_number("link type", 10100)), *(str(value) for value in names.values()))
    call.site.link_types[kind.id] = kind
    return Answer(201, call.wire.link_type(kind))


def get_remote_links(call: Call, key: str) -> Answer:
    """All of an issue as a list, or with `globalId` the one."""
    issue = call.issue(key)
    global_id = call.text("globalId")
    if global_id is None:
        return Answer(200, [call.wire.remote_link(link, issue) for link in issue.remote_links])
    found = next((link for link in issue.remote_links if link.global_id == global_id), None)
    if found is None:
        raise missing(f"A remote issue link with global ID '{global_id}' was not found.")
    return Answer(200, call.wire.remote_link(found, issue))


def put_remote_link(call: Call, key: str) -> Answer:
    issue = call.issue_to_write(key)
    link, created = call.site.put_remote_link(call.actor, issue, call.body)
    shown = {"id": link.id, "self": f"{call.wire.root}/issue/{issue.id}/remotelink/{link.id}"}
    return Answer(201 if created else 200, shown)


def delete_remote_links(call: Call, key: str) -> Answer:
    """By `globalId`. A request without a Content-Type is refused, as the real one does."""
    _check_content_type(call)
    issue = call.issue_to_write(key)
    global_id = call.text("globalId")
    if global_id is None:
        raise invalid(globalId="'globalId' is required.")
    found = next((link for link in issue.remote_links if link.global_id == global_id), None)
    if found is None:
        raise missing(f"A remote issue link with global ID '{global_id}' was not found.")
    call.site.delete_remote_link(call.actor, issue, found)
    return Answer(204)


def get_remote_link(call: Call, key: str, number: str) -> Answer:
    issue = call.issue(key)
    return Answer(200, call.wire.remote_link(_remote_link(issue, number), issue))


def edit_remote_link(call: Call, key: str, number: str) -> Answer:
    issue = call.issue_to_write(key)
    call.site.edit_remote_link(call.actor, issue, _remote_link(issue, number), call.body)
    return Answer(204)


def delete_remote_link(call: Call, key: str, number: str) -> Answer:
    _check_content_type(call)
    issue = call.issue_to_write(key)
    call.site.delete_remote_link(call.actor, issue, _remote_link(issue, number))
    return Answer(204)


def _remote_link(issue: Issue, number: str) -> RemoteLink:
    found = next((link for link in issue.remote_links if str(link.id) == number), None)
    if found is None:
        raise missing(f"A remote issue link with ID '{number}' was not found.")
    return found


def _check_content_type(call: Call) -> None:
    if not call.request.mimetype:
        raise problem(415, "Unsupported Media Type", "Content-Type 'null' is not supported.", call.request.path)


ROUTES = (
    Route("POST", "/issueLink", link_issues, "WRITE"),
    Route("GET", "/issueLink/<number>", get_link, "READ"),
    Route("DELETE", "/issueLink/<number>", delete_link, "DELETE"),
    Route("GET", "/issueLinkType", get_link_types, "READ"),
    Route("POST", "/issueLinkType", create_link_type, "ADMIN"),
    Route("GET", "/issue/<key>/remotelink", get_remote_links, "READ"),
    Route("POST", "/issue/<key>/remotelink", put_remote_link, "WRITE"),
    Route("DELETE", "/issue/<key>/remotelink", delete_remote_links, "DELETE"),
    Route("GET", "/issue/<key>/remotelink/<number>", get_remote_link, "READ"),
    Route("PUT", "/issue/<key>/remotelink/<number>", edit_remote_link, "WRITE"),
    Route("DELETE", "/issue/<key>/remotelink/<number>", delete_remote_link, "DELETE"),
)
