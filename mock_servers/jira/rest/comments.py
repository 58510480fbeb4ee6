"""Comments of an issue, and what apps keep with them."""

from typing import Any

from mock_servers.jira.exceptions import malformed, missing
from mock_servers.jira.issues import Comment, Issue
from mock_servers.jira.rest.routing import Answer, Call, Route, listed

LIST_LIMIT = 1000


def get_comments(call: Call, key: str) -> Answer:
    """Oldest first. That `expand` takes `properties` here is not documented: see the knob."""
    issue = call.issue(key)
    order = call.text("orderBy") or "created"
    if order not in ("created", "+created", "-created"):
        raise malformed("The 'orderBy' parameter takes only 'created'.")
    comments = sorted(issue.comments, key=lambda comment: comment.created, reverse=order.startswith("-"))
    expanded = _expanded(call) and call.mock.comment_properties_expanded
    bean = call.page(
        comments, lambda comment: call.wire.comment(comment, issue, with_properties=expanded), cap=5000, default=100
    )
    return Answer(200, {name: bean[name] for name in ("startAt", "maxResults", "total")} | {"comments": bean["values"]})


def get_comment(call: Call, key: str, number: str) -> Answer:
    issue = call.issue(key)
    expanded = _expanded(call) and call.mock.comment_properties_expanded
    return Answer(200, call.wire.comment(_comment(call, issue, number), issue, with_properties=expanded))


def get_comments_by_ids(call: Call) -> Answer:
    """Those of the numbers that exist and can be seen; here `expand=properties` is documented."""
    numbers = listed(call.closed_body("ids").get("ids"), "The list of comment IDs must not be empty.")
    if len(numbers) > LIST_LIMIT:
        raise malformed(f"No more than {LIST_LIMIT} comment IDs can be given.")
    found = [pair for number in numbers if (pair := _visible(call, str(number))) is not None]
    expanded = _expanded(call)

    def show(pair: tuple[Issue, Comment]) -> dict[str, Any]:
        return call.wire.comment(pair[1], pair[0], with_properties=expanded)

    return Answer(200, call.page(found, show, cap=LIST_LIMIT, default=LIST_LIMIT))


def add_comment(call: Call, key: str) -> Answer:
    issue = call.issue_to_write(key)
    body = call.body
    comment = call.site.add_comment(
        call.actor, issue, body.get("body"), body.get("visibility"), body.get("properties", ())
    )
    return Answer(201, call.wire.comment(comment, issue))


def edit_comment(call: Call, key: str, number: str) -> Answer:
    issue = call.issue_to_write(key)
    comment = _comment(call, issue, number)
    call.site.edit_comment(call.actor, issue, comment, call.body.get("body"), call.body.get("properties", ()))
    return Answer(200, call.wire.comment(comment, issue))


def delete_comment(call: Call, key: str, number: str) -> Answer:
    issue = call.issue_to_write(key)
    call.site.delete_comment(call.actor, issue, _comment(call, issue, number))
    return Answer(204)


def get_keys(call: Call, number: str) -> Answer:
    _, comment = call.site.commented_issue(call.actor, number)
    root = f"{call.wire.root}/comment/{comment.id}/properties"
    return Answer(200, {"keys": [{"self": f"{root}/{name}", "key": name} for name in comment.properties]})


def get_property(call: Call, number: str, name: str) -> Answer:
    _, comment = call.site.commented_issue(call.actor, number)
    if name not in comment.properties:
        raise missing(f"The property with key '{name}' does not exist.")
    return Answer(200, {"key": name, "value": comment.properties[name]})


def set_property(call: Call, number: str, name: str) -> Answer:
    """Any JSON; 201 when new, 200 when it replaces."""
    issue, comment = call.site.commented_issue(call.actor, number)
    call.issue_to_write(issue.id)
    created = call.site.set_comment_property(call.actor, issue, comment, name, call.json)
    return Answer(201 if created else 200, {})


def delete_property(call: Call, number: str, name: str) -> Answer:
    issue, comment = call.site.commented_issue(call.actor, number)
    call.issue_to_write(issue.id)
    call.site.delete_comment_property(call.actor, issue, comment, name)
    return Answer(204)


def _expanded(call: Call) -> bool:
    return "properties" in call.words("expand")


def _visible(call: Call, number: str) -> tuple[Issue, Comment] | None:
    issue = call.site.issues.get(call.site.comment_issues.get(number, ""))
    if issue is None or not call.site.may(call.actor, "BROWSE_PROJECTS", call.site.project_of(issue)):
        return None
    return call.site.commented_issue(call.actor, number)


def _comment(call: Call, issue: Issue, number: str) -> Comment:
    comment = call.site.find_comment(issue, number)
    if comment is None:
        raise missing(f"Can not find a comment for the id: {number}.")
    return comment


ROUTES = (
    Route("GET", "/issue/<key>/comment", get_comments, "READ"),
    Route("POST", "/issue/<key>/comment", add_comment, "WRITE"),
    Route("GET", "/issue/<key>/comment/<number>", get_comment, "READ"),
    Route("PUT", "/issue/<key>/comment/<number>", edit_comment, "WRITE"),
    Route("DELETE", "/issue/<key>/comment/<number>", delete_comment, "DELETE"),
    Route("POST", "/comment/list", get_comments_by_ids, "READ"),
    Route("GET", "/comment/<number>/properties", get_keys, "READ"),
    Route("GET", "/comment/<number>/properties/<name>", get_property, "READ"),
    Route("PUT", "/comment/<number>/properties/<name>", set_property, "WRITE"),
    Route("DELETE", "/comment/<number>/properties/<name>", delete_property, "DELETE"),
)
