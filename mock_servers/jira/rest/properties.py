"""Issue properties."""

from mock_servers.jira.exceptions import missing
from mock_servers.jira.rest.routing import Answer, Call, Route


def get_keys(call: Call, key: str) -> Answer:
    issue = call.issue(key)
    root = f"{call.wire.root}/issue/{issue.id}/properties"
    return Answer(200, {"keys": [{"self": f"{root}/{name}", "key": name} for name in issue.properties]})


def get_property(call: Call, key: str, name: str) -> Answer:
    issue = call.issue(key)
    if name not in issue.properties:
        raise missing(f"The property with key '{name}' does not exist.")
    return Answer(200, {"key": name, "value": issue.properties[name]})


def set_property(call: Call, key: str, name: str) -> Answer:
    """Any JSON; 201 when new, 200 when it replaces."""
    created = call.site.set_property(call.actor, call.issue_to_write(key), name, call.json)
    return Answer(201 if created else 200, {})


def delete_property(call: Call, key: str, name: str) -> Answer:
    call.site.delete_property(call.actor, call.issue_to_write(key), name)
    return Answer(204)


ROUTES = (
    Route("GET", "/issue/<key>/properties", get_keys, "READ"),
    Route("GET", "/issue/<key>/properties/<name>", get_property, "READ"),
    Route("PUT", "/issue/<key>/properties/<name>", set_property, "WRITE"),
    Route("DELETE", "/issue/<key>/properties/<name>", delete_property, "DELETE"),
)
