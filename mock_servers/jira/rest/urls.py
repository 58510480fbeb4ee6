"""Every REST address of the mock. A test compares methods, paths and scopes with Jira's OpenAPI."""

from collections.abc import Iterator

from werkzeug.routing import Map, Rule

from mock_servers.jira.rest import (
    app_data,
    comments,
    components,
    conversation,
    fields,
    issues,
    links,
    people,
    projects,
    properties,
    screens,
    search,
    webhooks,
)
from mock_servers.jira.rest.routing import Route
from mock_servers.jira.rest.webhooks import ADMIN_ROUTES

API = "/rest/api/3"
CONNECT = "/rest/atlassian-connect/1"
WEBHOOKS = "/rest/webhooks/1.0"


def routes() -> Iterator[tuple[str, Route]]:
    """Every route with the prefix it lives under."""
    for module in (
        *(issues, comments, conversation, properties, links, fields, screens),
        *(projects, components, people, search, webhooks),
    ):
        yield from ((API, route) for route in module.ROUTES)
    yield from (("/rest/api/2", route) for route in search.REMOVED)
    yield from ((WEBHOOKS, route) for route in ADMIN_ROUTES)
    yield from ((CONNECT, route) for route in app_data.ROUTES)


URLS = Map(
    [Rule(prefix + route.rule, methods=[route.method], endpoint=route) for prefix, route in routes()],
    strict_slashes=False,
)
